# SPDX-License-Identifier: MIT
"""Commands that print, or write what they read: `echo`, `printf`, `cat`, `tee`, ..."""

from __future__ import annotations

from criulint.embedded.shell import printing
from criulint.embedded.shell.call import CommandCall, text_at


def echo(call: CommandCall) -> bool:
    """Print words as the shells do that may run this."""
    readings = [printing.format_echo(call.words[1:], shell, call.end) for shell in call.unit.shells]
    edges = (call.words[0].offsets[0], call.end)
    call.print(call.evaluator.agree(readings, edges))
    return True


def printf(call: CommandCall) -> bool | None:
    """Print or assign formatted words."""
    words = call.words[1:]
    variable = None
    if len(words) > 1 and words[0].text == "-v" and "bash" in call.unit.shells:
        variable, words = words[1].text, words[2:]
    if words and words[0].text == "--":
        words = words[1:]
    if not words:
        return False
    edges = (call.words[0].offsets[0], call.end)
    readings = []
    for shell in call.unit.shells:
        text = printing.format_printf(words[0], words[1:], shell)
        readings.append(call.unknown("printf") if text is None else text)
    text = call.evaluator.agree(readings, edges)
    if variable is not None:
        call.state.variables[variable] = text
    else:
        call.print(text)
    return True


def cat(call: CommandCall) -> bool:
    """Print files."""
    options = call.options()
    texts = [call.content(path) for path in options.rest or [text_at("-", call.offset)]]
    if options.flags - {"u", "e", "v", "t"} or options.flags & {"e", "t", "v"}:
        texts = [call.unknown("cat")]
    for text in texts:
        call.print(text)
    return True


def tee(call: CommandCall) -> bool:
    """Write standard input to files, and print it."""
    options = call.options()
    text = call.evaluator.read_input(call.state, call.offset)
    adds = bool(options.flags & {"a", "--append"})
    for path in options.rest:
        key = call.key(path)
        call.state.open(key, call.offset, adds=adds)
        call.state.put(key, text, call.offset)
    call.print(text)
    return True


def sponge(call: CommandCall) -> bool:
    """Write all of standard input to a file."""
    options = call.options()
    for path in options.rest[:1]:
        text = call.evaluator.read_input(call.state, call.offset)
        call.state.open(call.key(path), call.offset, adds="a" in options.flags)
        call.state.put(call.key(path), text, call.offset)
    return True
