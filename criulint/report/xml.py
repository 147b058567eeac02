# SPDX-License-Identifier: MIT
"""What the XML formats share."""

from __future__ import annotations

from xml.etree import ElementTree

from criulint.text import escape


def element(parent: ElementTree.Element, tag: str, **attributes: object) -> ElementTree.Element:
    """Add an element to `parent`; characters that XML cannot hold are escaped in its attributes."""
    return ElementTree.SubElement(
        parent, tag, {name: escape(str(value)) for name, value in attributes.items()}
    )


def document(root: ElementTree.Element) -> str:
    """Return a document in ASCII, which is valid in whichever encoding it is written."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    body = body.replace("##", "#&#35;")  # what a log could read as a command
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
