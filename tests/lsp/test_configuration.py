# SPDX-License-Identifier: MIT
"""criulint.toml in an editor: mistakes, completion, hovers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.lsp.client import Client
from tests.lsp.editor import apply_edits, make_range

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_numbers: Iterator[int] = iter(range(10**6))


def _open(client: Client, text: str, name: str = "criulint.toml") -> str:
    return client.open(client.root / "toml" / str(next(_numbers)) / name, text, "toml")


def test_a_bad_setting_is_reported_in_full(client: Client) -> None:
    uri = _open(client, 'ignore = ["nonsense"]\nselekt = ["CRIU2"]\n')
    assert client.pulled(uri) == [
        {
            "range": make_range(0, 10, 20),
            "message": "ignore: no rule 'nonsense'",
            "severity": 1,
            "source": "criulint",
        },
        {
            "range": make_range(1, 0, 6),
            "message": "no key 'selekt'; did you mean 'select'?",
            "severity": 1,
            "source": "criulint",
        },
    ]
    client.change(uri, {"text": 'ignore = ["CRIU2"]\n'})
    assert client.pulled(uri) == []


def test_it_is_sent_to_a_client_that_does_not_ask(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criulint.toml", "selekt = 1\n", "toml")
        assert [result["range"] for result in client.pushed(uri)] == [make_range(0, 0, 6)]


def test_other_toml_is_left_alone(client: Client) -> None:
    for name in ("Cargo.toml", "pyproject.toml"):
        uri = _open(client, "[criu]\ntcp-close = false\n", name)
        assert client.pulled(uri) == []
        assert (
            client.of(uri, "codeAction", range=make_range(1, 0, 0), context={"diagnostics": []})
            == []
        )


# The text before the cursor, which is `|`; a label that is offered; what that makes of the line.
@pytest.mark.parametrize(
    ("text", "label", "line"),
    [
        ("|", "select", "select = "),
        ("sel|", "select", "select = "),
        ("criu = |", "4.2.1", 'criu = "4.2.1"'),
        ('criu = "4.|1"', "4.2.1", 'criu = "4.2.1"'),
        ('ignore = ["val|"]', "value-ignored", 'ignore = ["value-ignored"]'),
        ("ignore = [|]", "CRIU201", 'ignore = ["CRIU201"]'),
        ("ignore = |", "CRIU201", 'ignore = ["CRIU201"]'),
        ('ignore = [\n  "CRIU2", # all\n  "va|"\n]', "value-ignored", '  "value-ignored"'),
        ("[sev|", "severity", "[severity"),
        ("[severity]\nCRIU20|", "CRIU201", "CRIU201 = "),
        ("[severity]\nCRIU201 = |", "info", 'CRIU201 = "info"'),
        ('[files."*.conf"]\nro|', "role", "role = "),
        ('files."*.conf".role = "r|"', "rpc", 'files."*.conf".role = "rpc"'),
        ('[images."x"]\nrequire-file = |', "true", "require-file = true"),
    ],
)
def test_completion(client: Client, text: str, label: str, line: str) -> None:
    for name in ("criulint.toml", "pyproject.toml"):
        whole = text
        if name == "pyproject.toml" and text[0] == "[":
            whole = text.replace("[", "[tool.criulint.", 1)
            if "\n" not in text:  # the header itself
                label, line = f"tool.criulint.{label}", line.replace("[", "[tool.criulint.")
        elif name == "pyproject.toml":
            whole = f"[tool.criulint]\n{text}"
        before, after = whole.split("|")
        uri = _open(client, before + after, name)
        number = before.count("\n")
        items = client.of(uri, "completion", number, len(before) - before.rfind("\n") - 1)["items"]
        (item,) = [item for item in items if item["label"] == label]
        assert apply_edits(before + after, [item["textEdit"]]).split("\n")[number] == line


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("criulint.toml", "# |"),
        ("criulint.toml", "ignore = [" + '"CRIU201", ' * 100 + '"va|"]'),
        ("criulint.toml", 'ignore = ["CRIU2"] # |'),
        ("criulint.toml", "nonsense = |"),
        ("criulint.toml", "[nonsense]\n|"),
        ("criulint.toml", "sel ect|"),
        ("pyproject.toml", "[project]\nsel|"),
        ("pyproject.toml", "sel|"),
        ("Cargo.toml", "sel|"),
    ],
)
def test_nothing_is_offered(client: Client, name: str, text: str) -> None:
    before, after = text.split("|")
    uri = _open(client, before + after, name)
    column = len(before) - before.rfind("\n") - 1
    assert client.of(uri, "completion", before.count("\n"), column)["items"] == []


def test_what_is_set_is_not_offered_again(client: Client) -> None:
    uri = _open(client, 'ignore = ["CRIU2"]\n\n[severity]\n')
    labels = {item["label"] for item in client.of(uri, "completion", 1, 0)["items"]}
    assert "select" in labels
    assert "ignore" not in labels


def test_hover(client: Client) -> None:
    uri = _open(client, 'ignore = ["CRIU201"]\n[severity]\nx = 1\n')
    key, rule = (client.of(uri, "hover", 0, column) for column in (2, 14))
    assert (key["range"], key["contents"]["value"]) == (
        make_range(0, 0, 6),
        "Rules not to report, even if they are selected.",
    )
    assert (rule["range"], rule["contents"]["value"][:15]) == (
        make_range(0, 10, 19),
        "value-ignored: ",
    )
    assert "severities" in client.of(uri, "hover", 1, 3)["contents"]["value"]
    assert client.of(uri, "hover", 2, 5) is None
