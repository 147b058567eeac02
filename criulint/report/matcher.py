# SPDX-License-Identifier: GPL-2.0-only
"""The problem matcher, which finds the findings of the text formats in a log of GitHub Actions.

``python -m criulint.report.matcher`` writes it again; a test tells when that is due. The expressions are ECMAScript's, and
Python's too. Source: actions/toolkit, docs/problem-matchers.md; a matcher takes ``error`` and ``warning`` out of the text,
and nothing else, so what is less has one of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

from criulint import files

_FILE = Path(__file__).parents[2] / ".github" / "criulint-matcher.json"

_COLOUR = "(?:\\x1b\\[[0-9;]*m)?"
_PLACE = f"^{_COLOUR}(.+?):(\\d+):(\\d+){_COLOUR}: "
_RULE = f"{_COLOUR}: (CRIU\\d+) ([a-z0-9-]+: .+)$"


def matcher() -> str:
    """The whole file."""
    fields = {"file": 1, "line": 2, "column": 3}
    usual = {
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
    less = {
        "owner": "criulint-info",
        "severity": "notice",
        "pattern": [{"regexp": f"{_PLACE}{_COLOUR}info{_RULE}", **fields, "code": 4, "message": 5}],
    }
    return json.dumps({"problemMatcher": [usual, less]}, indent=2) + "\n"


if __name__ == "__main__":
    files.write(str(_FILE), matcher().encode())
