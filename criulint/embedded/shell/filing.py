# SPDX-License-Identifier: MIT
"""Commands that make, copy, move and remove files."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText
from criulint.embedded.shell.call import CommandCall, Options, text_at
from criulint.embedded.shell.state import is_known

if TYPE_CHECKING:
    from criulint.embedded.shell.state import FileKey


def copy(call: CommandCall) -> bool:
    """Copy files, as cp does."""
    options = call.options("tSZ", ("--target-directory", "--suffix"))
    _put_all(call, options, keeps=True)
    return True


def move(call: CommandCall) -> bool:
    """Move files, as mv does."""
    options = call.options("tSZ", ("--target-directory", "--suffix"))
    _put_all(call, options, keeps=False)
    return True


def install(call: CommandCall) -> bool:
    """Copy files or make directories, as install does."""
    options = call.options(
        "tSZmog", ("--target-directory", "--suffix", "--mode", "--owner", "--group")
    )
    if options.flags & {"d", "--directory"}:
        return make_directories(call, options)
    _put_all(call, options, keeps=True)
    return True


def link(call: CommandCall) -> bool:
    """Link files, as ln does: what a link leads to has the same content."""
    options = call.options("tS", ("--target-directory", "--suffix"))
    if len(options.rest) == 1 and not options.values:
        here = text_at("./", options.rest[0].offsets[0])
        options = options._replace(rest=[options.rest[0], here])
    if options.flags & {"s", "--symbolic"} and len(options.rest) == 2:
        # What a link points to is relative to its own directory.
        source, target = options.rest
        directory = posixpath.dirname(call.key(target)[1])
        if not source.text.startswith("/") and is_known(source.text):
            path = posixpath.join(directory, source.text)
            options.rest[0] = HostedText.at(path, source.offsets[0], source.offsets[-1])
    _put_all(call, options, keeps=True)
    return True


def _put_all(call: CommandCall, options: Options, *, keeps: bool) -> None:
    """Copy, move or install files to a directory or to a file."""
    directory = options.values.get("t") or options.values.get("--target-directory")
    sources = list(options.rest)
    if directory is None:
        if len(sources) < 2:
            return
        target = sources.pop()
        key = call.key(target)
        is_directory = target.text.endswith("/") or len(sources) > 1
        is_directory |= call.state.is_directory(key) and "T" not in options.flags
        if not is_directory:
            _put(call, sources[0], key, keeps=keeps, options=options)
            return
        directory = target
    for source in sources:
        name = posixpath.basename(source.text.rstrip("/"))
        machine, path = call.key(directory)
        key = machine, posixpath.join(path, name)
        _put(call, source, key, keeps=keeps, options=options)


def _put(
    call: CommandCall, source: HostedText, key: FileKey, *, keeps: bool, options: Options
) -> None:
    if options.flags & {"n", "--no-clobber"} and key in call.state.files:
        return
    if call.key(source) == key:
        return
    if source.text.endswith("/") or options.flags & {"r", "R", "a", "--recursive", "--archive"}:
        _put_tree(call, source, key, keeps=keeps)
    text = call.content(source)
    old = call.state.files.get(call.key(source))
    call.replace(key, text)
    if old:
        # The commands that wrote the text are what matters to a reader.
        call.state.files[key] = old._replace(age=call.state.age)
    if not keeps:
        call.state.files.pop(call.key(source), None)


def _put_tree(call: CommandCall, source: HostedText, target: FileKey, *, keeps: bool) -> None:
    """Copy or move the files below a directory."""
    machine, path = call.key(source)
    prefix = path.rstrip("/").removesuffix("/.") + "/"
    state = call.state
    for key, file in list(state.files.items()):
        if key[0] == machine and key[1].startswith(prefix):
            new = (target[0], posixpath.join(target[1], key[1][len(prefix) :]))
            state.discard(new)
            state.files[new] = file
            if not keeps:
                state.files.pop(key)


def remove_files(call: CommandCall) -> bool:
    """Remove files."""
    options = call.options()
    for path in options.rest:
        machine, name = key = call.key(path)
        call.state.discard(key)
        if options.flags & {"r", "R", "--recursive"}:
            below = name.rstrip("/") + "/"
            for other in list(call.state.files):
                if other[0] == machine and other[1].startswith(below):
                    call.state.discard(other)
    return True


def truncate(call: CommandCall) -> bool:
    """Cut files."""
    options = call.options("s", ("--size",))
    size = options.values.get("s") or options.values.get("--size")
    for path in options.rest:
        if size and size.text == "0":
            call.state.open(call.key(path), call.offset, adds=False)
        elif call.key(path) in call.state.files:
            call.replace(call.key(path), call.unknown("truncate"))
    return True


def touch(call: CommandCall) -> bool:
    """Make files."""
    for path in call.options("rtd", ("--date", "--reference")).rest:
        call.state.open(call.key(path), call.offset, adds=True)
    return True


def mkdir(call: CommandCall) -> bool:
    """Make directories."""
    return make_directories(call, call.options("mZ", ("--mode",)))


def make_directories(call: CommandCall, options: Options) -> bool:
    """Note the directories among the words of a command."""
    made = {call.key(path) for path in options.rest}
    made |= {(machine, path.rstrip("/")) for machine, path in made}
    call.state.directories |= made
    return True


def dd(call: CommandCall) -> bool:
    """Copy a file, as dd does."""
    source: HostedText | None = None
    target: HostedText | None = None
    adds = changes = False
    for word in call.words[1:]:
        name, _, value = word.text.partition("=")
        if name == "of":
            target = word[3:]
        elif name == "if":
            source = word[3:]
        elif (name == "oflag" and "append" in value) or (name == "conv" and "notrunc" in value):
            adds = True
        elif name not in ("bs", "ibs", "obs", "status", "iflag", "oflag", "conv"):
            changes = True
    text = call.content(source or text_at("-", call.offset))
    text = call.unknown("dd") if changes else text
    if target is None:
        call.print(text)
    else:
        call.state.open(call.key(target), call.offset, adds=adds)
        call.state.put(call.key(target), text, call.offset)
    return True
