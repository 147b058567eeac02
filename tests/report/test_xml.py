# SPDX-License-Identifier: MIT
"""XML is valid whatever a report holds."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.report.xml import document, element


@pytest.mark.parametrize(
    ("value", "attribute"),
    [
        ("a", "a"),
        (7, "7"),
        ('<&">', '<&">'),
        ("ü", "ü"),
        ("\x1b", r"\x1b"),
        ("a\nb", r"a\nb"),
        ("\udc80", r"\x80"),
        ("\uffff", r"\uffff"),
    ],
)
def test_attributes(value: object, attribute: str) -> None:
    root = ElementTree.Element("root")
    assert element(root, "child", key=value).get("key") == attribute
    assert root[0].tag == "child"


def test_document() -> None:
    root = ElementTree.Element("root")
    element(root, "child", key="ü")
    assert document(root).splitlines() == [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<root>",
        '  <child key="&#252;" />',
        "</root>",
    ]


@given(st.text(st.characters()))
def test_any_text_can_be_read_back_as_xml(text: str) -> None:
    root = ElementTree.Element("root")
    element(root, "child", key=text)
    read = ElementTree.fromstring(document(root))
    assert (read[0].get("key") or "").isprintable()
