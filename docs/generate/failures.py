# SPDX-License-Identifier: MIT
"""A page for each message of CRIU that `criulint advise` knows, from ``messages.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.advise.messages import messages
from criulint.advise.place import find_place
from criulint.criu.options import option_table
from criulint.criu.releases import latest_release
from criulint.criu.runtimes import engines, find_caller, runtimes
from docs.generate.markdown import block, code, contents, listing, plain, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.advise.messages import Message, Remedy

_INDEX = """\
# When a checkpoint fails

What CRIU's messages mean, and what helps. `criulint advise LOG` finds the message in a log, and
the file in which it takes effect ([](../guide/failures.md)).
"""
_KINDS = {
    "option": "An option helps",
    "configuration": "A configuration file is the cause",
    "no-option": "No option helps",
}


def pages() -> dict[str, str]:
    """Return the pages by path."""
    made = {f"failures/{name}.md": "\n".join(_page(each)) for name, each in messages().items()}
    made["failures/index.md"] = "\n".join(_index())
    return made


def _index() -> Iterator[str]:
    yield _INDEX
    for kind, title in _KINDS.items():
        yield f"## {title}\n"
        rows = [
            (f"[{plain(each.words[0])}]({name}.md)", plain(each.means))
            for name, each in messages().items()
            if each.kind == kind
        ]
        yield table(("CRIU says", "it means"), rows)
    yield contents((each.words[0], name) for name, each in messages().items())


def _page(message: Message) -> Iterator[str]:
    yield f"# {plain(message.words[0])}\n"
    yield block("text", "\n".join(message.words))
    yield f"{plain(_sentence(message.means))}\n"
    if message.remedies:
        yield "## What helps\n"
        for remedy in message.remedies:
            yield from _remedy(remedy)
    if message.advice:
        yield "## Also\n" if message.remedies else "## What to do\n"
        yield f"{plain(_sentence(message.advice.removeprefix('or ')))}\n"
    if not message.remedies and message.kind == "no-option":
        yield "No CRIU option changes this.\n"
    yield f"Commands: {listing(message.commands)}. Source: {code(message.source)}.\n"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _remedy(remedy: Remedy) -> Iterator[str]:
    yield block("text", remedy.line)
    since = remedy.since or option_table(latest_release()).options[remedy.option].since
    facts = [f"For {listing(remedy.commands)}, with CRIU {since} or later."]
    if remedy.when:
        facts.append(f"If {remedy.when}.")
    if remedy.risk:
        facts.append(f"The cost: {remedy.risk}.")
    yield f"{plain(' '.join(facts))}\n"
    yield table(("called by", "file", "or its own flag"), _places(remedy))


def _places(remedy: Remedy) -> Iterator[tuple[str, str, str]]:
    releases = (latest_release(),)
    own = find_place(remedy, None, releases)
    never = "none: the value is only valid for this dump"
    yield "the command line", code(own.file) if own.file else never, own.quoted_flags
    for name in (*runtimes(), *engines()):
        place = find_place(remedy, find_caller(name), releases)
        title = (runtimes() | engines())[name].title
        file = code(place.file) if place.file else (never if not remedy.persistent else "none")
        yield title, f"{file}; {plain(place.note)}" if place.note else file, place.quoted_flags
