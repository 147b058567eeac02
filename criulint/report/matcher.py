# SPDX-License-Identifier: MIT
"""GitHub's problem matcher for the text formats: it makes annotations from a log.

``python -m criulint.report.matcher`` writes it; a test fails if it is out of date. The expressions
are valid in ECMAScript and in Python. A matcher's severity is ``error`` or ``warning``, so separate
matchers handle ``info``. Source: actions/toolkit, docs/problem-matchers.md.
"""

from __future__ import annotations

from pathlib import Path

from criulint import files
from criulint.report.json import dump

_FILE = Path(__file__).parents[2] / ".github" / "criulint-matcher.json"

_COLOUR = "(?:\\x1b\\[[0-9;]*m)*"
_PLACE = "(.+?):(\\d+):(\\d+)"
_MESSAGE = "([a-z0-9-]+: .+)"
_LEVELS = "(error|warning)"


def matcher() -> str:
    """Return the whole file."""
    concise = f"^{_COLOUR}{_PLACE}{_COLOUR}: {_COLOUR}{{level}}{_COLOUR}: (CRIU\\d+) {_MESSAGE}$"
    head = f"^{_COLOUR}{{level}}\\[(CRIU\\d+) ([a-z0-9-]+\\]{_COLOUR}:.+)$"
    place = {"regexp": f"^ *{_COLOUR}-->{_COLOUR} {_PLACE}$", "file": 1, "line": 2, "column": 3}
    fields = {"file": 1, "line": 2, "column": 3}
    return dump(
        {
            "problemMatcher": [
                _entry(
                    "criulint",
                    {
                        "regexp": concise.format(level=_LEVELS),
                        **fields,
                        "severity": 4,
                        "code": 5,
                        "message": 6,
                    },
                ),
                _entry(
                    "criulint-info",
                    {"regexp": concise.format(level="info"), **fields, "code": 4, "message": 5},
                ),
                _entry(
                    "criulint-full",
                    {"regexp": head.format(level=_LEVELS), "severity": 1, "code": 2, "message": 3},
                    place,
                ),
                _entry(
                    "criulint-full-info",
                    {"regexp": head.format(level="info"), "code": 1, "message": 2},
                    place,
                ),
            ]
        }
    )


def _entry(owner: str, *patterns: dict[str, object]) -> dict[str, object]:
    """Return a matcher; `patterns` match lines that follow each other."""
    severity = {} if "severity" in patterns[0] else {"severity": "notice"}
    return {"owner": owner, **severity, "pattern": list(patterns)}


if __name__ == "__main__":
    files.write(str(_FILE), matcher().encode())
