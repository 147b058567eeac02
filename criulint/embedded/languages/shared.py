# SPDX-License-Identifier: MIT
"""What the libraries of several languages do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from criulint.embedded.hosted import HostedText, join, separate
from criulint.embedded.languages.literals import fill_conversions, join_limited, strip
from criulint.embedded.languages.program import Literal
from criulint.embedded.languages.run import Called, File, Subprocess, Value, as_text, join_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from criulint.embedded.languages.trees import Tree

#: Answers a call.
Handler = Callable[[Called], Value]


def literal(tree: Tree, node: Node) -> Literal:
    """Return a node as a string that reads as it is written: a field's name."""
    return Literal(HostedText.of(tree.text(node), tree.start(node)))


def at(text: str, call: Called) -> HostedText:
    """Return text that a call adds to the host's."""
    return HostedText.at(text, call.start, call.start)


def put_together(texts: Sequence[HostedText], separator: str, start: int) -> HostedText:
    """Return texts with a separator between them."""
    return join_limited(separate(texts, separator), start)


def texts_of(items: Value, start: int) -> list[HostedText]:
    """Return the items of a list as text; an unknown list is one unknown text."""
    return [as_text(item, start) for item in (items if isinstance(items, list) else [None])]


def same_argument(call: Called) -> Value:
    """Answer with the first argument."""
    return call.argument(0)


def same_receiver(call: Called) -> Value:
    """Answer with the value that the method belongs to."""
    return call.receiver


def write(call: Called) -> Value:
    """Write the first argument to the file that the method belongs to, or elsewhere."""
    if isinstance(call.receiver, File):
        call.run.append(call.receiver, call.text(0))
    else:
        call.run.use(call.argument(0))
    return None


def write_to_argument(call: Called) -> Value:
    """Write the second argument to the file that is the first one."""
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, call.text(1))
    return None


def write_whole(call: Called) -> Value:
    """Write the second argument to the path that is the first one."""
    call.run.write(call.text(0), call.text(1), call.start)
    return None


def append_whole(call: Called) -> Value:
    """Append the second argument to the path that is the first one."""
    call.run.write(call.text(0), call.text(1), call.start, append=True)
    return None


def create(call: Called) -> Value:
    """Answer with an empty file at the path that is the first argument."""
    return call.run.open(call.text(0), call.start, append=False)


def rename(call: Called) -> Value:
    """Give the file at the first argument the path that is the second."""
    call.run.rename(call.text(0), call.text(1))
    return None


def remove(call: Called) -> Value:
    """Remove the file at the path that is the first argument."""
    call.run.remove(call.text(0))
    return None


def buffer(call: Called) -> Value:
    """Answer with a buffer that holds the first argument, if there is one."""
    file = File()
    if call.arguments:
        call.run.append(file, call.text(0))
    return file


def buffer_text(call: Called) -> Value:
    """Answer with what was written to a buffer."""
    if isinstance(call.receiver, File) and call.receiver.path is None:
        return call.receiver.text()
    return call.receiver


def join_paths(call: Called) -> Value:
    """Answer with the arguments as one path, as Go and JavaScript join them."""
    return join_path(call.arguments, call.start, absolute_wins=False)


def append_item(call: Called) -> Value:
    """Append the arguments to the list that the method belongs to."""
    if isinstance(call.receiver, list):
        call.receiver.extend(map(call.run.doubt, call.arguments))
    return None


def strip_sides(sides: str) -> Handler:
    """Return what strips blanks, or the characters given, from sides of a text."""

    def strip_text(call: Called) -> Value:
        if not isinstance(call.receiver, HostedText):
            return None
        if not call.arguments:
            return strip(call.receiver, None, sides)
        characters = call.argument(0)
        if not isinstance(characters, HostedText):
            return None
        return strip(call.receiver, characters.text, sides)

    return strip_text


def contains(call: Called) -> Value:
    """Answer whether a list or a text, the value that the method belongs to, holds the argument."""
    return _ask(call.receiver, call.argument(0), lambda text, part: part in text)


def starts_with(call: Called) -> Value:
    """Answer whether the text that the method belongs to begins with the argument."""
    return _ask(call.receiver, call.argument(0), str.startswith)


def ends_with(call: Called) -> Value:
    """Answer whether the text that the method belongs to ends with the argument."""
    return _ask(call.receiver, call.argument(0), str.endswith)


def of_arguments(handler: Handler) -> Handler:
    """Return a handler of a function, the first argument of which is the value of the method."""
    return lambda call: handler(
        call._replace(receiver=call.argument(0), arguments=call.arguments[1:])
    )


def _ask(of: Value, value: Value, is_so: Callable[[str, str], bool]) -> bool | None:
    """Return the answer of a function of two known texts, None if they are not known."""
    if not isinstance(value, HostedText) or not value.is_known:
        return None
    if isinstance(of, list):
        texts = [item.text for item in of if isinstance(item, HostedText) and item.is_known]
        return value.text in texts if len(texts) == len(of) else None
    return is_so(of.text, value.text) if isinstance(of, HostedText) and of.is_known else None


def format_arguments(call: Called, index: int) -> HostedText:
    """Return the arguments from `index` on, a template of ``printf`` and its values, as text."""
    template = call.argument(index)
    if not isinstance(template, HostedText):
        return as_text(None, call.start)
    values = [as_text(value, call.start) for value in call.arguments[index + 1 :]]
    return fill_conversions(template, values)


def join_arguments(call: Called, index: int, ending: str) -> HostedText:
    """Return the arguments from `index` on with blanks between them, and an ending."""
    texts = [as_text(value, call.start) for value in call.arguments[index:]]
    return join([put_together(texts, " ", call.start), at(ending, call)])


def command(call: Called) -> Value:
    """Answer with a command of the arguments."""
    return call.run.start_command(call.arguments, call.start)


def add_words(call: Called) -> Value:
    """Add the arguments, or the items of lists among them, to the words of a command."""
    if isinstance(call.receiver, Subprocess):
        for argument in call.arguments:
            call.receiver.words.extend(argument if isinstance(argument, list) else [argument])
    return call.receiver


def shell_code(call: Called) -> Value:
    """Run the first argument as shell code."""
    if isinstance(text := call.argument(0), HostedText):
        call.run.run_shell(text)
    return None


def without_carriage_returns(text: HostedText) -> HostedText:
    """Return the text without CR, as Go reads a raw string."""
    if "\r" not in text.text:
        return text
    parts = []
    last = 0
    for index, character in enumerate(text.text):
        if character == "\r":
            parts.append(text[last:index])
            last = index + 1
    return join([*parts, text[last:]])
