# SPDX-License-Identifier: GPL-2.0-only
"""Whatever is typed, in whatever units the client counts: the server's text is the client's, and so are its places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import criulint
from tests.lsp.client import Client

_ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


@pytest.fixture(scope="module", params=_ENCODINGS)
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    abilities = {"textDocument": {"diagnostic": {}}, "general": {"positionEncodings": [request.param]}}
    with Client(tmp_path_factory.mktemp("root"), abilities, {"criu": "4.2.1"}) as client:
        assert client.server["positionEncoding"] == request.param
        yield client


def _position(text: str, offset: int, encoding: str) -> dict[str, int]:
    """The place of an offset, by the letter of the protocol."""
    if text[offset - 1 : offset + 1] == "\r\n" and offset:
        offset -= 1
    lines = re.split("\r\n|\r|\n", text[:offset])
    return {"line": len(lines) - 1, "character": len(lines[-1].encode(_ENCODINGS[encoding])) // _UNIT[encoding]}


def _expected(text: str, encoding: str) -> list[tuple[str, dict[str, Any]]]:
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(line: int, column: int) -> dict[str, int]:
        offset = starts[line - 1] + column - 1 if line <= len(starts) else len(text)
        return _position(text, min(offset, len(text)), encoding)

    return [
        (
            finding.code,
            {
                "start": place(finding.span.line, finding.span.column),
                "end": place(finding.span.end_line, finding.span.end_column),
            },
        )
        for finding in criulint.check(text.encode(), path="/x/criu/edited.conf", criu="4.2.1")
    ]


_PIECES = st.sampled_from(
    [
        "tcp-close",
        " ",
        "no",
        "port 0",
        "\n",
        "\r\n",
        "\r",
        "é",
        "\U0001d11e",
        "\t",
        "#",
        '"',
        "\x0b",
        "\x0c",
        "\x85",
        "\u2028",
        "x",
    ]
)
_TEXT = st.lists(_PIECES, max_size=8).map("".join)
_EDITS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), _TEXT, st.booleans()), max_size=6)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXT, edits=_EDITS)
def test_edits_and_places(client: Client, text: str, edits: list[tuple[int, int, str, bool]]) -> None:
    encoding = client.server["positionEncoding"]
    uri = client.open("file:///x/criu/edited.conf", text)
    for first, second, new, whole in edits:
        if whole and len(new) > 3:
            client.change(uri, {"text": new})
            text = new
            continue
        start, end = sorted((first % (len(text) + 1), second % (len(text) + 1)))
        start, end = (offset - (offset > 0 and text[offset - 1 : offset + 1] == "\r\n") for offset in (start, end))
        places = {"start": _position(text, start, encoding), "end": _position(text, end, encoding)}
        client.change(uri, {"range": places, "text": new})
        text = text[:start] + new + text[end:]
    told = [(one["code"], one["range"]) for one in client.pulled(uri)]
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert told == _expected(text, encoding)
