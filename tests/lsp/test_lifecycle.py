# SPDX-License-Identifier: GPL-2.0-only
"""The language server as a process: how it begins, ends, and what it does not die of; its settings."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

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


def test_an_unopened_document_has_nothing(tmp_path: Path) -> None:
    with Client(tmp_path, {"textDocument": {"diagnostic": {}}}) as client:
        assert client.pulled((tmp_path / "gone.conf").as_uri()) == []


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pygls'] = None; from criulint.cli import main; sys.exit(main(['lsp']))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "criulint: error: the language server takes pygls: pip install 'criulint[lsp]'\n"


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
            uri, {"range": {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 6}}, "text": "27"}
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
        assert [note for note in client.notes if note["method"] == "textDocument/publishDiagnostics"] == []


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
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": configuration.as_uri(), "type": 2}]})
        assert "CRIU102" not in [told["code"] for told in client.pushed(uri)]
        configuration.write_text('exclude = ["criu/"]\n', encoding="utf-8")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": configuration.as_uri(), "type": 2}]})
        client.change(uri, {"text": "port 0\n"})
        assert client.pushed(uri, 2) == []


def test_a_refresh_is_asked_for_when_the_configuration_changes(tmp_path: Path) -> None:
    abilities = {
        "textDocument": {"diagnostic": {}},
        "workspace": {"diagnostics": {"refreshSupport": True}, "inlayHint": {"refreshSupport": True}},
    }
    with Client(tmp_path, abilities) as client:
        client.notify("workspace/didChangeConfiguration", {"settings": {"criulint": {"criu": "4.1"}}})
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
        told = [note["params"]["message"] for note in client.notes if note["method"] == "window/showMessage"]
        assert any(message in one for one in told)
        assert len(told) == len(set(told))
