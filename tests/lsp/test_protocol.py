# SPDX-License-Identifier: MIT
"""Messages: malformed, untimely and unknown ones, and their headers."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.client import SECONDS, Client
from tests.lsp.editor import PULLING

if TYPE_CHECKING:
    from pathlib import Path


def test_malformed_messages_do_not_kill_it(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        for body in (
            b"{",
            b"[]",
            b"null",
            b'{"jsonrpc": "2.0"}',
            b'{"jsonrpc": "2.0", "method": "textDocument/didOpen"}',
            b"\xff",
        ):
            client.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        client.raw(b"Content-Length: x\r\n\r\n")
        client.notify("textDocument/didOpen", {"textDocument": 1})
        assert client.ask("no/method", {})["error"]["code"] == -32601
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        assert [report["code"] for report in client.pulled(uri)] == ["CRIU106"]


def _message(**fields: object) -> bytes:
    body = json.dumps({"jsonrpc": "2.0", **fields}).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


_BEGIN = _message(
    id=0, method="initialize", params={"processId": None, "rootUri": None, "capabilities": {}}
)


def _talk(*messages: bytes) -> tuple[int, list[dict[str, Any]], str]:
    """The exit status of a server, what it answers, and what it says on standard error."""
    command = [sys.executable, "-m", "criulint", "lsp"]
    done = subprocess.run(
        command, input=b"".join(messages), capture_output=True, check=False, timeout=SECONDS
    )
    bodies = re.split(rb"Content-Length: \d+\r\n(?:Content-Type: .*\r\n)?\r\n", done.stdout)[1:]
    return done.returncode, [json.loads(body) for body in bodies], done.stderr.decode()


_HOVER = {"textDocument": {"uri": "file:///x"}, "position": {"line": 0, "character": 0}}


@pytest.mark.parametrize(
    ("messages", "code"),
    [
        ([_message(id=7, method="textDocument/hover", params=_HOVER)], -32002),
        ([_BEGIN, _BEGIN.replace(b'"id": 0', b'"id": 7')], -32600),
        ([_BEGIN, _message(id=7, method="no/method", params={})], -32601),
        ([_BEGIN, _message(id=7, method="textDocument/hover", params={"textDocument": 1})], -32602),
        ([_BEGIN, _message(id=7, method="textDocument/hover")], -32602),
        (
            [
                _BEGIN,
                _message(id=8, method="shutdown"),
                _message(id=7, method="textDocument/hover", params=_HOVER),
            ],
            -32600,
        ),
        (
            [_BEGIN, _message(id=7, method="workspace/executeCommand", params={"command": "no"})],
            -32602,
        ),
    ],
)
def test_each_request_that_cannot_be_handled_is_answered(messages: list[bytes], code: int) -> None:
    _, answers, errors = _talk(*messages)
    assert [answer["error"]["code"] for answer in answers if answer.get("id") == 7] == [code]
    assert errors == ""


@pytest.mark.parametrize(
    "header", [b"content-length: %d\r\n", b"Content-Length:%d\r\n", b"CONTENT-LENGTH: %d \n"]
)
def test_headers_are_read_however_they_are_spelled(header: bytes) -> None:
    body = _BEGIN.partition(b"\r\n\r\n")[2]
    _, answers, _ = _talk(header % len(body) + b"X: y\r\n\r\n" + body)
    assert [answer["id"] for answer in answers] == [0]


@pytest.mark.parametrize("length", [b"99999999999999", b"9" * 5000])
def test_a_length_that_no_message_has_ends_it_with_one_line(length: bytes) -> None:
    status, _, errors = _talk(_BEGIN, b"Content-Length: " + length + b"\r\n\r\n{}")
    assert (status, errors) == (
        2,
        "criulint: error: the client announced a message that is too long\n",
    )


@pytest.mark.parametrize(
    "message",
    [
        _message(method="$/cancelRequest", params={"id": 99}),
        _message(method="$/unknown", params={}),
        _message(method="unknown/notification"),
        _message(method="$/setTrace", params={"value": "verbose"}),
        _message(
            method="textDocument/didChange",
            params={
                "textDocument": {"uri": "file:///gone", "version": 1},
                "contentChanges": [{"text": "x"}],
            },
        ),
        _message(method="textDocument/didClose", params={"textDocument": {"uri": "file:///gone"}}),
        _message(method="textDocument/didSave", params={"textDocument": {"uri": "file:///gone"}}),
        b"Content-Length: 1\r\n\r\n{",
        b"Content-Length: 200000\r\n\r\n" + b"[" * 100_000 + b"]" * 100_000,
        _message(id=99, result=None),
    ],
)
def test_the_user_sees_no_internal_errors(message: bytes) -> None:
    """No window pops up, nothing is printed, and the server goes on."""
    status, answers, errors = _talk(
        _BEGIN, message, _message(id=7, method="shutdown"), _message(method="exit", params=None)
    )
    assert (status, errors) == (0, "")
    assert [answer["id"] for answer in answers if "id" in answer] == [0, 7]
    assert not [answer for answer in answers if answer.get("method") == "window/showMessage"]
