# SPDX-License-Identifier: GPL-2.0-only
"""The language server as a process: how it begins, ends, and what it does not die of; its settings."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import SECONDS, Client


def test_it_ends_with_1_if_nobody_said_good_bye(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        client.notify("exit", None)
        assert client.process.wait(SECONDS) == 1


def test_it_ends_with_its_input(tmp_path: Path) -> None:
    with Client(tmp_path, arguments=("--stdio",)) as client:
        assert client.process.stdin
        client.process.stdin.close()
        assert client.process.wait(SECONDS) == 1


@pytest.mark.skipif(os.name != "posix", reason="processes of POSIX")
def test_it_ends_with_the_process_of_its_client(tmp_path: Path) -> None:
    """Even if somebody else keeps its input open."""
    with (
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent,
        Client(tmp_path, process_id=parent.pid) as client,
    ):
        assert client.process.poll() is None
        parent.kill()
        parent.wait()
        assert client.process.wait(SECONDS) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(tmp_path: Path, number: signal.Signals) -> None:
    with Client(tmp_path) as client:
        client.process.send_signal(number)
        assert client.process.wait(SECONDS) == -number


@pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")
def test_in_a_terminal_it_says_what_it_waits_for() -> None:
    command = [sys.executable, "-m", "criulint", "lsp"]
    leader, follower = os.openpty()
    with subprocess.Popen(
        command, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stderr
        assert (
            process.stderr.readline()
            == b"criulint: waiting for an editor on standard input; Ctrl+C ends this\n"
        )
        process.send_signal(signal.SIGTERM)
    for descriptor in (leader, follower):
        os.close(descriptor)


def test_malformed_messages_do_not_kill_it(tmp_path: Path) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}) as client:
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
        assert [told["code"] for told in client.pulled(uri)] == ["CRIU106"]


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
def test_each_request_that_cannot_be_granted_is_answered(messages: list[bytes], code: int) -> None:
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
def test_the_user_is_not_bothered_with_what_nobody_understands(message: bytes) -> None:
    """No window pops up, nothing is printed, and the server goes on."""
    status, answers, errors = _talk(
        _BEGIN, message, _message(id=7, method="shutdown"), _message(method="exit", params=None)
    )
    assert (status, errors) == (0, "")
    assert [answer["id"] for answer in answers if "id" in answer] == [0, 7]
    assert not [answer for answer in answers if answer.get("method") == "window/showMessage"]


def test_an_unopened_document_has_nothing(tmp_path: Path) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}) as client:
        assert client.pulled((tmp_path / "gone.conf").as_uri()) == []


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pygls'] = None; from criulint.cli import main; sys.exit(main(['lsp']))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert (
        done.stderr
        == "criulint: error: the language server needs pygls: install criulint with the extra `lsp`\n"
    )


@pytest.mark.parametrize("command", ["check", "read", "format"])
def test_no_other_command_pays_for_it(command: str, tmp_path: Path) -> None:
    file = tmp_path / "x.conf"
    file.write_text("tcp-close\n", encoding="utf-8")
    script = f"import sys; from criulint.cli import main; main(['{command}', sys.argv[1]]); sys.exit('pygls' in sys.modules)"
    subprocess.run([sys.executable, "-c", script, file], check=True, capture_output=True)


# --- push


def test_diagnostics_are_pushed_to_who_does_not_ask(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        assert [told["code"] for told in client.pushed(uri, 1)] == ["CRIU106"]
        client.change(
            uri,
            {
                "range": {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 6}},
                "text": "27",
            },
        )
        assert client.pushed(uri, 2) == []
        client.change(uri, {"text": "nonsense\n"})
        assert [told["code"] for told in client.pushed(uri, 3)] == ["CRIU101"]
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert client.pushed(uri) == []


def test_nothing_is_pushed_to_who_asks(tmp_path: Path) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        client.change(uri, {"text": "port 1\n"})
        assert client.pulled(uri) == []
        time.sleep(0.3)
        assert client.of(uri, "hover", 5, 0) is None
        assert [
            note for note in client.notes if note["method"] == "textDocument/publishDiagnostics"
        ] == []


@pytest.mark.parametrize("name", ["a b.conf", "a%20b.conf", "é.conf", "a%b.conf", "ä+#?.conf"])
def test_a_document_is_pushed_under_the_name_that_it_was_opened_by(
    tmp_path: Path, name: str
) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / name, "port 0\n")
        assert [told["code"] for told in client.pushed(uri, 1)] == ["CRIU106"]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"ignore": ["CRIU106"]}}}
        )
        assert client.pushed(uri, 1) == []


def test_what_is_known_already_is_not_told_again(tmp_path: Path) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        first = client.of(uri, "diagnostic")
        assert first["kind"] == "full"
        again = {"kind": "unchanged", "resultId": first["resultId"]}
        assert client.of(uri, "diagnostic", previousResultId=first["resultId"]) == again
        client.change(uri, {"text": "port 0\n# c\n"})
        assert client.of(uri, "diagnostic", previousResultId=first["resultId"]) == again
        assert client.of(uri, "diagnostic", previousResultId="other")["kind"] == "full"
        client.change(uri, {"text": "\nport 0\n"})
        moved = client.of(uri, "diagnostic", previousResultId=first["resultId"])
        assert (moved["kind"], moved["items"][0]["range"]["start"]["line"]) == ("full", 1)
        assert moved["resultId"] != first["resultId"]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("a\n" * 3000, "1000 more findings not shown"),
        ("tcp-close no\n" * 100_000, "not checked: the text is too large"),
        ("tcp-close " + "x" * 10_000_000, "not checked: the text is too large"),
    ],
)
def test_a_huge_text_is_no_burden(tmp_path: Path, text: str, last: str) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", text)
        told = client.pulled(uri)
        assert len(told) <= 2001
        assert told[-1]["message"].startswith(last)
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}
        client.of(uri, "codeAction", range=everything, context={"diagnostics": []})
        client.of(uri, "inlayHint", range=everything)
        for method in ("documentSymbol", "documentLink", "semanticTokens/full"):
            client.of(uri, method)
        client.of(uri, "hover", 0, 1)
        client.of(uri, "completion", 0, 1)
        client.of(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})


# --- settings


def test_a_configuration_file_counts_and_is_followed(tmp_path: Path) -> None:
    configuration = tmp_path / "criulint.toml"
    configuration.write_text('criu = "4.1"\n', encoding="utf-8")
    watch = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    with Client(tmp_path, watch) as client:
        registered = client.method("client/registerCapability")["params"]["registrations"][0]
        assert registered["method"] == "workspace/didChangeWatchedFiles"
        patterns = [watcher["globPattern"] for watcher in registered["registerOptions"]["watchers"]]
        assert "**/criulint.toml" in patterns
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\n")
        assert [told["code"] for told in client.pushed(uri)] == ["CRIU102"]
        configuration.write_text('criu = "4.2"\n', encoding="utf-8")
        client.notify(
            "workspace/didChangeWatchedFiles",
            {"changes": [{"uri": configuration.as_uri(), "type": 2}]},
        )
        assert "CRIU102" not in [told["code"] for told in client.pushed(uri)]
        configuration.write_text('exclude = ["criu/"]\n', encoding="utf-8")
        client.notify(
            "workspace/didChangeWatchedFiles",
            {"changes": [{"uri": configuration.as_uri(), "type": 2}]},
        )
        client.change(uri, {"text": "port 0\n"})
        assert client.pushed(uri, 2) == []


def test_a_refresh_is_asked_for_when_the_configuration_changes(tmp_path: Path) -> None:
    abilities = {
        "textDocument": {"diagnostic": {}},
        "workspace": {
            "diagnostics": {"refreshSupport": True},
            "inlayHint": {"refreshSupport": True},
        },
    }
    with Client(tmp_path, abilities) as client:
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"criu": "4.1"}}}
        )
        client.method("workspace/diagnostic/refresh")
        client.method("workspace/inlayHint/refresh")
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\n")
        assert [told["code"] for told in client.pulled(uri)] == ["CRIU102"]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"criu": "4.1"}, ["CRIU102", "CRIU201"]),
        ({"targetVersion": "4.1"}, ["CRIU102", "CRIU201"]),
        ({"criulint": {"criu": "4.1", "ignore": ["CRIU201"]}}, ["CRIU102"]),
        ({"select": ["CRIU2"]}, ["CRIU201"]),
        ({"unknown": 1, "criu": ""}, ["CRIU201"]),
        (None, ["CRIU201"]),
        ([], ["CRIU201"]),
    ],
)
def test_the_clients_settings(tmp_path: Path, options: object, codes: list[str]) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}, options) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\ntcp-close no\n")
        assert [told["code"] for told in client.pulled(uri)] == codes


@pytest.mark.parametrize(
    ("options", "file", "message"),
    [
        ({"criu": "2.0"}, "", "no schema for CRIU 2.0"),
        ({"criu": 7}, "", "criu"),
        ({"runtime": "nope"}, "", "no runtime 'nope'"),
        ({"configuration": "/nonexistent/x.toml"}, "", "/nonexistent/x.toml"),
        ({"targetversion": "4.1"}, "", "unknown setting 'targetversion'; did you mean 'targetVersion'?"),
        (None, "criu = [", "criulint.toml"),
        (None, 'criu = "2.0"', "2.0"),
    ],
)
def test_settings_that_cannot_be_used_are_told_of_once_and_left_out(
    tmp_path: Path, options: object, file: str, message: str
) -> None:
    if file:
        (tmp_path / "criulint.toml").write_text(file, encoding="utf-8")
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}, options) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "port 0\n")
        assert [told["code"] for told in client.pulled(uri)] == ["CRIU106"]
        client.change(uri, {"text": "port 0 # x\n"})
        assert [told["code"] for told in client.pulled(uri)] == ["CRIU106"]
        told = [
            note["params"]["message"]
            for note in client.notes
            if note["method"] == "window/showMessage"
        ]
        assert any(message in one for one in told)
        assert len(told) == len(set(told))


_PULLS: dict[str, dict[str, object]] = {"textDocument": {"diagnostic": {}}}
_OLD = "allow-uprobes\n"  # 4.1 refuses it


def _codes(client: Client, uri: str) -> list[str]:
    return [told["code"] for told in client.pulled(uri)]


@pytest.mark.parametrize(
    "sent", [None, {}, [], {"python": {"criu": "4.2"}}, {"criulint": None}, {"criulint": {}}, "x"]
)
def test_who_sends_no_settings_takes_none_back(tmp_path: Path, sent: object) -> None:
    """Many editors say so that something has changed, or send the settings of all servers."""
    with Client(tmp_path, _PULLS, {"criu": "4.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", _OLD)
        client.notify("workspace/didChangeConfiguration", {"settings": sent})
        assert _codes(client, uri) == ["CRIU102"]


def test_what_is_for_others_is_not_told_of(tmp_path: Path) -> None:
    """VS Code's own part has settings, and some clients send those of all servers."""
    own = {
        "path": "x",
        "interpreter": "x",
        "args": ["-x"],
        "yaml": True,
        "trace": {"server": "off"},
        "other": 1,
    }
    with Client(tmp_path, _PULLS, own) as client:
        client.notify(
            "workspace/didChangeConfiguration",
            {"settings": {"criuu": {}, "runtimes": ["x"], "version": 2}},
        )
        assert _codes(client, client.open(tmp_path / "criu" / "runc.conf", "port 0\n")) == [
            "CRIU106"
        ]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"runtimes": "x"}}}
        )
        message = client.method("window/showMessage")["params"]["message"]
        assert message == "criulint: unknown setting 'runtimes'; did you mean 'runtime'?"


