# SPDX-License-Identifier: GPL-2.0-only
"""What the language server answers, over real JSON-RPC with a process of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lsp.client import Client

_ALL = {
    "textDocument": {
        "diagnostic": {},
        "completion": {"completionItem": {"snippetSupport": True}},
        "hover": {"contentFormat": ["markdown"]},
    },
    "window": {"showDocument": {"support": True}},
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with Client(tmp_path_factory.mktemp("root"), _ALL, {"criu": "4.2.1"}) as client:
        yield client


_numbers = iter(range(10**6))


def _open(client: Client, text: str, name: str = "runc.conf") -> str:
    language = "yaml" if name.endswith(".yaml") else "criu"
    return client.open(client.root / str(next(_numbers)) / "criu" / name, text, language)


def _range(line: int, start: int, end: int, end_line: int | None = None) -> dict[str, Any]:
    last = line if end_line is None else end_line
    return {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}


def _apply(text: str, edits: list[dict[str, Any]]) -> str:
    """What an editor makes of edits, in UTF-16 units, for texts with LF alone."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line.encode("utf-16-le")) // 2 + 1)
    data = text.encode("utf-16-le")

    def offset(position: dict[str, int]) -> int:
        return (
            min(starts[min(position["line"], len(lines))] + position["character"], len(data) // 2)
            * 2
        )

    for edit in sorted(edits, key=lambda edit: -offset(edit["range"]["start"])):
        start, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        data = data[:start] + edit["newText"].encode("utf-16-le") + data[end:]
    return data.decode("utf-16-le")


def test_the_server_says_what_it_can(client: Client) -> None:
    assert client.info["name"] == "criulint"
    assert client.server["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    assert client.server["diagnosticProvider"]["identifier"] == "criulint"
    assert client.server["codeActionProvider"]["codeActionKinds"] == [
        "quickfix",
        "source.fixAll.criulint",
    ]


def test_a_diagnostic_has_the_documented_fields(client: Client) -> None:
    uri = _open(client, "tcp-close false\n")
    (told,) = client.pulled(uri)
    assert told.pop("message").startswith("CRIU ignores `false` and switches it ON")
    assert told == {
        "range": _range(0, 10, 15),
        "severity": 2,
        "code": "CRIU201",
        "codeDescription": {
            "href": "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
        },
        "source": "criulint",
        "data": {"name": "value-ignored", "fixable": True},
    }


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", []),
        ("tcp-close\n", []),
        ("tcp-close\r\n", ["CRIU109"]),
        ("log-file \U0001d11e x\nport 0", ["CRIU204", "CRIU106"]),
        ("shell-job\ntcp-close\nshell-job\n", ["CRIU301"]),
        ("# x" + "y" * 100_000, []),
        ("\0", ["CRIU204"]),
        ("\ud800 x\n", ["CRIU101"]),
    ],
)
def test_which_rules_speak(client: Client, text: str, codes: list[str]) -> None:
    assert [told["code"] for told in client.pulled(_open(client, text))] == codes


def test_tags(client: Client) -> None:
    told = client.pulled(_open(client, "shell-job\nshell-job\n"))
    assert [(one["code"], one["tags"]) for one in told] == [("CRIU301", [1])]


@pytest.mark.parametrize(
    "name",
    ["untitled:Untitled-1", "vscode-remote://x/criu/runc.conf", "file:///C%3A/criu/runc.conf", "x"],
)
def test_any_uri_is_checked(client: Client, name: str) -> None:
    uri = client.open(name, "port 0\n")
    assert [told["code"] for told in client.pulled(uri)] == ["CRIU106"]
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_yaml_is_looked_into(client: Client) -> None:
    uri = _open(client, "data:\n  runc.conf: |\n    tcp-close no\n", "configmap.yaml")
    (told,) = client.pulled(uri)
    assert told["range"] == _range(2, 14, 16)
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
    assert next(told["code"] for told in client.pulled(uri)) == ("CRIU201" if inside else "CRIU101")
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


