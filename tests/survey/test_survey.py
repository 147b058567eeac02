# SPDX-License-Identifier: MIT
"""What criulint says about made-up files, a line each, to show any change in what users see.

A line has the file (LF is written ``\\n``), after ``|`` what CRIU does with it (``read
--format json`` in words), and after a second ``|`` the findings: the code and the severity, the
span, and the file after the fix. The texts of the findings are in ``messages.expected``, which has
each once, with the first file that it is about.

``pytest --update-expected tests/survey`` renews the expected files. What changes in them is what
users will see: read the difference line by line.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby, product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.criu.context import COMMANDS, Context
from criulint.criu.narration import narrate
from criulint.criu.options import option_table
from criulint.criu.outcome import Outcome
from criulint.criu.paths import inferred_role
from criulint.criu.reading import Reading
from criulint.criu.runtimes import find_caller
from criulint.formatter import lay_out
from criulint.linter.fixing import apply_edits
from criulint.linter.linter import Linter
from criulint.source import Source, decode, encode
from tests.golden import escape, span_text
from tests.survey import files
from tests.survey.blocks import document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.finding import Finding
    from tests.golden import Golden

_HERE = Path(__file__).parent
_DEFAULT = "/etc/criu/default.conf"
_RUNC = "/etc/criu/runc.conf"
_OLD = "3.15"
_SHOWN = 80


@cache
def _linter(release: str, context: Context | None = None) -> Linter:
    return Linter(release, context=context)


def _show(text: str) -> str:
    """Return a file on one line, and no longer than a reader likes."""
    shown = escape(text).replace("|", "\\|")
    return shown if len(shown) <= _SHOWN else f"{shown[:30]}...{shown[-20:]} ({len(text)})"


def _effects(source: Source, release: str) -> str:
    """Return what CRIU does with a file, in words; a line's number if there are several."""
    reading = Reading(source, release)
    number = "{} " if len(source.lines) > 1 else ""
    effects = narrate(reading, Outcome(reading, inferred_role(source.path)))
    return "; ".join(number.format(line) + _show(phrase) for line, phrase in effects)


def _summarize(finding: Finding, source: Source) -> str:
    text = f"{finding.code} {finding.severity} {span_text(finding.span)}"
    for place in finding.related:
        text += f" see {span_text(place.span)}"
    if finding.fix:
        after = decode(apply_edits(source.data, finding.fix.edits))
        text += (
            f" {'safe' if finding.fix.safe else 'unsafe'} fix: {_show(after) or 'an empty file'}"
        )
    return text


def _survey(
    texts: Iterable[str], release: str = files.RELEASE, path: str = _DEFAULT
) -> Iterator[str]:
    """Yield a line for each file."""
    for text in texts:
        source = Source(encode(text), path)
        parts = [_show(text), _effects(source, release) or "nothing"]
        found = _linter(release).check(source).findings
        if found:
            parts.append("; ".join(_summarize(finding, source) for finding in found))
        yield " | ".join(parts)


_KINDS = files.options_by_kind()
_ALL_OPTIONS = [option for options in _KINDS.values() for option in options]


@pytest.mark.parametrize("kind", _KINDS)
def test_values(kind: str, golden: Golden) -> None:
    lines = (line for option in _KINDS[kind] for line in files.value_lines(option))
    golden(_HERE / f"values-{kind}.expected", document(_survey(lines)))


def test_values_in_the_oldest_release(golden: Golden) -> None:
    """Only what comes out differently, of options that both releases have."""
    oldest = files.RELEASES[0]
    known = option_table(oldest).options
    options = [option for option in _ALL_OPTIONS if option.name in known and not option.is_flag]
    lines = [line for option in options for line in files.value_lines(option)]
    then, now = _survey(lines, oldest), _survey(lines)
    different = (old for old, new in zip(then, now, strict=True) if old != new)
    golden(_HERE / f"values-{oldest}.expected", document(different))


@pytest.mark.parametrize("release", [files.RELEASE, _OLD])
def test_ways_to_write_a_line(release: str, golden: Golden) -> None:
    lines = _survey(files.written_files(), release)
    golden(_HERE / f"ways-{release}.expected", document(lines))


def test_words(golden: Golden) -> None:
    golden(_HERE / "words.expected", document(_survey(files.word_files())))


def test_suppressions(golden: Golden) -> None:
    lines = _survey(files.suppressed_files())
    golden(_HERE / "suppressions.expected", document(lines))


@cache
def _interplay(path: str) -> tuple[str, ...]:
    """Return the pairs of lines in which something else is found than in each line alone."""
    check = _linter(files.RELEASE).check

    def codes(text: str) -> list[str]:
        return sorted(each.code for each in check(Source(encode(text), path)).findings)

    alone = {line: codes(line) for line in files.LINES}
    return tuple(
        f"{first}\n{second}"
        for first, second in product(files.LINES, repeat=2)
        if codes(f"{first}\n{second}") != sorted(alone[first] + alone[second])
    )


