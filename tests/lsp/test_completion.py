# SPDX-License-Identifier: MIT
"""What is offered, and what an item inserts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.client import Client
from tests.lsp.editor import CAPABILITIES, apply_edits, open_document

if TYPE_CHECKING:
    from pathlib import Path


def _labels(
    client: Client, text: str, line: int, character: int, name: str = "runc.conf"
) -> list[str]:
    items = client.of(open_document(client, text, name), "completion", line, character)["items"]
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
    with Client(tmp_path, CAPABILITIES, {"criu": "3.11"}) as client:
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
    uri = open_document(client, text)
    items = client.of(uri, "completion", 0, len(text))["items"]
    (item,) = [item for item in items if item["label"] == label]
    assert apply_edits(text, [item["textEdit"]]) == result
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
    uri = open_document(client, "tcp-xyz # c\n")
    items = client.of(uri, "completion", 0, 4)["items"]
    (item,) = [item for item in items if item["label"] == "tcp-close"]
    assert apply_edits("tcp-xyz # c\n", [item["textEdit"]]) == "tcp-close # c\n"


def test_a_name_before_a_value_leaves_the_value(client: Client) -> None:
    text = "netw nftables\n"
    uri = open_document(client, text)
    (item,) = [
        one for one in client.of(uri, "completion", 0, 4)["items"] if one["label"] == "network-lock"
    ]
    assert apply_edits(text, [item["textEdit"]]) == "network-lock nftables\n"


def test_editors_find_what_was_typed_with_dashes(client: Client) -> None:
    """They show only what matches the text that is going to be replaced."""
    uri = open_document(client, "--tcp")
    items = client.of(uri, "completion", 0, 5)["items"]
    assert "--tcp-close" in [item["filterText"] for item in items]


def test_a_blank_that_indents_a_line_opens_no_list(client: Client) -> None:
    uri = open_document(client, " ")
    context = {"triggerKind": 2, "triggerCharacter": " "}
    assert client.of(uri, "completion", 0, 1, context=context)["items"] == []
    assert client.of(uri, "completion", 0, 1, context={"triggerKind": 1})["items"] != []


def test_what_the_rules_object_to_is_marked_and_comes_later(client: Client) -> None:
    with Client(client.root, CAPABILITIES, {"criu": "4.2"}) as older:
        uri = older.open(client.root / "criu" / "runc.conf", "")
        items = sorted(
            older.of(uri, "completion", 0, 0)["items"], key=lambda item: str(item["sortText"])
        )
        by_label = {item["label"]: item for item in items}
        lock = by_label["network-lock"]
        assert lock["labelDetails"]["description"] == "crashes-criu"
        assert items.index(lock) > items.index(by_label["tcp-close"])
        answer = older.request("completionItem/resolve", lock)["documentation"]["value"]
        assert answer.startswith("**CRIU404 crashes-criu**: CRIU crashes with a segmentation fault")
        assert by_label["veth-pair"]["tags"] == [1]
        assert items.index(by_label["veth-pair"]) > items.index(by_label["tcp-close"])
    uri = open_document(client, "")
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
    uri = open_document(client, "tcp")
    (item,) = [
        one
        for one in client.of(uri, "completion", 0, 3)["items"]
        if one["label"] == "tcp-established"
    ]
    assert "documentation" not in item
    assert item["detail"].startswith("Saves established TCP connections")
    answer = client.request("completionItem/resolve", item)["documentation"]["value"]
    assert "switched off by `no-tcp-established`" in answer


def test_what_the_runtime_overrides_comes_later(tmp_path: Path) -> None:
    with Client(tmp_path, CAPABILITIES, {"runtime": "runc"}) as client:
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


@pytest.mark.parametrize("text", ["tcp-close no # criulint: ignore[", "# criulint: ignore-file["])
def test_rules_about_suppressions_are_offered_last(client: Client, text: str) -> None:
    """The comment that is being written is itself what they find."""
    items = client.of(open_document(client, text), "completion", 0, len(text))["items"]
    offered = sorted(items, key=lambda item: item["sortText"])
    last = [item["label"] for item in offered if item["label"].startswith("CRIU9")]
    assert last == [item["label"] for item in offered[-len(last) :]]
    assert offered[0]["label"] == ("CRIU201" if text.startswith("tcp") else "CRIU101")


def test_the_documentation_does_not_repeat_the_detail(client: Client) -> None:
    uri = open_document(client, "")
    for item in client.of(uri, "completion", 0, 0)["items"][:20]:
        whole = client.request("completionItem/resolve", item)
        assert whole["detail"]
        assert whole["detail"] not in whole["documentation"]["value"]
