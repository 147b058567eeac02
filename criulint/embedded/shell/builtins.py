# SPDX-License-Identifier: MIT
"""The shell's own commands: variables, arguments, tests, the current directory."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.arithmetic import calculate_and_assign
from criulint.embedded.shell.conditions import check_test
from criulint.embedded.shell.roles import note_variable
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from criulint.embedded.shell.call import CommandCall


def succeed(_: CommandCall) -> bool:
    """Do nothing, as for true, chmod, sleep, and others that write no file."""
    return True


def fail(_: CommandCall) -> bool:
    """Fail, as false does."""
    return False


def test_operands(words: list[HostedText]) -> list[HostedText]:
    """Return the words of a test without its name and its bracket."""
    return words[1:-1] if words[0].text == "[" else words[1:]


def run_test(call: CommandCall) -> bool | None:
    """Test, as ``test`` and ``[`` do."""
    return check_test(test_operands(call.words), call.state)


def get_options(call: CommandCall) -> None:
    """Read an option of the script, which is not known."""
    names = [word.text for word in call.words[2:3]]
    for name in (*names, "OPTARG"):
        call.state.variables[name] = call.unknown(f"getopts {name}")


def change_directory(call: CommandCall) -> bool:
    """Go to another directory."""
    options = call.options()
    if not options.rest:
        home = call.evaluator.unknowns.text(("variable", "HOME"), call.offset, call.offset)
        call.state.directory = home.text
        return True
    path = options.rest[0].text
    if path == "-":
        path = call.unknown("directory").text
    call.state.directory = call.state.key(path)[1]
    return True


def pwd(call: CommandCall) -> bool:
    """Print the current directory."""
    directory = call.state.directory
    if not directory.startswith("/"):
        where = call.evaluator.unknowns.text("directory", call.offset, call.end)
        directory = posixpath.join(where.text, directory) if directory else where.text
    call.print(HostedText.at(directory + "\n", call.offset, call.end))
    return True


def read_line(call: CommandCall) -> bool | None:
    """Read a line of standard input into variables."""
    options = call.options("dnNptuai")
    names = [word.text for word in options.rest] or ["REPLY"]
    if "a" in options.values:
        names = [options.values["a"].text]
    state = call.state
    source = "0" if "u" not in options.values else options.values["u"].text
    key = state.descriptors.get(source)
    text = state.read(key, call.offset) if key else None
    is_whole = "d" in options.values and options.values["d"].text in ("", "\0")
    is_odd = "d" in options.values and not is_whole
    if key is None or text is None or is_odd or set("nN") & options.values.keys():
        _set_unknown(call, names)
        return None
    end = len(text) if is_whole else text.text.find("\n")
    line = text if end < 0 else text[:end]
    left = text[len(text) :] if end < 0 or is_whole else text[end + 1 :]
    state.files.pop(key)
    state.open(key, call.offset, adds=False)
    state.put(key, left, call.offset)
    if not is_known(text.text) and len(text) == 1:
        _set_unknown(call, names)
        return None
    if "r" not in options.flags:
        line = _drop_backslashes(line)
    ifs = state.variables.get("IFS")
    separators = ifs.text if isinstance(ifs, HostedText) else " \t\n"
    if "a" in options.values:
        rest = _strip_blanks(line, separators)
        state.variables[names[0]] = _split_at(rest, separators) if rest.text else []
    else:
        _set_names(call, names, line, separators)
    return end >= 0 and not is_whole


def _set_unknown(call: CommandCall, names: list[str]) -> None:
    """Give variables unknown values."""
    for name in names:
        call.state.variables[name] = call.evaluator.unknowns.text(
            ("read", name, call.offset), call.offset, call.end
        )


def _drop_backslashes(line: HostedText) -> HostedText:
    """Return a line without the backslashes that escape other characters."""
    found = re.finditer(r"\\(.?)", line.text)
    pieces: list[HostedText] = []
    position = 0
    for match in found:
        pieces += (line[position : match.start()], line[match.start(1) : match.end()])
        position = match.end()
    return join([*pieces, line[position:]], line.offsets[0])


def _set_names(call: CommandCall, names: list[str], line: HostedText, separators: str) -> None:
    """Give each variable a word of a line, and the last one all that is left."""
    variables = call.state.variables
    rest = _strip_blanks(line, separators)
    others = _without_blanks(separators)
    if others and len(names) > 1:
        words = _split_at(rest, separators)
        for name in names[:-1]:
            variables[name] = words.pop(0) if words else rest[len(rest) :]
        left = others.join(word.text for word in words)
        variables[names[-1]] = rest[len(rest) - len(left) :]
        return
    for name in names[:-1]:
        word = re.match(f"[^{re.escape(separators)}]*", rest.text) if separators else None
        end = word.end() if word else len(rest)
        variables[name] = rest[:end]
        rest = _strip_blanks(rest[end:], separators)
    variables[names[-1]] = rest


def _split_at(text: HostedText, separators: str) -> list[HostedText]:
    """Return the words between separators; only blanks count as one if there are several."""
    if not separators:
        return [text]
    others = _without_blanks(separators)
    pattern = f"[{re.escape(others)}]" if others else f"[{re.escape(separators)}]+"
    words = []
    position = 0
    for match in re.finditer(pattern, text.text):
        words.append(text[position : match.start()])
        position = match.end()
    return [*words, text[position:]]


def _without_blanks(separators: str) -> str:
    return "".join(character for character in separators if character not in " \t\n")


def _strip_blanks(text: HostedText, separators: str) -> HostedText:
    """Return a text without the blanks around it, as far as they are separators."""
    blanks = "".join(character for character in separators if character in " \t\n")
    if not blanks:
        return text
    start = len(text.text) - len(text.text.lstrip(blanks))
    return text[start : max(len(text.text.rstrip(blanks)), start)]


def read_lines(call: CommandCall) -> bool:
    """Read the lines of standard input into an array, as mapfile does."""
    options = call.options("dnOsuCc")
    name = options.rest[0].text if options.rest else "MAPFILE"
    text = call.evaluator.read_input(call.state, call.offset)
    if not is_known(text.text) or options.values:
        call.state.variables[name] = None
        return True
    lines = list(text.lines())
    if "t" in options.flags:
        lines = [line[: len(line.text.rstrip("\n"))] for line in lines]
    call.state.variables[name] = lines
    return True


def let(call: CommandCall) -> bool | None:
    """Calculate."""
    value: int | None = 0
    for word in call.words[1:]:
        value = calculate_and_assign(word.text, call.state.variables, word.offsets[0])
    return None if value is None else value != 0


def set_arguments(call: CommandCall) -> bool:
    """Set the arguments, as ``set --`` does."""
    words = call.words[1:]
    for number, word in enumerate(words):
        if word.text == "--" or not word.text.startswith(("-", "+")):
            call.state.arguments = words[number + 1 :] if word.text == "--" else words[number:]
            break
        if word.text in ("-o", "+o"):
            break
    return True


def shift(call: CommandCall) -> bool:
    """Drop the first arguments."""
    count = int(call.words[1].text) if call.words[1:] and call.words[1].text.isdigit() else 1
    if call.state.arguments is not None:
        call.state.arguments = call.state.arguments[count:]
    return True


def declare(call: CommandCall) -> bool:
    """Set variables that are local, exported or fixed."""
    state = call.state
    is_local = call.words[0].text != "export" and call.words[0].text != "readonly"
    is_array = False
    for word in call.words[1:]:
        if word.text.startswith("-"):
            is_array |= "a" in word.text or "A" in word.text
            continue
        name, sign, _ = word.text.partition("=")
        adds = name.endswith("+")
        name = name.rstrip("+")
        if is_local and name not in state.locals:
            state.locals = {**state.locals, name: state.variables.get(name)}
        if call.words[0].text == "export" or "x" in "".join(
            word.text for word in call.words[1:] if word.text.startswith("-")
        ):
            state.exported |= {name}
        if sign:
            value = word[len(word.text.partition("=")[0]) + 1 :]
            _assign_declared(call, name, value, adds=adds)
        elif is_local and call.words[0].text == "local":
            state.variables[name] = [] if is_array else word[len(word) :]
        note_variable(call.evaluator, name, state)
    return True


def _assign_declared(call: CommandCall, name: str, value: HostedText, *, adds: bool) -> None:
    state = call.state
    old = state.variables.get(name)
    if adds and isinstance(old, HostedText):
        state.variables[name] = join([old, value])
    else:
        state.variables[name] = None if adds else value


def unset(call: CommandCall) -> bool:
    """Forget variables or functions."""
    options = call.options()
    for word in options.rest:
        if "f" in options.flags:
            call.state.functions.pop(word.text, None)
        else:
            # The effect of the declaration is not known, so the value is unknown from now on.
            call.state.variables.pop(word.text, None)
    return True


def locate(call: CommandCall) -> bool | None:
    """Look for a program, as ``command -v`` does."""
    call.print(call.unknown("path"))
    names = [word.text for word in call.words[1:] if not word.text.startswith("-")]
    known = {"echo", "printf", "cat", "test", "cd", *call.state.functions}
    return True if names and all(name in known for name in names) else None
