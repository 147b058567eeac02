# SPDX-License-Identifier: MIT
"""The parsers of the help text and the manual page: pairs of a small document and its facts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.schemagen import help, man
from criulint.schemagen.facts import Page

PAGES = Path(__file__).parents[1] / "schema" / "data" / "pages"

# Text that is likely to reach the parsers' corners.
_PIECES = st.sampled_from(
    ["--", "-", "[", "]", "\\fB", "\\-", "\\", "\\f[", "\\(aq", ".PP\n", ".RS 4\n", ".SS \"a\"\n", "\n", " ", "=", "|", "a",
     "  --a", "Section:\n", "(default)", "'x' (default)", ", ", "\t", "\0", "\ud800"]
)  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(_PIECES).map("".join))


def test_help_text() -> None:
    page = help.parse((PAGES / "small.help.txt").read_text())
    assert page.to_json() == json.loads((PAGES / "small.help.json").read_text())


@pytest.mark.parametrize("tool", ["docbook", "asciidoctor"])
def test_manual_page(tool: str) -> None:
    page = man.parse((PAGES / f"small.{tool}.8").read_text())
    assert page.to_json() == json.loads((PAGES / "small.man.json").read_text())


def test_release_of_the_manual_page() -> None:
    assert man.release((PAGES / "small.docbook.8").read_text()) == "9.1.2"
    assert man.release((PAGES / "small.asciidoctor.8").read_text()) is None


@pytest.mark.parametrize(
    ("roff", "text"),
    [
        (r"\fB\-\-a\fR \fIb\fP", "--a b"),
        (r"\f[B]a\f(CWb\m[blue]c\m[]", "abc"),
        (r"it\*(Aqs it\(cqs it\[aq]s", "it's it's it's"),
        (r"a\&.b\ c\ed\c", r"a.b c\d"),
        ("\\", "\\"),
    ],
)
def test_roff_escapes(roff: str, text: str) -> None:
    assert man.strip_roff(roff) == text


@given(TEXT)
def test_any_text_gives_a_page(text: str) -> None:
    for page in (help.parse(text), man.parse(text)):
        assert Page.from_json(json.loads(json.dumps(page.to_json()))) == page
        assert len({option.name for option in page.options}) == len(page.options)


def test_other_text_gives_no_options() -> None:
    for text in ("", "--x", "a page\nof --words\n", "  - one\n  - two\n"):
        assert help.parse(text).options == man.parse(text).options == []
