# SPDX-License-Identifier: MIT
"""Write suppressions into a file, so that CRIU reads it as before."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from criulint.criu.equivalence import line_reads_the_same, reads_the_same
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, Source, decode, encode, is_utf16
from criulint.suppressions.comments import Suppression, SuppressionParser, is_comment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from criulint.finding import Finding

#: The code of a rule and a 1-based line of the original file.
_Place = tuple[str, int]


class SuppressedFile(NamedTuple):
    """What `add_suppressions` did.

    `data` are the new bytes of the file, `suppressed` counts the findings that are hidden now, and
    `left` are those that the file still has.
    """

    data: bytes
    suppressed: int
    left: list[Finding]


def add_suppressions(
    data: bytes,
    check: Callable[[bytes], list[Finding]],
    parser: SuppressionParser,
    *,
    reason: str = "",
    wanted: Callable[[Finding], bool] = lambda _: True,
    for_file: bool = False,
) -> SuppressedFile:
    """Write suppressions for the findings of a file, if CRIU then reads it as before.

    `check` returns the findings of a file's bytes. An existing suppression is extended. A new one
    goes after the option if CRIU reads it as a comment there, else on its own line above. What is
    found on a comment or a blank line is suppressed in the whole file. Findings about suppressions
    are left, and those that are not `wanted`. With `for_file` all are suppressed in the whole file.
    """
    findings = check(data)
    source = Source(data)
    codes: dict[int, set[str]] = {}  # to suppress, by line
    expected: set[_Place] = set()  # to be left
    for finding in findings:
        line = finding.span.line
        if finding.code in parser.rules.about_suppressions or not wanted(finding):
            expected.add((finding.code, line))
        else:
            codes.setdefault(line, set()).add(finding.code)
    nothing = SuppressedFile(data, 0, findings)
    above: set[int] = set()
    # Each round either moves a suppression to its own line or gives up on a line.
    while codes and not is_utf16(data):
        editor = _Editor(source.lines, parser, reason, above, for_file=for_file)
        editor.add_all(codes)
        added = editor.data(ends_with_newline=source.ends_with_newline)
        if added == data or not reads_the_same(source, Source(added), parser.release):
            return nothing
        left = check(added)
        places = {(finding.code, editor.original_line(finding)) for finding in left}
        failed = _failed_lines(places - expected, sorted(codes))
        if not failed:
            return SuppressedFile(added, len(findings) - len(left), left)
        given_up = failed & above
        expected |= _places(codes, given_up)
        for line in given_up:
            del codes[line]
        above |= failed
    return nothing


def _places(codes: dict[int, set[str]], lines: Iterable[int]) -> set[_Place]:
    return {(code, line) for line in lines for code in codes[line]}


def _failed_lines(unexpected: Iterable[_Place], lines: Sequence[int]) -> set[int]:
    """Return the lines whose suppression left or caused an unexpected finding.

    A comment can turn its line or the next one into another mistake, such as when a backslash is no
    longer the last character. So it is the last of the `lines` (ascending) at or before the
    finding.
    """
    return {lines[max(bisect_right(lines, line) - 1, 0)] for _, line in unexpected}


class _Editor:
    """The lines of a file while suppressions are written into them.

    Lines in `above` (1-based) get their suppression on its own line; with `for_file` all share one
    for the file.
    """

    def __init__(
        self,
        lines: Sequence[bytes],
        parser: SuppressionParser,
        reason: str,
        above: set[int],
        *,
        for_file: bool,
    ) -> None:
        self._lines = list(lines)
        self._original_lines = list(range(1, len(lines) + 1))
        self._parser = parser
        self._reason = f" {reason}" if reason else ""
        self._above = above
        self._for_file = for_file
        self._has_bom = lines[0].startswith(b"\xef\xbb\xbf")
        self._file_codes: set[str] = set()

    def add_all(self, codes: dict[int, set[str]]) -> None:
        """Suppress rules, by 1-based line, where that is possible."""
        # From the end, so that the numbers of earlier lines do not change.
        for line in sorted(codes, reverse=True):
            self._add(line, codes[line])
        if self._file_codes:
            self._add_for_file(self._file_codes)

    def data(self, *, ends_with_newline: bool) -> bytes:
        """Return the bytes of the file."""
        return b"\n".join(self._lines) + (b"\n" if ends_with_newline else b"")

    def original_line(self, finding: Finding) -> int:
        """Return the original 1-based line of a finding; for a new line, the line it is for."""
        return self._original_lines[finding.span.line - 1]

    def _add(self, number: int, codes: set[str]) -> None:
        raw = self._lines[number - 1]
        if self._for_file or is_comment(raw) or not decode(raw).strip(WHITESPACE):
            self._file_codes |= codes
        elif not (
            self._extend(number, codes)
            or (number not in self._above and self._append(number, codes))
        ):
            self._insert(number, codes)

    def _add_for_file(self, codes: set[str]) -> None:
        for suppression in self._parser.parse(self._lines):
            if suppression.for_file and self._add_names(suppression, codes):
                return
        comment = f"# criulint: ignore-file[{', '.join(sorted(codes))}]{self._reason}"
        self._insert_line(0, encode(comment) + _carriage_return(self._lines[0]))

    def _extend(self, number: int, codes: set[str]) -> bool:
        """Add the codes to the nearest suppression that applies to the line, if there is one."""
        above = number
        while True:
            for suppression in self._parser.parse_line(self._lines[above - 1], above, number):
                if not suppression.for_file and self._add_names(suppression, codes):
                    return True
            above -= 1
            if above == 0 or not is_comment(self._lines[above - 1]):
                return False

    def _add_names(self, suppression: Suppression, codes: set[str]) -> bool:
        """Add the codes to the brackets of a suppression, if it has some."""
        if not suppression.names or suppression.mistake:
            return False
        raw = self._lines[suppression.line - 1]
        text = decode(raw)
        matching = self._parser.rules.matching
        known = {code for name in suppression.names for code in matching(name.text)}
        end = suppression.names[-1].end
        names = "".join(f", {code}" for code in sorted(codes - known))
        new = encode(text[:end] + names + text[end:])
        if not self._reads_the_same(raw, new):
            return False
        self._lines[suppression.line - 1] = new
        return True

    def _append(self, number: int, codes: set[str]) -> bool:
        """Write a suppression after the option, if CRIU reads a comment there."""
        raw = self._lines[number - 1]
        text = f"{decode(raw).rstrip(WHITESPACE)} {self._comment(codes)}"
        new = encode(text) + _carriage_return(raw)
        if not self._reads_the_same(raw, new):
            return False
        self._lines[number - 1] = new
        return True

    def _insert(self, number: int, codes: set[str]) -> None:
        """Write a suppression on its own line."""
        raw = self._lines[number - 1]
        indent = raw[: len(raw) - len(raw.lstrip(b" \t"))]
        comment = indent + encode(self._comment(codes)) + _carriage_return(raw)
        self._insert_line(number - 1, comment)

    def _insert_line(self, index: int, raw: bytes) -> None:
        if index == 0 and self._has_bom:
            return  # the mark has to be the first thing in the file
        self._lines.insert(index, raw)
        self._original_lines.insert(index, self._original_lines[index])

    def _reads_the_same(self, before: bytes, after: bytes) -> bool:
        return line_reads_the_same(before, after, self._parser.release, alone=False)

    def _comment(self, codes: set[str]) -> str:
        return f"# criulint: ignore[{', '.join(sorted(codes))}]{self._reason}"


def _carriage_return(raw: bytes) -> bytes:
    """Return the CR that a new line needs beside `raw`."""
    return b"\r" if raw.endswith(b"\r") else b""
