# SPDX-License-Identifier: MIT
"""The commands with which scripts write files: what they do to files and variables.

A command is a function of a `CommandCall` that returns whether it succeeded, None if that is not
known.
All others are programs: what they print is unknown, and they may read all files.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.criu.paths import CONFIG_ANNOTATION, is_destination
from criulint.embedded.shell.builtins import (
    change_directory,
    declare,
    fail,
    get_options,
    let,
    locate,
    pwd,
    read_line,
    read_lines,
    run_test,
    set_arguments,
    shift,
    succeed,
    test_operands,
    unset,
)
from criulint.embedded.shell.call import CommandCall
from criulint.embedded.shell.conditions import question_of
from criulint.embedded.shell.filing import (
    copy,
    dd,
    install,
    link,
    mkdir,
    move,
    remove_files,
    touch,
    truncate,
)
from criulint.embedded.shell.filters import (
    grep,
    head,
    sed,
    sort_lines,
    substitute_variables,
    tail,
    translate,
)
from criulint.embedded.shell.output import cat, echo, printf, sponge, tee
from criulint.embedded.shell.roles import note_words
from criulint.embedded.shell.state import StatusQuestion, erase_placeholders, is_known
from criulint.embedded.shell.words import basename, dirname, mktemp, print_numbers, realpath

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.embedded.model import HostedText
    from criulint.embedded.shell.state import Evaluation, State, Unit


def run(
    evaluator: Evaluation, state: State, words: list[HostedText], unit: Unit, offset: int
) -> None:
    """Run a command, and note its exit status."""
    name = posixpath.basename(words[0].text)
    command = _COMMANDS.get(name)
    if command is None:
        run_program(evaluator, state, words, offset)
        return
    if CONFIG_ANNOTATION in unit.tree.signs:
        note_words(evaluator, state, words)
    call = CommandCall(evaluator, state, unit, words, offset)
    status = command(call)
    state.resolve(status, is_test=name in _TESTS)
    if status is None and name in ("test", "["):
        state.ask(question_of([word.text for word in test_operands(call.words)]))
    elif status is None and name in _LOCATING:
        names = tuple(word.text for word in words[1:])
        state.ask(StatusQuestion(names, is_positive=True))


def run_program(evaluator: Evaluation, state: State, words: list[HostedText], offset: int) -> None:
    """Run a program that is not known here."""
    state.age += 1
    end = words[-1].offsets[-1]
    state.write("1", evaluator.unknowns.text(("output", offset), words[0].offsets[0], end), offset)
    name = posixpath.basename(words[0].text)
    state.resolve(None, is_test=name in _TESTS or not is_known(name))
    note_words(evaluator, state, words)
    for word in words[1:]:
        key = state.key(word.text)
        if name in _EDITORS and key in state.files:
            state.open(key, offset, adds=False)
            state.put(key, evaluator.unknowns.text(("edited", offset), offset, end), offset)
        elif is_destination(erase_placeholders(word.text)) and name not in _READERS:
            evaluator.problem(
                offset,
                f"what `{erase_placeholders(name)}` does with {erase_placeholders(word.text)}",
            )


_COMMANDS: dict[str, Callable[[CommandCall], bool | None]] = {
    "echo": echo,
    "printf": printf,
    "cat": cat,
    "tee": tee,
    "sponge": sponge,
    "cp": copy,
    "mv": move,
    "install": install,
    "ln": link,
    "rm": remove_files,
    "unlink": remove_files,
    "truncate": truncate,
    "touch": touch,
    "mkdir": mkdir,
    "dd": dd,
    "sed": sed,
    "mktemp": mktemp,
    "dirname": dirname,
    "basename": basename,
    "realpath": realpath,
    "readlink": realpath,
    "seq": print_numbers,
    "grep": grep,
    "egrep": grep,
    "fgrep": grep,
    "tr": translate,
    "head": head,
    "tail": tail,
    "sort": sort_lines,
    "test": run_test,
    "[": run_test,
    "cd": change_directory,
    "pushd": change_directory,
    "pwd": pwd,
    "read": read_line,
    "mapfile": read_lines,
    "readarray": read_lines,
    "let": let,
    "set": set_arguments,
    "shift": shift,
    "export": declare,
    "local": declare,
    "declare": declare,
    "typeset": declare,
    "readonly": declare,
    "unset": unset,
    "getopts": get_options,
    "envsubst": substitute_variables,
    "which": locate,
    "type": locate,
    "command": locate,
    "hash": locate,
    "false": fail,
    **dict.fromkeys(
        (
            ":", "true", "chmod", "chown", "chgrp", "sleep", "wait", "sync", "umask", "shopt",
            "trap", "alias", "unalias", "ulimit", "rmdir", "restorecon", "chcon", "popd",
            "setopt", "disown",
        ),
        succeed,
    ),
}  # fmt: skip
_LOCATING = frozenset(("command", "which", "type", "hash"))
# Programs whose failure is an answer, not an error.
_TESTS = frozenset(
    (
        "test", "[", "grep", "egrep", "fgrep", "which", "type", "id", "getent", "pgrep", "diff",
        "cmp", "mountpoint", "read", "systemctl", "dpkg", "rpm", "lsmod", "getopts", "false", "let",
        "true", ":", "dpkg-query", "apk", "pidof",
    )
)  # fmt: skip
_EDITORS = frozenset(
    ("perl", "ed", "ex", "vi", "vim", "awk", "gawk", "crudini", "augtool", "patch", "dos2unix",
     "unix2dos", "python3", "python", "ruby", "sort", "iconv")
)  # fmt: skip
_READERS = frozenset(
    ("criu", "ls", "stat", "diff", "cmp", "wc", "md5sum", "sha256sum", "file", "less", "more",
     "git", "rpm", "dpkg", "cat", "test", "systemctl", "find", "du", "od", "xxd", "hexdump", "nl")
)  # fmt: skip
