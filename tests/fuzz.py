# SPDX-License-Identifier: MIT
"""Fuzz criulint with atheris: ``python -m tests.fuzz [--target NAME] [--seconds N] [flags]``.

The bytes that the fuzzer makes, guided by what they reach in criulint, are what the target is:

- ``files``: a file for the newest release and for 3.15 (the two line scanners), which has to meet
  the properties of ``tests/test_properties.py``
- ``yaml``: a YAML file with CRIU's files inside it
- ``hosts``: a script, a program, a Dockerfile or a document that writes CRIU's files
- ``rpc``: bytes to the language server, or requests of all its methods about a document that
  changes; it lives on and answers
- ``configuration``: a criulint.toml, which is read or refused in one line
- ``patterns``: a line of a .gitignore and a path, matched in bounded steps

The extra ``fuzz`` has atheris, which not every Python can have. What breaks a target is left in
``build/fuzz``.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import atheris

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.lsp.server import Server

with atheris.instrument_imports(include=["criulint"]):
    from criulint.configuration import ConfigurationError
    from criulint.configuration.load import load_configuration
    from criulint.criu.releases import latest_release
    from criulint.embedded.hosts import TITLES, HostError, follow_host, kind_of
    from criulint.linter.embedded_files import check_embedded_files
    from criulint.linter.linter import Linter
    from criulint.lsp.features import make_server
    from criulint.lsp.protocol import HeaderError, MessageReader
    from criulint.patterns import parse_leniently
    from criulint.source import Source, decode
    from criulint.text import make_safe
    from tests import test_properties as properties
    from tests.cli.harmless import assert_harmless

_RELEASES = (latest_release(), "3.15")
_LONGEST = 400
_NAMES = ["runc.conf", "default.conf", "setup.sh", "a.yaml", "criulint.toml", "dump.log"]
_KINDS = sorted(TITLES)
_TESTS = Path(__file__).parent

logging.disable()  # pygls logs each message that it cannot read


def check_file(data: bytes) -> None:
    """Raise AssertionError, or whatever criulint raises, if a file breaks a property."""
    properties.tokens_joined_are_the_file(data)
    for release in _RELEASES:
        properties.findings_lie_inside_the_file(data, release)
        properties.family_1xx_if_and_only_if_criu_stops(data, release)
        for unsafe in (False, True):
            properties.fixes_are_sound(data, release, unsafe)


def check_yaml(data: bytes) -> None:
    """Find and check the files in a YAML file; findings lie inside it."""
    _check_host(Source(b"# criu.conf runc.conf\n" + data, "x.yaml"), "yaml")


def check_host(data: bytes) -> None:
    """Find and check the files that a host of any kind writes.

    The first byte says of which kind.
    """
    if data:
        kind = _KINDS[data[0] % len(_KINDS)]
        _check_host(Source(data[1:] + b"\n// # criu /etc/criu/runc.conf", ""), kind)


def _check_host(source: Source, kind: str) -> None:
    """Follow a host: that ends, what is found lies inside it, and what is wrong is one line."""
    try:
        found = follow_host(source, kind)
    except HostError as error:
        message = str(error)
        assert "\n" not in message
        assert_harmless(make_safe(message).encode("utf-8", "backslashreplace"))
        return
    length = len(decode(source.data))
    for file in found.files:
        assert all(0 <= offset <= length for offset in (file.command, *file.content.offsets))
    assert all(0 <= offset <= length for offset, _ in (*found.problems, *found.errors))
    for finding in check_embedded_files(source, found.files, Linter().check).findings:
        assert 1 <= finding.span.line <= len(source.lines) + 1
        assert finding.full_message.isprintable()


_INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {"capabilities": {}}}


def check_messages(data: bytes) -> None:
    """Send bytes or a session to a server as its whole input; it ends without an exception."""
    if data[:1] > b"\x7f":
        whole = b"".join(map(_frame, _session(make_server(), atheris.FuzzedDataProvider(data[1:]))))
    else:
        whole = _frame(_INITIALIZE) + _frame(data.partition(b"\0")[2] or data) + data
    with suppress(HeaderError):
        make_server().start_io(MessageReader(io.BytesIO(whole)), io.BytesIO())  # type: ignore[arg-type]


def _frame(message: dict[str, Any] | bytes) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def _session(server: Server, made: atheris.FuzzedDataProvider) -> Iterator[dict[str, Any]]:
    """Yield the messages of a client that opens a document, edits it, and asks anything."""
    methods = sorted(server.protocol.fm.features)
    uri = f"file:///criulint-fuzz/{made.PickValueInList(_NAMES)}"
    document = {"uri": uri, "languageId": "criu", "version": 1}
    yield _INITIALIZE
    opened = {**document, "text": made.ConsumeUnicodeNoSurrogates(60)}
    yield _message("textDocument/didOpen", {"textDocument": opened})
    for version in range(2, 12):
        places = [_position(made), _position(made)]
        part = {"start": places[0], "end": places[1]}
        text = made.ConsumeUnicodeNoSurrogates(12)
        params = {
            "textDocument": {**document, "version": version},
            "position": places[0],
            "positions": places,
            "range": part,
            "contentChanges": [{"range": part, "text": text}],
            "context": {"diagnostics": [], "triggerKind": 1, "includeDeclaration": True},
            "options": {"tabSize": 4, "insertSpaces": True},
            "previousResultId": text,
            "ch": "\n",
            "command": made.PickValueInList(methods),
            "arguments": [uri, text],
            "query": text,
        }
        yield _message("textDocument/didChange", params)
        yield _message(made.PickValueInList(methods), params, version)


def _position(made: atheris.FuzzedDataProvider) -> dict[str, int]:
    return {name: made.ConsumeIntInRange(0, 12) for name in ("line", "character")}


def _message(method: str, params: dict[str, Any], number: int | None = None) -> dict[str, Any]:
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    return message if number is None else {**message, "id": number}


def check_configuration(data: bytes) -> None:
    """Read a configuration; a mistake is one line."""
    path = Path(tempfile.gettempdir()) / "criulint-fuzz" / "criulint.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    message = ""
    try:
        load_configuration(str(path))
    except ConfigurationError as error:
        message = str(error)
    assert "\n" not in message


def check_pattern(data: bytes) -> None:
    """Match a path."""
    line, _, path = decode(data).partition("\n")
    parse_leniently([line]).match(path)


def _seed_hosts(folder: Path) -> Path:
    """Write the hosts of the tests with a first byte for their kind, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted((_TESTS / "embedded").rglob("*.*"))):
        kind = kind_of(path.name) if path.is_file() else None
        if kind in _KINDS and path.stat().st_size < _LONGEST:
            (folder / str(number)).write_bytes(bytes([_KINDS.index(kind)]) + path.read_bytes())
    return folder


_TARGETS = {
    "files": (check_file, [_TESTS / "cases", _TESTS / "oracle" / "files"]),
    "yaml": (check_yaml, [_TESTS / "embedded" / "files"]),
    "hosts": (check_host, []),
    "rpc": (check_messages, []),
    "configuration": (check_configuration, [_TESTS / "configuration" / "cases"]),
    "patterns": (check_pattern, []),
}


def main() -> None:
    """Run the command; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Fuzz criulint.", add_help=False
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument("--target", choices=_TARGETS, default="files", help="(default: files)")
    options, rest = parser.parse_known_args()
    check, seeds = _TARGETS[options.target]
    folder = _TESTS.parent / "build" / "fuzz"
    corpus = folder / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    if options.target == "hosts":
        seeds = [_seed_hosts(folder / "hosts-seeds")]
    flags = [
        f"-max_total_time={options.seconds}",
        f"-max_len={_LONGEST}",
        *(["-len_control=0"] if options.target == "rpc" else []),
        f"-artifact_prefix={folder}/{options.target}-",
    ]
    atheris.Setup([sys.argv[0], *flags, *rest, str(corpus), *map(str, seeds)], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
