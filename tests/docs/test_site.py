# SPDX-License-Identifier: MIT
"""The site builds without a warning, has the pages that findings link to, and no dead link."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote_plus, unquote, urlsplit

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


def _dead_links(site: Path) -> list[str]:
    pages: dict[Path, _Page] = {}
    for file in site.rglob("*.html"):
        pages[file.resolve()] = page = _Page()
        page.feed(file.read_text(encoding="utf-8"))
    return [
        f"{file.relative_to(site)}: {link}"
        for file, page in pages.items()
        for link in page.links
        if not _leads_somewhere(link, file, pages)
    ]


def _leads_somewhere(link: str, file: Path, pages: dict[Path, _Page]) -> bool:
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    target = target / "index.html" if target.is_dir() else target
    if not target.exists():
        return False
    return not parts.fragment or target not in pages or parts.fragment in pages[target].ids


def _found(site: Path, stem: str) -> set[str]:
    """Return the pages that a search finds for the stem of a word."""
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    numbers: list[int] = []
    for terms in ("terms", "titleterms"):
        found = index[terms].get(stem, [])
        numbers += found if isinstance(found, list) else [found]
    return {index["docnames"][number] for number in numbers}


# What people ask the search of the site, and the page, or its section, that comes first.
_ANSWERS = {
    "ignore one line": "guide/suppressions/",
    "suppress": "guide/suppressions/",
    "disable rule": "guide/suppressions/",
    "pre-commit": "guide/ci/#pre-commit",
    "install": "install/",
    "container image": "guide/images/",
    "exit status": "guide/findings/#exit-status",
    "baseline": "guide/adopt/",
    "podman": "reference/runtimes/podman/",
    "broken pipe": "failures/caller-no-answer/",
}


class _QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""


def _check_answers(site: Path, browser: str) -> None:
    """Ask the search page in a browser each question."""
    first = re.compile(r'<ul [^>]*class="search"><li[^>]*><a href="\.\./([^"]*)"')
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_QuietHandler, directory=site)) as server:
        Thread(target=server.serve_forever).start()
        try:
            for question, answer in _ANSWERS.items():
                url = f"http://127.0.0.1:{server.server_port}/search/?q={quote_plus(question)}"
                done = subprocess.run(
                    [browser, *options, "--dump-dom", url],
                    capture_output=True,
                    text=True,
                    check=False,
                    timeout=120,
                )
                found = first.search(done.stdout)
                assert found, done.stdout
                assert re.sub(r"#index-\d+$", "", found[1]) == answer, question
        finally:
            server.shutdown()


def test_site(site: Path) -> None:
    """All in one test, so that the site is built once however the tests are spread."""
    for rule in RULES:
        assert rule.url.startswith(_BASE)
        page = site / rule.url.removeprefix(_BASE) / "index.html"
        assert rule.code in page.read_text(encoding="utf-8")
    assert not _dead_links(site)
    for name in ("criulint.schema.json", "findings.schema.json", "inventory.schema.json"):
        assert json.loads((site / name).read_text(encoding="utf-8"))["$id"] == f"{_BASE}{name}"
    for stem, name in (
        ("instal", "install"),
        ("baselin", "guide/adopt"),
        ("suppress", "guide/suppressions"),
        ("podman", "reference/runtimes/podman"),
        ("format", "guide/format"),
        ("win", "guide/which-file"),
        ("fail", "guide/failures"),
        ("upgrad", "reference/releases/index"),
    ):
        assert name in _found(site, stem)
    if browser := shutil.which("chromium"):
        _check_answers(site, browser)
    else:
        assert not os.environ.get("CI"), "chromium is missing"
    # Dashes can be copied.
    html = (site / "reference" / "command-line" / "index.html").read_text(encoding="utf-8")
    shown = re.sub("<[^>]*>", "", html)
    assert "with --fix or --diff" in shown
    assert "--stdin-filename PATH" in shown
