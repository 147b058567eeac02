# SPDX-License-Identifier: MIT
"""The generated pages contain everything that the code knows."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.configuration.keys import KEYS
from criulint.criu.releases import releases
from criulint.criu.runtimes import engines, runtimes
from criulint.rules.registry import RULES
from docs.generate import command_line, configuration, markdown, options, rooms, rules
from docs.generate import releases as releases_pages
from docs.generate import runtimes as runtimes_pages

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="one system builds the site")


def test_each_key_has_its_type_and_default() -> None:
    (page,) = configuration.pages().values()
    for key in KEYS:
        _, found, rest = page.partition(f"\n## {key.name}\n")
        assert found
        section = rest.partition("\n## ")[0]
        assert "- Type: " in section
        assert ("- Default: " in section) == ("Default: " in key.description)


def test_each_rule_is_in_the_index_and_shows_its_finding() -> None:
    pages = rules.pages()
    for rule in RULES:
        assert f"]({rule.name}.md)" in pages["rules/index.md"]
        page = pages[f"rules/{rule.name}.md"]
        if not rule.bad_host:
            assert f"[{rule.code} {rule.name}]: " in page
        assert page.index("## Bad") < page.index("## Good")


def test_each_release_but_the_first_has_a_page() -> None:
    pages = releases_pages.pages()
    assert len(pages) == len(releases())
    page = pages["reference/releases/4.2.md"]
    assert "`allow-uprobes`" in page
    assert "`/etc/criu/crun.conf`" in page
    # Fixed in 4.2.1.
    assert "network-lock nftables" in pages["reference/releases/4.2.1.md"]


def test_each_runtime_has_a_page_with_what_it_sends() -> None:
    pages = runtimes_pages.pages()
    assert len(pages) == 1 + len(runtimes()) + len(engines())
    for name, runtime in runtimes().items():
        page = pages[f"reference/runtimes/{name}.md"]
        assert all(f"`{file.path}`" in page for file in runtime.files)
        for command in runtime.commands:
            assert all(f"| `{sent.option}` |" in page for sent in runtime.all_sent(command))
    assert "`HOME`" in pages["reference/runtimes/podman.md"]


def test_the_command_line_has_no_table() -> None:
    (page,) = command_line.pages().values()
    assert "\n| " not in page
    assert "`--format FORMAT`\n: " in page or "`--format" in page
    assert "### criulint schema show" in page


def test_options_have_no_negations() -> None:
    (page,) = options.pages().values()
    assert "## tcp-close\n" in page
    assert "## no-tcp-close" not in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*b <x> `c*d`", r"a\*b \<x\> `c*d`"),
        ("~ _x_ [y]", r"\~ \_x\_ \[y\]"),
        ("plain --fix", "plain --fix"),
    ],
)
def test_text_is_not_markdown(text: str, expected: str) -> None:
    assert markdown.plain(text) == expected


def test_arrows_lead_down() -> None:
    """An arrow that a longer way makes needless is left out."""
    graph: Mapping[str, frozenset[str]] = {
        "top": frozenset({"a", "b", "low"}),
        "a": frozenset({"b"}),
        "b": frozenset({"low"}),
        "low": frozenset(),
    }
    drawing = ET.fromstring(rooms.picture(graph))
    svg = "{http://www.w3.org/2000/svg}"
    heights = {text.text: int(text.attrib["y"]) for text in drawing.iter(f"{svg}text")}
    assert sorted(heights, key=lambda name: heights[name]) == ["top", "a", "b", "low"]
    assert len(list(drawing.iter(f"{svg}path"))) == 3


def test_the_rooms_are_those_of_criulint() -> None:
    graph = rooms.rooms()
    assert "criu" in graph["rules"]
    assert not graph["text"]
    design = (_TOP / "docs/design/index.md").read_text(encoding="utf-8")
    table = design.partition("| package |")[2].partition("\n\n")[0]
    cells = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    assert sorted(graph) == sorted(re.findall(r"`(\w+)`", " ".join(cells)))
