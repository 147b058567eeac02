# SPDX-License-Identifier: MIT
"""Puppet: the files and lines of manifests, and the commands of ``exec``.

Source: the Puppet language reference, "Strings" (quotes, escapes, here-documents).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.paths import is_destination
from criulint.embedded import shell
from criulint.embedded.languages.literals import Escapes, fill, hole, join_limited, unescape_literal
from criulint.embedded.languages.shared import put_together
from criulint.embedded.languages.trees import Tree, children, field
from criulint.embedded.model import FollowedHost, HostedText, Script, WrittenFile, join
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tree_sitter import Node

    from criulint.source import Source


def follow(source: Source) -> FollowedHost:
    """Return the files that a Puppet manifest describes, and those that its commands write."""
    text, documents = _without_here_documents(decode(source.data))
    return _Manifest(Tree(text, "tree_sitter_puppet"), documents).follow()


# --- here-documents, which the grammar does not support

# `@("END":json/nt)`: a quote if variables are replaced, the word that ends it, and escapes.
_TAG = re.compile(r"@\(\s*(\"?)([^)\"/:\n]+?)\1\s*(?::\s*\w+\s*)?(?:/\s*([nrtsuL$]*)\s*)?\)")
_END = r"[ \t]*(?:(?P<margin>\|)[ \t]*)?(?P<cut>-)?[ \t]*%s[ \t]*"


class _HereDocument(NamedTuple):
    text: HostedText
    is_template: bool
    escapes: str


def _without_here_documents(text: str) -> tuple[str, Mapping[int, _HereDocument]]:
    """Return the manifest with a string for each tag and blanks for its text.

    The texts are by the offsets of their tags.
    """
    documents: dict[int, _HereDocument] = {}
    lines = text.splitlines(keepends=True)
    shown: list[str] = []
    offset = index = 0
    while index < len(lines):
        line = lines[index]
        tags = [] if line.lstrip().startswith("#") else list(_TAG.finditer(line))
        if tags:
            line = _TAG.sub(lambda tag: f'"{" " * (len(tag[0]) - 2)}"', line)
        shown.append(line)
        start = offset
        offset += len(line)
        index += 1
        for tag in tags:
            body, index = _body(lines, index, offset, tag)
            shown.extend(re.sub(r"[^\r\n]", " ", part) for part in body.lines)
            offset += sum(map(len, body.lines))
            documents[start + tag.start()] = _HereDocument(
                body.text, bool(tag[1]), "all" if tag[3] == "" else tag[3] or ""
            )
    return "".join(shown), documents


class _Body(NamedTuple):
    text: HostedText
    lines: list[str]


def _body(lines: list[str], index: int, offset: int, tag: re.Match[str]) -> tuple[_Body, int]:
    """Return the text of a here-document that begins at a line, and the line after its end."""
    end = re.compile(_END % re.escape(tag[2].strip()))
    parts: list[HostedText] = []
    begin = index
    while index < len(lines):
        line = lines[index]
        index += 1
        if found := end.fullmatch(line.rstrip("\r\n")):
            if found["margin"]:
                margin = line[: found.start("margin")]
                parts = [part[len(margin) * part.text.startswith(margin) :] for part in parts]
            text = join(parts, offset)
            if found["cut"]:
                text = text[: len(text.text.removesuffix("\n").removesuffix("\r"))]
            return _Body(text, lines[begin:index]), index
        parts.append(HostedText.of(line, offset))
        offset += len(line)
    return _Body(join(parts, offset), lines[begin:index]), index


# --- strings

_NAMES = {"n": "\n", "r": "\r", "t": "\t", "s": " ", "$": "$", "\\": "\\", '"': '"', "'": "'"}
_DOUBLE = Escapes(
    re.compile(
        r"\\(?:u(?P<hex4>[0-9a-fA-F]{4})|u\{(?P<hex6>[0-9a-fA-F]{1,6})\}|(?P<name>.))", re.DOTALL
    ),
    _NAMES,
)
_SINGLE = Escapes(re.compile(r"\\(?P<name>['\\])"), _NAMES)
# `$name`, `${name}`, or `${expression}`, which has no group.
_VARIABLE = re.compile(
    r"\$(?:(?:::)?([a-z_]\w*(?:::\w+)*)|\{\s*\$?((?:::)?\w+(?:::\w+)*)\s*\}|\{[^}]*(?:\}|\Z))"
)


class _Manifest:
    def __init__(self, tree: Tree, documents: Mapping[int, _HereDocument]) -> None:
        self._tree = tree
        self._documents = documents
        self._variables: dict[str, Node | None] = {}
        self._found = FollowedHost([], [])
        self._values: dict[str, HostedText | None] = {}
        self._depth = 0
        self._steps = 0

    def follow(self) -> FollowedHost:
        """Return what the manifest writes."""
        nodes = list(_walk(self._tree.root))
        for node in nodes:
            if node.type in ("assignment", "parameter"):
                self._note_variable(node)
        for node in nodes:
            if node.type == "resource_declaration":
                self._resource(node)
        return self._found

    def _note_variable(self, node: Node) -> None:
        parts = [child for child in node.named_children if "type" not in child.type]
        if len(parts) > 1 and parts[0].type == "variable":
            name = self._tree.text(parts[0]).lstrip("$:")
            # A variable with several values is unknown.
            self._variables[name] = None if name in self._variables else parts[-1]

    # --- resources

    def _resource(self, node: Node) -> None:
        """Note what a resource writes: `exec` runs code, others have a path and a content."""
        kind = self._tree.text(field(node, "type"))
        attributes = self._attributes(node)
        if self._tree.text(attributes.get("ensure")) in ("absent", "'absent'"):
            return
        if kind == "exec":
            for code in self._titles_or(attributes.get("command"), node):
                followed = shell.follow_script(Script(code, "sh"))
                self._found.files.extend(followed.files)
                self._found.problems.extend(followed.problems)
        elif kind in _CONTENTS:
            path_name, content_name = _CONTENTS[kind]
            paths = self._titles_or(attributes.get(path_name), node)
            self._found.files.extend(
                WrittenFile(path.text, content, self._tree.start(node))
                for path in paths
                if is_destination(path.text)
                for content in self._texts(attributes.get(content_name))
            )

    def _attributes(self, resource: Node) -> dict[str, Node]:
        return {
            self._tree.text(field(child, "name")): value
            for child in resource.named_children
            if child.type == "attribute" and (value := field(child, "value"))
        }

    def _titles_or(self, attribute: Node | None, resource: Node) -> list[HostedText]:
        """Return the texts of an attribute; without it, the resource's titles stand for it."""
        if attribute is not None:
            return self._texts(attribute)
        titles: list[HostedText] = []
        for child in resource.named_children:
            is_title = child == field(resource, "title") or (
                resource.field_name_for_named_child(0) == "title"
            )
            if is_title and child.type != "attribute":
                titles = self._texts(child)
        return titles

    # --- values

    def _texts(self, node: Node | None) -> list[HostedText]:
        """Return the text of an expression, or those of a list; nothing if it is not known."""
        self._steps += 1
        if node is None or self._depth > _MAX_DEPTH or self._steps > _MAX_STEPS:
            return []
        self._depth += 1
        try:
            if node.type == "array":
                return [text for child in children(node) for text in self._texts(child)]
            if node.type == "variable":
                return self._texts(self._variables.get(self._tree.text(node).lstrip("$:")))
            text = self._text(node)
            return [] if text is None else [text]
        finally:
            self._depth -= 1

    def _text(self, node: Node) -> HostedText | None:
        start = self._tree.start(node)
        if node.type == "string":
            return self._string(node, start)
        if node.type == "variable":
            return self._value(self._tree.text(node).lstrip("$:"))
        if node.type == "function_call":
            return self._call(node, start)
        if node.type == "parenthesized_expression":
            return next((text for child in children(node) for text in self._texts(child)), None)
        return None

    def _value(self, name: str) -> HostedText | None:
        """Return the text of a variable, None if it is not known."""
        if name not in self._values:
            self._values[name] = None  # while it is looked for
            texts = self._texts(self._variables.get(name))
            self._values[name] = texts[0] if len(texts) == 1 else None
        return self._values[name]

    def _call(self, node: Node, start: int) -> HostedText | None:
        name, *arguments = node.named_children
        if self._tree.text(name) not in ("join", "stdlib::join") or not arguments:
            return None
        separator = next(iter(self._texts(arguments[1])), None) if len(arguments) > 1 else None
        return put_together(self._texts(arguments[0]), separator.text if separator else "", start)

    def _string(self, node: Node, start: int) -> HostedText:
        document = self._documents.get(start)
        if document:
            return self._here_document(document)
        raw = self._tree.text(node)
        if raw.startswith("'"):
            return unescape_literal(raw[1:-1], start + 1, _SINGLE)
        return self._fill(HostedText.of(raw[1:-1], start + 1), _DOUBLE)

    def _here_document(self, document: _HereDocument) -> HostedText:
        escapes = None
        if document.escapes:
            every = document.escapes == "all"
            names = {
                name: text
                for name, text in _NAMES.items()
                if every or name in document.escapes or name == "\\"
            }
            escapes = Escapes(re.compile(r"\\(?:\r?\n|(?P<name>.))"), names)
        if document.is_template:
            return self._fill(document.text, escapes)
        return _unescape(document.text, escapes)

    def _fill(self, text: HostedText, escapes: Escapes | None) -> HostedText:
        parts: list[HostedText] = []
        last = 0
        for match in _VARIABLE.finditer(text.text):
            if escapes and _is_escaped(text.text, match.start()):
                continue
            parts.append(_unescape(text[last : match.start()], escapes))
            last = match.end()
            name = match[1] or match[2]
            known = self._value(name.lstrip(":")) if name else None
            parts.append(hole(text.offsets[match.start()]) if known is None else known)
        parts.append(_unescape(text[last:], escapes))
        return join_limited(parts)


# The attributes of a resource that are a path and its content.
# By kind of resource: the attributes with the path of a file and with its content.
_CONTENTS = {
    "file": ("path", "content"),
    "file_line": ("path", "line"),
    "concat::fragment": ("target", "content"),
}
_MAX_DEPTH = 50
_MAX_STEPS = 100_000


def _is_escaped(text: str, offset: int) -> bool:
    start = offset
    while start and text[start - 1] == "\\":
        start -= 1
    return (offset - start) % 2 == 1


def _unescape(text: HostedText, escapes: Escapes | None) -> HostedText:
    if escapes is None or "\\" not in text.text:
        return text

    def meaning(match: re.Match[str]) -> str:
        return unescape_literal(match[0], 0, escapes).text

    return fill(text, escapes.pattern, meaning)


def _walk(node: Node) -> Iterator[Node]:
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending.extend(reversed(found.named_children))
