# SPDX-License-Identifier: MIT
"""Extract the facts of a release from its binary alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.schemagen import help as help_page
from criulint.schemagen.facts import Facts
from criulint.schemagen.probe import probe, probe_values, read_help

if TYPE_CHECKING:
    from pathlib import Path

    from criulint.schemagen.annotations import Annotations


def extract(criu: Path, annotations: Annotations) -> Facts:
    """Return the facts in a binary and its help text; the manual page is left to the caller.

    Options without an annotation are tried with values, too. ProbeError if the binary does
    not run or is not CRIU 3.11 or later.
    """
    binary = probe(criu)
    facts = Facts(binary.version, help=help_page.parse(read_help(criu)), binary=binary)
    for name in find_unannotated(facts, annotations):
        option = next(option for option in binary.options if option.name == name)
        if option.arity != "none":
            option.values = probe_values(criu, name, facts.choices(name))
    return facts


def find_unannotated(facts: Facts, annotations: Annotations) -> list[str]:
    """Return the options of a binary without an annotation, in the order of its table."""
    return [
        option.name
        for option in (facts.binary.options if facts.binary else ())
        if not annotations.option(
            annotations.find_negated(option.name, facts.release) or option.name, facts.release
        )
    ]
