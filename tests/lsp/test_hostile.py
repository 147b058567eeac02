# SPDX-License-Identifier: MIT
"""A client that floods the server, lies to it, or opens a stranger's files."""

from __future__ import annotations

import os
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from criulint.lsp import protocol
from criulint.lsp.server import _path, _remember
from criulint.lsp.settings import _MAX_DIRECTORIES, EditorSettings
from tests.lsp.client import Client
from tests.lsp.editor import PULLING
from tests.lsp.test_protocol import _BEGIN, _message, _talk

if TYPE_CHECKING:
    from pathlib import Path

_HEADER_TOO_LONG = "criulint: error: the client sent a header that is too long\n"
_MESSAGE_TOO_LONG = "criulint: error: the client announced a message that is too long\n"
_END = (_message(id=7, method="shutdown"), _message(method="exit"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"X" * 9_000, _HEADER_TOO_LONG),
        (b"X: " + b"y" * 20_000 + b"\r\n\r\n", _HEADER_TOO_LONG),
        (b"X: y\r\n" * 2_000, _HEADER_TOO_LONG),
        (b"Content-Length: %d\r\n\r\n{}" % (protocol._MAX_MESSAGE + 1), _MESSAGE_TOO_LONG),
        (b"Content-Length: 999999999\r\n\r\n{}", _MESSAGE_TOO_LONG),
    ],
)
def test_what_no_message_has_ends_it(data: bytes, expected: str) -> None:
    status, _, errors = _talk(_BEGIN, data)
    assert (status, errors) == (2, expected)


@pytest.mark.parametrize(
    "data",
    [
        b"X: y\r\n" * 1_000 + b"\r\n",
        b"Content-Length: 0\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"\r\n" * 10_000,
        b"Content-Length: 000000000000000000000002\r\n\r\n{}",
        b"Content-Length: 60000\r\n\r\n" + b'{"a":' * 10_000 + b"1" + b"}" * 9_999,
        b"Content-Length: 5000\r\n\r\n" + b"1" * 5_000,
        b"Content-Length: 6\r\n\r\n\xff\xfe\x00\x00{}",
    ],
)
def test_it_goes_on_after_odd_messages(data: bytes) -> None:
    status, answers, errors = _talk(_BEGIN, data, *_END)
    assert (status, errors) == (0, "")
    assert [answer["id"] for answer in answers if "id" in answer] == [0, 7]


def test_input_may_end_anywhere() -> None:
    whole = _BEGIN + _message(method="initialized", params={})
    for end in (0, 1, 10, 18, 25, len(_BEGIN) - 1, len(_BEGIN), len(whole) - 3):
        status, _, errors = _talk(whole[:end])
        assert (status, errors) == (1, "")


_ENDINGS = {
    "initialize": _BEGIN,
    "shutdown": _message(id=7, method="shutdown"),
    "exit": _message(method="exit"),
    "hover": _message(id=8, method="textDocument/hover", params={}),
}


@pytest.mark.slow
@pytest.mark.parametrize("order", list(permutations(_ENDINGS)), ids="-".join)
def test_messages_may_come_in_any_order(order: tuple[str, ...]) -> None:
    before_exit = order[: order.index("exit")]
    shut = (
        "initialize" in before_exit and "shutdown" in before_exit[before_exit.index("initialize") :]
    )
    status, answers, errors = _talk(*map(_ENDINGS.__getitem__, order))
    assert (status, errors) == (0 if shut else 1, "")
    asked = {"initialize": 0, "shutdown": 7, "hover": 8}
    ids = [answer["id"] for answer in answers if "id" in answer]
    assert ids == [asked[name] for name in before_exit]


