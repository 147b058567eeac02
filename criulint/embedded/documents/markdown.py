# SPDX-License-Identifier: MIT
"""Markdown: its blocks of code, as markdown-it-py finds them (CommonMark).

MyST's directives and Quarto's cells are blocks as well.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.documents.blocks import CodeBlock, follow_blocks, text_of
from criulint.embedded.hosts import MissingExtraError
from criulint.embedded.model import join
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.token import Token

    from criulint.embedded.model import FollowedHost, HostedText
    from criulint.source import Source

# As markdown-it-py splits lines.
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")
_CODE_DIRECTIVES = ("{code-block}", "{code}", "{sourcecode}", "{code-cell}", "{prompt}")
# Of MyST and Sphinx: their content is a document itself.
_CONTAINER = re.compile(r"\{[\w:-]+\}")
_OPTION = re.compile(r"[ \t]*:[\w-]+:(.*)|[ \t]*#\|(.*)")
_TAG = re.compile(r"<[^<>]*>")
_MAX_NESTING = 8


def follow(source: Source) -> FollowedHost:
    """Return the files that the code in a Markdown document writes."""
    text = decode(source.data)
    return follow_blocks(find_blocks(text_of(text)), text)


def find_blocks(text: HostedText, nesting: int = 0) -> Iterator[CodeBlock]:
    """Yield the blocks of code in a Markdown document."""
    lines = [text[match.start() : match.end()] for match in _LINE.finditer(text.text)]
    before, section = "", 0
    for token in _tokens(text.text):
        if token.type == "inline":
            before = token.content
        elif token.type == "heading_open":
            section += 1
            before = ""
        elif token.type in ("fence", "code_block"):
            block = _block(token, lines, before, section)
            if nesting < _MAX_NESTING and _CONTAINER.fullmatch(block.language):
                yield from find_blocks(block.text, nesting + 1)
            else:
                yield block
            before = ""
        elif token.type == "hr":
            before = ""
        elif token.type == "html_block" and not _is_comment(token.content):
            before = _TAG.sub("", token.content).strip()


def _is_comment(html: str) -> bool:
    return html.lstrip().startswith("<!--")


def _tokens(text: str) -> Sequence[Token]:
    try:
        from markdown_it import MarkdownIt
    except ImportError:
        raise MissingExtraError(
            "Markdown needs markdown-it-py: install criulint with the extra `scripts`"
        ) from None
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser.parse(text)


def _block(token: Token, lines: Sequence[HostedText], before: str, section: int) -> CodeBlock:
    assert token.map
    first, last = token.map
    mark = token.info.strip()
    begin = first + (token.type == "fence")
    content = token.content.split("\n")
    if content[-1] == "":
        content.pop()
    found = [
        _find_in_line(text, lines[begin + index])
        for index, text in enumerate(content)
        if begin + index < len(lines)
    ]
    start = lines[first].offsets[0]
    language, note = _read_mark(mark)
    while found and (language.startswith("{") or mark.startswith("{")):
        option = _OPTION.match(found[0].text)
        if not option:
            break
        note += f" {option[1] or option[2]}"
        found.pop(0)
    return CodeBlock(
        language, note, join(found, lines[last - 1].offsets[-1]), before, section, start
    )


def _find_in_line(text: str, line: HostedText) -> HostedText:
    """Return the part of a line that is the text of the block, with the line's end."""
    end = len(line.text.rstrip("\r\n"))
    start = end - len(text)
    if start < 0 or line.text[start:end] != text:  # a tab around the block became blanks
        start = end - len(text.lstrip(" "))
    return line[max(start, 0) :]


def _read_mark(mark: str) -> tuple[str, str]:
    """Return the language in a fence's mark, and the rest of the mark."""
    language, _, note = mark.partition(" ")
    if language.lower() in _CODE_DIRECTIVES:
        language, _, note = note.strip().partition(" ")
    elif "{" in language and not _CONTAINER.fullmatch(mark.partition(" ")[0]):
        # Pandoc's `{.bash title="x"}`, Docusaurus' `bash{1,3}`.
        words = mark.strip("{} ").replace("{", " ").split()
        language, note = (words[0].lstrip("."), " ".join(words[1:])) if words else ("", "")
    elif (cell := re.fullmatch(r"\{([a-z]+)(?:[ ,].*)?\}", mark)) and cell[1] in _CELLS:
        language = cell[1]
    name, colon, rest = language.partition(":")  # `conf:/etc/criu/runc.conf`
    if colon and not language.startswith("{"):
        language, note = name, f"{rest} {note}"
    if "/" in language:
        language, note = "", f"{language} {note}"
    return language.strip(",").lower(), note


_CELLS = frozenset(("bash", "sh", "shell", "python", "zsh", "go", "js"))
