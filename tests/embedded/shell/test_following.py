# SPDX-License-Identifier: MIT
"""What scripts write, and what is not followed in them.

``following.txt.expected`` holds, for each snippet of ``following.txt``, the files that it may leave
behind with the line of the command that begins each, ``?`` for what is not known, and the problems.
The shell of a snippet is that of its `#!` line.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.embedded.hosts import interpreter
from criulint.embedded.model import UNKNOWN, HostedText, Script
from criulint.embedded.shell import follow_script
from criulint.source import encode
from tests.embedded.shell.real import read_snippets
from tests.embedded.shell.strategies import SCRIPTS

if TYPE_CHECKING:
    from tests.golden import Golden

_FILE = Path(__file__).with_name("following.txt")
_CONF = "/etc/criu/runc.conf"


def _describe(text: str) -> str:
    script = Script(HostedText.of(text), interpreter(encode(text)))
    followed = follow_script(script)
    lines = []
    for file in followed.files:
        role = f" ({file.role})" if file.role else ""
        lines.append(f"{_line(text, file.command)}: {file.path}{role}")
        lines += [f"  | {line!r}"[:-1].replace("| '", "| ") for line in _lines(file.content.text)]
    lines += [
        f"{_line(text, offset)}: not followed: {reason}" for offset, reason in followed.problems
    ]
    return "".join(f"{line}\n" for line in lines).replace(UNKNOWN, "?")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _lines(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def test_scripts_write_what_is_expected(golden: Golden) -> None:
    parts = [f"### {name}\n{_describe(text)}" for name, text in read_snippets(_FILE).items()]
    golden(_FILE.with_name("following.txt.expected"), "".join(parts))


@given(SCRIPTS, st.sampled_from(("bash", "dash", "ash", "")))
def test_each_character_stands_in_the_script(script: str, shell: str) -> None:
    """A character that is not made of an escape stands where the offset says."""
    text = script.replace("C/", "/etc/criu/")
    for file in follow_script(Script(HostedText.of(text), shell)).files:
        content = file.content
        assert len(content.offsets) == len(content.text) + 1
        for character, offset in zip(content.text, content.offsets, strict=False):
            assert 0 <= offset <= len(text)
            if character.isalpha() and text[offset : offset + 1] != "\\":
                assert text[offset] == character or not text[offset].isalnum()


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "text",
    [
        "sh -c '" * 10_000,
        'echo "$(echo ' * 10_000 + f"> {_CONF}",
        "(" * 10_000 + f"echo a > {_CONF}" + ")" * 10_000,
        "if a; then " * 5000 + f"echo a > {_CONF}\n" + "fi;" * 5000,
        "".join(f"if x{number}; then echo a >> {_CONF}; fi\n" for number in range(100)),
        f"echo a > x\n{'cat x x > y; mv y x' * 40}\ncp x {_CONF}\n",
        f"f() {{ echo a >> {_CONF}; f; }}\nf\n",
        f":() {{ :|:& }}; :; echo a > {_CONF}",
        f"while true; do echo a >> {_CONF}; done",
        "for a in {1..99}; do for b in {1..99}; do for c in {1..99}; do\n"
        f"echo > {_CONF}; done; done; done",
        "echo " + "{a,b}" * 40 + f" > {_CONF}",
        f"echo {{1..1000000000}} > {_CONF}",
        f"{'#' * 5_000_000}\necho a > {_CONF}\n",
        "echo $((" + "(" * 5000 + "1" + ")" * 5000 + f")) > {_CONF}",
        f"x=$((9**9**9**9)); echo $((1<<99999999999)) > {_CONF}",
        "`" * 9999 + f"\necho a > {_CONF}\n",
        'X="eval \\"\\$X\\""; eval "$X"; echo a > ' + _CONF,
        "X=a\n" + 'X="$X$X"\n' * 60 + f'echo "$X" > {_CONF}',
        "X=a\n" + 'X=$(echo "$X$X")\n' * 60 + f"echo $X > {_CONF}",
        f"echo {'a' * 60} > {_CONF}\nsed -i 's/\\(a*\\)*b/x/' {_CONF}\n",
        f"X={'a' * 200}\ncase $X in {'*a' * 20}*b) echo;; esac\necho a > {_CONF}",
        "\x00\ufffc\U00100000\udc80'\"$(`${" * 1000 + _CONF,
    ],
    ids=range(22),
)
def test_hostile_scripts_take_bounded_time(text: str) -> None:
    follow_script(Script(HostedText.of(text), "bash"))


@given(st.text(st.sampled_from("ab \n\t'\"\\$`(){}[]<>|&;#=*?!~-EOF" + UNKNOWN), max_size=60))
def test_any_text_is_followed(text: str) -> None:
    follow_script(Script(HostedText.of(f"cat > {_CONF} <<EOF\n{text}\nEOF\n{text}\n")))
