# SPDX-License-Identifier: MIT
"""How many findings each rule has."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from criulint.report.terminal import BOLD, PLAIN, Cell, Style, lay_out_table
from criulint.report.text import SEVERITY_COLOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.finding import Finding


def render(findings: Sequence[Finding], *, as_json: bool, style: Style = PLAIN) -> str:
    """Return a line, or an object of a JSON array, for each rule with findings, by their number.

    ``fixable`` counts the findings that have a fix, safe or not.
    """
    found = {finding.code: finding for finding in findings}
    counts = Counter(finding.code for finding in findings)
    fixable = Counter(finding.code for finding in findings if finding.fix)
    codes = sorted(counts, key=lambda code: (-counts[code], code))
    if as_json:
        from criulint.report.json import dump

        return dump(
            [
                {
                    "code": code,
                    "name": found[code].name,
                    "severity": str(found[code].severity),
                    "count": counts[code],
                    "fixable": fixable[code],
                }
                for code in codes
            ]
        )
    width = len(str(max(counts.values(), default=0)))
    rows = [
        (
            f"{counts[code]:>{width}}",
            Cell(code, BOLD, found[code].url),
            Cell(str(found[code].severity), SEVERITY_COLOURS[found[code].severity]),
            found[code].name + (f" ({fixable[code]} fixable)" if fixable[code] else ""),
        )
        for code in codes
    ]
    return "".join(f"{line}\n" for line in lay_out_table(rows, style))
