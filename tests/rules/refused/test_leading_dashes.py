# SPDX-License-Identifier: MIT
"""CRIU108: options as on the command line, and their long names."""

from __future__ import annotations

import pytest

from criulint.rules.refused.leading_dashes import leading_dashes
from tests.rules.refused.explain import Explanation, explain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tcp-close", []),
        ("---", []),
        ("- tcp-close", []),
        ("--", [Explanation("--", None, safe=True)]),
        ("--tcp-close", [Explanation("--", "tcp-close")]),
        ("  --bogus x # c", [Explanation("--", "  bogus x # c")]),
        ("-tcp-close", [Explanation("-", None)]),
        ("-x", [Explanation("-", "ext-unix-sk")]),
        ("-z", [Explanation("-", "z")]),
        # One letter without a value.
        ("-j", [Explanation("-", "shell-job")]),
        ("-j x", [Explanation("-", None)]),
        ("-jx", [Explanation("-", None)]),
        # One letter with a value.
        ("-D /srv", [Explanation("-", "images-dir /srv")]),
        ("-D/srv # c", [Explanation("-", "images-dir /srv # c")]),
        ("-D=/srv", [Explanation("-", "images-dir /srv", safe=False)]),
        ("-Da b", [Explanation("-", None)]),
        ("-D", [Explanation("-", None, safe=True)]),
        # The level of the log.
        ("-v", [Explanation("-", "verbosity=3")]),
        ("-vv", [Explanation("-", "verbosity=4")]),
        ("-vvvvv", [Explanation("-", "verbosity=4")]),
        ("-v4", [Explanation("-", "verbosity=4")]),
        ("-v 4", [Explanation("-", "verbosity=4", safe=False)]),
        ("-v=4", [Explanation("-", "verbosity=4", safe=False)]),
        ("-vx", [Explanation("-", None)]),
    ],
)
def test_leading_dashes(text: str, expected: list[Explanation]) -> None:
    assert explain(leading_dashes, text) == expected
