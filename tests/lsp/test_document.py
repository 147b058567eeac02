# SPDX-License-Identifier: MIT
"""Embedded files, and which documents may hold some."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.lsp.editor import (
    apply_action,
    apply_edits,
    code_actions,
    make_range,
    open_document,
    semantic_tokens,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lsp.client import Client


def test_yaml_is_looked_into(client: Client) -> None:
    uri = open_document(client, "data:\n  runc.conf: |\n    tcp-close no\n", "configmap.yaml")
    (answer,) = client.pulled(uri)
    assert answer["range"] == make_range(2, 14, 16)
    client.change(uri, {"text": "runc.conf: ["})
    assert client.pulled(uri) == []
    assert client.of(uri, "documentSymbol") == []


@pytest.mark.parametrize(
    ("name", "language", "inside"),
    [
        ("untitled:Untitled-1", "yaml", True),
        ("untitled:Untitled-3", "yaml.ansible", True),
        ("file:///x/a.ign", "", True),
        ("file:///x/values", "helm", True),
        ("file:///x/a.json", "jsonc", True),
        ("file:///x/a.yml", "", True),
        ("file:///x/a.YAML", "plaintext", True),
        ("file:///x/a.yaml", "criu", False),
        ("untitled:Untitled-2", "criu", False),
    ],
)
def test_the_editor_knows_best_what_a_text_is(
    client: Client, name: str, language: str, inside: bool
) -> None:
    uri = client.open(name, '{"runc.conf": "tcp-close no"}\n', language)
    assert next(answer["code"] for answer in client.pulled(uri)) == (
        "CRIU201" if inside else "CRIU111"
    )
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


_YAML = """\
\U0001d11e: &x |
  tcp-close
data:
  runc.conf: |
    # c
    tcp-close false

    verbosity 4
  default.conf: "shell-job # \U0001d11e\\nlog-file \U0001d11e/x\\nmanage"
  criu.conf: >
    tcp-close
    no
