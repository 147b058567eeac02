# SPDX-License-Identifier: MIT
"""Where paths and options lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lsp.client import Client


def _leads_to(client: Client, uri: str, line: int, column: int) -> list[tuple[str, int]]:
    found: list[dict[str, Any]] = client.of(uri, "definition", line, column)
    return [(each["uri"], each["range"]["start"]["line"]) for each in found]


def test_a_path_leads_to_its_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "hook.sh").touch()
    hook = (tmp_path / "hook.sh").as_uri()
    line = f"action-script {tmp_path}/hook.sh"
    text = f"{line}\naction-script hook.sh\nwork-dir {tmp_path}\nlog-file {tmp_path}/no\n"
    uri = client.open(tmp_path / "runc.conf", text)
    assert _leads_to(client, uri, 0, 14) == [(hook, 0)]
    assert _leads_to(client, uri, 0, len(line)) == [(hook, 0)]
    assert _leads_to(client, uri, 1, 15) == [(hook, 0)]
    for number, column in ((0, 3), (2, 12), (3, 12), (9, 0)):
        assert _leads_to(client, uri, number, column) == []


def test_an_option_leads_to_the_lines_that_set_it_too(client: Client, tmp_path: Path) -> None:
    text = "port 5\nport 6\ntcp-close\nno-tcp-close\nexternal a\nexternal b\nport 7\n"
    uri = client.open(tmp_path / "runc.conf", text)
    assert _leads_to(client, uri, 0, 1) == [(uri, 6), (uri, 1)]
    assert _leads_to(client, uri, 2, 9) == [(uri, 3)]
    assert _leads_to(client, uri, 4, 1) == []
    assert _leads_to(client, uri, 0, 6) == [(uri, 6)]  # what the finding names


@pytest.mark.parametrize(
    ("name", "language", "text", "word"),
    [
        (
            "Dockerfile",
            "dockerfile",
            "FROM x\nCOPY files/my.conf /etc/criu/default.conf\n",
            "my.conf",
        ),
        ("x.sh", "shellscript", "install 'files/my.conf' /etc/criu/default.conf\n", "files"),
        ("x.yaml", "yaml", "- copy:\n    src: files/my.conf\n", "my.conf"),
    ],
)
def test_a_host_leads_to_the_file_that_it_names(
    client: Client, tmp_path: Path, name: str, language: str, text: str, word: str
) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "my.conf").touch()
    uri = client.open(tmp_path / name, text, language)
    before = text[: text.index(word)]
    line, column = before.count("\n"), len(before) - before.rfind("\n")
    assert _leads_to(client, uri, line, column) == [((tmp_path / "files" / "my.conf").as_uri(), 0)]
    assert _leads_to(client, uri, line, 0) == []


def test_a_file_inside_another_one(client: Client, tmp_path: Path) -> None:
    (tmp_path / "hook").touch()
    text = f"data:\n  runc.conf: |\n    port 5\n    action-script {tmp_path}/hook\n    port 6\n"
    uri = client.open(tmp_path / "x.yaml", text, "yaml")
    assert _leads_to(client, uri, 2, 5) == [(uri, 4)]
    assert _leads_to(client, uri, 3, 30) == [((tmp_path / "hook").as_uri(), 0)]
