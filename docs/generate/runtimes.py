# SPDX-License-Identifier: MIT
"""A page for each program that calls CRIU, from ``criulint/criu/runtimes.json``."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from docs.generate.markdown import code, contents, listing, table
from docs.generate.rules import linked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FACTS = json.loads((files("criulint.criu") / "runtimes.json").read_text(encoding="utf-8"))
_RUNTIMES: dict[str, dict[str, Any]] = _FACTS["runtimes"]
_ENGINES: dict[str, dict[str, Any]] = _FACTS["engines"]

_INDEX = """\
# Options under each runtime

A container engine calls a runtime, the runtime calls CRIU and sends options of its own. What it
sends overrides `/etc/criu/default.conf`; a file that the runtime passes to CRIU overrides what it
sends. The page of your engine or runtime says which file to use and which options it sends.
"""


def pages() -> dict[str, str]:
    """Return the pages by path."""
    made = {
        **{name: "\n".join(_engine(name, facts)) for name, facts in _ENGINES.items()},
        **{name: "\n".join(_runtime(name, facts)) for name, facts in _RUNTIMES.items()},
    }
    return {
        "reference/runtimes/index.md": "\n".join([_INDEX, *_tables(), contents(_titles(made))]),
        **{f"reference/runtimes/{name}.md": text for name, text in made.items()},
    }


def files_since(criu: str) -> list[str]:
    """Return what runtimes do from this release of CRIU on, as Markdown for a page of releases."""
    return [
        f"[{facts['title']}](../runtimes/{name}.md) {file['since']} and later name"
        f" {code(file['path'])} to it{_unless(file)}."
        for name, facts in _RUNTIMES.items()
        for file in facts["files"]
        if file.get("libcriu") == criu
    ]


def _unless(file: dict[str, Any]) -> str:
    other = file.get("only-without")
    return f", unless there is a {code(other)}" if other else ""


def _tables() -> Iterator[str]:
    rows = [(_link(name), _links(facts["runtimes"])) for name, facts in _ENGINES.items()]
    yield table(("engine", "runtimes, the usual one first"), rows)
    rows = [
        (_link(name), "<br>".join(code(file["path"]) for file in facts["files"]) or "none")
        for name, facts in _RUNTIMES.items()
    ]
    yield table(("runtime", "files that it names to CRIU, besides the default ones"), rows)


def _titles(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    return (((_RUNTIMES | _ENGINES)[name]["title"], name) for name in names)


def _link(name: str) -> str:
    return f"[{(_RUNTIMES | _ENGINES)[name]['title']}]({name}.md)"


def _links(names: list[str]) -> str:
    return listing([_link(name) for name in names])


def _engine(name: str, facts: dict[str, Any]) -> Iterator[str]:
    title = facts["title"]
    yield f"# CRIU options under {title}\n"
    yield (
        f"{title} calls {listing([_link(runtime) for runtime in facts['runtimes']], 'or')},"
        f' and that calls CRIU. Tell criulint with `--runtime {name}`, or `runtime = "{name}"` in'
        " `criulint.toml`.\n"
    )
    yield "## Which file to use\n"
    yield (
        "CRIU reads `/etc/criu/default.conf` first, but what the runtime sends overrides it. What"
        " overrides both is the file that the runtime names to CRIU:\n"
    )
    for runtime in facts["runtimes"]:
        yield from (f"- {line}" for line in _file_lines(runtime))
    yield ""
    yield from _stripped(title, facts["stripped"])
    if facts["flags"]:
        yield f"## Options that {title} has a flag for\n"
        yield "They follow what its user asks for, not the default files.\n"
        yield _flag_table(facts["flags"])
    yield f"## Options that {title} sets\n"
    if facts["sends"]:
        yield "It makes the runtime send them whatever its user asks for:\n"
        yield _sent_table(facts["sends"])
    else:
        yield "None of its own."
    yield (f"What the runtime sends is on the runtime's page: {_links(facts['runtimes'])}.\n")
    yield from _end(name, facts)


def _flag_table(flags: list[dict[str, Any]]) -> str:
    rows = [
        (
            code(flag["option"]),
            f"{code(flag['flag'])}{_versions(flag)}",
            ", ".join(flag["commands"]),
        )
        for flag in flags
    ]
    return table(("option", "flag", "commands"), rows)


def _stripped(title: str, stripped: list[dict[str, Any]]) -> Iterator[str]:
    for variable, file in (
        ("HOME", "CRIU does not read `~/.criu/default.conf`"),
        ("CRIU_CONFIG_FILE", "the file that it names is not read"),
    ):
        for facts in stripped:
            if variable in facts["variables"]:
                yield (
                    f"{title}{_versions(facts)} removes `{variable}` from the environment at"
                    f" {listing(facts['commands'])}: {file} ({linked('CRIU408')}).\n"
                )


def _runtime(name: str, facts: dict[str, Any]) -> Iterator[str]:
    title = facts["title"]
    yield f"# CRIU options under {title}\n"
    how = {
        "rpc": f"{title} calls CRIU as a service and sends its options with each request.",
        "command-line": f"{title} runs `criu` and gives it options on the command line.",
    }
    yield (
        f"{how[facts['transport']]} Tell criulint with `--runtime {name}@VERSION`, or"
        f' `runtime = "{name}@VERSION"` in `criulint.toml`.\n'
    )
    yield "## Which file to use\n"
    yield from (f"- {line}" for line in _file_lines(name))
    if annotation := facts.get("annotation"):
        yield (
            f"- For one container: a file that the annotation `{annotation['name']}` names, from"
            f" {_from(title, annotation)} on."
        )
    yield f"\n## Options that {title} sends\n"
    yield "In the default files these options have no effect:"
    if facts["transport"] == "rpc":
        yield f"{title} sends a value of its own with each request ({linked('CRIU401')}).\n"
        yield "To change one, use the file above, or the flag if there is one.\n"
    else:
        yield f"the command line wins over these files ({linked('CRIU401')}).\n"
    yield _sent_table(facts["sends"])
    if facts["flags"]:
        yield f"## More options that {title} has a flag for\n"
        yield _flag_table(facts["flags"])
    yield from _end(name, facts)


def _file_lines(name: str) -> Iterator[str]:
    facts = _RUNTIMES[name]
    title = facts["title"]
    for file in facts["files"]:
        yield f"{code(file['path'])}, from {_from(title, file)} on{_unless(file)}"
    if not facts["files"]:
        yield (
            f"{title} names no file to CRIU. Use `/etc/criu/default.conf`, for options that"
            f" {title} does not set itself"
        )


def _from(title: str, facts: dict[str, Any]) -> str:
    criu = f" with libcriu of CRIU {facts['libcriu']}" if facts.get("libcriu") else ""
    return f"{title} {facts['since']}{criu}"


def _sent_table(sends: list[dict[str, Any]]) -> str:
    rows = [
        (
            code(sent["option"]),
            f"{_value(sent)}{_versions(sent)}",
            ", ".join(sent["commands"]),
            sent["seen"],
        )
        for sent in sends
    ]
    return table(("option", "what it sends", "commands", "seen"), rows)


def _value(sent: dict[str, Any]) -> str:
    if what := sent.get("what"):
        return str(what)
    value = sent["value"]
    text = {True: "on", False: "off"}[value] if isinstance(value, bool) else code(str(value))
    return f"{text}, unless {code(sent['flag'])} is given" if sent.get("flag") else text


def _versions(sent: dict[str, Any]) -> str:
    since, until = sent.get("since"), sent.get("until")
    parts = [f"from version {since}" if since else "", f"before {until}" if until else ""]
    text = ", ".join(filter(None, parts))
    return f" ({text})" if text else ""


def _end(name: str, facts: dict[str, Any]) -> Iterator[str]:
    yield "## See for yourself\n"
    yield (
        f"`criulint effective --runtime {name}` prints which value of each option wins on this"
        " machine, and `--explain OPTION` why.\n"
    )
    yield f"Source: {facts['source']}\n"