end: x
"""


def test_yaml_has_what_a_file_has(client: Client) -> None:
    uri = open_document(client, _YAML, "configmap.yaml")
    answer = client.of(uri, "hover", 5, 6)
    assert "Drops TCP" in answer["contents"]["value"]
    assert answer["range"] == make_range(5, 4, 13)
    for line, character in ((0, 1), (1, 4), (2, 2), (3, 4), (8, 3), (12, 1)):
        assert client.of(uri, "hover", line, character) is None
        assert client.of(uri, "completion", line, character)["items"] == []
    assert "File that CRIU writes its log to" in client.of(uri, "hover", 8, 38)["contents"]["value"]
    assert [(one["name"], one["range"]["start"]) for one in client.of(uri, "documentSymbol")] == [
        ("tcp-close", {"line": 5, "character": 4}),
        ("verbosity", {"line": 7, "character": 4}),
        ("shell-job", {"line": 8, "character": 17}),
        ("log-file", {"line": 8, "character": 33}),
        ("manage-cgroups", {"line": 8, "character": 48}),
        ("tcp-close", {"line": 10, "character": 4}),
    ]
    hints = client.of(uri, "inlayHint", range=make_range(0, 0, 0, 99))
    assert [(hint["label"], hint["position"]) for hint in hints] == [
        ("CRIU: on", {"line": 5, "character": 19}),
        ("CRIU: +1, level 3", {"line": 7, "character": 15}),
        ("CRIU: manage-cgroups", {"line": 8, "character": 54}),
        ("CRIU: on", {"line": 11, "character": 6}),
    ]
    assert semantic_tokens(client, uri, _YAML) == [
        ("# c", "comment", False),
        ("tcp-close", "property", False),
        ("false", "string", True),
        ("verbosity", "property", False),
        ("4", "number", True),
        ("shell-job", "property", False),
        ("# \U0001d11e", "comment", False),
        ("log-file", "property", False),
        ("\U0001d11e/x", "string", False),
        ("manage", "property", False),
        ("tcp-close", "property", False),
        ("no", "string", True),
    ]


@pytest.mark.parametrize(
    ("text", "line", "character", "label", "result"),
    [
        (
            "runc.conf: |\n  tcp-e\nx: y\n",
            1,
            7,
            "tcp-established",
            "runc.conf: |\n  tcp-established\nx: y\n",
        ),
        ("runc.conf: |-\n    tcp-e", 1, 9, "tcp-established", "runc.conf: |-\n    tcp-established"),
        (
            "runc.conf: |\n  a\n  \n  b\n",
            2,
            2,
            "shell-job",
            "runc.conf: |\n  a\n  shell-job\n  b\n",
        ),
        ("runc.conf: tcp-\n", 0, 15, "tcp-close", "runc.conf: tcp-close\n"),
        ('a: "\U0001d11e"\nrunc.conf: "shell-job\\nmanage-cgroups=f"\n', 1, 39, "full", None),
        ("- dest: /etc/criu/x.conf\n  content: |\n    network-lock \n", 2, 17, "skip", None),
    ],
)
def test_yaml_is_completed(
    client: Client, text: str, line: int, character: int, label: str, result: str | None
) -> None:
    uri = open_document(client, text, "x.yaml")
    (item,) = [
        one
        for one in client.of(uri, "completion", line, character)["items"]
        if one["label"] == label
    ]
    if result:
        assert apply_edits(text, [item["textEdit"]]) == result


@pytest.mark.parametrize(
    ("text", "line", "result"),
    [
        (
            "a:\n  runc.conf: |\n    tcp-close no\n  b: c\n",
            2,
            "a:\n  runc.conf: |\n    tcp-close no # criulint: ignore[CRIU201]\n  b: c\n",
        ),
        (
            "runc.conf: |\n  tcp-close no",
            1,
            "runc.conf: |\n  tcp-close no # criulint: ignore[CRIU201]",
        ),
        (
            "runc.conf: |\n  shell-job\n  tcp-close no \\\n  log-file x\nb: c\n",
            2,
            "runc.conf: |\n  shell-job\n  # criulint: ignore[CRIU201]\n"
            "  tcp-close no \\\n  log-file x\nb: c\n",
        ),
        ("runc.conf: tcp-close no\n", 0, None),
        ('runc.conf: "tcp-close no\\n"\n', 0, None),
    ],
)
def test_findings_in_yaml_are_hidden_if_lines_can_be_written_there(
    client: Client, text: str, line: int, result: str | None
) -> None:
    uri = open_document(client, text, "x.yaml")
    ignoring = [
        action
        for action in code_actions(client, uri, line)
        if action["title"] == "criulint: Ignore CRIU201 value-ignored here"
    ]
    assert [apply_action(text, action, uri) for action in ignoring] == ([result] if result else [])


def test_carriage_returns_are_removed(client: Client) -> None:
    """The protocol has no place between a CR and its LF: the edit replaces both."""
    uri = open_document(client, "tcp-close\r\nshell-job\r\n")
    fix = next(
        action
        for action in code_actions(client, uri, 0)
        if "CRIU109" in action["title"] and "edit" in action
    )
    (change,) = fix["edit"]["documentChanges"]
    assert change["edits"] == [
        {"range": make_range(0, 0, 0, 2), "newText": "tcp-close\nshell-job\n"}
    ]


def test_answers_are_json_whatever_the_text_is(client: Client) -> None:
    for text in (
        "\ud800\n",
        "\0\x01\x7f\u2028\x85\n",
        "\ufeffport 0",
        "\r",
        "\n\r\n\r",
        "é" * 5000 + "\n",
    ):
        uri = open_document(client, text)
        for method in (
            "documentSymbol",
            "documentLink",
            "semanticTokens/full",
            "hover",
            "completion",
        ):
            place = (0, 1) if method in ("hover", "completion") else (None, 0)
            json.dumps(client.of(uri, method, *place))
        json.dumps(code_actions(client, uri, 0))
    assert [note for note in client.notes if note["method"] == "window/logMessage"] == []


def test_languages_of_which_only_some_files_are_known(client: Client, tmp_path: Path) -> None:
    """A Vagrantfile is Ruby for all editors, and other Ruby is not a CRIU file."""
    text = "config.vm.provision 'shell', inline: \"echo nonsense > /etc/criu/default.conf\"\n"
    for name, language, found in (
        ("Vagrantfile", "ruby", ["CRIU101"]),
        ("x.rb", "ruby", []),
        ("x.toml", "toml", []),
    ):
        uri = client.open(tmp_path / name, text, language)
        assert [answer["code"] for answer in client.pulled(uri)] == found, name
