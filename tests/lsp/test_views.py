# SPDX-License-Identifier: MIT
"""What CRIU reads, and what wins, as texts with links; they are those of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.lsp.client import Client

if TYPE_CHECKING:
    from pathlib import Path


def _show(client: Client, command: str, *arguments: object) -> dict[str, Any]:
    shown: dict[str, Any] = client.request(
        "workspace/executeCommand", {"command": f"criulint.{command}", "arguments": arguments}
    )
    return shown


def _run(*words: str | Path) -> str:
    command = [sys.executable, "-m", "criulint", *words]
    environment = {name: value for name, value in os.environ.items() if name != "COLUMNS"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.stdout


def _links(shown: dict[str, Any]) -> list[tuple[str, str, int]]:
    """The text of each link, the end of its file's path, and the line that it leads to."""
    lines = shown["text"].split("\n")
    return [
        (
            lines[link["line"]][link["start"] : link["end"]].rpartition("/")[2],
            link["uri"].rpartition("/")[2],
            link["targetLine"],
        )
        for link in shown["links"]
    ]


def test_what_criu_reads_is_that_of_the_command_line(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "runc.conf"
    file.write_text("# x\ntcp-close false\nnonsense\n", encoding="utf-8")
    uri = client.open(file, file.read_text(encoding="utf-8"))
    shown = _show(client, "reading", uri)
    assert shown["text"] == _run("read", "--criu", "4.2.1", file)
    assert _links(shown) == [
        ("    1", "runc.conf", 0),
        ("    2", "runc.conf", 1),
        ("    3", "runc.conf", 2),
        ("at line 3", "runc.conf", 2),
    ]


def test_paths_are_relative_to_the_first_folder(tmp_path: Path) -> None:
    folders = [(tmp_path / name).as_uri() for name in ("a", "b")]
    with Client(tmp_path, folders=folders) as client:
        for name, shown in (("a/x.conf", "x.conf"), ("b/x.conf", f"{tmp_path}/b/x.conf")):
            text = _show(client, "reading", client.open(tmp_path / name, "tcp-close\n"))["text"]
            assert text.startswith(f"{shown} as CRIU")


def test_what_wins_is_that_of_the_command_line(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "etc" / "criu"
    folder.mkdir(parents=True)
    (folder / "default.conf").write_text("tcp-close\nport 5\n", encoding="utf-8")
    text = "port 6\nport 7\nno-tcp-close\n"
    (folder / "runc.conf").write_text(text, encoding="utf-8")
    uri = client.open(folder / "runc.conf", text)
    usual = ("--criu", "4.2.1", "--root", str(tmp_path), "--rpc", "/etc/criu/runc.conf")
    home = "  /root/.criu/default.conf: missing\n"
    shown = _show(client, "winners", uri)
    result = _run("effective", *usual).replace(
        f"  {tmp_path}/root/.criu/default.conf: missing\n", home
    )
    assert shown["text"] == result
    story = _show(client, "winners", uri, {"line": 1, "character": 2})
    assert story["text"].endswith(
        f"{folder}/default.conf:2: port 5: overridden by {folder}/runc.conf:1\n"
        f"{folder}/runc.conf:1: port 6: overridden by {folder}/runc.conf:2\n"
        f"{folder}/runc.conf:2: port 7: this is what counts\n"
    )
    assert (
        _links(story)[-2:]
        == [("runc.conf:2", "runc.conf", 1)] * 1 + [("runc.conf:2", "runc.conf", 1)] * 1
    )
    assert ("default.conf:2", "default.conf", 1) in _links(story)


def test_paths_are_relative_to_the_workspace(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "port 5\nport 6\n")
        shown = _show(client, "winners", uri, {"line": 0, "character": 0})
        assert shown["text"].endswith("\ncriu/runc.conf:2: port 6: this is what counts\n")
        assert shown["links"][-1]["uri"] == uri


def test_the_text_of_the_editor_counts(client: Client, tmp_path: Path) -> None:
    (tmp_path / "default.conf").write_text("port 5\n", encoding="utf-8")
    client.open(tmp_path / "default.conf", "\n\nport 6\n")
    uri = client.open(tmp_path / "runc.conf", "")
    assert "default.conf:3" in _show(client, "winners", uri, None)["text"]


def test_the_settings_say_who_calls(tmp_path: Path) -> None:
    with Client(tmp_path, options={"criu": "4.2.1", "runtime": "runc@1.1.15"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close\n")
        assert "called by runc" in _show(client, "winners", uri)["text"]
        other = client.open(tmp_path / "some.conf", "tcp-close\n")
        shown = _show(client, "winners", other)["text"]
        assert "called by" not in shown
        assert f"--config {tmp_path}/some.conf replaces it" in shown


def test_files_inside_another_one(client: Client, tmp_path: Path) -> None:
    text = "data:\n  default.conf: |\n    # criu\n    port 5\n  runc.conf: |\n    port 6\n"
    uri = client.open(tmp_path / "x.yaml", text, "yaml")
    reading = _show(client, "reading", uri)
    assert [link[2] for link in _links(reading)] == [5]
    shown = _show(client, "winners", uri)
    assert ("runc.conf:1", "x.yaml", 5) in _links(shown)


def test_there_may_be_nothing_to_show(client: Client, tmp_path: Path) -> None:
    uri = client.open(tmp_path / "y.yaml", "a: b\n", "yaml")
    for command in ("reading", "winners"):
        assert _show(client, command, uri) == {
            "text": "There is no CRIU file in it.\n",
            "links": [],
        }
        assert _show(client, command, "file:///nowhere") is None
    empty = client.open(tmp_path / "runc.conf", "")
    assert _show(client, "winners", empty, {"line": 0, "character": 0})["links"] != []
    assert "Nothing is set." in _show(client, "winners", empty, "nonsense")["text"]
