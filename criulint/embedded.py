# SPDX-License-Identifier: GPL-2.0-only
"""CRIU's files inside YAML and JSON: Kubernetes ConfigMaps, Helm's output, cloud-init, Butane, Ansible.

A file is found by what names it: the key that holds it (``runc.conf: |``), or a path beside it (``path: /etc/criu/x.conf``
and ``content: |``). What is said of it is said of the place in the YAML file; where a scalar does not stand there as it is
meant (folded, base64), of the scalar's beginning.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from criulint.finding import Edit, Finding, Fix, Span
from criulint.source import decode, encode

if TYPE_CHECKING:
    from yaml import MappingNode, Mark, Node, ScalarNode

# Without one of these words, nothing in a file is CRIU's.
_WORDS = re.compile(rb"criu|crun\.conf|runc\.conf", re.IGNORECASE)

_OURS = re.compile(r"(.*/)?(\.?criu/[^/]+\.conf|[^/]*criu[^/]*\.conf|(runc|crun)\.conf)", re.DOTALL)
_MAYBE_OURS = "default.conf"
# Of cloud-init and Butane, Ansible's copy and blockinfile, and others.
_PATHS = ("path", "dest", "destination", "target", "filename")
_CONTENTS = ("content", "contents", "inline", "block")
_BASE64 = ("b64", "base64")
_TEMPLATE = re.compile(r"\{\{|\{%")

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_QUOTED = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]", re.DOTALL)

_DEEPEST = 500
# A document may refer to a part of itself over and over.
_MOST_NODES = 1_000_000


class EmbeddedError(ValueError):
    """A YAML file in which CRIU's can't be looked for; the text begins with the place."""


class Place(NamedTuple):
    """Where a character is: 1-based line and column, in code points."""

    line: int
    column: int


class Embedded(NamedTuple):
    """A file inside another one.

    `name` is its path or name as told there. `line_starts` holds for each of its lines the place of each character and of
    the line's end; None where it does not stand there as it is meant. `indent` is what each new line begins with, None if
    the file can't be edited there.
    """

    name: str
    data: bytes
    start: Place
    places: list[list[Place]] | None
    indent: str | None


def check(data: bytes, path: str, check: Callable[[bytes, str], list[Finding]]) -> list[Finding]:
    """What `check` finds in CRIU's files inside of `data`, at the places there. EmbeddedError if it can't be read."""
    findings: list[Finding] = []
    for embedded in find(data):
        # As if the outer file were a directory: the name tells the role, and no file of this host is meant.
        found = check(embedded.data, f"{path}/{embedded.name.lstrip('/')}")
        if found:
            move = _Move(embedded, path)
            findings += filter(None, map(move.finding, found))
    return sorted(findings, key=lambda finding: (finding.span, finding.code))


def may_hold(data: bytes) -> bool:
    """Whether a file may hold one of CRIU's, at a glance."""
    return _WORDS.search(data) is not None


