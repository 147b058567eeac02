# SPDX-License-Identifier: GPL-2.0-only
"""CRIU's files inside YAML and JSON: Kubernetes ConfigMaps, Helm's output, cloud-init, Butane and Ignition, Ansible.

A file is found by what names it: the key that holds it (``runc.conf: |``), or a path beside it (``path: /etc/criu/x.conf``
and ``content: |``). What is said of it is said of the place in the YAML file; where a scalar does not stand there as it is
meant (folded, base64, a URL), of the scalar's beginning.
"""

from __future__ import annotations

import binascii
import re
import zlib
from bisect import bisect_left, bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from criulint.finding import Edit, Finding, Fix, Span
from criulint.source import decode, encode

if TYPE_CHECKING:
    from yaml import MappingNode, Mark, Node, ScalarNode

# Without one of these names, nothing in a file is CRIU's, and it need not even be YAML.
_NAMES = re.compile(rb"criu[^\n]{0,255}\.conf|(?:crun|runc|default)\.conf")

_OURS = re.compile(r"(.*/)?(\.?criu/[^/]+\.conf|[^/]*criu[^/]*\.conf|(runc|crun)\.conf)", re.DOTALL)
_MAYBE_OURS = "default.conf"
# Of cloud-init and Butane, Ansible's copy, blockinfile and lineinfile, and others.
_PATHS = ("path", "dest", "destination", "target", "filename")
_CONTENTS = ("content", "contents", "inline", "block", "line")
# cloud-init joins them with a plus sign: gz+b64.
_ENCODINGS = {"b64": "base64", "base64": "base64", "gz": "gzip", "gzip": "gzip"}
# Of what is unpacked.
_LONGEST = 1 << 20
_TEMPLATE = re.compile(r"\{\{|\{%")

# Of text; Ansible's is one that is no template. What other tags (`!vault`, `!include`) make of a text is not known here.
_TAGS = ("tag:yaml.org,2002:str", "!unsafe")
_BINARY = "tag:yaml.org,2002:binary"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
# Half of a character of two UTF-16 units: right in JSON, but not in YAML. Of a pair of backslashes none begins one.
_SURROGATE = re.compile(r"\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|(.))", re.DOTALL)

_ESCAPES = {
    "0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", "e": "\x1b",
    " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0", "L": "\u2028", "P": "\u2029",
}  # fmt: skip
_QUOTED = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))|[^\\]", re.DOTALL
)

_DEEPEST = 500
_MOST_EVENTS = 1_000_000


class EmbeddedError(ValueError):
    """A YAML file in which CRIU's can't be looked for; the text begins with the place."""


def _ignore(message: str) -> None:
    """Say nothing."""


class Place(NamedTuple):
    """Where a character is: 1-based line and column, in code points."""

    line: int
    column: int


class Embedded(NamedTuple):
    """A file inside another one.

    `name` is its path or name as told there. `lines` holds for each of its lines the offset of each character and of the
    line's end, of which `place` makes a place; None where it does not stand there as it is meant. `indent` is what each line
    begins with, None if the file can't be edited there; `newline` is what each ends with.
    """

    name: str
    data: bytes
    start: Place
    place: Callable[[int], Place]
    lines: list[Sequence[int]] | None = None
    indent: str | None = None
    newline: str = "\n"


def check(
    data: bytes,
    path: str,
    check: Callable[[bytes, str], list[Finding]],
    complain: Callable[[str], None] = _ignore,
) -> list[Finding]:
    """What `check` finds in CRIU's files inside of `data`, at the places there. `complain` and EmbeddedError are those of
    `find`.
    """
    findings: dict[Finding, None] = {}  # an alias names a file once more
    for embedded in find(data, path, complain):
        # As if the outer file were a directory: the name tells the role, and no file of this host is meant.
        found = check(embedded.data, f"{path}/{embedded.name.lstrip('/')}")
        if found:
            move = _Move(embedded, path)
            findings |= dict.fromkeys(filter(None, map(move.finding, found)))
    return sorted(findings, key=lambda finding: (finding.span, finding.code))


