# SPDX-License-Identifier: MIT
"""Text with its places in the host file."""

from __future__ import annotations

import pytest

from criulint.embedded.model import (
    UNKNOWN,
    FollowedHost,
    HostedText,
    Work,
    WrittenFile,
    charge_parsing,
    hide_templates,
    join,
    limited_work,
    move_to_host,
    seconds_to_parse,
    separate,
    surround,
)

_ONE, _TWO = HostedText.of("ab", 3), HostedText.of("c", 10)


def _parts(text: HostedText) -> tuple[str, list[int]]:
    return text.text, list(text.offsets)


def test_a_slice_keeps_the_places() -> None:
    assert _parts(_ONE[1:]) == ("b", [4, 5])
    assert _parts(_ONE[2:1]) == ("", [5])


def test_joined_texts_keep_their_places() -> None:
    assert _parts(join([_ONE, _TWO])) == ("abc", [3, 4, 10, 11])
    assert _parts(join([], 7)) == ("", [7])


def test_a_separator_stands_where_the_text_before_it_ends() -> None:
    assert _parts(join(separate([_ONE, _TWO, _ONE], ", "))) == (
        "ab, c, ab",
        [3, 4, 5, 5, 10, 11, 11, 3, 4, 5],
    )


def test_lines_have_their_ends() -> None:
    lines = HostedText.of("a\n\nb", 2).lines()
    assert list(map(_parts, lines)) == [("a\n", [2, 3, 4]), ("\n", [4, 5]), ("b", [5, 6])]


@pytest.mark.parametrize(
    ("text", "has_tags", "hidden", "places"),
    [
        ("a{{ b }}c", True, f"a{UNKNOWN}c", [0, 1, 8, 9]),
        ("{% if x %}a{% end %}", True, f"{UNKNOWN}a{UNKNOWN}", [0, 10, 11, 20]),
        ("{% if x %}a", False, "{% if x %}a", list(range(12))),
        ("{{a}}{{b}}", True, UNKNOWN * 2, [0, 5, 10]),
        ("{{ {% }}{% %}", True, UNKNOWN * 2, [0, 8, 13]),
        ("a{{ b", True, f"a{UNKNOWN}", [0, 1, 5]),
    ],
)
def test_templates_are_unknown(text: str, has_tags: bool, hidden: str, places: list[int]) -> None:
    found = hide_templates(HostedText.of(text), has_tags=has_tags)
    assert _parts(found) == (hidden, places)


def test_all_parsers_of_a_host_share_its_time() -> None:
    with limited_work(Work(characters=0, visits=0, seconds=5)):
        charge_parsing(2)
        assert seconds_to_parse() == 3
        charge_parsing(4)
        assert seconds_to_parse() == 0
    charge_parsing(100)
    assert seconds_to_parse() > 100


def test_text_is_placed_unless_it_is_encoded() -> None:
    assert _ONE.is_placed and _TWO.is_placed and HostedText.at("", 1, 1).is_placed
    assert not HostedText.at("ab", 1, 5).is_placed
    assert HostedText.at("a", 1, 5).is_placed


def test_what_is_in_a_text_is_moved_to_the_host_of_the_text() -> None:
    file = WrittenFile("/a", HostedText.of("b", 1), 0, commands=((0, 2),), around=(1,))
    followed = FollowedHost([file], [(1, "not known")], ((2, "not base64"),))
    moved = move_to_host(followed, HostedText("abc", [10, 20, 30, 40]))
    (there,) = moved.files
    assert _parts(there.content) == ("b", [20, 30])
    assert (there.path, there.command) == ("/a", 10)
    assert (there.commands, there.around) == (((0, 30),), (20,))
    assert moved.problems == [(20, "not known")]
    assert moved.errors == ((30, "not base64"),)


def test_a_command_is_in_all_parts_around_it() -> None:
    files = [
        WrittenFile("/a", HostedText.of("x", place), place, around=(7,)) for place in (12, 5, 30)
    ]
    parts = [(10, 20), (0, 40), (12, 13), (13, 14), (5, 6), (21, 30)]
    found = surround(FollowedHost(files, []), parts).files
    assert [file.around for file in found] == [(7, 0, 10, 12), (7, 0, 5), (7, 0)]
