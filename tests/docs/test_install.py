# SPDX-License-Identifier: GPL-2.0-only
"""What is said about installing criulint agrees with where it can be had."""

from __future__ import annotations

import re
from pathlib import Path

_TOP = Path(__file__).parents[2]
_PAGE = "docs/install.md"
_FOLDERS = ("criulint", "docs", "editors", "templates", ".github")
_SUFFIXES = {".md", ".py", ".yml", ".lua", ".ts", ".mjs", ".json", ".el", ".vim"}
_SKIPPED = {"node_modules", "dist", "_build", "__pycache__"}
# A name that pip, pipx or uv would look up in an index, and no path.
_FROM_AN_INDEX = re.compile(
    r"\b(?:pip|pipx|uv|uvx)3? (?:tool )?(?:install|run) [^\n`]*?"
    r"(?<![\w/.@-])['\"]?criulint\b(?!\[[^]]*\] @)"
)


def _texts() -> dict[str, str]:
    paths = [_TOP / "README.md", _TOP / "CONTRIBUTING.md", _TOP / "action.yml"]
    for folder in _FOLDERS:
        paths += [path for path in (_TOP / folder).rglob("*") if path.suffix in _SUFFIXES]
    return {
        path.relative_to(_TOP).as_posix(): path.read_text(encoding="utf-8")
        for path in paths
        if not _SKIPPED.intersection(path.parts) and path.is_file()
    }


def _on_pypi() -> bool:
    conf = (_TOP / "docs" / "conf.py").read_text(encoding="utf-8")
    (value,) = re.findall(r"^ON_PYPI = (True|False)$", conf, re.MULTILINE)
    return bool(value == "True")


def test_nothing_promises_what_pypi_has_not() -> None:
    """Once `ON_PYPI` is true: the README, the action and the GitLab component can use PyPI."""
    promises = [name for name, text in _texts().items() if _FROM_AN_INDEX.search(text)]
    assert promises == [_PAGE] or _on_pypi()


def test_the_page_has_a_part_for_each_case() -> None:
    page = (_TOP / _PAGE).read_text(encoding="utf-8")
    before, after = (
        re.findall(rf"^::::\{{only\}} {condition}\n(.*?)^::::$", page, re.MULTILINE | re.DOTALL)
        for condition in ("not on_pypi", "on_pypi")
    )
    assert not any(map(_FROM_AN_INDEX.search, before))
    for program in ("pipx", "uv", "pip"):
        assert f"## {program}\n" in before[0]
        assert f"## {program}\n" in after[0]
    assert "Dockerfile" in page
