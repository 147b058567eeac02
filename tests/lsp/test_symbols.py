# SPDX-License-Identifier: MIT
"""The outline, and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.lsp.editor import make_range, open_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.lsp.client import Client


def test_symbols(client: Client) -> None:
    uri = open_document(client, "# c\ntcp-close\nlog-file /x # y\nbad_\n")
    result = [
        (one["name"], one.get("detail"), one["range"], one["selectionRange"])
        for one in client.of(uri, "documentSymbol")
    ]
    assert result == [
        ("tcp-close", None, make_range(1, 0, 9), make_range(1, 0, 9)),
        ("log-file", "/x", make_range(2, 0, 15), make_range(2, 0, 11)),
    ]


def test_links(client: Client, tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    uri = open_document(
        client,
        f"log-file {tmp_path}/x\nwork-dir {tmp_path}/gone\n"
        "tcp-close no # criulint: ignore[CRIU201]\n",
    )
    path, rule = client.of(uri, "documentLink")
    assert (path["range"], path["target"]) == (
        make_range(0, 9, 11 + len(str(tmp_path))),
        (tmp_path / "x").as_uri(),
    )
    assert (rule["range"], rule["target"]) == (
        make_range(2, 32, 39),
        "https://criulint.readthedocs.io/en/stable/rules/value-ignored/",
    )
