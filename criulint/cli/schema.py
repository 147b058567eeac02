# SPDX-License-Identifier: MIT
"""`criulint schema`: show, compare and make schemas of CRIU releases, and validate with them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from criulint import files
from criulint.cli import UsageError, add_format_argument
from criulint.cli.inputs import read_input
from criulint.cli.streams import show
from criulint.criu.releases import (
    UnknownReleaseError,
    find_release,
    latest_release,
    load_schema,
    releases,
    schema_dir,
)
from criulint.report.terminal import BOLD, Style, style_for
from criulint.text import find_closest, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from criulint.schemagen.annotations import Annotations
    from criulint.schemagen.facts import Facts

# Bytes of a document.
_MAX_SIZE = 16 << 20

#: Keywords of an option that `show` prints, with their labels.
_SHOWN = {
    "x-criu-since": "since",
    "x-criu-until": "until",
    "x-criu-default": "default",
    "x-criu-short": "short form",
    "x-criu-repeat": "repeated",
    "x-criu-commands": "commands",
    "x-criu-in-file": "in a file",
    "x-criu-advice": "beware",
    "x-criu-negates": "negates",
    "x-criu-negated-by": "negated by",
    "x-criu-same-as": "same as",
    "x-criu-replaced-by": "replaced by",
    "x-criu-rpc-field": "RPC field",
    "x-criu-documented": "documented in",
    "x-criu-source": "source",
}
_SHOWN_VALUE = {
    "x-criu-kind": "kind",
    "x-criu-form": "form",
    "pattern": "pattern",
    "x-criu-suggested": "known",
    "x-criu-refusal": "refused with",
}
#: The width of the list of options, and the column where its descriptions begin: on a narrow
#: terminal, below the options.
_WIDTH, _COLUMN, _INDENT = 110, 36, 4
_LEAST_WIDTH = 90
#: Where to look for the manual page if `man -w` does not find it.
_MAN_DIRECTORIES = ("/usr/local/share/man", "/usr/share/man", "/usr/local/man")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `criulint schema` to its parser."""
    commands = parser.add_subparsers(dest="schema_command", metavar="COMMAND", required=True)
    _add_command(commands, "list", "list the releases that have a schema", "list")

    show = _add_command(
        commands,
        "show",
        "show the options of a release, or one of them",
        "show --criu 3.17 tcp-close",
    )
    show.add_argument(
        "--criu", metavar="RELEASE", help="the CRIU release (default: the newest one)"
    )
    add_format_argument(show, description="json prints the schema itself")
    show.add_argument(
        "option", nargs="?", metavar="OPTION", help="the option to show (default: list all options)"
    )

    diff = _add_command(
        commands,
        "diff",
        "show what changed from one release to another",
        "diff 3.17 4.2",
    )
    diff.add_argument("old", metavar="OLD", help="the older CRIU release")
    diff.add_argument("new", metavar="NEW", help="the newer CRIU release")

    generate = _add_command(
        commands,
        "generate",
        "make a schema from an installed CRIU, or from its documents",
        "generate --criu /usr/sbin/criu",
    )
    generate.add_argument(
        "--criu", type=Path, metavar="PATH", help="the criu to run (default: the installed one)"
    )
    generate.add_argument(
        "--man",
        type=Path,
        metavar="FILE",
        help="the manual page criu(8) (default: the installed one)",
    )
    generate.add_argument(
        "--help-file", type=Path, metavar="FILE", help="the output of criu --help (default: run it)"
    )
    generate.add_argument(
        "--release", metavar="RELEASE", help="the release of the documents, if no criu is run"
    )
    generate.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="where to write (default: standard output)",
    )

    validate = _add_command(
        commands,
        "validate",
        "validate a configuration given as a JSON or YAML object",
        "validate criu.yaml",
    )
    validate.add_argument(
        "--criu", metavar="RELEASE", help="the CRIU release (default: the newest one)"
    )
    validate.add_argument(
        "--type",
        choices=("json", "yaml"),
        help="the format of FILE (default: by its name or first character)",
    )
    validate.add_argument("file", metavar="FILE", help="the file, or - for standard input")