# --- hover


@pytest.mark.parametrize(
    ("text", "line", "character", "parts"),
    [
        (
            "tcp-close false\n",
            0,
            2,
            [
                "CRIU 4.2.1: sets tcp-close; ignores `false`",
                "Drops TCP",
                "default: off",
                "since CRIU 3.11",
            ],
        ),
        (
            "tcp-close\ntcp-close false # criulint: ignore[CRIU201]\n",
            1,
            38,
            [
                "**CRIU201 value-ignored**\n\n",
                "[What it means and what to do](https://criulint.readthedocs.io",
            ],
        ),
        (
            "manage-cgroups=full\n",
            0,
            3,
            ["- `full`: restores all", "runc sends `soft` unless `--manage-cgroups-mode`"],
        ),
        ("tcp_close\n", 0, 3, ["refused: unrecognized option", "Drops TCP"]),
        ("external mnt[]:m\n", 0, 3, ["external TYPE[ID]{:VALUE}", "may be given several times"]),
        ("log-file\nx\n", 1, 0, ["taken for the value of `log-file`"]),
    ],
)
def test_hover(client: Client, text: str, line: int, character: int, parts: list[str]) -> None:
    found = client.of(_open(client, text, "default.conf"), "hover", line, character)
    assert found["contents"]["kind"] == "markdown"
    for part in parts:
        assert part in found["contents"]["value"]


@pytest.mark.parametrize(
    ("text", "line", "character"),
    [("", 0, 0), ("# tcp-close\n", 0, 4), ("a\n\n", 1, 0), ("x\n", 9, 9)],
)
def test_nothing_to_hover_over(client: Client, text: str, line: int, character: int) -> None:
    assert client.of(_open(client, text), "hover", line, character) is None


# --- completion


def _labels(
    client: Client, text: str, line: int, character: int, name: str = "runc.conf"
) -> list[str]:
    items = client.of(_open(client, text, name), "completion", line, character)["items"]
    return [item["label"] for item in items]


def test_options_are_completed(client: Client) -> None:
    labels = _labels(client, "", 0, 0)
    assert {"tcp-established", "no-tcp-close", "external", "verbosity"} <= set(labels)
    assert not {"help", "version", "config"} & set(labels)


def test_what_is_set_once_and_for_all_is_not_offered_again(client: Client) -> None:
    labels = _labels(client, "tcp-close\nlog-file x\nexternal mnt[]:m\n", 3, 0)
    assert not {"tcp-close", "no-tcp-close", "log-file"} & set(labels)
    assert "external" in labels
    assert "tcp-close" in _labels(client, "tcp-close\n", 0, 3)


def test_an_older_release_has_fewer_options(tmp_path: Path) -> None:
    with Client(tmp_path, _ALL, {"criu": "3.11"}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "")
        labels = [item["label"] for item in client.of(uri, "completion", 0, 0)["items"]]
    assert "network-lock" not in labels


@pytest.mark.parametrize(
    ("text", "label", "result"),
    [
        ("tcp-e", "tcp-established", "tcp-established"),
        ("netw", "network-lock", "network-lock ${1|iptables,nftables,skip,none|}"),
        ("manage", "manage-cgroups", "manage-cgroups=${1|none,props,soft,full,strict,ignore|}"),
        ("ghost", "ghost-limit", "ghost-limit ${1:1048576}"),
        ("ext", "external", "external ${1:TYPE[ID]{:VALUE\\}}"),
        ("network-lock ", "nftables", "network-lock nftables"),
        ("network-lock nf", "nftables", "network-lock nftables"),
        ("network-lock=", "skip", "network-lock=skip"),
        ("manage-cgroups=f", "full", "manage-cgroups=full"),
        ("cpu-cap=fpu,i", "ins", "cpu-cap=fpu,ins"),
        ("cpu-cap=fp,ins", "fpu", "cpu-cap=fp,fpu"),
        ("verbosity=", "4", "verbosity=4"),
        ("verb", "verbosity", "verbosity=${1|0,1,2,3,4|}"),
        ("--tcp-e", "tcp-established", "tcp-established"),
        ("  tcp-e", "tcp-established", "  tcp-established"),
        ("no-tcp", "no-tcp-close", "no-tcp-close"),
        ("tcp-close no # criulint: ignore[", "CRIU201", "tcp-close no # criulint: ignore[CRIU201"),
        ("# criulint: ignore-file[CRIU1, val", "CRIU201", "# criulint: ignore-file[CRIU1, CRIU201"),
        ("external d", "dev[]", "external dev[${1:ID}]$0"),
    ],
)
def test_what_an_item_inserts(client: Client, text: str, label: str, result: str) -> None:
    uri = _open(client, text)
    items = client.of(uri, "completion", 0, len(text))["items"]
    (item,) = [item for item in items if item["label"] == label]
    assert _apply(text, [item["textEdit"]]) == result
    assert item.get("insertTextFormat", 1) == (2 if "$" in result else 1)


