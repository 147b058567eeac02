# SPDX-License-Identifier: MIT
"""The summary of a step on GitHub."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from criulint.finding import Severity
from criulint.report import Report
from criulint.report.github import summary
from criulint.text import escape
from tests.report.reports import make_finding

_SOURCE = "https://github.com/owner/name/blob/0123abc/"


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("criu/runc.conf", "criu/runc.conf#L1"),
        ("docs/a.md", "docs/a.md?plain=1#L1"),
        ('a b%"é\udcff.conf', "a%20b%25%22%C3%A9%FF.conf#L1"),
        ("/etc/criu/runc.conf", ""),
        ("../x.conf", ""),
        ("-", ""),
    ],
)
def test_places_are_links_where_github_has_the_file(path: str, address: str) -> None:
    for source in (_SOURCE, ""):
        table = _Table()
        table.feed(summary(Report([make_finding(path, "x")], [], source=source)))
        expected = [f"{_SOURCE}{address}"] if address and source else []
        assert [link for link in table.links if "/rules/" not in link] == expected


def test_totals() -> None:
    finding = make_finding("x.conf", "x")
    findings = [finding, finding._replace(severity=Severity.ERROR, fix=None), finding]
    lines = summary(Report(findings, ["x.conf", "y.conf"], release="4.2")).split("\n")
    assert lines[0] == "### \u274c criulint: 1 error, 2 warnings"
    assert lines[2] == "2 files checked for CRIU 4.2; 2 fixable with <code>--fix</code>."
    assert summary(Report([], ["x.conf"], release="4.2")) == (
        "### \u2705 criulint\n\n1 file checked for CRIU 4.2, no findings.\n"
    )


class _Table(HTMLParser):
    """The cells of the table's rows, and which tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


_MARKUP = st.text(st.sampled_from("`|<>&'\"\\*_~#[]()!$@-=\n\x1b a1é\udcff\u2028"), max_size=30)


@given(_MARKUP, _MARKUP)
@example("a`b.conf", "it's `x` & `y`")
@example("<!--", "<script>")
def test_the_content_of_a_file_is_not_markup_in_the_summary(name: str, message: str) -> None:
    """A Markdown parser with GitHub's tables reads all of it as text."""
    report = Report([make_finding(f"x{name}", "x")._replace(message=f"m{message}", help="")], [])
    table = _Table()
    table.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(summary(report)))
    assert table.tags <= {"h3", "p", "table", "tr", "th", "td", "code", "a", "br"}
    _, (severity, place, rule, result) = table.rows
    assert place.split() == escape(f"{report.relative(f'x{name}')}:1").split()
    assert (severity, rule) == ("\u26a0\ufe0f warning", "CRIU201 value-ignored")
    paired = message.count("`") % 2 == 0
    assert (
        result.split()
        == escape(f"m{message}".replace("`", "") if paired else f"m{message}").split()
    )


def test_the_summary_is_not_longer_than_github_takes() -> None:
    finding = make_finding("x.conf", "x")._replace(message="é" * 10_000)
    result = summary(Report([finding] * 400, []))
    assert 800_000 < len(result.encode()) < 1 << 20
    rows = result.count("\n<tr><td nowrap>")
    assert f"\n{400 - rows} more are in the log.\n" in result