def test_storms_are_survived(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        for number in range(3_000):
            client.notify("$/cancelRequest", {"id": number})
            client.notify("$/unknown", {"a": number})
        for number in range(300):
            client.notify("textDocument/didOpen", {"textDocument": number})
            client.notify("textDocument/didClose", {"textDocument": {"uri": f"file:///{number}"}})
            client.change(uri, {"text": f"port {number}\n"})
        client.change(uri, {"text": "port 0\n"})
        assert [found["code"] for found in client.pulled(uri)] == ["CRIU106"]
        assert "internal error" not in str(client.notes)


_URIS = (
    "file://host/criu/x.conf",
    "file:///%00/criu/x.conf",
    "file:///criu/%00.conf",
    "untitled:Untitled-1",
    "untitled:criu/x.conf",
    "file:",
    "file://",
    "file:///",
    "",
    ":",
    "%",
    "%zz",
    "file:///%ff%fe/criu/x.conf",
    "file:///criu/\ud800.conf",
    "git:/criu/x.conf?%7B%7D",
    "http://[::1/criu/x.conf",
    "file:///dev/zero/criu/x.conf",
    "file:///proc/self/criu/x.conf",
    "file:///" + "a/" * 100_000 + "criu/x.conf",
    "file:///" + "a" * 300_000,
    "file:///../../../etc/criu/x.conf",
    "FILE:///criu/x.conf",
    "x" * 300_000,
)


def test_odd_uris_are_names_as_others(tmp_path: Path) -> None:
    place = {"line": 0, "character": 3}
    with Client(tmp_path, PULLING) as client:
        for uri in _URIS:
            client.open(uri, "port 0\n")
            report = client.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            assert "internal error" not in str(client.notes), uri[:100]
            if "error" not in report:
                codes = [found["code"] for found in report["result"]["items"]]
                assert not codes or "CRIU106" in codes, uri[:100]
            for method in ("hover", "completion", "documentSymbol", "formatting", "inlayHint"):
                params = {
                    "textDocument": {"uri": uri},
                    "position": place,
                    "range": {"start": place, "end": place},
                    "options": {"tabSize": 1, "insertSpaces": True},
                }
                client.ask(f"textDocument/{method}", params)
            assert "internal error" not in str(client.notes), uri[:100]
            client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        other = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        assert [found["code"] for found in client.pulled(other)] == ["CRIU106"]


def test_what_is_not_a_path_is_a_name() -> None:
    assert _path("file:///" + "a/" * 5_000 + "x.conf") == "x.conf"
    assert len(_path("file:///" + "a" * 9_000)) == 255
    assert "\0" not in _path("file:///a%00b")
    assert os.path.basename(_path("file:///criu/x.conf")) == "x.conf"


def test_documents_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    from lsprotocol import types as lsp

    monkeypatch.setattr(protocol, "_MAX_DOCUMENTS", 3)
    monkeypatch.setattr(protocol, "_MAX_CHARACTERS", 1000)
    workspace = protocol.StrictWorkspace(None)

    def put(name: str, size: int) -> bool:
        workspace.put_text_document(lsp.TextDocumentItem(f"file:///{name}", "criu", 1, "x" * size))
        return workspace.open_document(f"file:///{name}") is not None

    assert [put(name, 100) for name in "abcd"] == [True, True, True, False]
    assert put("a", 800)
    assert not put("a", 801)  # what is not kept is not open any more
    assert put("d", 800)


def test_what_is_remembered_is_limited(tmp_path: Path) -> None:
    settings = EditorSettings(lambda _: None, lambda _: None)
    for number in range(2 * _MAX_DIRECTORIES):
        assert settings.settings_of(str(tmp_path / str(number) / "x.conf"))
    (scope,) = settings._scopes.values()
    assert len(scope._stamps) <= _MAX_DIRECTORIES
    kept = str(tmp_path / str(2 * _MAX_DIRECTORIES - 1))
    assert kept in scope._stamps
    settings.forget_directory(kept)
    assert kept not in scope._stamps
    for number in range(2 * _MAX_DIRECTORIES):  # each is closed before the next one is opened
        directory = str(tmp_path / str(number))
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "criulint.toml").write_text("", encoding="utf-8")
        assert settings.settings_of(f"{directory}/x.conf")
        settings.forget_directory(directory)
    assert len(scope.linters._linters) <= _MAX_DIRECTORIES
    assert scope._resolver
    assert len(scope._resolver._closest) <= _MAX_DIRECTORIES
    messages: set[str] = set()
    for number in range(5_000):
        _remember(messages, str(number))
    assert len(messages) <= 1_000
    assert "4999" in messages


def test_what_is_not_open_leaves_nothing_behind(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        for number in range(50):
            uri = (tmp_path / str(number) / "criu" / "x.conf").as_uri()
            report = client.request("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            assert report == {"kind": "full", "items": []}