@pytest.mark.parametrize(
    "text",
    [
        "tcp-close ",
        "manage-cgroups ",
        "nonsense ",
        "# ",
        "log-file x # ",
        "log-file x # /",
        "images-dir rel",
        "images-dir ",
        "# criulint: ignore[CRIU201] ",
        "--tcp-close ",
        '"',
        "tcp-close = ",
    ],
)
def test_nothing_is_offered_where_nothing_is_read(client: Client, text: str) -> None:
    assert _labels(client, text, 0, len(text)) == []


def test_the_rest_of_a_word_is_replaced(client: Client) -> None:
    uri = _open(client, "tcp-xyz # c\n")
    items = client.of(uri, "completion", 0, 4)["items"]
    (item,) = [item for item in items if item["label"] == "tcp-close"]
    assert _apply("tcp-xyz # c\n", [item["textEdit"]]) == "tcp-close # c\n"


def test_a_name_before_a_value_leaves_the_value(client: Client) -> None:
    text = "netw nftables\n"
    uri = _open(client, text)
    (item,) = [
        one for one in client.of(uri, "completion", 0, 4)["items"] if one["label"] == "network-lock"
    ]
    assert _apply(text, [item["textEdit"]]) == "network-lock nftables\n"


def test_editors_find_what_was_typed_with_dashes(client: Client) -> None:
    """They show only what matches the text that is going to be replaced."""
    uri = _open(client, "--tcp")
    items = client.of(uri, "completion", 0, 5)["items"]
    assert "--tcp-close" in [item["filterText"] for item in items]


def test_a_blank_that_indents_a_line_opens_no_list(client: Client) -> None:
    uri = _open(client, " ")
    context = {"triggerKind": 2, "triggerCharacter": " "}
    assert client.of(uri, "completion", 0, 1, context=context)["items"] == []
    assert client.of(uri, "completion", 0, 1, context={"triggerKind": 1})["items"] != []


def test_what_the_rules_object_to_is_marked_and_comes_later(client: Client) -> None:
    with Client(client.root, _ALL, {"criu": "4.2"}) as older:
        uri = older.open(client.root / "criu" / "runc.conf", "")
        items = sorted(
            older.of(uri, "completion", 0, 0)["items"], key=lambda item: str(item["sortText"])
        )
        by_label = {item["label"]: item for item in items}
        lock = by_label["network-lock"]
        assert lock["labelDetails"]["description"] == "crashes-criu"
        assert items.index(lock) > items.index(by_label["tcp-close"])
        told = older.request("completionItem/resolve", lock)["documentation"]["value"]
        assert told.startswith("**CRIU404 crashes-criu**: CRIU crashes with a segmentation fault")
        assert by_label["veth-pair"]["tags"] == [1]
        assert items.index(by_label["veth-pair"]) > items.index(by_label["tcp-close"])
    uri = _open(client, "")
    (lock,) = [
        item
        for item in client.of(uri, "completion", 0, 0)["items"]
        if item["label"] == "network-lock"
    ]
    assert "description" not in lock["labelDetails"]  # 4.2.1 does not crash


