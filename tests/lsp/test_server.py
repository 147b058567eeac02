# SPDX-License-Identifier: MIT
"""The server as a process, and what it can do for the client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from criulint.criu.releases import releases
from tests.lsp.client import SECONDS, Client
from tests.lsp.editor import RESOLVING, apply_edits, open_document

if TYPE_CHECKING:
    from pathlib import Path


def test_the_server_says_what_it_can(client: Client) -> None:
    assert client.info["name"] == "criulint"
    assert client.server["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    assert client.server["diagnosticProvider"]["identifier"] == "criulint"
    assert client.server["codeActionProvider"]["codeActionKinds"] == [
        "quickfix",
        "source.fixAll.criulint",
    ]


def test_it_exits_with_1_without_shutdown(tmp_path: Path) -> None:
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
    """Even if another process keeps its input open."""
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
        message = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
    for descriptor in (leader, follower):
        os.close(descriptor)
    assert message == (b"criulint: waiting for an editor on standard input; press Ctrl+C to stop\n")


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['pygls'] = None;"
        "from criulint.cli import main; sys.exit(main(['lsp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == (
        "criulint: error: the language server needs pygls: install criulint with the extra `lsp`\n"
    )


@pytest.mark.parametrize("command", ["check", "read", "format"])
def test_no_other_command_imports_pygls(command: str, tmp_path: Path) -> None:
    file = tmp_path / "x.conf"
    file.write_text("tcp-close\n", encoding="utf-8")
    script = (
        f"import sys; from criulint.cli import main; main(['{command}', sys.argv[1]]);"
        "sys.exit('pygls' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script, file], check=True, capture_output=True)


def test_formatting(client: Client) -> None:
    text = "  tcp-close   #x\n\n\n\nlog-file    x\n"
    uri = open_document(client, text)
    edits = client.of(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})
    assert apply_edits(text, edits) == "tcp-close # x\n\nlog-file x\n"
    other = open_document(client, "tcp-close\n")
    assert client.of(other, "formatting", options={"tabSize": 4, "insertSpaces": True}) == []


@pytest.mark.parametrize(
    ("options", "criu", "runtime"),
    [
        ({"criu": "4.1.1", "runtime": "crun@1.26"}, "4.1.1", "crun@1.26"),
        ({"criu": "3.18"}, "3.18", ""),
    ],
)
def test_an_editor_can_ask_what_reads_a_document(
    tmp_path: Path, options: dict[str, str], criu: str, runtime: str
) -> None:
    with Client(tmp_path, options=options) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "tcp-close\n")
        asked: dict[str, Any] = {"command": "criulint.inForce", "arguments": [uri]}
        answer = client.request("workspace/executeCommand", asked)
        assert (answer["criu"], answer["runtime"]) == (criu, runtime)
        assert answer["releases"] == [str(release) for release in reversed(releases())]
        asked["arguments"] = ["file:///not/open"]
        assert client.request("workspace/executeCommand", asked) is None


def test_only_files_of_criu_are_formatted(tmp_path: Path) -> None:
    """An editor asks which formatter to use for YAML if there are two."""
    formatting = {"formatting": {"dynamicRegistration": True}}
    with Client(tmp_path, {"textDocument": formatting}) as client:
        assert "documentFormattingProvider" not in client.server
        asked = client.method("client/registerCapability")["params"]["registrations"]
        options = {
            one["method"]: one["registerOptions"]
            for one in asked
            if one["method"] == "textDocument/formatting"
        }
        assert options == {"textDocument/formatting": {"documentSelector": [{"language": "criu"}]}}
        uri = client.open(tmp_path / "criu" / "x.conf", "tcp-close   \n")
        assert client.of(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})
    with Client(tmp_path) as client:
        assert client.server["documentFormattingProvider"] is True


def test_a_client_without_markdown_gets_plain_text(tmp_path: Path) -> None:
    with Client(tmp_path, RESOLVING, {"criu": "4.2.1"}) as client:
        uri = client.open(
            tmp_path / "criu" / "runc.conf", "manage-cgroups=full\nlog-file *a_b_*`<i>\n"
        )
        result = client.of(uri, "hover", 0, 3)["contents"]
        assert result["kind"] == "plaintext"
        assert "\nmanage-cgroups[=none|props|soft|full|strict|ignore]\n" in result["value"]
        assert "- full: restores all" in result["value"]
        assert not set("`*\\") & set(result["value"])
        assert "sets log-file to `*a_b_*`<i>`" in client.of(uri, "hover", 1, 3)["contents"]["value"]
        (item,) = [
            one
            for one in client.of(uri, "completion", 0, 3)["items"]
            if one["label"] == "manage-cgroups"
        ]
        assert (
            client.request("completionItem/resolve", item)["documentation"]["kind"] == "plaintext"
        )