def test_what_is_sent_counts_more_than_what_it_began_with_until_it_is_sent_no_more(
    tmp_path: Path,
) -> None:
    with Client(tmp_path, _PULLS, {"criu": "4.1", "ignore": ["CRIU201"]}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close no\n" + _OLD)
        assert _codes(client, uri) == ["CRIU102"]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"criu": "4.2"}}}
        )
        assert _codes(client, uri) == []
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criu": "4.2", "ignore": ["CRIU1"]}}
        )
        assert _codes(client, uri) == ["CRIU201"]
        client.notify("workspace/didChangeConfiguration", {"settings": {"other": {}}})
        assert _codes(client, uri) == ["CRIU102"]


_ASKED = {
    "textDocument": {"diagnostic": {}},
    "workspace": {
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "diagnostics": {"refreshSupport": True},
    },
}


def test_a_client_that_answers_is_asked(tmp_path: Path) -> None:
    with Client(
        tmp_path,
        _ASKED,
        {"ignore": ["CRIU201"]},
        settings={"": {"criu": "4.1", "path": "x", "select": []}},
    ) as client:
        registered = client.method("client/registerCapability")["params"]["registrations"]
        assert [(one["method"], one["registerOptions"]) for one in registered] == [
            ("workspace/didChangeConfiguration", {"section": "criulint"})
        ]
        client.method("workspace/diagnostic/refresh")
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close no\n" + _OLD)
        assert _codes(client, uri) == ["CRIU102"]
        client.settings[""] = {"criu": "4.2"}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):  # the news, and the answer
            client.method("workspace/diagnostic/refresh")
        assert _codes(client, uri) == []
        client.settings[""] = None
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):
            client.method("workspace/diagnostic/refresh")
        assert _codes(client, uri) == []