def test_paths_are_completed(client: Client, tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "image.log").touch()
    (tmp_path / "im age").touch()
    text = f"log-file {tmp_path}/im"
    assert _labels(client, text, 0, len(text)) == ["image.log", "images/"]
    text = f"images-dir {tmp_path}/im"
    assert _labels(client, text, 0, len(text)) == ["images/"]
    text = f"images-dir {tmp_path}/gone/"
    assert _labels(client, text, 0, len(text)) == []


def test_an_item_is_documented_when_it_is_looked_at(client: Client) -> None:
    uri = _open(client, "tcp")
    (item,) = [
        one
        for one in client.of(uri, "completion", 0, 3)["items"]
        if one["label"] == "tcp-established"
    ]
    assert "documentation" not in item
    assert item["detail"].startswith("Saves TCP connections")
    told = client.request("completionItem/resolve", item)["documentation"]["value"]
    assert "switched off by `no-tcp-established`" in told


def test_what_the_runtime_overrides_comes_later(tmp_path: Path) -> None:
    with Client(tmp_path, _ALL, {"runtime": "runc"}) as client:
        uri = client.open(tmp_path / "criu" / "default.conf", "")
        items = sorted(
            client.of(uri, "completion", 0, 0)["items"], key=lambda item: str(item["sortText"])
        )
        labels = [item["label"] for item in items]
    assert labels.index("tcp-established") > labels.index("tcp-close")


def test_without_snippets_plain_text_is_inserted(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "netw")
        (item,) = [
            one
            for one in client.of(uri, "completion", 0, 4)["items"]
            if one["label"] == "network-lock"
        ]
    assert (item["textEdit"]["newText"], item["insertTextFormat"]) == ("network-lock ", 1)


# --- code actions


