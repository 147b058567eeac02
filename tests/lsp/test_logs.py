# SPDX-License-Identifier: MIT
"""CRIU's logs in an editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.editor import make_range

if TYPE_CHECKING:
    from tests.lsp.client import Client

_PARSED = "(00.000031) Parsing config file /etc/criu/default.conf"
_NAMED = "(00.000302) Would overwrite RPC settings with values from /etc/criu/runc.conf"
_TCP = (
    "(00.013104) Error (criu/sk-inet.c:200): inet: Connected TCP socket, consider using"
    " --tcp-established option."
)
_LOG = f"(00.000027) Version: 4.2.1 (gitid 0)\n{_PARSED}\n{_NAMED}\n{_TCP}\n"
_FAILED = "(00.013164) Error (criu/cr-dump.c:1975): Dumping FAILED.\n"
_UNIX = "(00.000090) Error (criu/sk-unix.c:1): Can't dump name-less external socket"
_WELL = "(00.013164) Dumping finished successfully\n"


def _open(client: Client, text: str, name: str = "dump.log", language: str = "log") -> str:
    return client.open(client.root / "work" / name, text, language)


def test_the_cause_has_the_advice(client: Client) -> None:
    uri = _open(client, _LOG + _FAILED)
    (result,) = client.pulled(uri)
    what, first, *_ = result.pop("message").split("\n")
    assert what == "a TCP connection is open"
    assert first.startswith("help: write `tcp-established` into /etc/criu/runc.conf, or run `runc")
    related = [
        (one["location"]["uri"], one["location"]["range"]["start"]["line"], one["message"])
        for one in result.pop("relatedInformation")
    ]
    assert related == [
        (uri, 1, "CRIU read this file"),
        (uri, 2, "the client named this file, and it did not exist"),
    ]
    assert result == {
        "range": make_range(3, 0, len(_TCP)),
        "severity": 1,
        "code": "tcp-connected",
        "codeDescription": {
            "href": "https://criulint.readthedocs.io/en/stable/failures/tcp-connected/"
        },
        "source": "criulint",
    }


@pytest.mark.parametrize(
    ("text", "name", "language", "codes"),
    [
        (_LOG + _WELL, "dump.log", "log", []),
        (_LOG + _FAILED, "x.txt", "plaintext", ["tcp-connected"]),
        (f"Nov 29 01:00:00 h runc[1]: {_TCP}\n", "x.txt", "criu-log", ["tcp-connected"]),
        (f"Nov 29 01:00:00 h runc[1]: {_TCP}\n", "restore.log", "log", ["tcp-connected"]),
        ("(00.1) Error (criu/x.c:1): new\n", "dump.log", "log", ["unknown"]),
        # Nothing of CRIU's is in it.
        ("something\n", "dump.log", "log", []),
        ("", "dump.log", "log", []),
        # The user says that it is a configuration file.
        (_TCP, "dump.log", "criu", ["CRIU111"]),
    ],
)
def test_which_texts_are_logs(
    client: Client, text: str, name: str, language: str, codes: list[str]
) -> None:
    uri = _open(client, text, name, language)
    assert [result["code"] for result in client.pulled(uri)] == codes


def test_a_log_is_not_edited(client: Client) -> None:
    uri = _open(client, _LOG + _FAILED)
    options = {"tabSize": 4, "insertSpaces": True}
    assert not client.of(uri, "formatting", options=options)
    assert not client.of(uri, "documentSymbol")
    assert not client.of(uri, "codeAction", range=make_range(3, 0, 1), context={"diagnostics": []})
    assert not client.of(uri, "hover", position={"line": 3, "character": 1})
    assert not client.of(uri, "completion", position={"line": 3, "character": 1})["items"]


def test_a_long_log_is_looked_at_from_its_end(client: Client) -> None:
    filler = "(00.000100) Dumping path for 5 fd via self 23 [/tmp/x]\n" * 60_000
    uri = _open(client, _UNIX + "\n" + filler + _TCP + "\n" + _FAILED)
    (result,) = client.pulled(uri)
    assert result["range"]["start"]["line"] == 60_001
    uri = _open(client, _UNIX + "\n" + _TCP + "\n" + _FAILED, "short.log")
    assert [result["range"]["start"]["line"] for result in client.pulled(uri)] == [0, 1]