def find(data: bytes) -> list[Embedded]:
    """CRIU's files inside of a YAML or JSON file. EmbeddedError if it is neither, or PyYAML is missing."""
    if not may_hold(data):
        return []
    try:
        import yaml
    except ImportError:
        raise EmbeddedError("to look inside of YAML files takes PyYAML: pip install 'criulint[yaml]'") from None
    try:
        text = _Text(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise EmbeddedError("not UTF-8") from None
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for event in yaml.parse(text.text, Loader=loader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEEPEST:  # composing it would take as much of the C stack
                raise EmbeddedError("nested too deeply")
        documents = yaml.compose_all(text.text, Loader=loader)
        return [file for document in documents if document for file in _Document(document, text).files()]
    except EmbeddedError:
        raise
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise EmbeddedError(f"{place}not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise EmbeddedError(f"not YAML: {str(error).splitlines()[0]}") from None


class _Text:
    """The text of a file, and where its lines begin: those of YAML, and those that editors count."""

    def __init__(self, text: str) -> None:
        self._mark = int(text.startswith("\ufeff"))
        self.text = text[self._mark :]
        self.lines = [0, *(match.end() for match in re.finditer("\r\n|[\n\r\x85\u2028\u2029]", self.text))]
        self._ends = [match.start() for match in re.finditer("\n", self.text)]

    def offset(self, mark: Mark) -> int:
        """Where a mark of PyYAML is."""
        return self.lines[mark.line] + mark.column

    def place(self, offset: int) -> Place:
        """The place of a character in the file."""
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else -self._mark
        return Place(line + 1, offset - start + 1)


class _Document:
    """A YAML document in the text of its file."""

    def __init__(self, root: Node, text: _Text) -> None:
        self._root = root
        self._file = text
        self._text = text.text

    @cached_property
    def _mentions_criu(self) -> bool:
        from yaml import ScalarNode

        return any(
            "criu" in node.value.lower() and "\n" not in node.value and node.value != _MAYBE_OURS
            for node in _walk(self._root)
            if isinstance(node, ScalarNode)
        )

    def files(self) -> Iterator[Embedded]:
        """CRIU's files in the document."""
        from yaml import MappingNode

        for node in _walk(self._root):
            if isinstance(node, MappingNode):
                yield from self._by_key(node)
                yield from self._by_path(node)

    def _by_key(self, mapping: MappingNode) -> Iterator[Embedded]:
        from yaml import ScalarNode

        for key, value in mapping.value:
            if isinstance(key, ScalarNode) and isinstance(value, ScalarNode) and self._is_ours(key.value):
                yield self._embedded(key.value, value, self._is_base64(mapping))

    def _is_ours(self, name: str) -> bool:
        if name.rpartition("/")[2] == _MAYBE_OURS and not _OURS.fullmatch(name):
            return "/" not in name and self._mentions_criu
        return _OURS.fullmatch(name) is not None

    def _is_base64(self, mapping: MappingNode) -> bool:
        """Whether a mapping is the ``data`` of a Kubernetes Secret, or the ``binaryData`` of a ConfigMap."""
        from yaml import MappingNode

        if not isinstance(self._root, MappingNode):
            return False
        top = {key.value: value for key, value in self._root.value if isinstance(key.value, str)}
        kind = top.get("kind")
        return mapping is top.get("binaryData") or (
            kind is not None and kind.value == "Secret" and mapping is top.get("data")
        )

    def _by_path(self, mapping: MappingNode) -> Iterator[Embedded]:
        from yaml import MappingNode, ScalarNode

        values = {key.value: value for key, value in mapping.value if isinstance(key, ScalarNode)}
        path = next((values[key].value for key in _PATHS if isinstance(values.get(key), ScalarNode)), None)
        if path is None or not _OURS.fullmatch(path):
            return
        encoding = values.get("encoding")
        coded = isinstance(encoding, ScalarNode) and encoding.value in _BASE64
        for key in _CONTENTS:
            content = values.get(key)
            if isinstance(content, MappingNode):  # Butane: `contents: {inline: ...}`
                inner = [value for name, value in content.value if isinstance(name, ScalarNode) and name.value == "inline"]
                content = inner[0] if inner else None
            if isinstance(content, ScalarNode):
                yield self._embedded(path, content, coded)

    def _embedded(self, name: str, node: ScalarNode, coded: bool) -> Embedded:
        start = self._file.place(self._file.offset(node.start_mark))
        if coded:
            try:
                return Embedded(name, binascii.a2b_base64(node.value.encode("ascii")), start, None, None)
            except ValueError:
                raise EmbeddedError(f"line {start.line}: {name} is not base64") from None
        data = encode(node.value)
        offsets = self._offsets(node)
        if offsets is None:
            return Embedded(name, data, start, None, None)
        where, indent = offsets
        places: list[list[Place]] = [[]]
        for character, offset in zip(node.value, where, strict=True):
            places[-1].append(self._file.place(offset))
            if character == "\n":
                places.append([])
        last = self._file.place(where[-1] + 1) if where else start
        for line in places:
            if not line or line is places[-1]:
                line.append(last)
        return Embedded(name, data, start, places, indent)

    def _offsets(self, node: ScalarNode) -> tuple[list[int], str | None] | None:
        """The offset of each character of a scalar, and how its lines are indented; None if not all stand there."""
        begin, end = self._file.offset(node.start_mark), self._file.offset(node.end_mark)
        if node.style == "|":
            return self._literal_offsets(node)
        raw = self._text[begin:end]
        if node.style == '"':
            pieces = [(begin + 1 + match.start(), _unquoted(match)) for match in _QUOTED.finditer(raw[1:-1])]
            if "".join(text for _, text in pieces) == node.value:
                return [offset for offset, _ in pieces], None
        elif node.style == "'" and raw[1:-1] == node.value:
            return list(range(begin + 1, end - 1)), None
        elif not node.style and raw == node.value:
            return list(range(begin, end)), None
        return None

    def _literal_offsets(self, node: ScalarNode) -> tuple[list[int], str] | None:
        lines = self._file.lines
        first = node.start_mark.line + 1
        contents = node.value.split("\n")
        indent = None
        for content, start in zip(contents, lines[first:], strict=False):
            if content.strip():
                indent = self._text.find(content, start) - start
                break
        if indent is None or indent < 0:
            return None
        offsets: list[int] = []
        for number, content in enumerate(contents):
            last = number == len(contents) - 1
            if last and not content:
                break
            if first + number >= len(lines):
                return None
            start = lines[first + number] + indent
            if content and self._text[start : start + len(content)] != content:
                return None
            if not content:  # an empty line need not be indented
                start = min(start, lines[first + number + 1] - 1 if first + number + 1 < len(lines) else start)
            offsets += range(start, start + len(content) + (not last))
        return offsets, " " * indent


def _unquoted(match: re.Match[str]) -> str:
    for group in (1, 2, 3):
        if match[group]:
            return chr(int(match[group], 16))
    return _ESCAPES.get(match[4], "") if match[4] else match[0]


def _walk(root: Node) -> Iterator[Node]:
    """A node and all below it, each once."""
    from yaml import MappingNode, SequenceNode

    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if len(seen) > _MOST_NODES:
            raise ValueError("too large")
        yield node
        if isinstance(node, MappingNode):
            waiting += [part for pair in reversed(node.value) for part in reversed(pair)]
        elif isinstance(node, SequenceNode):
            waiting += reversed(node.value)


class _Move:
    """Findings of an embedded file to where it stands."""

    def __init__(self, embedded: Embedded, path: str) -> None:
        self._embedded = embedded
        self._path = path
        self._lines = decode(embedded.data).split("\n")

    def finding(self, finding: Finding) -> Finding | None:
        """The finding in the outer file; None on a line that a template engine is still to change."""
        span = finding.span
        if span.line <= len(self._lines) and _TEMPLATE.search(self._lines[span.line - 1]):
            return None
        if self._embedded.places is None:
            start = self._embedded.start
            message = f"line {span.line} of {self._embedded.name}: {finding.message}"
            outer = Span(start.line, start.column, start.line, start.column + 1)
            return finding._replace(path=self._path, span=outer, message=message, fix=None)
        return finding._replace(path=self._path, span=self._span(span), fix=finding.fix and self._fix(finding.fix))

    def _span(self, span: Span) -> Span:
        start, end = self._place(span.line, span.column), self._place(span.end_line, span.end_column)
        if end.line != start.line and span.end_line == span.line:
            end = Place(start.line, start.column + 1)
        return Span(*start, *end)

    def _place(self, line: int, column: int) -> Place:
        places = self._embedded.places or [[self._embedded.start]]
        if line > len(places):
            return places[-1][-1]
        characters = places[line - 1]
        if column <= len(characters):
            return characters[column - 1]
        return Place(characters[-1].line, characters[-1].column + column - len(characters))

    def _fix(self, fix: Fix) -> Fix | None:
        return None if self._embedded.indent is None else fix._replace(edits=tuple(map(self.edit, fix.edits)))

    def edit(self, edit: Edit) -> Edit:
        """The edit in the outer file; new lines are indented, and the line behind the embedded file's last one stays."""
        indent, places = self._embedded.indent or "", self._embedded.places or []
        start, end = Place(*edit.span[:2]), Place(*edit.span[2:])
        text = edit.text
        if end.line >= len(places) > 1 and len(places[-1]) == 1:  # behind the LF that ends the file
            before = Place(len(places) - 1, len(places[-2]))
            if text.endswith("\n"):
                text, end = text[:-1], before
                if start.line >= len(places):
                    text, start = "\n" + text, before
            elif not text and start.column == 1 and start.line < len(places):  # its lines go with what they are indented by
                first = self._place(*start)
                return Edit(Span(first.line, 1, *self._place(*end)), text)
        return Edit(self._span(Span(*start, *end)), text.replace("\n", f"\n{indent}"))


def moved(file: Embedded, edit: Edit) -> Edit:
    """An edit of a file inside of another one as an edit of that one."""
    return _Move(file, file.name).edit(edit)
