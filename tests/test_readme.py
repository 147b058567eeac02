# SPDX-License-Identifier: MIT
"""The README is short, and what it says in numbers is right."""

from __future__ import annotations

import re
from pathlib import Path

from criulint.criu.releases import latest_release, releases
from criulint.rules.registry import RULES

_TOP = Path(__file__).parents[1]
_README = (_TOP / "README.md").read_text(encoding="utf-8")


def test_the_numbers_are_right() -> None:
    assert f"{len(RULES)} rules" in " ".join(_README.split())
    assert f"{releases()[0]} to {latest_release()}" in _README


def test_two_commands_set_up_one_checks_one_tests() -> None:
    commands = re.findall(r"^\$ (\.venv/.*|python3 -m venv .*)$", _README, re.MULTILINE)
    assert commands == [
        "python3 -m venv .venv",
        ".venv/bin/pip install -e '.[dev]'",
        ".venv/bin/criulint check /etc/criu/default.conf",
        ".venv/bin/pytest",
    ]


def test_the_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", _README)
    assert len(links) > 5
    assert not [link for link in links if not (_TOP / link).exists()]