def test_settings_of_a_folder_are_for_its_files(tmp_path: Path) -> None:
    folders = [tmp_path / "old", tmp_path / "old" / "inner", tmp_path / "new folder"]
    uris = [folder.as_uri() for folder in folders]
    (tmp_path / "old" / "own.toml").parent.mkdir()
    (tmp_path / "old" / "own.toml").write_text('criu = "4.1"\n', encoding="utf-8")
    settings: dict[str, Any] = {
        "": {"criu": "4.2"},
        uris[0]: {"criu": "", "configuration": "${workspaceFolder}/own.toml"},
    }
    settings[uris[1]] = {"criu": "3.19"}
    with Client(tmp_path, _ASKED, settings=settings, folders=uris) as client:
        client.method("workspace/diagnostic/refresh")
        told = [
            _codes(client, client.open(folder / "criu" / "runc.conf", _OLD))
            for folder in (*folders, tmp_path)
        ]
        assert told == [
            [],
            ["CRIU102"],
            [],
            [],
        ]  # `criu` of all documents counts more than that of the file
        client.settings[""] = None
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):
            client.method("workspace/diagnostic/refresh")
        told = [
            _codes(client, client.open(folder / "criu" / "runc.conf", _OLD))
            for folder in (*folders, tmp_path)
        ]
        assert told == [["CRIU102"], ["CRIU102"], [], []]


