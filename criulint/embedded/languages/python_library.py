# SPDX-License-Identifier: MIT
"""The parts of Python's library that write files, run commands, or make text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.languages import shared
from criulint.embedded.languages.literals import (
    dedent,
    fill,
    fill_fields,
    replace_text,
    split,
    strip,
)
from criulint.embedded.languages.run import Library
from criulint.embedded.languages.run_values import (
    MAX_ITEMS,
    File,
    Subprocess,
    Table,
    as_text,
    join_path,
)
from criulint.embedded.model import HostedText, join
from criulint.embedded.steps import split_at_blanks

if TYPE_CHECKING:
    from criulint.embedded.languages.run import LibraryCall
    from criulint.embedded.languages.run_values import Value

# --- files


def _open(call: LibraryCall) -> Value:
    return _open_path(call, call.argument(0, "file"), call.argument(1, "mode"))


def _open_method(call: LibraryCall) -> Value:
    return _open_path(call, call.receiver, call.argument(0, "mode"))


def _open_path(call: LibraryCall, path: Value, mode: Value) -> Value:
    if not isinstance(mode, HostedText) or not re.search("[wax+]", mode.text):
        return None
    return call.run.open(as_text(path, call.start), call.start, append="a" in mode.text)


def _write_whole(call: LibraryCall) -> Value:
    if isinstance(call.receiver, HostedText):
        call.run.write(call.receiver, call.text(0, "data"), call.start)
    return None


def _write_lines(call: LibraryCall) -> Value:
    if isinstance(call.receiver, File):
        lines = call.argument(0)
        for line in lines if isinstance(lines, list) else [None]:
            call.run.append(call.receiver, as_text(line, call.start))
    return None


def _print(call: LibraryCall) -> Value:
    file = call.named.get("file")
    if isinstance(file, File):
        separator = (
            as_text(call.named["sep"], call.start) if "sep" in call.named else shared.at(" ", call)
        )
        end = (
            as_text(call.named["end"], call.start) if "end" in call.named else shared.at("\n", call)
        )
        for index in range(len(call.arguments)):
            if index:
                call.run.append(file, separator)
            call.run.append(file, call.text(index))
        call.run.append(file, end)
    return None


def _replace_or_rename(call: LibraryCall) -> Value:
    text = call.receiver
    if not isinstance(text, HostedText):
        return None
    if len(call.arguments) == 1:  # of a path
        call.run.rename(text, call.text(0, "target"))
        return call.argument(0)
    old, new = call.argument(0), call.argument(1)
    if isinstance(old, HostedText) and isinstance(new, HostedText):
        return replace_text(text, old.text, new)
    return None


def _remove(call: LibraryCall) -> Value:
    path = call.receiver if call.receiver is not None else call.argument(0, "path")
    if isinstance(path, HostedText):
        call.run.remove(path)
    return None


def _temporary(call: LibraryCall) -> Value:
    return call.run.open(as_text(None, call.start), call.start, append=False)


# --- paths


def _path(call: LibraryCall) -> Value:
    return join_path(call.arguments, call.start)


def _join_method(call: LibraryCall) -> Value:
    return join_path([call.receiver, *call.arguments], call.start)


def _parent(call: LibraryCall) -> Value:
    path = call.argument(0) if call.arguments else call.receiver
    if not isinstance(path, HostedText) or "/" not in path.text:
        return None
    return path[: path.text.rindex("/")]


def _name(call: LibraryCall) -> Value:
    if isinstance(call.receiver, File):
        return call.receiver.path
    path = call.argument(0) if call.arguments else call.receiver
    return path[path.text.rfind("/") + 1 :] if isinstance(path, HostedText) else None


def _with_suffix(call: LibraryCall) -> Value:
    path = call.receiver
    if not isinstance(path, HostedText):
        return None
    name = path.text.rfind("/") + 1
    dot = path.text.rfind(".", name + 1)
    return join([path[:dot] if dot >= 0 else path, call.text(0, "suffix")])


def _with_name(call: LibraryCall) -> Value:
    path = call.receiver
    if not isinstance(path, HostedText):
        return None
    return join([path[: path.text.rfind("/") + 1], call.text(0, "name")])


def _default(call: LibraryCall) -> Value:
    return call.argument(1, "default")


# --- text


def _dedent(call: LibraryCall) -> Value:
    text = call.argument(0, "text")
    return dedent(text) if isinstance(text, HostedText) else None


def _clean_docstring(call: LibraryCall) -> Value:
    text = call.argument(0, "doc")
    if not isinstance(text, HostedText) or "\t" in text.text:
        return None
    first, *rest = split(text, "\n")
    lines = [
        strip(first, sides="l"),
        *split(dedent(shared.put_together(rest, "\n", call.start)), "\n"),
    ]
    while lines and not lines[-1].text:
        lines.pop()
    while lines and not lines[0].text:
        lines.pop(0)
    return shared.put_together(lines, "\n", call.start)


def _join(call: LibraryCall) -> Value:
    separator, items = call.receiver, call.argument(0)
    if not isinstance(separator, HostedText):
        return None
    if not isinstance(items, list):
        return as_text(None, call.start)
    texts = [as_text(item, call.start) for item in items]
    return shared.put_together(texts, separator.text, call.start)


def _format(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, HostedText):
        return None
    texts = [as_text(value, call.start) for value in call.arguments]
    named = {name: as_text(value, call.start) for name, value in call.named.items()}
    return fill_fields(call.receiver, texts, named)


_VARIABLE = re.compile(r"(\$\$)|\$(?:(\w+)|\{(\w+)\})")


def _substitute(call: LibraryCall) -> Value:
    """Fill a `string.Template`; `Template(text)` itself is its text."""
    if not isinstance(call.receiver, HostedText):
        return None
    return fill(
        call.receiver,
        _VARIABLE,
        lambda match: "$" if match[1] else call.named.get(match[2] or match[3]),
    )


def _split_lines(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, HostedText):
        return None
    lines = list(call.receiver.lines())
    if call.arguments or call.named:
        return [*lines]
    return [strip(line, "\n", "r") for line in lines]


# --- lists and maps


def _copy(call: LibraryCall) -> Value:
    items = call.argument(0)
    if isinstance(items, list):
        return [*items]
    return None if call.arguments else []


def _extend(call: LibraryCall) -> Value:
    items = call.argument(0)
    if isinstance(call.receiver, list):
        more = items if isinstance(items, list) else [None]
        call.receiver.extend(more[: MAX_ITEMS - len(call.receiver)])
    return None


def _insert(call: LibraryCall) -> Value:
    if isinstance(call.receiver, list):
        index = call.argument(0)
        place = int(index.text[:6]) if isinstance(index, HostedText) else len(call.receiver)
        call.receiver.insert(place, call.argument(1))
    return None


def _keys(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, Table):
        return None
    return [key for key, _ in call.receiver.entries]


def _values(call: LibraryCall) -> Value:
    if not isinstance(call.receiver, Table):
        return None
    call.receiver.is_used = True
    return [value for _, value in call.receiver.entries]


def _get(call: LibraryCall) -> Value:
    key = call.argument(0)
    if isinstance(call.receiver, Table) and isinstance(key, HostedText):
        found = call.receiver.get(key.text)
        return found if found is not None else call.argument(1)
    return None


def _sort(call: LibraryCall) -> Value:
    items = call.argument(0)
    if isinstance(items, Table):
        items = [key for key, _ in items.entries]
    if not isinstance(items, list) or call.named:
        return None
    texts = [item for item in items if isinstance(item, HostedText) and item.is_known]
    return [*sorted(texts, key=lambda text: text.text)] if len(texts) == len(items) else None


def _field(call: LibraryCall) -> Value:
    """Answer with the default of a field of a data class."""
    if factory := call.named.get("default_factory"):
        return call.run.invoke(factory, [])
    return call.named.get("default")


def _split(call: LibraryCall) -> Value:
    text, separator = call.receiver, call.argument(0, "sep")
    if not isinstance(text, HostedText) or len(call.arguments) > 1 or not text.is_known:
        return None
    if not call.arguments:
        return [*split_at_blanks(text)]
    return [*split(text, separator.text)] if isinstance(separator, HostedText) else None


def _enumerate(call: LibraryCall) -> Value:
    items = call.argument(0)
    return [[None, item] for item in items] if isinstance(items, list) else None


def _dictionary(call: LibraryCall) -> Value:
    if call.arguments:
        return call.argument(0)
    return Table([(shared.at(name, call), value) for name, value in call.named.items()], call.start)


# --- commands


def _system(call: LibraryCall) -> Value:
    if isinstance(text := call.argument(0, "command", "cmd"), HostedText):
        call.run.run_shell(text)
    return None


def _communicate(call: LibraryCall) -> Value:
    if isinstance(call.receiver, Subprocess):
        call.receiver.stdin = call.argument(0, "input")
    return None


def _run(call: LibraryCall) -> Value:
    command = call.argument(0, "args", "cmd")
    if call.named.get("shell", False) is not False:
        if isinstance(command, list) and command:
            command = command[0]
        program = call.named.get("executable")
        shell = program.text.rpartition("/")[2] if isinstance(program, HostedText) else "sh"
        if isinstance(command, HostedText):
            call.run.run_shell(command, shell)
    elif isinstance(command, list):
        return call.run.start_command(command, call.start, call.named.get("input"))
    return None


PYTHON_LIBRARY = Library(
    functions={
        **dict.fromkeys(
            ("open", "io.open", "codecs.open", "builtins.open", "aiofiles.open"), _open
        ),
        **dict.fromkeys(("os.path.join", "posixpath.join"), _path),
        **dict.fromkeys(
            ("Path", "pathlib.Path", "pathlib.PosixPath", "pathlib.PurePosixPath", "anyio.Path"),
            _path,
        ),
        **dict.fromkeys(
            (
                "str",
                "bytes",
                "os.fspath",
                "os.fsencode",
                "os.path.expanduser",
                "os.path.expandvars",
                "os.path.abspath",
                "os.path.realpath",
                "os.path.normpath",
                "string.Template",
                "contextlib.closing",
            ),
            shared.same_argument,
        ),
        "os.path.dirname": _parent,
        "os.path.basename": _name,
        "os.open": lambda call: call.run.open(call.text(0), call.start, append=False),
        "os.fdopen": shared.same_argument,
        "os.write": shared.write_to_argument,
        **dict.fromkeys(("os.rename", "os.replace", "shutil.move"), shared.rename),
        **dict.fromkeys(("os.remove", "os.unlink"), _remove),
        "tempfile.NamedTemporaryFile": _temporary,
        **dict.fromkeys(("io.StringIO", "io.BytesIO"), shared.buffer),
        **dict.fromkeys(("os.environ.get", "os.getenv"), _default),
        "textwrap.dedent": _dedent,
        "inspect.cleandoc": _clean_docstring,
        "print": _print,
        **dict.fromkeys(("list", "tuple"), _copy),
        "dict": _dictionary,
        "enumerate": _enumerate,
        "sorted": _sort,
        **dict.fromkeys(("field", "dataclasses.field", "Field", "pydantic.Field"), _field),
        **dict.fromkeys(
            (
                "os.system",
                "os.popen",
                "subprocess.getoutput",
                "subprocess.getstatusoutput",
                "asyncio.create_subprocess_shell",
            ),
            _system,
        ),
        **dict.fromkeys(
            (
                "subprocess.run",
                "subprocess.call",
                "subprocess.check_call",
                "subprocess.check_output",
                "subprocess.Popen",
            ),
            _run,
        ),
        "asyncio.create_subprocess_exec": shared.command,
    },
    methods={
        "write_text": _write_whole,
        "write_bytes": _write_whole,
        "open": _open_method,
        "communicate": _communicate,
        "write": shared.write,
        "writelines": _write_lines,
        "getvalue": shared.buffer_text,
        "replace": _replace_or_rename,
        "rename": _replace_or_rename,
        "unlink": _remove,
        "joinpath": _join_method,
        "with_suffix": _with_suffix,
        "with_name": _with_name,
        ".parent": _parent,
        ".linesep": lambda call: shared.at("\n", call),
        ".name": _name,
        **dict.fromkeys(
            (
                "encode",
                "decode",
                "expanduser",
                "resolve",
                "absolute",
                "as_posix",
                "items",
                "__str__",
                "__enter__",
            ),
            shared.same_receiver,
        ),
        "strip": shared.strip_sides("lr"),
        "lstrip": shared.strip_sides("l"),
        "rstrip": shared.strip_sides("r"),
        "split": _split,
        "startswith": shared.starts_with,
        "endswith": shared.ends_with,
        "splitlines": _split_lines,
        "join": _join,
        "format": _format,
        "substitute": _substitute,
        "safe_substitute": _substitute,
        "append": shared.append_item,
        "extend": _extend,
        "insert": _insert,
        "keys": _keys,
        "values": _values,
        "get": _get,
    },
    writers=frozenset(
        (
            *("open", "write", "write_text", "write_bytes", "writelines", "print", "fdopen"),
            *("NamedTemporaryFile", "system", "popen", "getoutput", "create_subprocess_shell"),
            *("create_subprocess_exec", "Popen"),
        )
    ),
)
