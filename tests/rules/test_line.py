# SPDX-License-Identifier: MIT
"""A line in both views, and the spellings that CRIU reads as meant."""

from __future__ import annotations

import pytest

from criulint.criu.options import option_table
from criulint.rules.line import Line, write_text
from criulint.source import encode


def line(text: str, criu: str = "4.2.1") -> Line:
    return Line(encode(text), True, option_table(criu))


@pytest.mark.parametrize(
    ("text", "value", "rewritten"),
    [
        ("log-file x", "a", "log-file a"),
        ("\tlog-file x", "a", "\tlog-file a"),
        ("log-file=x # why", "a", "log-file a # why"),
        ("log-file x", "a#b", "log-file=a#b"),
        ("log-file x", "a b", 'log-file "a b"'),
        # A comment after the name's space would be no value but a comment.
        ("  log-file x # why", "", "  # why\n  log-file "),
        # CRIU looks for a second word from the column of the quote on.
        ("log-file x", "a path with blanks", 'log-file  "a path with blanks"'),
        ("log-file x", 'a "b" c', 'log-file "a \\"b\\" c"'),
        ("log-file x", '"a" "b" "c" d', 'log-file "\\"a\\" \\"b\\" \\"c\\" d"'),
        # No spelling is read as meant.
        ("log-file x", "a\0b", None),
        # Words would be lost.
        ("log-file x y", "a", None),
        ("log-file x\0y", "a", None),
        ("log-file x\0\t", "a", "log-file a"),
    ],
)
def test_rewrite(text: str, value: str, rewritten: str | None) -> None:
    table = option_table("4.2.1")
    assert line(text).rewrite(table.options["log-file"], value) == rewritten


def test_rewrite_of_the_whole_line_may_lose_words() -> None:
    option = option_table("4.2.1").options["log-file"]
    assert line("log-file x y # why").rewrite(option, "xy", whole=True) == "log-file xy # why"


@pytest.mark.parametrize(
    ("text", "name", "value", "rewritten"),
    [
        ("x", "tcp-close", "yes", "tcp-close"),
        ("x", "tcp-close", "off", "no-tcp-close"),
        ("x", "tcp-close", "perhaps", None),
        # No option switches it off.
        ("x", "leave-running", "no", None),
        ("x", "log-file", "no", "log-file no"),
        ("x", "verbosity", "4", "verbosity=4"),
    ],
)
def test_rewrite_setting(text: str, name: str, value: str, rewritten: str | None) -> None:
    option = option_table("4.2.1").options[name]
    assert line(text).rewrite_setting(option, value) == rewritten


@pytest.mark.parametrize(
    ("text", "name", "rewritten"),
    [
        ("log_file off", "log-file", "log-file off"),
        ("log_file=off", "log-file", "log-file=off"),
        ("manage_cgroups", "manage-cgroups", "manage-cgroups"),
        ("manage_cgroups soft", "manage-cgroups", "manage-cgroups=soft"),
        ("verbositi debug", "verbosity", "verbosity=4"),
        ("verbositi loud", "verbosity", None),
        ("tcp_close # why", "tcp-close", "tcp-close # why"),
        ("tcp_close yes", "tcp-close", "tcp-close"),
        ("tcp_close off # why", "tcp-close", "no-tcp-close # why"),
        # A word that CRIU ignores stays, and one that it refuses is no fix.
        ("tcp_close maybe", "tcp-close", "tcp-close maybe"),
        ("tcp_close=maybe", "tcp-close", None),
        # What several words mean is not known.
        ("tcp_close off x", "tcp-close", "tcp-close off x"),
        ("manage_cgroups soft x", "manage-cgroups", "manage-cgroups soft x"),
    ],
)
def test_rewrite_name(text: str, name: str, rewritten: str | None) -> None:
    option = option_table("4.2.1").options[name]
    assert line(text).rewrite_name(option, 0, len(name)) == rewritten


@pytest.mark.parametrize(
    ("text", "value", "rewritten"),
    [
        ("log-file x", "a", "log-file a"),
        ("logfile x", "a", None),
        ("tcp-close x", "a", None),
        ("# log-file x", "a", None),
    ],
)
def test_rewrite_value(text: str, value: str, rewritten: str | None) -> None:
    assert line(text).rewrite_value(value) == rewritten


@pytest.mark.parametrize(
    ("text", "name", "value", "is_read"),
    [
        ("log-file a", "log-file", "a", True),
        ("log-file a", "log-file", "b", False),
        ("log-file a", "log-file", None, False),
        ("log-f a", "log-file", "a", True),
        ("tcp-close", "tcp-close", None, True),
        ("tcp-close x", "tcp-close", None, False),
        ("network-lock nft", "network-lock", "nft", False),
        ("external macvlan", "external", "macvlan", False),
        ("# log-file a", "log-file", "a", False),
    ],
)
def test_reads_as(text: str, name: str, value: str | None, is_read: bool) -> None:
    assert line("").reads_as(text, name, value) is is_read


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("tcp-close", True),
        ("log-file a # c", True),
        ("tcp-close x", False),
        ("log-file", False),
        ("bogus", False),
        ("port x", False),
        ("external macvlan", False),
        ("", False),
    ],
)
def test_accepts(text: str, accepted: bool) -> None:
    assert line("bogus").accepts(text) is accepted


