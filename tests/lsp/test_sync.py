# SPDX-License-Identifier: MIT
"""The server's text and positions are the client's, whatever is typed, in all encodings."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import criulint
from criulint.embedded.manifest.follow import follow
from criulint.linter import fixing
from criulint.linter.linter import Linter
from criulint.rules.registry import RULE_INDEX
from criulint.source import Source
from criulint.suppressions.comments import SuppressionParser
from criulint.suppressions.editing import add_suppressions
from tests.checking import finder, fix
from tests.lsp.client import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENCODINGS = {"utf-8": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}
_UNIT = {"utf-8": 1, "utf-16": 2, "utf-32": 4}


@pytest.fixture(scope="module", params=_ENCODINGS)
def client(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    resolving = {"dataSupport": True, "resolveSupport": {"properties": ["edit"]}}
    abilities = {
        "textDocument": {"diagnostic": {}, "codeAction": resolving},
        "general": {"positionEncodings": [request.param]},
    }
    with Client(tmp_path_factory.mktemp("root"), abilities, {"criu": "4.2.1"}) as client:
        assert client.server["positionEncoding"] == request.param
        yield client


def _position(text: str, offset: int, encoding: str) -> dict[str, int]:
    """The position of an offset, as the protocol defines it."""
    if text[offset - 1 : offset + 1] == "\r\n" and offset:
        offset -= 1
    lines = re.split("\r\n|\r|\n", text[:offset])
    return {
        "line": len(lines) - 1,
        "character": len(lines[-1].encode(_ENCODINGS[encoding])) // _UNIT[encoding],
    }


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


def _offset(text: str, position: dict[str, int], encoding: str) -> int:
    """The offset of a position, as the protocol defines it."""
    ends = list(re.finditer("\r\n|\r|\n", text))
    assert position["line"] <= len(ends)
    start = ends[position["line"] - 1].end() if position["line"] else 0
    end = ends[position["line"]].start() if position["line"] < len(ends) else len(text)
    units = text[start:end].encode(_ENCODINGS[encoding])
    assert position["character"] * _UNIT[encoding] <= len(units)
    return start + len(
        units[: position["character"] * _UNIT[encoding]].decode(_ENCODINGS[encoding])
    )


def _applied(text: str, edits: list[dict[str, Any]], encoding: str) -> str:
    """What a client makes of the edits, which may not overlap."""
    ranges = [
        [_offset(text, edit["range"][key], encoding) for key in ("start", "end")] for edit in edits
    ]
    pairs = sorted(zip(ranges, edits, strict=True), key=lambda pair: pair[0])
    for (first, _), (second, _) in pairwise(pairs):
        assert first[1] <= second[0]
    for (start, end), edit in reversed(pairs):
        text = text[:start] + edit["newText"] + text[end:]
    return text


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
_EDITS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60), _TEXT, st.booleans()), max_size=6
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=_TEXT, edits=_EDITS)
def test_edits_and_places(
    client: Client, text: str, edits: list[tuple[int, int, str, bool]]
) -> None:
    encoding = client.server["positionEncoding"]
    uri = client.open("file:///x/criu/edited.conf", text)
    for first, second, new, whole in edits:
        if whole and len(new) > 3:
            client.change(uri, {"text": new})
            text = new
            continue
        start, end = sorted((first % (len(text) + 1), second % (len(text) + 1)))
        start, end = (
            offset - (offset > 0 and text[offset - 1 : offset + 1] == "\r\n")
            for offset in (start, end)
        )
        places = {"start": _position(text, start, encoding), "end": _position(text, end, encoding)}
        client.change(uri, {"range": places, "text": new})
        text = text[:start] + new + text[end:]
    answer = [(one["code"], one["range"]) for one in client.pulled(uri)]
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert answer == _expected(text, encoding)


_WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}
_LINTER = Linter("4.2.1")


def _actions(client: Client, uri: str) -> list[dict[str, Any]]:
    """All actions that can be done, with their edits."""
    offered = client.of(uri, "codeAction", range=_WHOLE, context={"diagnostics": []})
    resolved = (
        client.ask("codeAction/resolve", action) for action in offered if "edit" not in action
    )
    return [action for action in offered if "edit" in action] + [
        one["result"] for one in resolved if "result" in one
    ]


_LINES = st.lists(
    st.sampled_from(
        [
            "tcp-close no",
            "tcp-close \U0001d11e",
            "verbosity 4 # é",
            "shell-job",
            "tcp-close  no \U0001d11e x",
            "port 0",
            "  nonsense",
            "",
            "# c",
            "log-file",
            "log-file x\\",
            "external mnt[]:m tcp-close",
        ]
    ),
    max_size=6,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.tuples(_LINES, st.sampled_from(["\n", "\r\n"]), st.booleans()).map(
        lambda t: t[1].join(t[0]) + t[1] * t[2]
    )
)
def test_actions_make_what_the_command_line_makes(client: Client, text: str) -> None:
    encoding = client.server["positionEncoding"]
    uri = client.open("file:///x/criu/edited.conf", text)
    actions = _actions(client, uri)
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    data = text.encode()

    check = finder(_LINTER, "/x/criu/edited.conf")
    findings = check(data)
    fixed = [
        fixing.apply_edits(data, finding.fix.edits).decode() for finding in findings if finding.fix
    ]
    fixed_text, _, made = fix(data, check)
    offered: dict[str, list[str]] = {}
    for action in actions:
        word = action["title"].split()[1]
        kind = {"Ignore": "ignore", "Apply": "all"}.get(word, action["kind"])
        if kind == "ignore" and action["title"].endswith("file"):
            kind = "ignore-file"
        offered.setdefault(kind, []).append(
            _applied(text, action["edit"]["changes"][uri], encoding)
        )
    assert sorted(offered.get("quickfix", [])) == sorted(fixed)
    assert offered.get("all", []) == ([fixed_text.decode()] if made else [])
    hidden = set()
    parser = SuppressionParser("4.2.1", RULE_INDEX)
    for code, line in {
        (finding.code, finding.span.line) for finding in findings if finding.code < "CRIU9"
    }:

        def here(other: criulint.Finding, place: tuple[str, int] = (code, line)) -> bool:
            return (other.code, other.span.line) == place

        added = add_suppressions(data, check, parser, wanted=here)
        hidden |= {added.data.decode()} if added.suppressed else set()
    assert set(offered.get("ignore", [])) == hidden


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=_LINES,
    end=st.sampled_from(["", "\n", "\n\n"]),
    after=st.sampled_from(["", "é: \U0001d11e\n"]),
)
def test_yaml_stays_yaml_and_the_file_inside_is_what_it_is_elsewhere(
    client: Client, lines: list[str], end: str, after: str
) -> None:
    """A file that is indented in YAML has the same diagnostics, hovers and actions as alone."""
    encoding = client.server["positionEncoding"]
    before = "\U0001d11e: é\nin:\n  criu/x.conf: |2+\n"
    end = end or ("\n" if after else "")
    text = before + "\n".join(f"    {line}" for line in lines) + end + after
    found = follow(Source(text.encode())).files
    if not found or not found[0].content.is_placed or not found[0].data.strip():
        return
    inner = found[0].data.decode()
    uri, alone = (
        client.open("file:///x/a.yaml", text, "yaml"),
        client.open("file:///x/a.yaml/criu/x.conf", inner),
    )
    first = before.count("\n")

    def moved(places: dict[str, Any]) -> list[tuple[int, str]]:
        lines = [
            (places[key]["line"], text.split("\n")[places[key]["line"]]) for key in ("start", "end")
        ]
        offsets = [_offset(text, places[key], encoding) for key in ("start", "end")]
        return [(line - first, text[offsets[0] : offsets[1]]) for line, _ in lines[:1]]

    def plain(places: dict[str, Any]) -> list[tuple[int, str]]:
        offsets = [_offset(inner, places[key], encoding) for key in ("start", "end")]
        return [(places["start"]["line"], inner[offsets[0] : offsets[1]])]

    def single(answer: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            one for one in answer if one["range"]["start"]["line"] == one["range"]["end"]["line"]
        ]

    inside, outside = client.pulled(uri), client.pulled(alone)
    assert [one["code"] for one in inside] == [one["code"] for one in outside]
    assert [moved(one["range"]) for one in single(inside)] == [
        plain(one["range"]) for one in single(outside)
    ]
    for number, line in enumerate(inner.split("\n")):
        for character in (0, len(line) // 2):
            here = client.of(uri, "hover", first + number, 4 + character)
            there = client.of(alone, "hover", number, character)
            if first + number < len(text.split("\n")) and line.strip():
                assert (here and here["contents"]) == (there and there["contents"])
    results = [
        sorted(
            _applied(source, action["edit"]["changes"][where], encoding)
            for action in _actions(client, where)
            if action["kind"] == "quickfix"
        )
        for where, source in ((uri, text), (alone, inner))
    ]
    for where in (uri, alone):
        client.notify("textDocument/didClose", {"textDocument": {"uri": where}})
    for result in results[0]:
        assert result.startswith(before)
        assert result.endswith(after)
    assert (
        sorted(follow(Source(result.encode())).files[0].data.decode() for result in results[0])
        == results[1]
    )