def _actions(client: Client, uri: str, line: int, **context: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.of(
        uri, "codeAction", range=_range(line, 0, 0), context={"diagnostics": [], **context}
    )
    return found


def _edited(text: str, action: dict[str, Any], uri: str) -> str:
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    return _apply(text, change["edits"])


def test_what_can_be_done_about_a_finding(client: Client) -> None:
    text = "shell-job\ntcp-close false\nmanage-cgroups ignore\n"
    uri = _open(client, text)
    mend, ignore, read, everything = _actions(client, uri, 1)
    assert (mend["title"], mend["kind"], mend["isPreferred"]) == (
        "Write `no-tcp-close` (CRIU201)",
        "quickfix",
        True,
    )
    assert _edited(text, mend, uri) == "shell-job\nno-tcp-close\nmanage-cgroups ignore\n"
    assert mend["diagnostics"] == [told for told in client.pulled(uri) if told["code"] == "CRIU201"]
    assert ignore["title"] == "Ignore CRIU201 value-ignored here"
    assert (
        _edited(text, ignore, uri)
        == "shell-job\ntcp-close false # criulint: ignore[CRIU201]\nmanage-cgroups ignore\n"
    )
    assert read["command"]["arguments"] == [
        "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    ]
    assert everything["kind"] == "source.fixAll.criulint"
    assert _edited(text, everything, uri) == "shell-job\nno-tcp-close\nmanage-cgroups=ignore\n"


def test_an_ignored_finding_is_gone_and_no_other(client: Client) -> None:
    text = "tcp-close false\ntcp-close no\n"
    uri = _open(client, text)
    (ignore,) = [
        action
        for action in _actions(client, uri, 0)
        if action["title"].startswith("Ignore CRIU201")
    ]
    other = _open(client, _edited(text, ignore, uri))
    assert [
        (told["code"], told["range"]["start"]["line"])
        for told in client.pulled(other)
        if told["code"] == "CRIU201"
    ] == [("CRIU201", 1)]


_RESOLVES = {
    **_ALL,
    "textDocument": {
        "diagnostic": {},
        "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
        "hover": {"contentFormat": ["plaintext"]},
        "completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
    },
}


def test_what_takes_long_is_done_when_it_is_chosen(tmp_path: Path) -> None:
    text = "tcp-close false\nmanage-cgroups ignore\n"
    with Client(tmp_path, _RESOLVES, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", text)
        mend, ignore, _, everything = _actions(client, uri, 0)
        assert "edit" in mend
        assert ignore["title"] == "Ignore CRIU201 value-ignored here"
        for action, result in (
            (ignore, "tcp-close false # criulint: ignore[CRIU201]\nmanage-cgroups ignore\n"),
            (everything, "no-tcp-close\nmanage-cgroups=ignore\n"),
        ):
            assert "edit" not in action
            assert _edited(text, client.request("codeAction/resolve", action), uri) == result
        (asked,) = _actions(client, uri, 0, only=["source.fixAll"])
        assert _edited(text, asked, uri) == "no-tcp-close\nmanage-cgroups=ignore\n"
        client.change(uri, {"text": "\n" + text})
        assert client.ask("codeAction/resolve", ignore)["error"]["code"] == -32801


def test_what_cannot_be_hidden_says_so(tmp_path: Path) -> None:
    """A comment would change what CRIU reads: the file has a byte order mark, and its first line is to be it."""
    with Client(tmp_path, _RESOLVES, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "\ufeff# x\n")
        (ignore, *_) = [
            action for action in _actions(client, uri, 0) if action["title"].startswith("Ignore")
        ]
        error = client.ask("codeAction/resolve", ignore)["error"]
        assert (error["code"], error["message"].split(" here")[0]) == (
            -32803,
            "nothing can be changed",
        )


def test_several_findings_of_a_rule_on_a_line_are_hidden_as_one(client: Client) -> None:
    uri = _open(client, "log-file x y z\n")
    titles = [action["title"] for action in _actions(client, uri, 0)]
    assert len(titles) == len(set(titles))


def test_who_shows_no_markdown_gets_none(tmp_path: Path) -> None:
    with Client(tmp_path, _RESOLVES, {"criu": "4.2.1"}) as client:
        uri = client.open(
            tmp_path / "criu" / "runc.conf", "manage-cgroups=full\nlog-file *a_b_*`<i>\n"
        )
        told = client.of(uri, "hover", 0, 3)["contents"]
        assert told["kind"] == "plaintext"
        assert "\nmanage-cgroups[=none|props|soft|full|strict|ignore]\n" in told["value"]
        assert "- full: restores all" in told["value"]
        assert not set("`*\\") & set(told["value"])
        assert "sets log-file to `*a_b_*`<i>`" in client.of(uri, "hover", 1, 3)["contents"]["value"]
        (item,) = [
            one
            for one in client.of(uri, "completion", 0, 3)["items"]
            if one["label"] == "manage-cgroups"
        ]
        assert (
            client.request("completionItem/resolve", item)["documentation"]["kind"] == "plaintext"
        )


def test_an_unsafe_fix_says_so_and_is_not_preferred(client: Client) -> None:
    uri = _open(client, "tcp-establised\n")
    (mend,) = [
        action
        for action in _actions(client, uri, 0)
        if "edit" in action and "unsafe" in action["title"]
    ]
    assert mend["title"] == "Write `tcp-established` (CRIU101, unsafe)"
    assert "isPreferred" not in mend


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
    uri = _open(client, "tcp-close false\n")
    assert {action["kind"] for action in _actions(client, uri, 0, only=only)} == kinds


def test_carriage_returns_are_taken_out(client: Client) -> None:
    """The protocol has no place between a CR and its LF: the edit replaces both."""
    uri = _open(client, "tcp-close\r\nshell-job\r\n")
    mend = next(
        action
        for action in _actions(client, uri, 0)
        if "CRIU109" in action["title"] and "edit" in action
    )
    (change,) = mend["edit"]["documentChanges"]
    assert change["edits"] == [{"range": _range(0, 0, 0, 1), "newText": "tcp-close\n"}]


def test_the_page_of_a_rule_is_opened_by_the_client(client: Client) -> None:
    url = "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    client.request("workspace/executeCommand", {"command": "criulint.openRule", "arguments": [url]})
    assert client.method("window/showDocument")["params"] == {"uri": url, "external": True}
    assert (
        client.request("workspace/executeCommand", {"command": "criulint.openRule"}) is None
    )  # which one?


# --- inside of YAML

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
    uri = _open(client, _YAML, "configmap.yaml")
    told = client.of(uri, "hover", 5, 6)
    assert "Drops TCP" in told["contents"]["value"]
    assert told["range"] == _range(5, 4, 13)
    for line, character in ((0, 1), (1, 4), (2, 2), (3, 4), (8, 3), (10, 5), (12, 1)):
        assert client.of(uri, "hover", line, character) is None
        assert client.of(uri, "completion", line, character)["items"] == []
    assert "File that criu writes its log to" in client.of(uri, "hover", 8, 38)["contents"]["value"]
    assert [(one["name"], one["range"]["start"]) for one in client.of(uri, "documentSymbol")] == [
        ("tcp-close", {"line": 5, "character": 4}),
        ("verbosity", {"line": 7, "character": 4}),
        ("shell-job", {"line": 8, "character": 17}),
        ("log-file", {"line": 8, "character": 33}),
        ("manage-cgroups", {"line": 8, "character": 48}),
    ]
    hints = client.of(uri, "inlayHint", range=_range(0, 0, 0, 99))
    assert [(hint["label"], hint["position"]) for hint in hints] == [
        ("on", {"line": 5, "character": 19}),
        ("+1: level 3", {"line": 7, "character": 15}),
        ("= manage-cgroups", {"line": 8, "character": 54}),
    ]
    assert _tokens(client, uri, _YAML) == [
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
    uri = _open(client, text, "x.yaml")
    (item,) = [
        one
        for one in client.of(uri, "completion", line, character)["items"]
        if one["label"] == label
    ]
    if result:
        assert _apply(text, [item["textEdit"]]) == result


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
            "runc.conf: |\n  shell-job\n  # criulint: ignore[CRIU201]\n  tcp-close no \\\n  log-file x\nb: c\n",
        ),
        ("runc.conf: tcp-close no\n", 0, None),
        ('runc.conf: "tcp-close no\\n"\n', 0, None),
    ],
)
def test_findings_in_yaml_are_hidden_if_lines_can_be_written_there(
    client: Client, text: str, line: int, result: str | None
) -> None:
    uri = _open(client, text, "x.yaml")
    ignoring = [
        action
        for action in _actions(client, uri, line)
        if action["title"].startswith("Ignore CRIU201")
    ]
    assert [_edited(text, action, uri) for action in ignoring] == ([result] if result else [])


# --- the rest


def test_formatting(client: Client) -> None:
    text = "  tcp-close   #x\n\n\n\nlog-file    x\n"
    uri = _open(client, text)
    edits = client.of(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})
    assert _apply(text, edits) == "tcp-close # x\n\nlog-file x\n"
    other = _open(client, "tcp-close\n")
    assert client.of(other, "formatting", options={"tabSize": 4, "insertSpaces": True}) == []


