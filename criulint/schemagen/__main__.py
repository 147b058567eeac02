# SPDX-License-Identifier: MIT
"""Remake the data under `schema/`: `python -m criulint.schemagen [--documents DIR] [--check]`.

Without options, this remakes each `schema/criu-RELEASE.schema.json` from
`schema/facts/criu-RELEASE.json` and `schema/annotations.json`, and `schema/criulint.schema.json`,
the schema of criulint's own configuration. `--documents DIR` first extracts the documents' facts
again from `DIR/RELEASE/help.txt` and `DIR/RELEASE/criu.8`, and keeps those of binaries.
`--binary PATH` asks an installed CRIU, and keeps the documents' facts. `--check` writes nothing
and exits with 1 if anything would change.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from criulint import files
from criulint.configuration import schema as configuration
from criulint.criu.releases import Release, schema_dir
from criulint.host.installed import ProbeError
from criulint.schemagen import help as help_text
from criulint.schemagen import man
from criulint.schemagen.annotations import Annotations
from criulint.schemagen.extract import extract
from criulint.schemagen.facts import Facts, FactsError
from criulint.schemagen.generate import generate
from criulint.schemagen.text import format_json


def load_facts(directory: Path) -> dict[str, Facts]:
    """Return the facts of all releases that have a facts file, oldest first.

    Raises FactsError if a file is damaged.
    """
    facts: dict[str, Facts] = {}
    for path in directory.glob("criu-*.json"):
        try:
            entry = Facts.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, OSError) as error:
            raise FactsError(f"{path}: {error}") from error
        facts[entry.release] = entry
    return dict(sorted(facts.items(), key=lambda item: Release(item[0])))


def read_documents(directory: Path, facts: dict[str, Facts]) -> None:
    """Replace the documents' facts in `facts` by those of the documents in `directory/RELEASE/`."""
    for path in sorted(directory.glob("*/help.txt")):
        entry = facts.setdefault(path.parent.name, Facts(path.parent.name))
        entry.help = help_text.parse(path.read_text(encoding="utf-8", errors="replace"))
        page = path.with_name("criu.8")
        if page.is_file():
            entry.man = man.parse(page.read_text(encoding="utf-8", errors="replace"))


def outputs(facts: dict[str, Facts], annotations: Annotations) -> dict[str, str]:
    """Return the text of each file to write, by its path under `schema/`."""
    files = {"criulint.schema.json": format_json(configuration.schema())}
    for release, entry in facts.items():
        files[f"facts/criu-{release}.json"] = format_json(entry.to_json())
        files[f"criu-{release}.schema.json"] = format_json(generate(entry, annotations))
    return files


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m criulint.schemagen", description="Remake the data under schema/."
    )
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="take facts from DIR/RELEASE/{help.txt,criu.8}",
    )
    parser.add_argument(
        "--binary", type=Path, action="append", default=[], metavar="PATH", help="ask this criu"
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if anything would change"
    )
    options = parser.parse_args(arguments)
    directory = schema_dir()
    try:
        annotations = Annotations(_read(directory / "annotations.json"))
        facts = load_facts(directory / "facts")
        if options.documents:
            read_documents(options.documents, facts)
        for path in options.binary:
            extracted = extract(path, annotations)
            entry = facts.setdefault(extracted.release, extracted)
            entry.binary = extracted.binary
    except (FactsError, ProbeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    changed = [
        (path, text)
        for name, text in outputs(facts, annotations).items()
        if not (path := directory / name).is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in changed:
        print(f"{'would change' if options.check else 'changed'}: {path}")
        if not options.check:
            files.write(str(path), text.encode(), parents=True)
    return 1 if changed and options.check else 0


def _read(path: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


if __name__ == "__main__":
    sys.exit(main())
