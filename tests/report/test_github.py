# SPDX-License-Identifier: MIT
"""The summary of a step on GitHub."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from criulint.report import Report
from criulint.report.github import summary
from criulint.text import escape
from tests.report.reports import make_finding


class _Table(HTMLParser):
    """The cells of the table's rows, and which tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
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
def test_what_a_file_holds_is_no_markup_in_the_summary(name: str, message: str) -> None:
    """A Markdown parser with GitHub's tables reads all of it as text."""
    report = Report([make_finding(f"x{name}", "x")._replace(message=f"m{message}", help="")], [])
    table = _Table()
    table.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(summary(report)))
    assert table.tags <= {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "a"}
    _, (place, severity, rule, told) = table.rows
    assert place.split() == escape(f"{report.relative(f'x{name}')}:1").split()
    assert (severity.strip(), rule.strip()) == ("warning", "CRIU201 value-ignored")
    paired = message.count("`") % 2 == 0
    assert (
        told.split() == escape(f"m{message}".replace("`", "") if paired else f"m{message}").split()
    )


def test_the_summary_is_not_longer_than_github_takes() -> None:
    finding = make_finding("x.conf", "x")._replace(message="é" * 10_000)
    told = summary(Report([finding] * 400, []))
    assert 800_000 < len(told.encode()) < 1 << 20
    rows = told.count("\n| <code>")
    assert f"\n{400 - rows} more are in the log.\n" in told
