# SPDX-License-Identifier: MIT
"""CRIU's files that are included in a YAML or JSON file.

A file is found by its name: the key of its text (``runc.conf: |``), or a path beside it (``path:
/etc/criu/x.conf`` and ``content: |``). The place of an encoded file is its beginning.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.paths import is_default_name, is_named_for_criu
from criulint.embedded.decode import CODINGS, decode_content
from criulint.embedded.hosts import HostError
from criulint.embedded.manifest.load import is_mapping, is_scalar, mapping_values, walk_nodes
from criulint.embedded.model import HostedText, WrittenFile
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import MappingNode, Node, ScalarNode

    from criulint.embedded.manifest.load import YamlDocument

# Keys of cloud-init and Butane, Ansible's copy, blockinfile and lineinfile, and others.
_PATHS = ("path", "dest", "destination", "target", "filename")
_CONTENTS = ("content", "contents", "inline", "block", "line")

# The tags of text; Ansible's is for text that is not a template. The value of other tags (`!vault`,
# `!include`) is unknown.
_TAGS = ("tag:yaml.org,2002:str", "!unsafe")
_BINARY = "tag:yaml.org,2002:binary"

_BASE64 = frozenset(("base64",))
_URL = frozenset(("url",))
_ZIPPED_URL = frozenset(("url", "gzip"))


# The most bytes of the files in one file, counted once for each name, and messages about them.
_MAX_CONTENT = 1 << 20
_MAX_ERRORS = 20


class _Content(NamedTuple):
    """A scalar that becomes the file `name`; `codings` are what `decode_content` takes."""

    name: str
    node: ScalarNode
    codings: frozenset[str] = frozenset()


class ContentBudget:
    """What the files of all documents of a file may still cost."""

    def __init__(self) -> None:
        self._bytes = _MAX_CONTENT
        self._errors = _MAX_ERRORS

    def charge(self, size: int) -> None:
        """Charge the bytes of a file. HostError if there are too many."""
        self._bytes -= size
        if self._bytes < 0:
            raise HostError(f"the files inside it have more than {_MAX_CONTENT} bytes")

    def allows_error(self) -> bool:
        """Return whether one more message is allowed."""
        self._errors -= 1
        return self._errors >= 0


class Files:
    """CRIU's files in a document, and the reasons why others cannot be decoded.

    `taken` are the nodes of scripts and tasks, which are followed elsewhere.
    """

    def __init__(self, document: YamlDocument, taken: set[int], budget: ContentBudget) -> None:
        self._document = document
        self._budget = budget
        self._taken = taken
        # The mappings with encoded values: a Secret's `data`, a ConfigMap's `binaryData`.
        self._base64: set[int] = set()
        self.errors: list[tuple[int, str]] = []

    def find(self) -> Iterator[WrittenFile]:
        """Yield the files; one that aliases repeat under the same name only once.

        HostError if they are too large together.
        """
        for content in self._contents():
            if file := self._make_file(content):
                self._budget.charge(len(file.data))
                yield file

    def _contents(self) -> Iterator[_Content]:
        seen: set[tuple[str, int, frozenset[str]]] = set()
        for node in walk_nodes(self._document.root):
            if not is_mapping(node):
                continue
            for content in (*self._by_key(node), *self._by_path(node)):
                key = content.name, id(content.node), content.codings
                if key not in seen:
                    seen.add(key)
                    yield content

    @cached_property
    def _mentions_criu(self) -> bool:
        return any(
            "criu" in node.value.lower() and "\n" not in node.value
            for node in walk_nodes(self._document.root)
            if is_scalar(node)
        )

    def _by_key(self, mapping: MappingNode) -> Iterator[_Content]:
        """Yield files whose name is the key of their text."""
        found = mapping_values(mapping)
        if _string(found.get("kind")) == "Secret":
            self._base64.add(id(found.get("data")))
        self._base64.add(id(found.get("binaryData")))
        for key, value in mapping.value:
            name = _string(key)
            if name is None or not self._is_file(name):
                continue
            if is_scalar(value):
                is_encoded = id(mapping) in self._base64
                yield _Content(name, value, _BASE64 if is_encoded else frozenset())
            elif is_mapping(value):
                # CloudFormation, Puppet, Compose: `runc.conf: {content: ...}`
                yield from self._contents_of(name, mapping_values(value))

    def _is_file(self, name: str) -> bool:
        if is_named_for_criu(name):
            return True
        return is_default_name(name) and "/" not in name and self._mentions_criu

    def _by_path(self, mapping: MappingNode) -> Iterator[_Content]:
        """Yield the file that a mapping describes with a path and a content."""
        found = mapping_values(mapping)
        paths = (_string(found.get(key)) for key in _PATHS)
        path = next((path for path in paths if path and is_named_for_criu(path)), None)
        if path is None or id(mapping) in self._taken:
            return
        # Ansible's lineinfile may remove lines, or keep a part of one.
        if _string(found.get("state")) != "absent" and "backrefs" not in found:
            yield from self._contents_of(path, found)

    def _contents_of(self, path: str, found: Mapping[str, Node]) -> Iterator[_Content]:
        """Yield what a mapping with these values writes into the file `path`."""
        words = (_string(found.get("encoding")) or "").lower().split("+")
        codings = frozenset(CODINGS[word] for word in words if word in CODINGS)
        for key in _CONTENTS:
            content = found.get(key)
            if is_scalar(content):
                yield _Content(path, content, codings)
            elif is_mapping(content):
                # Butane: `contents: {inline: ...}`; Ignition: `contents: {source: ...}`
                inner = mapping_values(content)
                inline, source = inner.get("inline"), inner.get("source")
                if is_scalar(inline):
                    yield _Content(path, inline)
                if is_scalar(source) and source.value.startswith("data:"):
                    is_zipped = _string(inner.get("compression")) == "gzip"
                    yield _Content(path, source, _ZIPPED_URL if is_zipped else _URL)

    def _make_file(self, content: _Content) -> WrittenFile | None:
        """Return the file with the text of a scalar, None if it cannot be decoded."""
        name, node, codings = content
        if node.tag == _BINARY:
            codings |= _BASE64
        elif node.tag not in _TAGS:
            return None
        text = self._document.hide(self._document.scalars.read(node))
        start, end = text.offsets[0], text.offsets[-1]
        if codings:
            if not text.is_known:
                return None
            try:
                decoded = decode(decode_content(text.text, codings))
            except ValueError as error:
                if self._budget.allows_error():
                    self.errors.append((start, f"{name} is {error}"))
                return None
            text = HostedText.at(decoded, start, end)
        return WrittenFile(name, text, start)


def _string(node: Node | None) -> str | None:
    return node.value if is_scalar(node) else None