def test_of_wrong_settings_each_is_told_of_once_and_the_right_ones_count(tmp_path: Path) -> None:
    wrong = {
        "criu": 4.2,
        "select": "CRIU2",
        "ignore": ["CRIU201", 7],
        "role": [],
        "runtime": {},
        "configuration": 3,
    }
    with Client(tmp_path, _PULLS, {**wrong, "extendSelect": ["CRIU6"]}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "  tcp-close no\n")
        assert {"CRIU201", "CRIU601"} <= set(_codes(client, uri))
        client.change(uri, {"text": "  tcp-close no # c\n"})
        client.pulled(uri)
        assert sorted(note["params"]["message"] for note in client.notes) == [
            "criulint: setting configuration: takes a string, the path of a file",
            "criulint: setting criu: takes a string, not a number",
            "criulint: setting ignore: takes a list of strings, not a number",
            "criulint: setting select: takes a list of strings, not a string",
        ]


def test_a_configuration_file_is_followed_by_itself_when_it_is_asked(tmp_path: Path) -> None:
    """Also one that comes, or goes, and with a client that watches no files."""
    with Client(tmp_path, _PULLS) as client:
        uri = client.open(tmp_path / "a" / "criu" / "runc.conf", _OLD)
        assert _codes(client, uri) == []
        outer = tmp_path / "criulint.toml"
        outer.write_text('criu = "4.1"\n', encoding="utf-8")
        assert _codes(client, uri) == ["CRIU102"]
        outer.write_text('criu = "4.2.1"\n', encoding="utf-8")
        assert _codes(client, uri) == []
        outer.write_text('criu = "4.0"\n', encoding="utf-8")
        assert _codes(client, uri) == ["CRIU102"]
        inner = tmp_path / "a" / "pyproject.toml"
        inner.parent.mkdir()
        inner.write_text('[tool.criulint]\ncriu = "4.2"\n', encoding="utf-8")
        assert _codes(client, uri) == []
        inner.unlink()
        assert _codes(client, uri) == ["CRIU102"]
        outer.unlink()
        assert _codes(client, uri) == []


def test_a_configuration_file_is_followed_without_being_asked(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", _OLD)
        assert client.pushed(uri) == []
        (tmp_path / "criulint.toml").write_text('criu = "4.1"\n', encoding="utf-8")
        assert [told["code"] for told in client.pushed(uri)] == ["CRIU102"]
