# SPDX-License-Identifier: MIT
"""Code actions: fixes, suppressions, pages of rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.lsp.client import Client
from tests.lsp.editor import CAPABILITIES, RESOLVING, apply_action, code_actions, open_document

if TYPE_CHECKING:
    from pathlib import Path


def test_what_can_be_done_about_a_finding(client: Client) -> None:
    text = "shell-job\ntcp-close false\nverbosity 4\n"
    uri = open_document(client, text)
    fix, ignore, ignore_all, read, everything = code_actions(client, uri, 1)
    assert (fix["title"], fix["kind"], fix["isPreferred"]) == (
        "criulint: Write `no-tcp-close` (CRIU201)",
        "quickfix",
        True,
    )
    assert apply_action(text, fix, uri) == "shell-job\nno-tcp-close\nverbosity 4\n"
    assert fix["diagnostics"] == [
        answer for answer in client.pulled(uri) if answer["code"] == "CRIU201"
    ]
    assert ignore["title"] == "criulint: Ignore CRIU201 value-ignored here"
    assert (
        apply_action(text, ignore, uri)
        == "shell-job\ntcp-close false # criulint: ignore[CRIU201]\nverbosity 4\n"
    )
    assert ignore_all["title"] == "criulint: Ignore CRIU201 value-ignored in the whole file"
    assert apply_action(text, ignore_all, uri) == f"# criulint: ignore-file[CRIU201]\n{text}"
    assert read["command"]["arguments"] == [
        "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    ]
    assert everything["kind"] == "source.fixAll.criulint"
    assert apply_action(text, everything, uri) == "shell-job\nno-tcp-close\nverbosity 4\n"


def test_an_ignored_finding_is_gone_and_no_other(client: Client) -> None:
    text = "tcp-close false\ntcp-close no\n"
    uri = open_document(client, text)
    (ignore,) = [
        action
        for action in code_actions(client, uri, 0)
        if action["title"] == "criulint: Ignore CRIU201 value-ignored here"
    ]
    other = open_document(client, apply_action(text, ignore, uri))
    assert [
        (answer["code"], answer["range"]["start"]["line"])
        for answer in client.pulled(other)
        if answer["code"] == "CRIU201"
    ] == [("CRIU201", 1)]


def test_what_takes_long_is_done_when_it_is_chosen(tmp_path: Path) -> None:
    text = "tcp-close false\nverbosity 4\n"
    with Client(tmp_path, RESOLVING, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", text)
        fix, ignore, ignore_all, _, everything = code_actions(client, uri, 0)
        assert "edit" in fix
        assert ignore["title"] == "criulint: Ignore CRIU201 value-ignored here"
        for action, result in (
            (ignore, "tcp-close false # criulint: ignore[CRIU201]\nverbosity 4\n"),
            (ignore_all, f"# criulint: ignore-file[CRIU201]\n{text}"),
            (everything, "no-tcp-close\nverbosity 4\n"),
        ):
            assert "edit" not in action
            assert apply_action(text, client.request("codeAction/resolve", action), uri) == result
        (asked,) = code_actions(client, uri, 0, only=["source.fixAll"])
        assert apply_action(text, asked, uri) == "no-tcp-close\nverbosity 4\n"
        client.change(uri, {"text": "\n" + text})
        assert client.ask("codeAction/resolve", ignore)["error"]["code"] == -32801


def test_what_cannot_be_hidden_says_so(tmp_path: Path) -> None:
    """A comment would change what CRIU reads: the file begins with a byte order mark."""
    with Client(tmp_path, RESOLVING, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "\ufeff# x\n")
        (ignore, *_) = [
            action
            for action in code_actions(client, uri, 0)
            if action["title"].startswith("criulint: Ignore")
        ]
        error = client.ask("codeAction/resolve", ignore)["error"]
        assert (error["code"], error["message"].split(" here")[0]) == (
            -32803,
            "nothing can be changed",
        )


def test_several_findings_of_a_rule_on_a_line_are_hidden_as_one(client: Client) -> None:
    uri = open_document(client, "log-file x y z\n")
    titles = [action["title"] for action in code_actions(client, uri, 0)]
    assert len(titles) == len(set(titles))


def test_an_unsafe_fix_says_so_and_is_not_preferred(client: Client) -> None:
    uri = open_document(client, "tcp-establised\n")
    (fix,) = [
        action
        for action in code_actions(client, uri, 0)
        if "edit" in action and "unsafe" in action["title"]
    ]
    assert fix["title"] == "criulint: Write `tcp-established` (CRIU101, unsafe)"
    assert "isPreferred" not in fix


@pytest.mark.parametrize(
    ("only", "kinds"),
    [
        (["quickfix"], {"quickfix"}),
        (["source"], {"source.fixAll.criulint"}),
        (["source.fixAll"], {"source.fixAll.criulint"}),
        (["source.fixAll.criulint"], {"source.fixAll.criulint"}),
        (["source.organizeImports"], set()),
        (["refactor"], set()),
        ([], {"quickfix", "source.fixAll.criulint"}),
    ],
)
def test_only_what_is_wanted_is_offered(client: Client, only: list[str], kinds: set[str]) -> None:
    uri = open_document(client, "tcp-close false\n")
    assert {action["kind"] for action in code_actions(client, uri, 0, only=only)} == kinds


def test_the_page_of_a_rule_is_opened_by_the_client(client: Client) -> None:
    url = "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    client.request("workspace/executeCommand", {"command": "criulint.openRule", "arguments": [url]})
    assert client.method("window/showDocument")["params"] == {"uri": url, "external": True}
    assert (
        client.request("workspace/executeCommand", {"command": "criulint.openRule"}) is None
    )  # which one?


def _all_fixes(actions: list[dict[str, Any]]) -> list[str]:
    return [one["kind"] for one in actions if one["title"] == "criulint: Apply all safe fixes"]


@pytest.mark.parametrize(
    ("text", "line", "only", "kinds"),
    [
        ("tcp-close no\nverbosity 4\n", 0, None, ["quickfix"]),
        ("tcp-close no\nverbosity 4\n", 0, ["quickfix"], ["quickfix"]),
        ("tcp-close no\nverbosity 4\n", 0, ["source"], ["source.fixAll.criulint"]),
        ("tcp-close no\nverbosity 4\n", 0, ["refactor"], []),
        ("tcp-close no\nport 0\nverbosity 4\n", 1, None, ["source.fixAll.criulint"]),
        ("tcp-close no\n", 0, None, ["source.fixAll.criulint"]),
        ("tcp-close no\n", 0, ["quickfix"], []),
        ("port 0\n", 0, None, []),
    ],
)
@pytest.mark.parametrize("capabilities", [CAPABILITIES, RESOLVING])
def test_all_fixes_are_beside_those_of_a_line(
    tmp_path: Path,
    capabilities: dict[str, Any],
    text: str,
    line: int,
    only: list[str] | None,
    kinds: list[str],
) -> None:
    """VS Code shows nothing of the kind `source` at the cursor."""
    with Client(tmp_path, capabilities, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", text)
        asked = {"only": only} if only else {}
        actions = code_actions(client, uri, line, **asked)
        assert _all_fixes(actions) == kinds
        assert all(one["title"].startswith("criulint: ") for one in actions)
        for action in actions:
            if kinds and "Apply all" in action["title"]:
                whole = client.request("codeAction/resolve", action)
                assert "tcp-close no" not in apply_action(text, whole, uri)


def test_the_layout_is_never_the_preferred_fix(tmp_path: Path) -> None:
    """Two preferred fixes make an editor ask which one to apply."""
    with Client(tmp_path, RESOLVING, {"criu": "4.2.1", "extendSelect": ["CRIU6"]}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close    no\n")
        actions = code_actions(client, uri, 0)
        fixes = [one["title"] for one in actions if "CRIU601)" in one["title"]]
        preferred = [one["title"] for one in actions if one.get("isPreferred")]
    assert len(fixes) == 1
    assert preferred == ["criulint: Write `no-tcp-close` (CRIU201)"]