def test_symbols(client: Client) -> None:
    uri = _open(client, "# c\ntcp-close\nlog-file /x # y\nbad_\n")
    told = [
        (one["name"], one.get("detail"), one["range"], one["selectionRange"])
        for one in client.of(uri, "documentSymbol")
    ]
    assert told == [
        ("tcp-close", None, _range(1, 0, 9), _range(1, 0, 9)),
        ("log-file", "/x", _range(2, 0, 15), _range(2, 0, 11)),
    ]


def _tokens(
    client: Client, uri: str, text: str, method: str = "semanticTokens/full", **more: Any
) -> list[tuple[str, str, bool]]:
    legend = client.server["semanticTokensProvider"]["legend"]["tokenTypes"]
    data = client.of(uri, method, **more)["data"]
    lines = text.split("\n")
    line = start = 0
    told = []
    for delta, first, length, kind, modifiers in zip(*[iter(data)] * 5, strict=True):
        line, start = line + delta, first + (0 if delta else start)
        units = lines[line].encode("utf-16-le")
        told.append(
            (
                units[start * 2 : (start + length) * 2].decode("utf-16-le"),
                legend[kind],
                bool(modifiers),
            )
        )
    return told


def test_semantic_tokens(client: Client) -> None:
    text = "# \U0001d11e\ntcp-close false # c\nghost-limit 10M\nmanage-cgroups=full\nlog-file \U0001d11e\n"
    text += "bad_ x\nlog-file x y\n"
    uri = _open(client, text)
    told = _tokens(client, uri, text)
    assert told == [
        ("# \U0001d11e", "comment", False),
        ("tcp-close", "property", False),
        ("false", "string", True),
        ("# c", "comment", False),
        ("ghost-limit", "property", False),
        ("10M", "number", False),
        ("manage-cgroups", "property", False),
        ("=", "operator", False),
        ("full", "enumMember", False),
        ("log-file", "property", False),
        ("\U0001d11e", "string", False),
        ("bad_", "property", True),
        ("x", "string", True),
        ("log-file", "property", False),
        ("x", "string", False),
        ("y", "string", True),
    ]
    assert _tokens(client, uri, text, "semanticTokens/range", range=_range(2, 0, 0, 3)) == told[4:9]