@pytest.mark.parametrize("path", [_DEFAULT, _RUNC], ids=["default", "runc"])
def test_pairs(path: str, golden: Golden) -> None:
    lines = _survey(_interplay(path), path=path)
    golden(_HERE / f"pairs-{Path(path).stem}.expected", document(lines))


def test_layout(golden: Golden) -> None:
    """What `criulint format` makes of the ways to write a line, where it changes the file."""

    def lines() -> Iterator[str]:
        for text in files.written_files():
            layout = lay_out(Reading(Source(encode(text)), files.RELEASE))
            notes = f" (stay: {layout.kept})" if layout.kept else ""
            notes += f" ({layout.refusal})" if layout.refusal else ""
            if notes or decode(layout.data) != text:
                yield f"{_show(text)} | {_show(decode(layout.data))}{notes}"

    golden(_HERE / "layout.expected", document(lines()))


_PLACES = (_DEFAULT, "/root/.criu/default.conf", _RUNC, "/etc/criu/crun.conf")


def test_releases(golden: Golden) -> None:
    """Each option in each place, by the releases in which the same is found."""

    def lines() -> Iterator[str]:
        for option, path in product(_ALL_OPTIONS, _PLACES):
            text = files.usual_line(option)
            found = [
                (release, _codes(text, path, release, Context())) for release in files.RELEASES
            ]
            yield f"{text} | {path} | {_by_value(found)}"

    golden(_HERE / "releases.expected", document(lines()))


def test_callers_and_commands(golden: Golden) -> None:
    """Each option in each place, by the callers and commands for which the same is found."""

    def lines() -> Iterator[str]:
        for option, path in product(_ALL_OPTIONS, _PLACES):
            text = files.usual_line(option)
            callers: dict[str, list[str]] = {}
            for caller in files.CALLERS:
                found = []
                for command in COMMANDS:
                    context = Context(None, find_caller(caller), (command,))
                    found.append((command, _codes(text, path, files.RELEASE, context)))
                callers.setdefault(_by_value(found), []).append(caller)
            yield f"{text} | {path}"
            yield from (f"    {', '.join(names)}: {found}" for found, names in callers.items())

    golden(_HERE / "callers.expected", document(lines()))


def _codes(text: str, path: str, release: str, context: Context) -> str:
    found = _linter(release, context).check(Source(encode(text), path)).findings
    return " ".join(f"{finding.code} {finding.severity}" for finding in found)


def _by_value(pairs: Iterable[tuple[str, str]]) -> str:
    """Return runs of equal values, each with its first and last key."""
    parts = []
    for value, group in groupby(pairs, key=lambda pair: pair[1]):
        keys = [key for key, _ in group]
        span = keys[0] if len(keys) == 1 else f"{keys[0]} to {keys[-1]}"
        parts.append(f"{span}: {value or 'nothing'}")
    return "; ".join(parts)


def test_messages(golden: Golden) -> None:
    """Each text of a finding, with what it quotes left out, and the first file with it."""
    first: dict[tuple[str, str], str] = {}
    for path, release, text in _all_files():
        for finding in _linter(release).check(Source(encode(text), path)).findings:
            title = finding.fix.title if finding.fix else ""
            words = "\n    ".join(filter(None, (finding.message, finding.help, title)))
            first.setdefault((finding.code, _generalize(words)), f"{_show(text)}\n    {words}")
    entries = (f"{code}: {text}" for (code, _), text in sorted(first.items()))
    golden(_HERE / "messages.expected", document(entries))


def _all_files() -> Iterator[tuple[str, str, str]]:
    """Yield the path, the release and the text of each file of the other tests."""
    texts = [line for option in _ALL_OPTIONS for line in files.value_lines(option)]
    for text in (
        *texts,
        *files.written_files(),
        *files.suppressed_files(),
        *files.word_files(),
        *_interplay(_DEFAULT),
    ):
        yield _DEFAULT, files.RELEASE, text
    for text in _interplay(_RUNC):
        yield _RUNC, files.RELEASE, text
    for text in files.written_files():
        yield _DEFAULT, _OLD, text
    for option, path, release in product(_ALL_OPTIONS, _PLACES, files.RELEASES):
        yield path, release, files.usual_line(option)


def _generalize(text: str) -> str:
    """Return a text without what it quotes: names, values, what CRIU prints."""
    return re.sub(r": .*|`[^`]*`(?:(?:, | and )`[^`]*`)*|\d+", "_", text)
