# SPDX-License-Identifier: MIT
"""A parser for the manual page criu(8), in roff: facts about options.

CRIU builds the page from one Asciidoc source with either of two tool chains
(`Documentation/Makefile`): DocBook's style sheets or Asciidoctor. Both write an option of a list as
a line of its own between a paragraph request and `.RS`. They differ only in fonts and escapes.
"""

from __future__ import annotations

import re

from criulint.schemagen.facts import DocumentedOption, Page, merge_documented

# `\fB`, `\f[B]`, `\m[blue]`: fonts and colours; `\*(Aq`: strings; `\(aq`, `\[aq]`, `\-`: glyphs.
_ESCAPE = re.compile(
    r"\\(?:f(?:\[[^\]]*\]|\(..|.)|m(?:\[[^\]]*\]|\(..|.)"
    r"|\*(?:\[(?P<str1>[^\]]*)\]|\((?P<str2>..)|(?P<str3>.))"
    r"|\((?P<glyph1>..)|\[(?P<glyph2>[^\]]*)\]|(?P<char>.))"
)
_GLYPHS = {
    "aq": "'",
    "Aq": "'",
    "cq": "'",
    "oq": "'",
    "lq": '"',
    "rq": '"',
    "dq": '"',
    "hy": "-",
    "en": "-",
}
_CHARS = {"-": "-", "e": "\\", "\\": "\\", " ": " ", "~": " ", "'": "'", "`": "`", ".": "."}
# `-D, --images-dir path`, `--[no-]tcp-established`
_TERM = re.compile(
    r"(?:-(?P<short>[A-Za-z])[^\s,]*, *)?"
    r"--(?P<negatable>\[no-\])?(?P<name>[A-Za-z0-9][A-Za-z0-9_-]*)(?P<rest>.*)"
)
_HEADING = re.compile(r"\.S[HS] +\"?(?P<title>[^\"]*)\"?$")
# `.TH "CRIU" "8" "01/01/2025" "criu 4.2"`
_TITLE = re.compile(r'\.TH +"?CRIU"? +"?8"? +"[^"]*" +"criu (?P<release>[0-9.]+)"', re.IGNORECASE)
_NEGATION = re.compile(r"prefixed with (?:--)?no-")
_DEFAULT = re.compile(r"\b[Dd]efault is (?P<value>[\w-]+) mode\b")


def parse(text: str) -> Page:
    """Return what the page says about options, in its order; empty for other text.

    An option that is listed under several commands gives one fact with all its forms and sections.
    """
    lines = text.splitlines()
    options: list[DocumentedOption] = []
    bodies: list[list[str]] = []
    section = ""
    for number, line in enumerate(lines):
        if found := _HEADING.match(line):
            section = strip_roff(found["title"])
        elif line.startswith((".", "'")):
            continue
        elif (found := _TERM.fullmatch(strip_roff(line).strip())) and _is_term(lines, number):
            option = DocumentedOption(
                name=found["name"],
                short=found["short"],
                negatable=bool(found["negatable"]),
                sections=[section] if section else [],
            )
            option.add_value(found["rest"].strip().removeprefix("=").strip())
            options.append(option)
            bodies.append([])
        elif bodies:
            bodies[-1].append(strip_roff(line))
    for option, body in zip(options, bodies, strict=True):
        if default := _DEFAULT.search(" ".join(" ".join(body).split())):
            option.default = default["value"]
    return Page(
        negation=bool(_NEGATION.search(" ".join(strip_roff(text).split()))),
        options=merge_documented(options),
    )


def release(text: str) -> str | None:
    """Return the CRIU release in the page's title, where only DocBook writes it."""
    for line in text.splitlines():
        if found := _TITLE.match(strip_roff(line)):
            return found["release"]
    return None


def strip_roff(text: str) -> str:
    """Return roff text without fonts, colours, escapes, and glyphs that no option needs."""

    def replace(found: re.Match[str]) -> str:
        if char := found["char"]:
            return _CHARS.get(char, "")
        name = (
            found["str1"]
            or found["str2"]
            or found["str3"]
            or found["glyph1"]
            or found["glyph2"]
            or ""
        )
        return _GLYPHS.get(name, "")

    return _ESCAPE.sub(replace, text)


def _is_term(lines: list[str], number: int) -> bool:
    """Return whether a line is a list's term, and not text that begins with an option.

    A term has a request before it, and its indented body after it.
    """
    before = lines[number - 1] if number else ""
    after = lines[number + 1] if number + 1 < len(lines) else ""
    return before.startswith((".PP", ".sp")) and after.startswith(".RS")
