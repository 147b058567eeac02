# SPDX-License-Identifier: MIT
"""Functions that the libraries of several languages have."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from criulint.embedded.languages.literals import fill_conversions, join_limited, strip
from criulint.embedded.languages.program import Literal
from criulint.embedded.languages.run import LibraryCall
from criulint.embedded.languages.run_values import (
    File,
    Subprocess,
    Value,
    as_text,
    has_value,
    join_path,
)
from criulint.embedded.model import HostedText, join, separate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from criulint.embedded.languages.trees import Tree

#: Computes the value of a call.
Handler = Callable[[LibraryCall], Value]


def literal(tree: Tree, node: Node) -> Literal:
    """Return the text of a node, such as a field's name, as a string."""
    return Literal(HostedText.of(tree.text(node), tree.start(node)))


def at(text: str, call: LibraryCall) -> HostedText:
    """Return text that the host does not contain, at the place of a call."""
    return HostedText.at(text, call.start, call.start)


def put_together(texts: Sequence[HostedText], separator: str, start: int) -> HostedText:
    """Return the texts with a separator between them."""
    return join_limited(separate(texts, separator), start)


def texts_of(items: Value, start: int) -> list[HostedText]:
    """Return the items of a list as text; an unknown list is one unknown text."""
    return [as_text(item, start) for item in (items if isinstance(items, list) else [None])]


def same_argument(call: LibraryCall) -> Value:
    """Return the first argument."""
    return call.argument(0)


def same_receiver(call: LibraryCall) -> Value:
    """Return the object of the method."""
    return call.receiver


def write(call: LibraryCall) -> Value:
    """Write the first argument to the method's object, if that is a file."""
    if isinstance(call.receiver, File):
        call.run.append(call.receiver, call.text(0))
    else:
        call.run.use(call.argument(0))
    return None


def write_to_argument(call: LibraryCall) -> Value:
    """Write the second argument to the first one, which is a file."""
    file = call.argument(0)
    if isinstance(file, File):
        call.run.append(file, call.text(1))
    return None


def write_whole(call: LibraryCall) -> Value:
    """Write the second argument to the path in the first one, replacing the file."""
    call.run.write(call.text(0), call.text(1), call.start)
    return None


def append_whole(call: LibraryCall) -> Value:
    """Append the second argument to the file at the path in the first one."""
    call.run.write(call.text(0), call.text(1), call.start, append=True)
    return None


def create(call: LibraryCall) -> Value:
    """Return a new, empty file at the path in the first argument."""
    return call.run.open(call.text(0), call.start, append=False)


def rename(call: LibraryCall) -> Value:
    """Rename the file at the first argument to the second."""
    call.run.rename(call.text(0), call.text(1))
    return None


def remove(call: LibraryCall) -> Value:
    """Remove the file at the path in the first argument."""
    call.run.remove(call.text(0))
    return None


def buffer(call: LibraryCall) -> Value:
    """Return a new buffer that contains the first argument, if there is one."""
    file = File()
    if call.arguments:
        call.run.append(file, call.text(0))
    return file


def buffer_text(call: LibraryCall) -> Value:
    """Return the text that was written to a buffer."""
    if isinstance(call.receiver, File) and call.receiver.path is None:
        return call.receiver.text()
    return call.receiver


def join_paths(call: LibraryCall) -> Value:
    """Return the arguments as one path, joined as in Go and JavaScript."""
    return join_path(call.arguments, call.start, absolute_wins=False)


def append_item(call: LibraryCall) -> Value:
    """Append the arguments to the method's list."""
    if isinstance(call.receiver, list):
        call.receiver.extend(map(call.run.doubt, call.arguments))
    return None


def strip_sides(sides: str) -> Handler:
    """Return a handler that strips blanks, or given characters, from the sides of a text."""

    def strip_text(call: LibraryCall) -> Value:
        if not isinstance(call.receiver, HostedText):
            return None
        if not call.arguments:
            return strip(call.receiver, None, sides)
        characters = call.argument(0)
        if not isinstance(characters, HostedText):
            return None
        return strip(call.receiver, characters.text, sides)

    return strip_text


def contains(call: LibraryCall) -> Value:
    """Return whether the method's text, list or map contains the argument."""
    return has_value(call.receiver, call.argument(0))


def starts_with(call: LibraryCall) -> Value:
    """Return whether the method's text begins with the argument."""
    return _compare(call.receiver, call.argument(0), str.startswith)


def ends_with(call: LibraryCall) -> Value:
    """Return whether the method's text ends with the argument."""
    return _compare(call.receiver, call.argument(0), str.endswith)


def of_arguments(handler: Handler) -> Handler:
    """Return the handler of a function whose first argument is the method's object."""
    return lambda call: handler(
        call._replace(receiver=call.argument(0), arguments=call.arguments[1:])
    )


def _compare(text: Value, part: Value, is_so: Callable[[str, str], bool]) -> bool | None:
    """Return what a comparison says about two texts, None if they are not known."""
    if isinstance(text, HostedText) and isinstance(part, HostedText):
        return is_so(text.text, part.text) if text.is_known and part.is_known else None
    return None


def format_arguments(call: LibraryCall, index: int) -> HostedText:
    """Return the arguments from `index` on, a template of ``printf`` and its values, as text."""
    template = call.argument(index)
    if not isinstance(template, HostedText):
        return as_text(None, call.start)
    values = [as_text(value, call.start) for value in call.arguments[index + 1 :]]
    return fill_conversions(template, values)


def join_arguments(call: LibraryCall, index: int, ending: str) -> HostedText:
    """Return the arguments from `index` on with blanks between them, and an ending."""
    texts = [as_text(value, call.start) for value in call.arguments[index:]]
    return join([put_together(texts, " ", call.start), at(ending, call)])


def command(call: LibraryCall) -> Value:
    """Return a command with the arguments as its words."""
    return call.run.start_command(call.arguments, call.start)


def add_words(call: LibraryCall) -> Value:
    """Add the arguments, or the items of lists among them, to the words of a command."""
    if isinstance(call.receiver, Subprocess):
        for argument in call.arguments:
            call.receiver.words.extend(argument if isinstance(argument, list) else [argument])
    return call.receiver


def shell_code(call: LibraryCall) -> Value:
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
