# SPDX-License-Identifier: MIT
"""The content of a file is shown verbatim: a Markdown renderer finds no markup in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.lsp.markdown import plain_text, prose

_TEXT = st.lists(
    st.sampled_from(
        [
            *"`*_\\[]()<>&~#-+!|{}.:;'\"=a1é",
            " ",
            "**",
            "__",
            "``",
            "<b>",
            "&lt;",
            "](x)",
            "http://x",
            "no-tcp",
            "a_b",
        ]
    ),
    max_size=12,
).map("".join)


def _shown(markdown: str) -> tuple[str, set[str]]:
    """The text that a reader of CommonMark shows, without blanks, and what it is made of."""
    markdown_it = pytest.importorskip("markdown_it")
    (_, inline, _) = markdown_it.MarkdownIt("commonmark").parse(markdown)
    return re.sub(r"\s", "", "".join(part.content for part in inline.children)), {
        part.type for part in inline.children
    }


@given(_TEXT)
def test_nothing_is_read_as_markup(text: str) -> None:
    shown, kinds = _shown(f"It says: {prose(text)}.")
    assert kinds <= {"text", "code_inline", "text_special"}
    as_written = re.sub(r"\s", "", f"It says: {text}.")
    assert (
        shown == as_written
        if "code_inline" not in kinds
        else shown.replace("`", "") == as_written.replace("`", "")
    )


@given(_TEXT)
def test_plain_text_says_the_same(text: str) -> None:
    read = plain_text(f"It says: {prose(text)}.")
    assert read.replace("`", "") == f"It says: {text}.".replace("`", "")


def test_all_that_the_server_writes_can_be_read_plain() -> None:
    written = "**CRIU201 x**: a \\* b\n\n---\n\n```text\na [=b] \\*\n```\n\n- `c*`: d\n\n[What](https://x)"
    assert plain_text(written) == "CRIU201 x: a * b\n\na [=b] \\*\n\n- c*: d\n\nWhat (https://x)"
