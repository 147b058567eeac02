# SPDX-License-Identifier: MIT
"""Patterns of gitignore(5): as git matches them, and in bounded steps."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from criulint.patterns import MAX_LENGTH, Pattern, parse_leniently, parse_patterns
from tests.counting import count_lines

# "**" beside other characters: gitignore(5) reads it as a star, git 2.39 as it happens to lie in
# memory (wildmatch.c compares pointers into two strings).
_ODD = re.compile(r"[^/!]\*\*|\*\*[^/*]")
_PARTS = (
    *("*", "**", "/", "a", "b", "?", "[ab]", "[!a]", "[^b-c]", "[z-a]", "\\", "!", "#", " "),
    *("***", "[", "]", "-", "a/", "/**", "**/", "[[:alpha:]]", "[]a]", "[a-]", "\\ ", "\\*", "."),
)
_LINES = st.lists(
    st.lists(st.sampled_from(_PARTS), min_size=1, max_size=6).map("".join), min_size=1, max_size=3
)
_NAMES = st.text("abc.-]* ", min_size=1, max_size=3).filter(lambda name: name.strip(". "))
_PATHS = st.lists(st.lists(_NAMES, min_size=1, max_size=4).map("/".join), max_size=20)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=60)
@given(lines=_LINES, paths=_PATHS)
def test_paths_match_as_for_git(
    lines: list[str], paths: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume(not any(map(_ODD.search, lines)))
    top = tmp_path_factory.getbasetemp() / "patterns"
    if not top.exists():
        subprocess.run(["git", "init", "-q", top], check=True)
    (top / ".gitignore").write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = ["git", "check-ignore", "--no-index", "-z", "--stdin"]
    given_paths = "\0".join(paths).encode()
    done = subprocess.run(command, cwd=top, input=given_paths, capture_output=True, check=False)
    found = parse_leniently(lines)
    assert set(filter(None, done.stdout.decode().split("\0"))) == set(filter(found.match, paths))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("*a*a*a*a*a*ab", "a" * 250),
        ("*?*?*?*?*?*b", "a" * 250),
        ("/**/a/**/a/**/a/**/b", "a/" * 100 + "a"),
        ("/**/*a*a*a*b/**/*a*a*b", ("a" * 30 + "/") * 30 + "a"),
        ("*" * 4000 + "b", "a" * 250),
        ("[a-z]*" * 600 + "0", "a" * 250),
        ("*" + "a" * 4000, "a" * 250),
    ],
)
def test_steps_are_bounded_by_the_product_of_the_lengths(pattern: str, text: str) -> None:
    found = Pattern(pattern)
    steps = count_lines(lambda: found.matches(text, text, is_directory=False))
    assert steps < 40 * len(pattern) * len(text)


@pytest.mark.parametrize("pattern", ["[a", "a\\", "a" * (MAX_LENGTH + 1), "[[:nope:]]", "/", "!"])
def test_what_can_match_nothing_is_invalid(pattern: str) -> None:
    with pytest.raises(ValueError, match="pattern"):
        parse_patterns([pattern])
    assert len(parse_leniently([pattern, "b"])) == 1


def test_what_is_in_a_directory_that_matches_matches() -> None:
    found = parse_patterns(["build/", "!build/x.conf", "*.bak"])
    assert found.match("build/x.conf")
    assert found.match("a/build/b/c")
    assert not found.match("build")
    assert found.match("build", is_directory=True)
    assert found.match("a/b.bak")


def test_module_needs_no_regular_expressions() -> None:
    text = Path(__file__).parents[1].joinpath("criulint/patterns.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(import|from) (re|fnmatch|glob)\b", text, re.MULTILINE)
