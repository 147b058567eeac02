# SPDX-License-Identifier: MIT
"""Setting and removing options in a file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint import assign
from criulint.assign import (
    AssignError,
    assign_options,
    find_option,
    parse_assignment,
    remove_options,
    spell,
)
from criulint.criu.options import option_table
from criulint.criu.reading import Reading
from criulint.criu.releases import latest_release, releases
from criulint.source import Source

_RELEASE = latest_release()
_TABLE = option_table(_RELEASE)


def _assign(text: str, *words: str, release: str = _RELEASE, replace: bool = False) -> str:
    wanted = [parse_assignment(word, option_table(release)) for word in words]
    return assign_options(Source(text.encode()), release, wanted, replace=replace).data.decode()


_BEFORE = "tcp-close\nlink-remap\nexternal net[1]:a\n"


@pytest.mark.parametrize(
    ("result", "words"),
    [
        # Another option changed, an unknown one came, or one is lost.
        ("tcp-close\nshell-job\n", ["shell-job", "no-link-remap", "external=mnt[]"]),
        ("tcp-close\nx\n", ["shell-job", "no-link-remap", "external=mnt[]"]),
        ("tcp-close\n", ["shell-job", "no-link-remap", "external=mnt[]"]),
        (_BEFORE.replace("net[1]:a", "net[1]:b") + "shell-job\n", ["shell-job"]),
        # Nothing changed, or what was there is gone.
        (_BEFORE, ["shell-job", "no-link-remap"]),
        ("tcp-close\nlink-remap\nexternal mnt[]\n", ["external=mnt[]"]),
        # Another word is ignored.
        (f"{_BEFORE}shell-job x\n", ["shell-job"]),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    result: str, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result is proved, whatever made it."""
    monkeypatch.setattr(assign, "_append", lambda *_: Source(result.encode()))
    monkeypatch.setattr(assign, "_edit", lambda *_: Source(result.encode()))
    for word in words:
        with pytest.raises(AssignError):
            _assign(_BEFORE, word)


@pytest.mark.parametrize("result", ["link-remap\nshell-job\n", "x\n", ""])
def test_a_removal_that_changes_more_is_refused(
    result: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assign, "_edit", lambda *_: Source(result.encode()))
    with pytest.raises(AssignError):
        remove_options(Source(b"tcp-close\nlink-remap\n"), _RELEASE, [_TABLE.options["link-remap"]])


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("", ["tcp-close"], "tcp-close\n"),
        ("# c\n", ["tcp-close", "link-remap"], "# c\ntcp-close\nlink-remap\n"),
        ("shell-job", ["tcp-close"], "shell-job\ntcp-close\n"),
        # What is there already stays as it is written.
        ("tcp-close true # c\n", ["tcp-close"], "tcp-close true # c\n"),
        ("ghost-limit=10M\n", ["ghost-limit=10M"], "ghost-limit=10M\n"),
        # The last value counts: it is changed in its place.
        (
            "ghost-limit=1M  # room\nshell-job\n",
            ["ghost-limit=10M"],
            "ghost-limit 10M  # room\nshell-job\n",
        ),
        ("no-tcp-close # c\n", ["tcp-close"], "tcp-close # c\n"),
        ("tcp-close\n# c\nno-tcp-close\n", ["tcp-close"], "# c\ntcp-close\n"),
        ("tcp-close # why\nno-tcp-close\n", ["no-tcp-close"], "# why\nno-tcp-close\n"),
        # Values that add up are added.
        ("external mnt[a]:b\n", ["external=mnt[]:m"], "external mnt[a]:b\nexternal mnt[]:m\n"),
        ("external mnt[a]:b\n", ["external=mnt[a]:b"], "external mnt[a]:b\n"),
        ("  ghost-limit 1M", ["ghost-limit=10M"], "  ghost-limit 10M"),
        # Values as CRIU reads them back.
        ("", ["log-file=a b.log"], 'log-file "a b.log"\n'),
        ("", ["log-file=a longer one b.log"], 'log-file   "a longer one b.log"\n'),
        ("", ["log-file=ééé b.log"], 'log-file "ééé b.log"\n'),
        ("", ["log-file=éééééé b.log"], 'log-file   "éééééé b.log"\n'),
        ("", ["log-file=#x"], "log-file=#x\n"),
        ("", ["manage-cgroups=full"], "manage-cgroups=full\n"),
        ("", ["--ghost-limit 10M"], "ghost-limit 10M\n"),
    ],
)
def test_assign(before: str, words: list[str], after: str) -> None:
    assert _assign(before, *words) == after
    assert _assign(after, *words) == after


def test_replace_all_values() -> None:
    before = "external mnt[a]:b # one\nexternal mnt[c]:d\n"
    assert _assign(before, "external=mnt[]:m", replace=True) == "# one\nexternal mnt[]:m\n"


