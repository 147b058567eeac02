# SPDX-License-Identifier: MIT
"""What is said about installing criulint agrees with where it is available."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

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
    blocks = re.findall(r"^::::\{only\} ([^\n]*)\n(.*?)^::::$", page, re.MULTILINE | re.DOTALL)
    # Sphinx shows headings whatever the condition.
    assert not any("\n#" in text for _, text in blocks)
    for program in ("pipx", "uv", "pip"):
        assert f"## {program}\n" in page
        now, later = (
            [text for when, text in blocks if when == condition and f"{program} " in text]
            for condition in ("not on_pypi", "on_pypi")
        )
        assert not any(map(_FROM_AN_INDEX.search, now))
        assert all(map(_FROM_AN_INDEX.search, later))
        assert now
        assert later
    assert "Dockerfile" in page


@pytest.mark.slow
def test_the_site_shows_the_case_that_holds(tmp_path: Path) -> None:
    """Built with the switch as it is: one of the two commands is shown."""
    (tmp_path / "conf.py").write_text(
        f"extensions = ['myst_parser']\nmyst_enable_extensions = ['colon_fence']\n"
        f"if {_on_pypi()}:\n    tags.add('on_pypi')\n",
        encoding="utf-8",
    )
    page = re.sub(r"\[([^]]*)\]\(guide/[^)]*\)", r"\1", (_TOP / _PAGE).read_text(encoding="utf-8"))
    (tmp_path / "index.md").write_text(page, encoding="utf-8")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text", str(tmp_path)]
    subprocess.run([*command, str(tmp_path / "out")], check=True)
    shown = (tmp_path / "out" / "index.txt").read_text(encoding="utf-8")
    assert ("install 'criulint[" in shown) == _on_pypi()
    assert ("install '.[" in shown) != _on_pypi()
