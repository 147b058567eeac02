# SPDX-License-Identifier: MIT
"""What an editor does with the answers: capabilities, positions, edits, semantic tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.lsp.client import Client

PULLING: dict[str, dict[str, object]] = {"textDocument": {"diagnostic": {}}}


CAPABILITIES = {
    "textDocument": {
        "diagnostic": {},
        "completion": {"completionItem": {"snippetSupport": True}},
        "hover": {"contentFormat": ["markdown"]},
    },
    "window": {"showDocument": {"support": True}},
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


RESOLVING = {
    **CAPABILITIES,
    "textDocument": {
        "diagnostic": {},
        "codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
        "hover": {"contentFormat": ["plaintext"]},
        "completion": {"completionItem": {"documentationFormat": ["plaintext"]}},
    },
}


_numbers = iter(range(10**6))


def open_document(client: Client, text: str, name: str = "runc.conf") -> str:
    language = "yaml" if name.endswith(".yaml") else "criu"
    return client.open(client.root / str(next(_numbers)) / "criu" / name, text, language)


def make_range(line: int, start: int, end: int, end_line: int | None = None) -> dict[str, Any]:
    last = line if end_line is None else end_line
    return {"start": {"line": line, "character": start}, "end": {"line": last, "character": end}}


def apply_edits(text: str, edits: list[dict[str, Any]]) -> str:
    """Apply edits as an editor does, in UTF-16 units, to texts with LF only."""
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


def code_actions(client: Client, uri: str, line: int, **context: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.of(
        uri, "codeAction", range=make_range(line, 0, 0), context={"diagnostics": [], **context}
    )
    return found


def apply_action(text: str, action: dict[str, Any], uri: str) -> str:
    (change,) = action["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    return apply_edits(text, change["edits"])


def semantic_tokens(
    client: Client, uri: str, text: str, method: str = "semanticTokens/full", **more: Any
) -> list[tuple[str, str, bool]]:
    legend = client.server["semanticTokensProvider"]["legend"]["tokenTypes"]
    data = client.of(uri, method, **more)["data"]
    lines = text.split("\n")
    line = start = 0
    result = []
    for delta, first, length, kind, modifiers in zip(*[iter(data)] * 5, strict=True):
        line, start = line + delta, first + (0 if delta else start)
        units = lines[line].encode("utf-16-le")
        result.append(
            (
                units[start * 2 : (start + length) * 2].decode("utf-16-le"),
                legend[kind],
                bool(modifiers),
            )
        )
    return result


def codes(client: Client, uri: str) -> list[str]:
    return [result["code"] for result in client.pulled(uri)]
