# SPDX-License-Identifier: MIT
"""The page for people."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.finding import Severity, Span
from criulint.report import Report, render_report
from tests.report.reports import make_finding, read_golden

if TYPE_CHECKING:
    from pathlib import Path


class _Elements(HTMLParser):
    """Counts the elements of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1
        assert not any(name == "src" for name, _ in attrs)


def test_the_page_needs_nothing_else() -> None:
    page = read_golden("findings", "html")
    assert "default-src 'none'" in page
    assert not re.search(r"<link|<img|@import|url\(", page)


@given(st.text(), st.text())
def test_nothing_of_a_file_becomes_markup(text: str, message: str) -> None:
    plain = _Elements(_page("x", "y")).tags
    hostile = _Elements(_page(f"<script>{text}</script>", f"<img src=x>{message}")).tags
    assert {tag: hostile.get(tag) for tag in plain if tag != "code"} == {
        tag: count for tag, count in plain.items() if tag != "code"
    }


def _page(line: str, message: str) -> str:
    finding = make_finding(line, message)._replace(message=message, help=message)
    return render_report("html", Report([finding], [line]))


def test_a_long_line_is_cut_around_the_finding() -> None:
    line = "a" * 100 + "b" * 10 + "c" * 300
    finding = make_finding("x.conf", line)._replace(span=Span(1, 101, 1, 111))
    page = render_report("html", Report([finding], ["x.conf"]))
    assert f"<code>\u2026{'a' * 40}<mark>{'b' * 10}</mark>{'c' * 200}\u2026</code>" in page


def test_the_worst_come_first_and_all_are_counted() -> None:
    finding = make_finding("a/x.conf", "x")
    findings = [finding, finding._replace(severity=Severity.ERROR), finding]
    page = render_report("html", Report(findings, ["a/x.conf"], release="4.2"))
    assert re.findall(r'<tr data-severity="(\w+)"', page) == ["error", "warning", "warning"]
    assert "1 file checked for CRIU 4.2: 1 error, 2 warnings; 3 fixable with --fix" in page
    assert '<span class="severity warning">warning</span> 2</label>' in page
    assert "<code>a/<wbr>x.conf:1:1</code>" in page


@pytest.mark.programs
def test_a_browser_filters_and_sorts(tmp_path: Path) -> None:
    browser = shutil.which("chromium")
    if not browser:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing")
        pytest.skip("chromium is missing")
    script = (
        "<script>const box = document.querySelector('[value=error]'); box.checked = false;"
        "box.dispatchEvent(new Event('change'));"
        "document.querySelectorAll('th button')[1].click();</script>"
    )
    page = read_golden("findings", "html").replace("</body>", f"{script}</body>")
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "page.html"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    rows = re.findall(r'<tr data-severity="(\w+)"( hidden="")?', done.stdout)
    assert {severity: bool(hidden) for severity, hidden in rows} == {
        "error": True,
        "warning": False,
    }
    shown = sum(not hidden for _, hidden in rows)
    assert f">{shown} shown</output>" in done.stdout
    assert '<th scope="col" aria-sort="ascending"><button>Place' in done.stdout
