# SPDX-License-Identifier: MIT
"""GitHub's problem matcher for the text formats: it makes annotations from a log.

``python -m criulint.report.matcher`` writes it; a test fails if that is due. The expressions are
valid in ECMAScript and in Python. A matcher knows no severities but ``error`` and ``warning``, so
there is a second one for ``info``. Source: actions/toolkit, docs/problem-matchers.md.
"""

from __future__ import annotations

from pathlib import Path

from criulint import files
from criulint.report.json import dump

_FILE = Path(__file__).parents[2] / ".github" / "criulint-matcher.json"

_COLOUR = "(?:\\x1b\\[[0-9;]*m)?"
_PLACE = f"^{_COLOUR}(.+?):(\\d+):(\\d+){_COLOUR}: "
_RULE = f"{_COLOUR}: (CRIU\\d+) ([a-z0-9-]+: .+)$"


def matcher() -> str:
    """Return the whole file."""
    fields = {"file": 1, "line": 2, "column": 3}
    with_severity = {
        "owner": "criulint",
        "pattern": [
            {
                "regexp": f"{_PLACE}{_COLOUR}(error|warning){_RULE}",
                **fields,
                "severity": 4,
                "code": 5,
                "message": 6,
            }
        ],
    }
    info = {
        "owner": "criulint-info",
        "severity": "notice",
        "pattern": [{"regexp": f"{_PLACE}{_COLOUR}info{_RULE}", **fields, "code": 4, "message": 5}],
    }
    return dump({"problemMatcher": [with_severity, info]})


if __name__ == "__main__":
    files.write(str(_FILE), matcher().encode())
