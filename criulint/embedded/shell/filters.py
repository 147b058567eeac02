# SPDX-License-Identifier: MIT
"""Commands that print a part of what they read, or change it: `grep`, `head`, `sed`, ..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.expressions import compile_regex, translate_regex
from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.call import CommandCall, Options, parse_options, text_at
from criulint.embedded.shell.escapes import expand_escapes
from criulint.embedded.shell.sed import appended_lines, edit_lines
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from criulint.embedded.shell.state import FileKey

# Options of grep that print whole lines of the text; `-n` puts their numbers before them.
_GREP_FLAGS = frozenset("EFHhiqsvwx")
# The most characters that grep searches here.
_MAX_SEARCHED = 20_000


class _SedCommand(NamedTuple):
    """What a command line of `sed` asks for; without `scripts`, that is not known here."""

    scripts: list[HostedText]
    files: list[HostedText]
    is_extended: bool
    is_silent: bool
    in_place: bool


def sed(call: CommandCall) -> bool | None:
    """Edit standard input, or files in place."""
    command = _read_sed(call)

    def edit(text: HostedText) -> HostedText:
        edited = edit_lines(
            command.scripts, text, is_extended=command.is_extended, is_silent=command.is_silent
        )
        return call.unknown("sed") if edited is None else edited

    if not command.in_place:
        sources = command.files or [text_at("-", call.offset)]
        text = join([call.content(path) for path in sources], call.offset)
        call.print(edit(text))
        return True
    for path in command.files:
        key = call.key(path)
        if key in call.state.files:
            _edit_file(call, key, edit(call.content(path)))
        else:
            _edit_unknown_file(call, key, command.scripts)
    return True


def _read_sed(call: CommandCall) -> _SedCommand:
    """Return what the words of a `sed` command ask for."""
    in_place = [
        word
        for word in call.words[1:]
        if word.text.startswith("--in-place") or re.match(r"-[nErsuz]*i", word.text)
    ]
    others = [word for word in call.words[1:] if word not in in_place]
    options = parse_options(others, "efl", ("--expression", "--file"))
    scripts, files = _find_scripts(options, others)
    # Other options may be in the same word as `-i`: `-ni`, `-Ei.bak`.
    is_extended = bool(options.flags & {"E", "r", "--regexp-extended"}) or any(
        re.match(r"-\w*[Er]", word.text) for word in in_place
    )
    is_silent = bool(options.flags & {"n", "--quiet", "--silent"}) or any(
        re.match(r"-\w*n", word.text) for word in in_place
    )
    return _SedCommand(scripts, files, is_extended, is_silent, bool(in_place))


def _find_scripts(
    options: Options, words: list[HostedText]
) -> tuple[list[HostedText], list[HostedText]]:
    """Return the script of `sed`, all expressions as one, and the files to edit."""
    files = options.rest
    expressions = _all_expressions(words)
    if len(expressions) > 1 and "f" not in options.values:
        place = expressions[0].offsets[-1]
        newline = HostedText.at("\n", place, place)
        parts = [part for script in expressions for part in (script, newline)]
        return [join(parts[:-1])], [word for word in files if word not in expressions]
    if len(expressions) > 1 or "f" in options.values or "--file" in options.values:
        return [], files
    scripts = [word for name, word in options.values.items() if name in ("e", "--expression")]
    return (scripts, files) if scripts or not files else (files[:1], files[1:])


def _all_expressions(words: list[HostedText]) -> list[HostedText]:
    """Return the words after each ``-e``."""
    found = []
    for number, word in enumerate(words[:-1]):
        if word.text in ("-e", "--expression"):
            found.append(words[number + 1])
    return found


def _edit_file(call: CommandCall, key: FileKey, text: HostedText) -> None:
    """Replace the content of a file in place: nothing could read it in between."""
    file = call.state.files[key]
    call.state.files.pop(key)
    call.state.open(key, file.command, adds=False)
    call.state.put(key, text, call.offset)


def _edit_unknown_file(call: CommandCall, key: FileKey, scripts: list[HostedText]) -> None:
    """Note the lines that `sed` adds at the end of a file that is not known here."""
    added = appended_lines(scripts)
    if added is not None:
        call.state.put(key, added, call.offset)


def grep(call: CommandCall) -> bool | None:
    """Print the lines that a pattern matches."""
    options = call.options("eABCmf", ("--regexp", "--file", "--max-count"))
    rest = list(options.rest)
    pattern = options.values.get("e") or options.values.get("--regexp")
    if pattern is None:
        pattern = rest.pop(0) if rest else None
    if pattern is None or "f" in options.values:
        call.print(call.unknown("grep"))
        return None
    texts = [call.content(path) for path in rest or [text_at("-", call.offset)]]
    flags = {flag for flag in options.flags if len(flag) == 1}
    lines = _grep_lines(pattern.text, join(texts, call.offset), flags)
    if lines is None or len(options.flags) > len(flags) or len(rest) > 1 or options.values:
        if not flags & {"q"}:
            call.print(call.unknown("grep"))
        return None if lines is None else bool(lines)
    if "q" not in flags:
        for line in lines:
            call.print(line)
    return bool(lines)


def _grep_lines(pattern: str, text: HostedText, flags: set[str]) -> list[HostedText] | None:
    """Return the lines that `grep` prints, None if that is not known."""
    if not is_known(pattern) or not is_known(text.text):
        return None
    if len(text) > _MAX_SEARCHED or flags - _GREP_FLAGS:
        return None
    source = re.escape(pattern)
    if "F" not in flags:
        translated = translate_regex(pattern, is_extended="E" in flags)
        if translated is None:
            return None
        source = translated
    if "x" in flags:
        source = rf"^(?:{source})$"
    if "w" in flags:
        source = rf"(?:^|\W)(?:{source})(?:\W|$)"
    expression = compile_regex(source, ignores_case="i" in flags)
    if expression is None:
        return None
    found = []
    for line in text.lines():
        matches = expression.search(line.text.rstrip("\n")) is not None
        if matches != ("v" in flags):
            found.append(line)
    return found


def translate(call: CommandCall) -> bool:
    """Print standard input with other characters, as tr does."""
    text = call.evaluator.read_input(call.state, call.offset)
    sets = [
        expand_escapes(word, "format", "dash")[0].text
        for word in call.words[1:]
        if not re.fullmatch(r"-[ds]", word.text)
    ]
    deletes = [word.text for word in call.words[1:2]] == ["-d"]
    is_plain = all(re.fullmatch(r"[^-\[\\]+", chosen) and is_known(chosen) for chosen in sets)
    if not is_plain or len(sets) != (1 if deletes else 2) or call.words[1].text == "-s":
        call.print(call.unknown("tr"))
        return True
    first, second = sets[0], "" if deletes else sets[1]
    if deletes:
        kept = [text[at : at + 1] for at, sign in enumerate(text.text) if sign not in first]
        call.print(join(kept, call.offset))
        return True
    signs = {sign: second[min(at, len(second) - 1)] for at, sign in enumerate(first)}
    changed = "".join(signs.get(sign, sign) for sign in text.text)
    call.print(HostedText(changed, text.offsets))
    return True


def head(call: CommandCall) -> bool:
    """Print the first lines."""
    return _slice_lines(call, from_start=True)


def tail(call: CommandCall) -> bool:
    """Print the last lines."""
    return _slice_lines(call, from_start=False)


def _slice_lines(call: CommandCall, *, from_start: bool) -> bool:
    words = [
        word if not re.fullmatch(r"-\d+", word.text) else text_at("-n" + word.text[1:], call.offset)
        for word in call.words[1:]
    ]
    options = parse_options(words, "nc", ("--lines", "--bytes"))
    count = options.values.get("n") or options.values.get("--lines")
    number = count.text if count else "10"
    text = join(
        [call.content(path) for path in options.rest or [text_at("-", call.offset)]], call.offset
    )
    if not is_known(text.text) or not re.fullmatch(r"[-+]?\d+", number) or len(options.values) > 1:
        call.print(call.unknown("lines"))
        return True
    lines = list(text.lines())
    value = int(number)
    if from_start:
        chosen = lines[:value]
    elif number.startswith("+"):
        chosen = lines[max(value - 1, 0) :]
    else:
        chosen = lines[-abs(value) :] if value else []
    for line in chosen:
        call.print(line)
    return True


def sort_lines(call: CommandCall) -> bool:
    """Print sorted lines."""
    options = call.options("kto")
    paths = options.rest or [text_at("-", call.offset)]
    text = join([call.content(path) for path in paths], call.offset)
    if not is_known(text.text) or options.flags - {"u"} or options.values:
        call.print(call.unknown("sort"))
        return True
    lines = sorted(text.lines(), key=lambda line: line.text)
    if "u" in options.flags:
        lines = [line for at, line in enumerate(lines) if not at or line.text != lines[at - 1].text]
    for line in lines:
        call.print(line)
    return True


def substitute_variables(call: CommandCall) -> bool:
    """Print standard input with the values of exported variables, as envsubst does."""
    text = call.evaluator.read_input(call.state, call.offset)
    if len(call.words) > 1:
        call.print(call.unknown("envsubst"))
        return True
    pieces: list[HostedText] = []
    position = 0
    for found in re.finditer(r"\$(?:(\w+)|\{(\w+)\})", text.text):
        name = found[1] or found[2]
        value = call.state.variables.get(name) if name in call.state.exported else None
        if not isinstance(value, HostedText):
            edges = (text.offsets[found.start()], text.offsets[found.end()])
            value = call.evaluator.unknowns.text(("variable", name), *edges)
        pieces += (text[position : found.start()], value)
        position = found.end()
    call.print(join([*pieces, text[position:]], call.offset))
    return True