def test_links(client: Client, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    uri = _open(
        client,
        f"log-file {tmp_path}/x\nwork-dir {tmp_path}/gone\ntcp-close no # criulint: ignore[CRIU201]\n",
    )
    path, rule = client.of(uri, "documentLink")
    assert (path["range"], path["target"]) == (
        _range(0, 9, 11 + len(str(tmp_path))),
        (tmp_path / "x").as_uri(),
    )
    assert (rule["range"], rule["target"]) == (
        _range(2, 32, 39),
        "https://criulint.readthedocs.io/en/stable/rules/value-ignored/",
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("verbosity 4\n", [("+1: level 3", 11)]),
        ("verbosity=4\nverbosity\n", []),
        ("tcp-close false\n", [("on", 15)]),
        ("no-tcp-close yes\n", [("off: tcp-close", 16)]),
        ("manage-cgroups ignore\n", [("ignored", 21)]),
        ("ghost-limit 10m\n", [("= 10 bytes", 15)]),
        ("ghost-limit 1M\n", [("= 1048576 bytes", 14)]),
        ("timeout 10m\n", [("= 10 s", 11)]),
        ("tcp-est\n", [("= tcp-established", 7)]),
        ('log-file "a#b"\n', [("= a", 14)]),
        ('log-file "a"\n', []),
        ("log-file\nshell-job\n", [("= --shell-job", 8)]),
        ("port 0\n", []),
    ],
)
def test_inlay_hints(client: Client, text: str, told: list[tuple[str, int]]) -> None:
    uri = _open(client, text)
    hints = client.of(uri, "inlayHint", range=_range(0, 0, 0, 99))
    assert [(hint["label"], hint["position"]["character"]) for hint in hints] == told
    assert client.of(uri, "inlayHint", range=_range(50, 0, 0, 99)) == []


def test_answers_are_json_whatever_the_text_is(client: Client) -> None:
    for text in (
        "\ud800\n",
        "\0\x01\x7f\u2028\x85\n",
        "\ufeffport 0",
        "\r",
        "\n\r\n\r",
        "é" * 5000 + "\n",
    ):
        uri = _open(client, text)
        for method in (
            "documentSymbol",
            "documentLink",
            "semanticTokens/full",
            "hover",
            "completion",
        ):
            place = (0, 1) if method in ("hover", "completion") else (None, 0)
            json.dumps(client.of(uri, method, *place))
        json.dumps(_actions(client, uri, 0))
    assert [note for note in client.notes if note["method"] == "window/logMessage"] == []
