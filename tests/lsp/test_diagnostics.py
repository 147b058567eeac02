# SPDX-License-Identifier: MIT
"""Diagnostics: which findings, how they look, pushed or pulled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from criulint.rules.base import Tag
from criulint.rules.registry import RULES
from tests.lsp.client import Client
from tests.lsp.editor import PULLING, make_range, open_document

if TYPE_CHECKING:
    from pathlib import Path


def test_a_diagnostic_has_the_documented_fields(client: Client) -> None:
    uri = open_document(client, "tcp-close false\n")
    (result,) = client.pulled(uri)
    assert result.pop("message").startswith("CRIU ignores `false` and switches it ON")
    assert result == {
        "range": make_range(0, 10, 15),
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
def test_which_rules_are_reported(client: Client, text: str, codes: list[str]) -> None:
    assert [result["code"] for result in client.pulled(open_document(client, text))] == codes


def test_which_rules_are_faded_or_struck_out() -> None:
    assert {rule.code: rule.tag for rule in RULES if rule.tag} == {
        "CRIU204": Tag.UNNECESSARY,  # word-ignored
        "CRIU209": Tag.UNNECESSARY,  # ignored-in-file
        "CRIU301": Tag.UNNECESSARY,  # duplicate-option
        "CRIU307": Tag.DEPRECATED,  # deprecated-option
        "CRIU310": Tag.UNNECESSARY,  # no-effect-value
        "CRIU901": Tag.UNNECESSARY,  # unused-suppression
    }


def test_tags(client: Client) -> None:
    result = client.pulled(open_document(client, "shell-job\nshell-job\n"))
    assert [(one["code"], one["tags"]) for one in result] == [("CRIU301", [1])]


@pytest.mark.parametrize(
    "name",
    ["untitled:Untitled-1", "vscode-remote://x/criu/runc.conf", "file:///C%3A/criu/runc.conf", "x"],
)
def test_any_uri_is_checked(client: Client, name: str) -> None:
    uri = client.open(name, "port 0\n")
    assert [result["code"] for result in client.pulled(uri)] == ["CRIU106"]
    client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_diagnostics_are_pushed_to_a_client_that_does_not_pull(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        assert [result["code"] for result in client.pushed(uri, 1)] == ["CRIU106"]
        client.change(
            uri,
            {
                "range": {"start": {"line": 0, "character": 5}, "end": {"line": 0, "character": 6}},
                "text": "27",
            },
        )
        assert client.pushed(uri, 2) == []
        client.change(uri, {"text": "nonsense\n"})
        assert [result["code"] for result in client.pushed(uri, 3)] == ["CRIU101"]
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        assert client.pushed(uri) == []


def test_nothing_is_pushed_to_a_client_that_pulls(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        client.change(uri, {"text": "port 1\n"})
        assert client.pulled(uri) == []
        time.sleep(0.3)
        assert client.of(uri, "hover", 5, 0) is None
        assert [
            note for note in client.notes if note["method"] == "textDocument/publishDiagnostics"
        ] == []


@pytest.mark.parametrize("name", ["a b.conf", "a%20b.conf", "é.conf", "a%b.conf", "ä+#?.conf"])
def test_a_document_is_pushed_under_the_name_that_it_was_opened_by(
    tmp_path: Path, name: str
) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / name, "port 0\n")
        assert [result["code"] for result in client.pushed(uri, 1)] == ["CRIU106"]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"ignore": ["CRIU106"]}}}
        )
        assert client.pushed(uri, 1) == []


def test_an_unchanged_report_is_not_sent_again(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", "port 0\n")
        first = client.of(uri, "diagnostic")
        assert first["kind"] == "full"
        again = {"kind": "unchanged", "resultId": first["resultId"]}
        assert client.of(uri, "diagnostic", previousResultId=first["resultId"]) == again
        assert client.of(uri, "diagnostic", previousResultId="other")["kind"] == "full"
        client.change(uri, {"text": "\nport 0\n"})
        moved = client.of(uri, "diagnostic", previousResultId=first["resultId"])
        assert (moved["kind"], moved["items"][0]["range"]["start"]["line"]) == ("full", 1)
        assert moved["resultId"] != first["resultId"]
        # An editor moves what it shows with the text, also if the findings stay the same.
        client.change(uri, {"text": ""}, {"text": "\nport 0\n"})
        replaced = client.of(uri, "diagnostic", previousResultId=moved["resultId"])
        assert (replaced["kind"], replaced["items"]) == ("full", moved["items"])


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("tcp-closs\n" * 3000, "1000 more findings not shown"),
        ("tcp-close no\n" * 100_000, "not checked: the text is too large"),
        ("tcp-close " + "x" * 10_000_000, "not checked: the text is too large"),
    ],
)
def test_a_huge_text_is_cheap(tmp_path: Path, text: str, last: str) -> None:
    with Client(tmp_path, PULLING, {"criu": "4.2.1"}) as client:
        uri = client.open(tmp_path / "criu" / "x.conf", text)
        result = client.pulled(uri)
        assert len(result) <= 2001
        assert result[-1]["message"].startswith(last)
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}
        client.of(uri, "codeAction", range=everything, context={"diagnostics": []})
        client.of(uri, "inlayHint", range=everything)
        for method in ("documentSymbol", "documentLink", "semanticTokens/full"):
            client.of(uri, method)
        client.of(uri, "hover", 0, 1)
        client.of(uri, "completion", 0, 1)
        client.of(uri, "formatting", options={"tabSize": 4, "insertSpaces": True})


def test_an_unopened_document_has_nothing(tmp_path: Path) -> None:
    with Client(tmp_path, PULLING) as client:
        assert client.pulled((tmp_path / "gone.conf").as_uri()) == []


def test_other_places_are_related_information() -> None:
    """In the document they have its columns; those of another file are not known."""
    from lsprotocol.types import PositionEncodingKind

    from criulint.configuration.resolve import Resolver
    from criulint.finding import Related, Span
    from criulint.linter.linter import LinterCache
    from criulint.lsp.diagnostics import diagnostic
    from criulint.lsp.document import Document

    path = "/x/a.conf"
    settings = Resolver({}).settings(path)
    text = "# 𝄞 x\ntcp-close false\n"
    document = Document(
        text, path, settings, LinterCache().get(settings), PositionEncodingKind.Utf16
    )
    (finding,) = document.findings
    places = (
        Related(path, Span(1, 5, 1, 6), "here"),
        Related("/etc/criu/runc.conf", Span(3, 2, 3, 4), "there"),
    )
    shown = diagnostic(document, finding._replace(related=places)).related_information
    assert shown is not None
    here, there = shown
    assert (here.location.uri, here.message) == ("file:///x/a.conf", "here")
    assert here.location.range.start.character == 5
    assert (there.location.uri, there.location.range.start.line) == (
        "file:///etc/criu/runc.conf",
        2,
    )
    assert diagnostic(document, finding).related_information is None


@pytest.mark.parametrize(
    ("path", "language"), [("x.sh", "shellscript"), ("install", "shellscript"), ("y.bash", "plain")]
)
def test_what_a_script_writes_has_diagnostics_in_the_script(
    client: Client, path: str, language: str
) -> None:
    text = "LIMIT=10m\ncat > /etc/criu/runc.conf <<EOF\nghost-limit $LIMIT\ntcp_close\nEOF\n"
    uri = client.open(f"file:///x/{path}", text, language)
    result = client.pulled(uri)
    assert [(one["code"], one["range"]) for one in result] == [
        ("CRIU206", make_range(0, 6, 9)),
        ("CRIU101", make_range(3, 0, 9)),
    ]
    titles = [
        action["title"]
        for action in client.request(
            "textDocument/codeAction",
            {
                "textDocument": {"uri": uri},
                "range": make_range(3, 0, 9),
                "context": {"diagnostics": result},
            },
        )
        if action["kind"] == "quickfix"
    ]
    assert "criulint: Write `tcp-close` (CRIU101)" in titles


def test_the_help_has_a_line_of_its_own(client: Client) -> None:
    uri = open_document(client, "tcp-close no\nport 0\n")
    by_code = {result["code"]: result["message"].split("\n") for result in client.pulled(uri)}
    what, how = by_code["CRIU201"]
    assert what.startswith("CRIU ignores `no` and switches it ON")
    assert how.startswith("help: ")
    assert "no-tcp-close" in how
