# SPDX-License-Identifier: MIT
"""Commands that print words: of paths, and of numbers."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join

if TYPE_CHECKING:
    from collections.abc import Callable

    from criulint.embedded.shell.call import CommandCall


def mktemp(call: CommandCall) -> bool:
    """Make a file or directory, and print its unknown name."""
    options = call.options("pt", ("--suffix", "--tmpdir"))
    text = call.unknown("mktemp")
    if options.flags & {"d", "--directory"}:
        call.state.directories |= {call.state.key(text.text)}
    end = text.offsets[-1]
    call.print(join([text, HostedText("\n", (end, end))]))
    return True


def dirname(call: CommandCall) -> bool | None:
    """Print the directory of a path."""
    return _print_path(call, lambda text: posixpath.dirname(text.rstrip("/") or "/") or ".")


def basename(call: CommandCall) -> bool | None:
    """Print the last part of a path."""
    options = call.options("s")
    suffix = options.rest[1].text if len(options.rest) > 1 else ""
    if options.flags or options.values:
        call.print(call.unknown("basename"))
        return True
    return _print_path(call, lambda text: posixpath.basename(text.rstrip("/")).removesuffix(suffix))


def _print_path(call: CommandCall, change: Callable[[str], str]) -> bool | None:
    options = call.options()
    if not options.rest:
        return False
    path = options.rest[0]
    text = HostedText.at(change(path.text) + "\n", path.offsets[0], path.offsets[-1])
    call.print(text)
    return True


def realpath(call: CommandCall) -> bool:
    """Print a path without links and dots."""
    options = call.options()
    known = [path for path in options.rest if path.text.startswith("/")]
    if len(known) != 1 or options.flags - {"f", "m", "e", "s"}:
        call.print(call.unknown("realpath"))
        return True
    path = known[0]
    call.print(HostedText.at(call.key(path)[1] + "\n", path.offsets[0], path.offsets[-1]))
    return True


def print_numbers(call: CommandCall) -> bool:
    """Print numbers, as seq does."""
    numbers = [word.text for word in call.words[1:]]
    if not numbers or not all(re.fullmatch(r"-?\d{1,6}", number) for number in numbers):
        call.print(call.unknown("seq"))
        return True
    first = int(numbers[0]) if len(numbers) > 1 else 1
    step = int(numbers[1]) if len(numbers) > 2 else 1
    last = int(numbers[-1])
    after = last + 1 if step > 0 else last - 1
    counted = range(first, after, step) if step else ()
    lines = "".join(f"{number}\n" for number in list(counted)[:1000])
    call.print(HostedText.at(lines, call.words[0].offsets[0], call.end))
    return True
