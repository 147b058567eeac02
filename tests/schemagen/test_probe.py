# SPDX-License-Identifier: MIT
"""Asking a binary, with small programs that complain as GNU getopt_long does."""

from __future__ import annotations

import json
import stat
import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from criulint.criu.releases import schema_dir
from criulint.host import installed
from criulint.host.installed import ProbeError
from criulint.schemagen.annotations import Annotations
from criulint.schemagen.extract import extract
from criulint.schemagen.facts import ProbedOption
from criulint.schemagen.generate import generate
from criulint.schemagen.probe import probe, read_help

if TYPE_CHECKING:
    from pathlib import Path

# A getopt_long of its own: name, arity (0 none, 1 required, 2 optional), and what the entry sets.
_FAKE = """
import os, sys
LONG = [("tree", 1, "t"), ("help", 0, "h"), ("detach", 0, "d+"), ("no-detach", 0, "d-"), ("daemon", 0, "d+"),
        ("no-daemon", 0, "d-"), ("version", 0, "V"), ("cap", 2, "c"), ("cap-file", 1, "f"), ("zap", 1, "t"),
        ("zip", 0, "z"), ("no-default-config", 0, "n")]
SHORT = {"t": 1, "h": 0, "v": 2, "V": 0, "q": 0}
NAME = "fake"

def stop(text, status=1):
    sys.stdout.flush()
    print(text, file=sys.stderr if status else sys.stdout)
    sys.exit(status)

def act(name):
    if name in ("version", "V"):
        stop("Version: 9.1.2\\nGitID: v9.1", 0)
    if name in ("help", "h"):
        stop("Section:\\n  -t|--tree PID  a number", 0)

if set(os.environ) - {"LC_ALL", "LC_CTYPE", "PWD", "SHLVL", "_", "__CF_USER_TEXT_ENCODING"}:
    stop("the environment was not emptied")
words = sys.argv[1:]
while words:
    word = words.pop(0)
    if word.startswith("--"):
        name, equals, value = word[2:].partition("=")
        matches = [entry for entry in LONG if entry[0] == name] or [e for e in LONG if e[0].startswith(name)]
        if not matches:
            stop(f"{NAME}: unrecognized option '{word}'")
        others = [entry for entry in matches[1:] if entry[1:] != matches[0][1:]]
        if others:
            listed = " ".join(f"'--{entry[0]}'" for entry in [matches[0], *others])
            stop(f"{NAME}: option '{word}' is ambiguous; possibilities: {listed}")
        name, arity, _ = matches[0]
        if equals and not arity:
            stop(f"{NAME}: option '--{name}' doesn't allow an argument")
        if arity == 1 and not equals:
            if not words:
                stop(f"{NAME}: option '--{name}' requires an argument")
            value = words.pop(0)
        act(name)
    elif word.startswith("-"):
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            if letter not in SHORT:
                stop(f"{NAME}: invalid option -- '{letter}'")
            if SHORT[letter] == 1 and not letters and not words:
                stop(f"{NAME}: option requires an argument -- '{letter}'")
            act(letter)
            if SHORT[letter]:
                letters = ""
    else:
        stop("a command was started")
stop("command is required")
"""


def _program(path: Path, code: str) -> Path:
    path.write_text(f"#!{sys.executable} -I\n{dedent(code)}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_a_binary_lists_its_options(tmp_path: Path) -> None:
    binary = probe(_program(tmp_path / "fake", _FAKE))
    assert binary.version == "9.1.2"
    assert binary.options == [
        ProbedOption("tree", "required"),
        ProbedOption("help", "none"),
        ProbedOption("detach", "none"),
        ProbedOption("no-detach", "none"),
        ProbedOption("daemon", "none", same_as="detach"),
        ProbedOption("no-daemon", "none", same_as="no-detach"),
        ProbedOption("version", "none"),
        ProbedOption("cap", "optional"),
        ProbedOption("cap-file", "required"),
        ProbedOption("zip", "none"),
        ProbedOption("no-default-config", "none"),
        # Hidden behind `tree` when all options are listed, shown with the other names that
        # begin with `z`.
        ProbedOption("zap", "required"),
    ]
    assert binary.short_options == {
        "t": "required",
        "h": None,
        "v": "optional",
        "V": None,
        "q": "none",
    }


def test_the_help_text_of_a_binary(tmp_path: Path) -> None:
    assert read_help(_program(tmp_path / "fake", _FAKE)) == "Section:\n  -t|--tree PID  a number\n"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print('hello')", "no version in its output"),
        ("import sys; sys.stdout.buffer.write(b'\\xff\\0Version: ')", "no version in its output"),
        ("print('Version: 9.1')", "does not list its options"),
    ],
)
def test_other_programs(tmp_path: Path, code: str, message: str) -> None:
    with pytest.raises(ProbeError, match=message):
        probe(_program(tmp_path / "other", code))


def test_programs_that_do_not_run(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="No such file"):
        probe(tmp_path / "missing")
    (tmp_path / "text").write_text("no program")
    with pytest.raises(ProbeError, match="Permission denied"):
        probe(tmp_path / "text")


def test_a_program_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed, "_TIMEOUT", 0.2)
    with pytest.raises(ProbeError, match="did not answer"):
        probe(_program(tmp_path / "slow", "import time; time.sleep(60)"))


# Two options that no annotation knows; one of them refuses words, the other what its help text
# does not list.
_DEVELOPMENT = _FAKE.replace(
    '("zip", 0, "z")',
    '("zip", 0, "z"), ("fold", 0, "o+"), ("no-fold", 0, "o-"), ("zoom-level", 1, "zl"), ("zoom-mode", 1, "zm")',
).replace(
    "        act(name)\n    elif",
    """        if name == "zoom-level" and not value.isdecimal():
            stop(f"Error (zoom.c:7): No zoom level {value!r}")
        if name == "zoom-mode" and value not in ("near", "far"):
            stop(f"Error (zoom.c:9): Unknown zoom mode `{value}' selected")
        act(name)
    elif""",
)


def test_options_without_annotations_are_typed_by_what_the_binary_takes(tmp_path: Path) -> None:
    code = _DEVELOPMENT.replace(
        "-t|--tree PID  a number",
        "-t|--tree PID  a number\\n  --zoom-mode MODE      can be 'near' (default) or 'far'",
    )
    annotations = Annotations(json.loads((schema_dir() / "annotations.json").read_text()))
    facts = extract(_program(tmp_path / "fake", code), annotations)
    schema = generate(facts, annotations)
    assert schema["$defs"]["zoom-level"] == {
        "type": ["string", "integer"],
        "x-criu-kind": "int",
    }
    assert schema["$defs"]["zoom-mode"] == {
        "enum": ["near", "far"],
        "x-criu-kind": "enum",
        "x-criu-form": "MODE",
        "x-criu-refusal": "Unknown zoom mode `{value}' selected",
        "x-criu-enum-docs": {"near": "not described yet", "far": "not described yet"},
    }
    assert schema["properties"]["fold"]["x-criu-negated-by"] == "no-fold"
    assert schema["properties"]["no-fold"]["x-criu-negates"] == "fold"
    unannotated = [
        name for name, option in schema["properties"].items() if "x-criu-unannotated" in option
    ]
    assert {"fold", "no-fold", "zoom-level", "zoom-mode"} <= set(unannotated)
    assert "tree" not in unannotated