@pytest.mark.parametrize(
    ("before", "word", "message"),
    [
        ("", "tcp-clos", "CRIU 4.3 does not know `tcp-clos`; did you mean 'tcp-close'?"),
        (
            "",
            "tcp-close=true",
            "`tcp-close` takes no value; `tcp-close` alone switches it on, `no-tcp-close` off",
        ),
        (
            "",
            "no-tcp-close=x",
            "`no-tcp-close` takes no value; `no-tcp-close` alone switches `tcp-close` off",
        ),
        ("", "compress=on", "`compress` takes no value; `compress` alone switches it on"),
        ("", "ghost-limit", "`ghost-limit` needs a value: `ghost-limit=VALUE`"),
        ("", "network-lock=foo", "CRIU 4.3 refuses that value of `network-lock`: Invalid value"),
        ("", "version", "`version` does nothing in a file"),
        ("", "config=x", "`config` does nothing in a file"),
        ("", "log-file=a\nb", "no line of a file gives `log-file` that value with CRIU 4.3"),
        ("foo\n", "tcp-close", "CRIU refuses the file at line 1: unrecognized option '--foo'"),
        ("log-file\nx\n", "log-file=y", "line 1 takes its value from the next line"),
        ("tcp-close --\n", "shell-job", "CRIU would ignore other words than before"),
    ],
)
def test_refusals(before: str, word: str, message: str) -> None:
    with pytest.raises(AssignError) as caught:
        _assign(before, word)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ("", ["tcp-close"], ""),
        ("tcp-close\n", ["tcp-close"], "\n"),
        ("tcp-close", ["tcp-close"], "\n"),
        ("shell-job\ntcp-close", ["tcp-close"], "shell-job"),
        ("# a\ntcp-close # b\nno-tcp-close\nshell-job\n", ["tcp-close"], "# a\n# b\nshell-job\n"),
        ("external a[b]\nshell-job\nexternal c[d]\n", ["external"], "shell-job\n"),
        ("no-tcp-close\n", ["tcp-close"], "\n"),
    ],
)
def test_remove(before: str, names: list[str], after: str) -> None:
    options = [find_option(name, _TABLE) for name in names]
    assert remove_options(Source(before.encode()), _RELEASE, options).data.decode() == after


def test_up_to_3_15_a_line_can_have_several_options() -> None:
    source = Source(b"shell-job --tcp-close --no-tcp-close # c\n")
    after = remove_options(source, "3.15", [option_table("3.15").options["tcp-close"]])
    assert after.data == b"shell-job   # c\n"
    with pytest.raises(AssignError, match="CRIU would ignore other words than before"):
        _assign(source.data.decode(), "tcp-close", release="3.15")


def test_up_to_3_15_no_value_has_a_blank() -> None:
    """CRIU then reads a quoted value from memory that it has freed."""
    with pytest.raises(AssignError, match="no line of a file gives `log-file` that value"):
        _assign("", "log-file=a b", release="3.15")


_LINES = st.sampled_from(
    [
        *("tcp-close", "no-tcp-close # c", "shell-job true", "  link-remap", "# comment", ""),
        *("ghost-limit 1M", "ghost-limit=2M # c", 'log-file "a b"', "external mnt[a]:b"),
        *("external dev[1/2]:x", "manage-cgroups=soft", "timeout 5 # c", "no-shell-job"),
    ]
)
_WORDS = st.sampled_from(
    [
        *("tcp-close", "no-tcp-close", "shell-job", "ghost-limit=16M", "log-file=x y z"),
        *("external=mnt[]:m", "external=mnt[a]:b", "manage-cgroups=full", "timeout=60"),
    ]
)


def _events(text: str, release: str) -> list[tuple[str | None, str | None]]:
    reading = Reading(Source(text.encode()), release)
    return [(each.name, each.value) for each in reading.options]


@given(st.lists(_LINES, max_size=8), _WORDS, st.sampled_from(releases()))
def test_nothing_else_changes(lines: list[str], word: str, release: str) -> None:
    before = "".join(f"{line}\n" for line in lines)
    try:
        after = _assign(before, word, release=release)
    except AssignError:
        return
    table = option_table(release)
    wanted = parse_assignment(word, table)
    variable = wanted.option.variable
    old, new = (
        [
            event
            for event in _events(text, release)
            if table.options[event[0] or ""].variable != variable
        ]
        for text in (before, after)
    )
    assert old == new
    value = None if wanted.value is None else wanted.value.decode()
    own = [each for each in _events(after, release) if each[0] == wanted.option.name]
    assert (wanted.option.name, value) in own
    assert _assign(after, word, release=release) == after
    assert [line for line in after.split("\n") if line.startswith("#")] or "# comment" not in lines


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12))
def test_a_value_is_read_back(value: str) -> None:
    try:
        line = spell(parse_assignment(f"log-file={value}", _TABLE), _RELEASE)
    except AssignError:
        return
    assert _events(line + "\n", _RELEASE) == [("log-file", value)]