def test_quoted_values_are_garbage_in_old_releases() -> None:
    assert not line("", "3.15").reads_as('log-file "a"', "log-file", "a")
    assert not line("", "3.15").quotes_work
    assert line("", "3.16").quotes_work


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("tcp-close shell-job", "tcp-close\nshell-job"),
        ("\ttcp-close log-file x # why", "\t# why\n\ttcp-close\n\tlog-file x"),
        ("verbosity=4 log-file=x", "verbosity=4\nlog-file=x"),
        ("tcp-close", None),
        ("tcp-close true", None),
        ("tcp-close log-file", None),
        ('tcp-close log-file "x y"', None),
    ],
)
def test_split_rewrite(text: str, fixed: str | None) -> None:
    rewrite = line(text).split_rewrite()
    assert (rewrite and rewrite.text) == fixed


@pytest.mark.parametrize(("text", "fixed"), [("  tcp-close # why", "  # why"), ("tcp-close", None)])
def test_removal_keeps_the_comment(text: str, fixed: str | None) -> None:
    assert line(text).removal(safe=True).text == fixed


@pytest.mark.parametrize(
    ("text", "word", "marked"),
    [
        ("log-file x", 0, "log-file"),
        ("log-file x", 1, "x"),
        ("é\xff", 0, "é\xff"),
        ("log-file\té", 1, "é"),
        ('log-file "é"', 1, '"é"'),
    ],
)
def test_word_span(text: str, word: int, marked: str) -> None:
    start, end = line(text).word_span(word)
    assert text[start:end] == marked


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("log-file x", "x"),
        ("log-file=x=y", "x=y"),
        ("log-file=", ""),
        ("  verbosity=é", "é"),
    ],
)
def test_value_span(text: str, marked: str) -> None:
    looked_at = line(text)
    assert looked_at.first_option
    start, end = looked_at.value_span(looked_at.first_option)
    assert text[start:end] == marked


def test_value_span_of_a_letter() -> None:
    looked_at = line("tcp-close -ox", "3.15")  # From 3.16 on the second word is not read.
    letter = looked_at.parsed.results[1]
    assert letter.word == 1
    assert looked_at.value_span(letter) == (10, 13)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "marked"), [(" a b\t", "a b"), ("a", "a"), (" \t", " \t"), ("", "")]
)
def test_visible_span(text: str, marked: str) -> None:
    start, end = line(text).visible_span
    assert text[start:end] == marked


@pytest.mark.parametrize(
    ("text", "is_unambiguous"),
    [
        ("tcp-close", True),
        ("  log-file x # why", True),
        ("log-file=x", True),
        ("tcp-clos", False),
        ("tcp-close x", False),
        ("log-file\tx", False),
        ('log-file "x"', False),
        ("log-file x#y", False),
        ("log-file", False),
        ("network-lock nft", False),
        ("bogus", False),
    ],
)
def test_is_unambiguous(text: str, is_unambiguous: bool) -> None:
    assert line(text).is_unambiguous is is_unambiguous


@pytest.mark.parametrize(
    ("text", "refused", "message"),
    [
        ("bogus", 0, "unrecognized option '--bogus'"),
        ("tcp-close=1", 0, "option '--tcp-close' doesn't allow an argument"),
        ("port 0", 0, "invalid argument for --port: 0"),
        ("log-file a b c", None, "Unsupported configuration file format"),
    ],
)
def test_refusal(text: str, refused: int | None, message: str) -> None:
    assert line(text).refused
    assert (line(text).refused_word, line(text).refusal) == (refused, message)


@pytest.mark.parametrize(
    ("text", "criu", "crashes"),
    [
        ("external macvlan", "3.15", True),
        ("external macvlan --bogus", "3.15", True),
        ("tcp-close --bogus --external macvlan", "3.15", False),
        ("external macvlan", "4.2.1", True),
        ("external macvlan[eth0]:eth1", "4.2.1", False),
        ("version --external macvlan", "3.15", False),
        ('log-file "a"', "4.2.1", False),
        ('log-file "a"', "3.15", True),
        ("log-file a", "3.15", False),
    ],
)
def test_crashes(text: str, criu: str, crashes: bool) -> None:
    assert line(text, criu).crashes is crashes


def test_a_known_scan_is_not_made_again() -> None:
    scan = line("log-file a").scan
    other = Line(b"log-file b", True, option_table("4.2.1"), scan)
    assert other.words == [b"--log-file", b"a"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        (" tcp-close ", "Write `tcp-close`"),
        ("# why\n  tcp-close", "Write `tcp-close`"),
        ("timeout 600 # why", "Write `timeout 600`"),
        # A tab may be part of the value.
        ("log-file a\t# why", "Write `log-file a\\t`"),
        ("log-file=#x", "Write `log-file=#x`"),
        ("# [criu]", "Write `# [criu]`"),
        (" ", "Remove the line"),
        ("# why\na\nb", "Write `a` and `b`"),
        ("a\nb\nc", "Write `a`, `b` and `c`"),
        ("a\nb\nc\nd", "Write `a`, `b` and 2 more lines"),
    ],
)
def test_title(text: str, title: str) -> None:
    assert write_text(text, safe=True).title == title


def test_title_with_comment() -> None:
    found = write_text("tcp-close # why", safe=True, names_comment=True)
    assert found.title == "Write `tcp-close # why`"
