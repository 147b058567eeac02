# SPDX-License-Identifier: GPL-2.0-only
"""The documentation builds without a warning, has a page for each rule where findings say it is, and no dead link."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from criulint.rules.registry import RULES

_DOCS = Path(__file__).parents[2] / "docs"
_BASE = "https://criulint.readthedocs.io/en/stable/"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "-q",
        "-W",
        "--keep-going",
        "-b",
        "dirhtml",
        "-d",
        str(folder / "trees"),
    ]
    done = subprocess.run(
        [*command, str(_DOCS), str(folder / "html")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if given.get("id"):
            self.ids.add(str(given["id"]))


def test_site(site: Path) -> None:
    """All in one test, so that the site is built once however the tests are spread."""
    for rule in RULES:
        assert rule.url.startswith(_BASE)
        text = (site / rule.url.removeprefix(_BASE) / "index.html").read_text(encoding="utf-8")
        assert rule.code in text
    pages = {}
    for file in site.rglob("*.html"):
        page = _Page()
        page.feed(file.read_text(encoding="utf-8"))
        pages[file.resolve()] = page
    dead = []
    for file, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            target = target / "index.html" if target.is_dir() else target
            if not target.exists() or (
                parts.fragment and target in pages and parts.fragment not in pages[target].ids
            ):
                dead.append(f"{file.relative_to(site)}: {link}")
    assert not dead
    for name in ("criulint.schema.json", "findings.schema.json"):
        assert json.loads((site / name).read_text(encoding="utf-8"))["$id"] == f"{_BASE}{name}"