def may_hold(data: bytes) -> bool:
    """Whether a file may hold one of CRIU's, at a glance."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # what `>` makes in PowerShell
        data = data.replace(b"\0", b"")
    return _NAMES.search(data) is not None


def find(data: bytes, path: str = "", complain: Callable[[str], None] = _ignore) -> list[Embedded]:
    """CRIU's files inside of a YAML or JSON file with this path. EmbeddedError if it is neither, or PyYAML is missing.
    `complain` hears of each file that can't be decoded.
    """
    if not may_hold(data):
        return []
    try:
        import yaml
    except ImportError:
        raise EmbeddedError(
            "files inside YAML need PyYAML: install criulint with the extra `yaml`"
        ) from None
    try:
        text = _Text(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise EmbeddedError("not UTF-8") from None
    if path.lower().endswith((".json", ".ign")):
        text.text = _as_yaml(text.text)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        depth = 0
        for number, event in enumerate(yaml.parse(text.text, Loader=loader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(
                event, yaml.CollectionEndEvent
            )
            if depth > _DEEPEST:  # composing it would take as much of the C stack
                raise EmbeddedError("nested too deeply")
            if number > _MOST_EVENTS:  # and so much memory
                raise EmbeddedError("too large")
        documents = yaml.compose_all(text.text, Loader=loader)
        return [
            file
            for document in documents
            if document
            for file in _Document(document, text, complain).files()
        ]
    except EmbeddedError:
        raise
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # newer libyaml counts, too
            raise EmbeddedError("nested too deeply") from None
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        template = "; check what is made of the template" if _TEMPLATE.search(text.text) else ""
        raise EmbeddedError(
            f"{place}not YAML: {error.problem or error.context}{template}"
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise EmbeddedError(f"not YAML: {str(error).splitlines()[0]}") from None


def _as_yaml(text: str) -> str:
    """JSON as YAML of the same length: with blanks for tabs, and U+FFFD for each half of a character in two escapes."""
    return _SURROGATE.sub(
        lambda match: match[0] if match[1] else "\\ufffd", text.replace("\t", " ")
    )


class _Content(NamedTuple):
    """A scalar that becomes the file `name`; `coded` may hold ``base64``, ``gzip`` and ``url``."""

    name: str
    node: ScalarNode
    coded: frozenset[str] = frozenset()


class _Text:
    """The text of a file, and where its lines begin: those of YAML, and those that editors count."""

    def __init__(self, text: str) -> None:
        self._mark = int(text.startswith("\ufeff"))
        self.text = text[self._mark :]
        self.lines = [0, *(match.end() for match in _BREAK.finditer(self.text))]
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

    def __init__(self, root: Node, text: _Text, complain: Callable[[str], None]) -> None:
        self._root = root
        self._complain = complain
        self._file = text
        self._text = text.text
        self._base64: set[int] = (
            set()
        )  # the mappings whose values are: a Secret's `data`, a ConfigMap's `binaryData`

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
                for content in (*self._by_key(node), *self._by_path(node)):
                    if file := self._embedded(content):
                        yield file

    def _by_key(self, mapping: MappingNode) -> Iterator[_Content]:
        from yaml import MappingNode, ScalarNode

        values = _values(mapping)
        if _string(values.get("kind")) == "Secret":
            self._base64.add(id(values.get("data")))
        self._base64.add(id(values.get("binaryData")))
        for key, value in mapping.value:
            name = _string(key)
            if name is None or not self._is_ours(name):
                continue
            if isinstance(value, ScalarNode):
                yield _Content(
                    name, value, frozenset({"base64"} if id(mapping) in self._base64 else ())
                )
            elif isinstance(
                value, MappingNode
            ):  # CloudFormation, Puppet, Compose: `runc.conf: {content: ...}`
                yield from _contents(name, _values(value))

    def _is_ours(self, name: str) -> bool:
        if name.rpartition("/")[2] == _MAYBE_OURS and not _OURS.fullmatch(name):
            return "/" not in name and self._mentions_criu
        return _OURS.fullmatch(name) is not None

    def _by_path(self, mapping: MappingNode) -> Iterator[_Content]:
        values = _values(mapping)
        paths = (_string(values.get(key)) for key in _PATHS)
        path = next((path for path in paths if path and _OURS.fullmatch(path)), None)
        # Ansible's lineinfile may take lines out, or leave a part of one as it is.
        if path and _string(values.get("state")) != "absent" and "backrefs" not in values:
            yield from _contents(path, values)

    def _embedded(self, content: _Content) -> Embedded | None:
        name, node, coded = content
        begin = self._begin(node)
        start = self._file.place(begin)
        if node.tag == _BINARY:
            coded |= {"base64"}
        elif node.tag not in _TAGS:
            return None
        if coded:
            if _TEMPLATE.search(node.value):
                return None
            try:
                return Embedded(name, _decoded(node.value, coded), start, self._file.place)
            except ValueError as error:
                self._complain(f"line {start.line}: {name} is {error}")
                return None
        data = encode(node.value)
        located = self._offsets(node, begin)
        if located is None:
            return Embedded(name, data, start, self._file.place)
        lines, indent = located
        breaks = set(_BREAK.findall(self._text, begin, self._file.offset(node.end_mark)))
        if len(breaks) != 1 or not breaks <= {"\n", "\r\n"}:
            return Embedded(name, data, start, self._file.place, lines)
        return Embedded(name, data, start, self._file.place, lines, indent, breaks.pop())

    def _begin(self, node: ScalarNode) -> int:
        """Where a scalar begins, behind its anchor and its tag."""
        found = _PROPERTIES.match(self._text, self._file.offset(node.start_mark))
        return found.end() if found else 0

    def _offsets(
        self, node: ScalarNode, begin: int
    ) -> tuple[list[Sequence[int]], str | None] | None:
        """The offsets in each line of a scalar, and how its lines are indented; None if not all characters stand there."""
        end = self._file.offset(node.end_mark)
        if node.style == "|":
            return self._literal_offsets(node, begin)
        raw = self._text[begin:end]
        if node.style == '"':
            pieces = [
                (begin + 1 + match.start(), _unquoted(match))
                for match in _QUOTED.finditer(raw[1:-1])
            ]
            if "".join(text for _, text in pieces) == node.value:
                return _split([*(offset for offset, _ in pieces), end - 1], node.value), None
        elif node.style == "'" and raw[1:-1] == node.value:
            return [range(begin + 1, end)], None
        elif not node.style and raw == node.value:
            return [range(begin, end + 1)], None
        return None

    def _literal_offsets(
        self, node: ScalarNode, begin: int
    ) -> tuple[list[Sequence[int]], str] | None:
        lines = self._file.lines
        first = bisect_right(lines, begin)
        contents = node.value.split("\n")
        indent = None
        for content, start in zip(contents, lines[first:], strict=False):
            if content.strip():
                indent = self._text.find(content, start) - start
                break
        if indent is None or indent < 0:
            return None
        offsets: list[Sequence[int]] = []
        for number, content in enumerate(contents):
            if offsets and not content and number == len(contents) - 1:
                end = offsets[-1][-1]
                offsets.append([end + (2 if self._text.startswith("\r\n", end) else 1)])
                break
            if first + number >= len(lines):
                return None
            start = lines[first + number] + indent
            if content and self._text[start : start + len(content)] != content:
                return None
            if not content:  # an empty line need not be indented
                start = min(
                    start,
                    lines[first + number + 1] - 1 if first + number + 1 < len(lines) else start,
                )
            offsets.append(range(start, start + len(content) + 1))
        return offsets, " " * indent


def _split(offsets: list[int], text: str) -> list[Sequence[int]]:
    """The offsets of the characters of a text, and of its end, line by line."""
    lines: list[Sequence[int]] = []
    start = 0
    for line in text.split("\n"):
        lines.append(offsets[start : start + len(line) + 1])
        start += len(line) + 1
    return lines


def _values(mapping: MappingNode) -> dict[str, Node]:
    return {name: value for key, value in mapping.value if (name := _string(key)) is not None}


def _string(node: Node | None) -> str | None:
    from yaml import ScalarNode

    return node.value if isinstance(node, ScalarNode) else None


def _contents(path: str, values: dict[str, Node]) -> Iterator[_Content]:
    """What a mapping with these values writes into the file `path`."""
    from yaml import MappingNode, ScalarNode

    words = (_string(values.get("encoding")) or "").lower().split("+")
    coded = frozenset(_ENCODINGS[word] for word in words if word in _ENCODINGS)
    for key in _CONTENTS:
        content = values.get(key)
        if isinstance(content, ScalarNode):
            yield _Content(path, content, coded)
        elif isinstance(
            content, MappingNode
        ):  # Butane: `contents: {inline: ...}`; Ignition: `contents: {source: ...}`
            inner = _values(content)
            inline, source = inner.get("inline"), inner.get("source")
            if isinstance(inline, ScalarNode):
                yield _Content(path, inline)
            if isinstance(source, ScalarNode) and source.value.startswith("data:"):
                zipped = _string(inner.get("compression")) == "gzip"
                yield _Content(path, source, frozenset({"url", "gzip"} if zipped else {"url"}))


def _decoded(text: str, coded: frozenset[str]) -> bytes:
    """What a text stands for. ValueError, with what it is not, if that can't be told."""
    data = encode(text)
    if "url" in coded:
        head, _, body = text.partition(",")
        data = unquote_to_bytes(body)
        coded |= {"base64"} if head.endswith(";base64") else set()
    if "base64" in coded:
        try:
            data = binascii.a2b_base64(data)
        except ValueError:
            raise ValueError("not base64") from None
    if "gzip" in coded:
        unzip = zlib.decompressobj(wbits=31)
        try:
            data = unzip.decompress(data, _LONGEST)
        except zlib.error:
            raise ValueError("not gzip") from None
        if not unzip.eof:
            raise ValueError("cut, or too large")
    return data


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
        if self._embedded.lines is None:
            start = self._embedded.start
            message = f"line {span.line} of {self._embedded.name}: {finding.message}"
            outer = Span(start.line, start.column, start.line, start.column + 1)
            return finding._replace(path=self._path, span=outer, message=message, fix=None)
        return finding._replace(
            path=self._path, span=self._span(span), fix=finding.fix and self._fix(finding.fix)
        )

    def _span(self, span: Span) -> Span:
        start, end = (
            self._place(span.line, span.column),
            self._place(span.end_line, span.end_column),
        )
        if end.line != start.line and span.end_line == span.line:
            end = Place(start.line, start.column + 1)
        return Span(*start, *end)

    def _place(self, line: int, column: int) -> Place:
        lines = self._embedded.lines
        assert lines
        if line > len(lines):
            return self._embedded.place(lines[-1][-1])
        offsets = lines[line - 1]
        end = self._embedded.place(offsets[min(column, len(offsets)) - 1])
        return Place(end.line, end.column + max(column - len(offsets), 0))

    def _fix(self, fix: Fix) -> Fix | None:
        return (
            None
            if self._embedded.indent is None
            else fix._replace(edits=tuple(map(self.edit, fix.edits)))
        )

    def edit(self, edit: Edit) -> Edit:
        """The edit in the outer file; what it brings is indented."""
        span, text = self._span(edit.span), edit.text
        newline, indent = self._embedded.newline, self._embedded.indent or ""
        if (
            edit.span.column == edit.span.end_column == 1
            and text[-1:] in ("", "\n")
            and self._has(edit.span.end_line)
        ):
            # Whole lines go with what they are indented by: behind the last one of the file no such thing is left.
            text = "".join(f"{indent}{line}{newline}" for line in text.split("\n")[:-1])
            return Edit(Span(span.line, 1, span.end_line, 1), text)
        return Edit(span, text.replace("\n", newline + indent))

    def _has(self, line: int) -> bool:
        return line <= len(self._embedded.lines or ())


def moved(file: Embedded, edit: Edit) -> Edit:
    """An edit of a file inside of another one as an edit of that one."""
    return _Move(file, file.name).edit(edit)
