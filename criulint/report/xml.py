# SPDX-License-Identifier: GPL-2.0-only
"""What the XML formats share."""

from __future__ import annotations

from xml.etree import ElementTree

from criulint.text import escape


def element(parent: ElementTree.Element, tag: str, **attributes: object) -> ElementTree.Element:
    """A new element in `parent`; its attributes may hold whatever a file or a path can, and XML can't."""
    return ElementTree.SubElement(
        parent, tag, {name: escape(str(value)) for name, value in attributes.items()}
    )


def document(root: ElementTree.Element) -> str:
    """A whole document, of ASCII alone: right whatever the encoding is that it is written in."""
    ElementTree.indent(root)
    body = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=False).decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'
