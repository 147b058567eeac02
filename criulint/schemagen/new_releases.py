# SPDX-License-Identifier: MIT
"""Look for releases that the data lacks: `python -m criulint.schemagen.new_releases [--write]`.

It asks Debian's suites for CRIUs without a schema, and CRIU's repository for tags without one. For
each new CRIU in Debian, it extracts the facts from the binary and its manual page, and prints as
Markdown what a person has to judge. `--write` also writes facts and schema under `schema/`, and the
option table that the tests compare the schema with. At the end it prints which version of each
runtime and engine the facts come from, and which versions Debian has.

The exit status is 0 if all CRIUs are known, 1 if there is a new one, and 2 if Debian cannot be
reached.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import shlex
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from criulint import files
from criulint.criu.options import Option
from criulint.criu.releases import latest_release, load_schema, releases, schema_dir
from criulint.host.installed import ProbeError
from criulint.schemagen import man
from criulint.schemagen.annotations import Annotations
from criulint.schemagen.debian import Apt, DebianError, loading, run_command, unpack
from criulint.schemagen.extract import extract, find_unannotated
from criulint.schemagen.generate import generate, parse_short_options
from criulint.schemagen.probe import probe_values
from criulint.schemagen.text import format_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.schemagen.facts import ArityName, Facts

_SUITES = ("bookworm", "trixie", "sid", "experimental")
_TAGS = "https://github.com/checkpoint-restore/criu"
_RELEASE = re.compile(r"[0-9]+(?:\.[0-9]+)+")
#: A caller in `criulint/criu/runtimes.json` -> its package in Debian.
_PACKAGES = {
    "runc": "runc",
    "crun": "crun",
    "youki": "youki",
    "lxc": "lxc",
    "podman": "podman",
    "cri-o": "cri-o",
    "containerd": "containerd",
    "docker": "docker.io",
    "incus": "incus",
}
#: The newest version in an entry's source: ``v1.0.0-rc7 to v1.5.1``, ``...; v0.7.0``.
_READ_FROM = re.compile(r"(?: to |; )v?([0-9]+(?:\.[0-9]+)+)")
#: Options that are not tried with values: they make CRIU exit, or open what the value names.
_UNASKED = frozenset(("help", "version", "config"))
#: Values whose validity depends on the host.
_HOST_DEPENDENT = frozenset(("join-ns", "external", "inherit-fd"))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m criulint.schemagen.new_releases",
        description="Look for CRIUs without a schema, and for new versions of their callers.",
    )
    parser.add_argument("--write", action="store_true", help="write facts and schemas")
    parser.add_argument(
        "--suite",
        action="append",
        dest="suites",
        metavar="SUITE",
        help=f"a suite of Debian to ask (default: {', '.join(_SUITES)})",
    )
    options = parser.parse_args(arguments)
    suites = options.suites or _SUITES
    try:
        with tempfile.TemporaryDirectory() as directory:
            packages = Apt(Path(directory), suites).versions(["criu", *_PACKAGES.values()])
        new = _new_in_debian(packages.get("criu", {}), suites)
        for release, suite in new.items():
            print("\n".join(_look(release, suite, write=options.write)))
    except (DebianError, ProbeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    tags = _new_tags()
    print("\n".join([*_tag_lines(tags), *_caller_lines(packages)]))
    return 1 if new or tags else 0


def _new_in_debian(versions: dict[str, str], suites: Sequence[str]) -> dict[str, str]:
    """Return the CRIU releases that have no schema, each with the first suite that has it."""
    new: dict[str, str] = {}
    for suite in suites:
        release = versions.get(suite)
        if release and release not in releases():
            new.setdefault(release, suite)
    return new


def _new_tags() -> list[str] | None:
    """Return the tagged releases newer than the known ones; None if tags cannot be listed."""
    try:
        answer = run_command(
            ["git", "ls-remote", "--tags", "--refs", _TAGS], GIT_TERMINAL_PROMPT="0"
        )
    except DebianError:
        return None
    tags = [line.rpartition("/v")[2] for line in answer.splitlines()]
    newest = latest_release()
    return [tag for tag in tags if _RELEASE.fullmatch(tag) and newest < tag]


def _look(release: str, suite: str, *, write: bool) -> Iterator[str]:
    """Examine a CRIU in Debian, and yield what a person has to judge."""
    annotations = Annotations(
        json.loads((schema_dir() / "annotations.json").read_text(encoding="utf-8"))
    )
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        unpack(["criu"], suite, root)
        criu = _starter(root, Path(directory) / "criu")
        facts = extract(criu, annotations)
        page = root / "usr/share/man/man8/criu.8.gz"
        if page.is_file():
            facts.man = man.parse(gzip.decompress(page.read_bytes()).decode("utf-8", "replace"))
        schema = generate(facts, annotations)
        yield f"## CRIU {facts.release} (Debian {suite})\n"
        if facts.release != release:
            yield f"- The program says {facts.release}, its package {release}."
        yield from judgements(facts, schema, annotations)
        yield from _other_refusals(criu, schema)
    yield from (f"- {step}" for step in _STEPS)
    yield ""
    if write:
        for path, text in _outputs(facts, schema).items():
            files.write(str(path), text.encode(), parents=True)


_STEPS = (
    "The scanner: run `python -m tests.oracle.hunt` with this CRIU.",
    "What it refuses after reading the files (`check_options`), with each new option and command.",
    "What other releases changed for files: rules that name a release, crashes that are fixed.",
)


def judgements(facts: Facts, schema: dict[str, Any], annotations: Annotations) -> Iterator[str]:
    """Yield lines of Markdown: what in a release's facts needs a person's judgement."""
    old = load_schema(latest_release())
    properties, values = schema["properties"], schema["$defs"]
    for name in find_unannotated(facts, annotations):
        kind = values[name]["x-criu-kind"]
        yield f"- `{name}` is not annotated: value {properties[name]['x-criu-arity']}, kind {kind}."
    for name in old["properties"]:
        if name not in properties:
            yield f"- `{name}` is gone: its annotation needs `until`."
        elif old["properties"][name]["x-criu-arity"] != properties[name]["x-criu-arity"]:
            yield f"- `{name}`: its arity is now {properties[name]['x-criu-arity']}."
    for name in properties.keys() & old["properties"].keys():
        before, after = (
            [word for word in known["$defs"][name].get("enum", ()) if isinstance(word, str)]
            for known in (old, schema)
        )
        taken = dict.fromkeys([*after, *(facts.choices(name) if after else ())])
        if missing := [word for word in taken if word not in before]:
            yield f"- `{name}` takes {', '.join(missing)}, new or not annotated."
        if gone := [word for word in before if word not in after]:
            yield f"- `{name}` does not take {', '.join(gone)}: annotate `until`."
    yield from _short_options(facts, annotations)


def _short_options(facts: Facts, annotations: Annotations) -> Iterator[str]:
    known = parse_short_options(annotations.short_options(facts.release))
    probed: dict[str, ArityName | None] = facts.binary.short_options if facts.binary else {}
    for letter in sorted(known.keys() | probed.keys()):
        if letter not in probed:
            yield f"- `-{letter}` is gone."
        elif letter not in known:
            yield f"- `-{letter}` is new: add it to `short-options`."
        elif probed[letter] not in (None, known[letter]):
            yield f"- `-{letter}`: its arity is now {probed[letter]}."


def _other_refusals(criu: Path, schema: dict[str, Any]) -> Iterator[str]:
    """Yield where the binary accepts or refuses a value contrary to the schema."""
    for name, facts in schema["properties"].items():
        if facts["x-criu-arity"] == "none" or name in _UNASKED | _HOST_DEPENDENT:
            continue
        option = Option(name, facts, schema["$defs"][name])
        if "x-criu-unannotated" in facts:
            continue
        for value, message in probe_values(criu, name, option.choices).items():
            expected = option.refusal(value.encode())
            if message != expected and not (message == "" and expected):
                yield (
                    f"- `{name}={value}`: CRIU says {_quote(message)},"
                    f" the schema {_quote(expected)}."
                )


def _quote(message: str | None) -> str:
    return "nothing" if message is None else f"“{message}”"


def _outputs(facts: Facts, schema: dict[str, Any]) -> dict[Path, str]:
    """Return the files of a release, by their paths."""
    directory = schema_dir()
    table = [f"{name}\t{option['x-criu-arity']}" for name, option in schema["properties"].items()]
    tables = directory.parent / "tests/schema/data/options"
    return {
        directory / f"facts/criu-{facts.release}.json": format_json(facts.to_json()),
        directory / f"criu-{facts.release}.schema.json": format_json(schema),
        tables / f"{facts.release}.tsv": "\n".join(["option\tarity", *table, ""]),
    }


def _starter(root: Path, path: Path) -> Path:
    """Write a program that starts the CRIU of an unpacked suite, with the suite's C library."""
    command = shlex.join([*loading(root), str(root / "usr/sbin/criu")])
    path.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def _tag_lines(tags: list[str] | None) -> Iterator[str]:
    yield "## Tags of CRIU\n"
    if tags is None:
        yield f"{_TAGS} cannot be asked from here."
    else:
        yield "Newer than all known releases: " + (", ".join(tags) or "none") + "."
    yield ""


def _caller_lines(packages: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield which version of each caller the facts come from, and which Debian has."""
    path = Path(__file__).parents[1] / "criu/runtimes.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    yield "## Callers\n"
    yield "| caller | facts read from | Debian |"
    yield "| --- | --- | --- |"
    for name, facts in (data["runtimes"] | data["engines"]).items():
        stated = _READ_FROM.findall(str(facts.get("source", "")))
        there = packages.get(_PACKAGES.get(name, name), {})
        debian = ", ".join(f"{version} ({suite})" for suite, version in there.items())
        yield f"| {name} | {stated[-1] if stated else 'not stated'} | {debian or 'not there'} |"


if __name__ == "__main__":
    sys.exit(main())