def _add_command(
    commands: argparse._SubParsersAction[Any], name: str, summary: str, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"criulint schema {example}",
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit status (0 fine, 1 errors in the validated file)."""
    command = {
        "list": _list,
        "show": _show,
        "diff": _diff,
        "generate": _generate,
        "validate": _validate,
    }
    return command[args.schema_command](args)


def _schema(release: str | None) -> dict[str, Any]:
    try:
        return load_schema(find_release(release) if release else latest_release())
    except UnknownReleaseError as error:
        raise UsageError(str(error)) from error


def _list(_args: argparse.Namespace) -> int:
    for release in releases():
        schema = load_schema(release)
        sources = ", ".join(schema["x-criu-made-from"])
        print(f"{release:8} {len(schema['properties'])} options, from {sources}")
    return 0


# show


def _show(args: argparse.Namespace) -> int:
    """Print all options of a release, or one of them."""
    schema = _schema(args.criu)
    if args.option is None:
        if args.format == "json":
            print(to_json(schema, indent=2))
        else:
            style = style_for(sys.stdout, "auto")
            for name, option in schema["properties"].items():
                usage = _usage(name, option, schema["$defs"][name])
                show("\n".join(_summary(usage, option["description"], style)), style)
        return 0
    name = args.option.removeprefix("--")
    if name not in schema["properties"]:
        raise UsageError(_describe_unknown(name, schema))
    option, value = schema["properties"][name], schema["$defs"][name]
    if args.format == "json":
        print(to_json({"properties": {name: option}, "$defs": {name: value}}, indent=2))
    else:
        style = style_for(sys.stdout, "auto")
        head, *lines = _details(name, option, value)
        wrapped = [part for line in lines for part in _wrap(line, style)]
        show("\n".join((style.paint(head, BOLD), *wrapped)), style)
    return 0


def _summary(usage: str, description: str, style: Style) -> Iterator[str]:
    """Yield an option in two columns; one that is too long for the first has its own line."""
    width = min(style.width or _WIDTH, _WIDTH)
    column = _COLUMN if width >= _LEAST_WIDTH else _INDENT
    lines = style._replace(width=width).wrap(description, column, column)
    lead = style.paint(usage, BOLD)
    if len(usage) >= column:
        yield lead
    else:
        yield lead + " " * (column - len(usage)) + lines.pop(0)
    yield from (" " * column + line for line in lines)


def _wrap(line: str, style: Style) -> Iterator[str]:
    indent = len(line) - len(line.lstrip())
    first, *others = style.wrap(line.lstrip(), indent, indent + _INDENT)
    yield " " * indent + first
    yield from (" " * (indent + _INDENT) + other for other in others)


def _describe_unknown(name: str, schema: dict[str, Any]) -> str:
    guess = find_closest(name, schema["properties"])
    hint = f"; did you mean {guess}?" if guess else ""
    return f"CRIU {schema['x-criu-release']} has no option {name!a}{hint}"


def _usage(name: str, option: dict[str, Any], value: dict[str, Any]) -> str:
    """Return how an option is written in a configuration file."""
    choices = [choice for choice in value.get("enum", ()) if choice is not True]
    form = value.get("x-criu-form") or "|".join(choices) or value["x-criu-kind"].upper()
    values = {"none": "", "required": f" {form}", "optional": f"[={form}]"}
    return name + values[option["x-criu-arity"]]


def _details(name: str, option: dict[str, Any], value: dict[str, Any]) -> Iterator[str]:
    """Yield what is known about an option, one fact on each line."""
    yield _usage(name, option, value)
    yield f"  {option['description']}"
    if option.get("deprecated"):
        yield "  deprecated"
    if option.get("x-criu-unannotated"):
        yield "  not annotated: known only from CRIU's documents and its binary"
    if option.get("x-criu-hidden"):
        yield "  undocumented"
    for facts, keywords in ((value, _SHOWN_VALUE), (option, _SHOWN)):
        for keyword, label in keywords.items():
            if keyword in facts and facts[keyword] != "flag":
                yield f"  {label}: {_text(facts[keyword])}"
    if "x-criu-range" in value:
        yield "  sensible: {} to {}".format(*value["x-criu-range"])
    if choices := value.get("x-criu-enum-docs"):
        yield "  values:"
        yield from (f"    {choice}: {text}" for choice, text in choices.items())


def _text(value: Any) -> str:
    """Return a keyword's value as text; an empty one is `none`."""
    if value is None or value == "":
        return "none"
    if isinstance(value, list):
        return ", ".join(map(_text, value)) or "none"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


# diff


def _diff(args: argparse.Namespace) -> int:
    for line in differences(_schema(args.old), _schema(args.new)):
        print(line)
    return 0


def differences(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield the differences between the schemas of two releases, one line for each.

    A line begins with ``+`` for a new option, ``-`` for one that is gone, ``~`` for a changed one.
    """
    for name in old["properties"] | new["properties"]:
        if name not in old["properties"]:
            yield f"+ {_usage(name, new['properties'][name], new['$defs'][name])}"
        elif name not in new["properties"]:
            yield f"- {name}"
        else:
            for change in _changes(name, old, new):
                yield f"~ {name}: {change}"


def _changes(name: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield what differs in an option that both releases have."""
    options = (old["properties"][name], new["properties"][name])
    values = (old["$defs"][name], new["$defs"][name])
    yield from _value_changes(*values)
    watched = (
        (options, "x-criu-arity", "value"),
        (options, "x-criu-default", "default"),
        (options, "x-criu-repeat", "repeated"),
        (options, "deprecated", "deprecated"),
        (options, "x-criu-documented", "documented in"),
        (values, "x-criu-check", "check"),
        (values, "pattern", "pattern"),
        (values, "x-criu-refusal", "refused with"),
    )
    for (before, after), keyword, label in watched:
        if before.get(keyword) != after.get(keyword):
            yield f"{label}: {_text(before.get(keyword))} -> {_text(after.get(keyword))}"
    before, after = _letters(name, old), _letters(name, new)
    for letter in before.keys() & after.keys():
        if before[letter] != after[letter]:
            yield f"value of -{letter}: {before[letter]} -> {after[letter]}"


def _value_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Yield which values of an option are new or gone."""
    added = _missing_from(old, new, "x-criu-suggested")
    if added:
        yield f"knows {', '.join(added)}"
    accepted = _missing_from(old, new, "enum")
    if accepted:
        yield f"accepts {', '.join(accepted)}"
    refused = _missing_from(new, old, "enum")
    if refused:
        yield f"no longer accepts {', '.join(refused)}"


def _missing_from(known: dict[str, Any], other: dict[str, Any], keyword: str) -> list[str]:
    """Return the texts that `other` lists under a keyword and `known` does not."""
    listed = other.get(keyword, ())
    return [text for text in listed if text is not True and text not in known.get(keyword, ())]


def _letters(name: str, schema: dict[str, Any]) -> dict[str, str]:
    """Return the short forms of an option with their arities."""
    return {
        letter: entry["arity"]
        for letter, entry in schema["x-criu-short-options"].items()
        if entry["option"] == name
    }


# generate


def _generate(args: argparse.Namespace) -> int:
    """Print or write a schema."""
    from criulint.schemagen.annotations import Annotations
    from criulint.schemagen.generate import generate
    from criulint.schemagen.text import format_json

    annotations = Annotations(
        json.loads((schema_dir() / "annotations.json").read_text(encoding="utf-8"))
    )
    text = format_json(generate(_collect_facts(args, annotations), annotations))
    if args.output is None:
        print(text, end="")
        return 0
    try:
        files.write(str(args.output), text.encode())
    except OSError as error:
        raise UsageError(f"cannot write {args.output}: {error.strerror or error}") from error
    return 0


def _collect_facts(args: argparse.Namespace, annotations: Annotations) -> Facts:
    """Return what a binary and its documents say, or the documents alone if only they are named."""
    from criulint.host.installed import ProbeError, find_binary
    from criulint.schemagen import help as help_page
    from criulint.schemagen import man
    from criulint.schemagen.extract import extract
    from criulint.schemagen.facts import Facts

    facts = Facts("")
    documents_only = args.criu is None and (args.man or args.help_file)
    page = _read_text(args.man) if args.man else None
    try:
        if not documents_only:
            criu = args.criu or find_binary()
            facts = extract(criu, annotations)
            page = page or _installed_page(facts.release)
    except ProbeError as error:
        raise UsageError(
            f"{error}; pass a binary with --criu, or documents with --man and --help-file"
        ) from error
    if args.help_file:
        facts.help = help_page.parse(_read_text(args.help_file))
    if page is not None:
        facts.man = man.parse(page)
        facts.release = facts.release or man.release(page) or ""
    facts.release = args.release or facts.release
    if not facts.release:
        raise UsageError("the documents do not name their release; pass --release")
    if not all(part.isdecimal() for part in facts.release.split(".")):
        raise UsageError(f"{facts.release!a} is not a release; pass --release")
    return facts


def _installed_page(release: str) -> str | None:
    """Return the installed manual page, unless it belongs to another release."""
    from criulint.schemagen import man

    path = _find_page()
    if path is None:
        print("note: no manual page of criu is installed", file=sys.stderr)
        return None
    page = _read_text(path)
    if man.release(page) not in (None, release):
        print(f"note: skipped {path}: it belongs to CRIU {man.release(page)}", file=sys.stderr)
        return None
    return page


def _find_page() -> Path | None:
    """Return the path of the installed manual page, None if there is none."""
    import subprocess

    try:
        answer = subprocess.run(
            ["man", "-w", "8", "criu"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=False,
        )
        found = answer.stdout.decode(errors="surrogateescape").splitlines()
    except (OSError, subprocess.TimeoutExpired):
        found = []
    usual = [
        f"{directory}/man8/criu.8{suffix}"
        for directory in _MAN_DIRECTORIES
        for suffix in ("", ".gz")
    ]
    return next((Path(path) for path in [*found[:1], *usual] if Path(path).is_file()), None)


def _read_text(path: Path) -> str:
    """Return the text of a document, which may be compressed with gzip."""
    import gzip
    import zlib
    from io import BufferedReader, BytesIO

    try:
        data = files.read(str(path), _MAX_SIZE, pipes=True)
        if data.startswith(b"\x1f\x8b"):
            with BufferedReader(gzip.GzipFile(fileobj=BytesIO(data))) as file:
                data = files.read_stream(file, _MAX_SIZE)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    except (EOFError, zlib.error) as error:
        raise UsageError(f"cannot read {path}: damaged gzip data") from error
    return data.decode("utf-8", "replace")


# validate


def _validate(args: argparse.Namespace) -> int:
    """Print the errors in a document; return 1 if it has some."""
    from criulint.criu.document import DocumentProblem, YamlMissingError, read_config_data
    from criulint.criu.validate import errors

    schema = _schema(args.criu)
    data = read_input(args.file, _MAX_SIZE)
    try:
        document = read_config_data(data, args.type or _type(args.file, data))
    except YamlMissingError as error:
        raise UsageError("YAML needs PyYAML: install criulint with the extra `yaml`") from error
    problems = document.problems
    for found in errors(document.instance, schema):
        unknown = found.keyword == "additionalProperties"
        place = (
            document.keys[found.option] if unknown else document.values[found.option, found.index]
        )
        problems.append(DocumentProblem(*place, found.message))
    path = "<stdin>" if args.file == "-" else args.file
    for problem in sorted(problems):
        print(f"{path}:{problem.line}:{problem.column}: error: {problem.message}")
    return 1 if problems else 0


def _type(name: str, data: bytes) -> str:
    """Return `json` or `yaml`, by a document's name or else by its first character."""
    suffix = Path(name).suffix.lower()
    if suffix in (".yaml", ".yml"):
        return "yaml"
    first = data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return "json" if suffix == ".json" or first in (b"{", b"[", b"") else "yaml"
