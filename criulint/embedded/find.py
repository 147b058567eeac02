# SPDX-License-Identifier: MIT
"""Finding CRIU's files inside a YAML or JSON file.

A file is found by what names it: the key that holds it (``runc.conf: |``), or a path beside it
(``path: /etc/criu/x.conf`` and ``content: |``). Its places are those in the YAML file; where a
scalar is written in another way than it reads (folded, base64, a URL), that of its beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.criu.paths import is_default_name, is_named_for_criu
from criulint.embedded.decode import CODINGS, decode_content, unescape
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from yaml import MappingNode, Mark, Node, ScalarNode

# A file without one of these names holds none of CRIU's files, and need not even be YAML.
_NAMES = re.compile(rb"criu[^\n]{0,255}\.conf|(?:crun|runc|default)\.conf")

# Keys of cloud-init and Butane, Ansible's copy, blockinfile and lineinfile, and others.
_PATHS = ("path", "dest", "destination", "target", "filename")
_CONTENTS = ("content", "contents", "inline", "block", "line")
#: What a template engine is still to replace.
TEMPLATE = re.compile(r"\{\{|\{%")

# The tags of text; Ansible's is for text that is not a template. What others (`!vault`, `!include`)
# make of a text is unknown here.
_TAGS = ("tag:yaml.org,2002:str", "!unsafe")
_BINARY = "tag:yaml.org,2002:binary"
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
# Half of a character of two UTF-16 units: valid in JSON, but not in YAML. The second alternative
# skips other escapes, so that the second backslash of a pair does not begin one.
_SURROGATE = re.compile(r"\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|(.))", re.DOTALL)

_BASE64 = frozenset(("base64",))
_URL = frozenset(("url",))
_ZIPPED_URL = frozenset(("url", "gzip"))

_MAX_DEPTH = 500
_MAX_EVENTS = 300_000
# Bytes of the files in one, each as often as it has another name; messages about them.
_MAX_CONTENT = 1 << 20
_MAX_PROBLEMS = 20


class EmbeddedError(ValueError):
    """A YAML file that cannot be searched; the message begins with the place, if there is one."""


class Place(NamedTuple):
    """Where a character is: 1-based line and column, the latter in code points."""

    line: int
    column: int


class Embedded(NamedTuple):
    """A file inside another one.

    `name` is its path or name there, `start` where it begins. `lines` holds, for each of its lines,
    the offset of each character and of the line's end, which `place` turns into places; None if the
    text is written there in another way. `indent` is what each line begins with there, None if the
    file cannot be edited; `newline` is what each line ends with.
    """

    name: str
    data: bytes
    start: Place
    place: Callable[[int], Place]
    lines: list[Sequence[int]] | None = None
    indent: str | None = None
    newline: str = "\n"


class Found(NamedTuple):
    """The files inside another one, and what is wrong with those that cannot be decoded."""

    files: list[Embedded]
    problems: list[str]


def may_hold(data: bytes) -> bool:
    """Return whether a file may hold one of CRIU's, at a glance."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # what `>` writes in PowerShell
        data = data.replace(b"\0", b"")
    return _NAMES.search(data) is not None


def find_files(outer: Source) -> Found:
    """Find CRIU's files inside a YAML or JSON file.

    EmbeddedError if it is neither, or PyYAML is missing.
    """
    if not may_hold(outer.data):
        return Found([], [])
    try:
        import yaml
    except ImportError:
        raise EmbeddedError(
            "files inside YAML need PyYAML: install criulint with the extra `yaml`"
        ) from None
    try:
        text = _Text(outer.data.decode("utf-8"))
    except UnicodeDecodeError:
        raise EmbeddedError("not UTF-8") from None
    if (outer.path or "").lower().endswith((".json", ".ign")):
        text.text = _as_yaml(text.text)
    try:
        return _find(text)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # newer libyaml counts, too
            raise EmbeddedError("nested too deeply") from None
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        template = "; check the rendered template" if TEMPLATE.search(text.text) else ""
        raise EmbeddedError(
            f"{place}not YAML: {error.problem or error.context}{template}"
        ) from None
    except EmbeddedError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise EmbeddedError(f"not YAML: {str(error).splitlines()[0]}") from None


def _find(text: _Text) -> Found:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _refuse_large(text.text, loader)
    found = Found([], [])
    left = _MAX_CONTENT
    for root in yaml.compose_all(text.text, Loader=loader):
        if root:
            document = _Document(root, text)
            for file in document.files():
                left -= len(file.data)
                if left < 0:
                    raise EmbeddedError(f"the files inside it have more than {_MAX_CONTENT} bytes")
                found.files.append(file)
            found.problems.extend(document.problems[: _MAX_PROBLEMS - len(found.problems)])
    return found


def _refuse_large(text: str, loader: Any) -> None:
    """Raise EmbeddedError for YAML that would take too much of the C stack or of memory."""
    import yaml

    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise EmbeddedError("nested too deeply")
        if number > _MAX_EVENTS:
            raise EmbeddedError("too large")


def _as_yaml(text: str) -> str:
    """Return JSON as YAML of the same length.

    It has blanks for tabs, and U+FFFD for each half of a character that is two escapes.
    """

    def replace(match: re.Match[str]) -> str:
        return match[0] if match[1] else "\\ufffd"

    return _SURROGATE.sub(replace, text.replace("\t", " "))


class _Content(NamedTuple):
    """A scalar that becomes the file `name`; `codings` are what `decode_content` takes."""

    name: str
    node: ScalarNode
    codings: frozenset[str] = frozenset()


class _Text:
    """The text of a file, and where its lines begin: those of YAML, and those editors count."""

    def __init__(self, text: str) -> None:
        self._mark = int(text.startswith("\ufeff"))
        self.text = text[self._mark :]
        self.lines = [0, *(match.end() for match in _BREAK.finditer(self.text))]
        self._ends = [match.start() for match in re.finditer("\n", self.text)]

    def offset(self, mark: Mark) -> int:
        """Return the offset of a mark of PyYAML."""
        return self.lines[mark.line] + mark.column

    def place(self, offset: int) -> Place:
        """Return the place of the character at an offset."""
        line = bisect_left(self._ends, offset)
        start = self._ends[line - 1] + 1 if line else -self._mark
        return Place(line + 1, offset - start + 1)


class _Document:
    """A YAML document in the text of its file."""

    def __init__(self, root: Node, text: _Text) -> None:
        self._root = root
        self._file = text
        self._text = text.text
        # The mappings with encoded values: a Secret's `data`, a ConfigMap's `binaryData`.
        self._base64: set[int] = set()
        #: What is wrong with files that cannot be decoded.
        self.problems: list[str] = []
        # By the identity of mappings, which aliases repeat: the values by key.
        self._values_of: dict[int, dict[str, Node]] = {}

    @cached_property
    def _mentions_criu(self) -> bool:
        from yaml import ScalarNode

        return any(
            "criu" in node.value.lower() and "\n" not in node.value
            for node in _walk(self._root)
            if isinstance(node, ScalarNode)
        )

    def files(self) -> Iterator[Embedded]:
        """Yield CRIU's files in the document; one that aliases repeat under its name, once."""
        from yaml import MappingNode

        seen: set[tuple[str, int, frozenset[str]]] = set()
        for node in _walk(self._root):
            if not isinstance(node, MappingNode):
                continue
            for content in (*self._by_key(node), *self._by_path(node)):
                key = content.name, id(content.node), content.codings
                if key not in seen:
                    seen.add(key)
                    if file := self._make_file(content):
                        yield file

    def _values(self, mapping: MappingNode) -> dict[str, Node]:
        """Return the values of a mapping by their keys; of equal keys, that of the last one."""
        values = self._values_of.get(id(mapping))
        if values is None:
            pairs = ((_string(key), value) for key, value in mapping.value)
            values = {name: value for name, value in pairs if name is not None}
            self._values_of[id(mapping)] = values
        return values

    def _by_key(self, mapping: MappingNode) -> Iterator[_Content]:
        from yaml import MappingNode, ScalarNode

        values = self._values(mapping)
        if _string(values.get("kind")) == "Secret":
            self._base64.add(id(values.get("data")))
        self._base64.add(id(values.get("binaryData")))
        for key, value in mapping.value:
            name = _string(key)
            if name is None or not self._is_file(name):
                continue
            if isinstance(value, ScalarNode):
                is_encoded = id(mapping) in self._base64
                yield _Content(name, value, _BASE64 if is_encoded else frozenset())
            elif isinstance(value, MappingNode):
                # CloudFormation, Puppet, Compose: `runc.conf: {content: ...}`
                yield from self._contents(name, self._values(value))

    def _is_file(self, name: str) -> bool:
        if is_named_for_criu(name):
            return True
        return is_default_name(name) and "/" not in name and self._mentions_criu

    def _by_path(self, mapping: MappingNode) -> Iterator[_Content]:
        values = self._values(mapping)
        paths = (_string(values.get(key)) for key in _PATHS)
        path = next((path for path in paths if path and is_named_for_criu(path)), None)
        # Ansible's lineinfile may remove lines, or keep a part of one.
        if path and _string(values.get("state")) != "absent" and "backrefs" not in values:
            yield from self._contents(path, values)

    def _contents(self, path: str, values: dict[str, Node]) -> Iterator[_Content]:
        """Yield what a mapping with these values writes into the file `path`."""
        from yaml import MappingNode, ScalarNode

        words = (_string(values.get("encoding")) or "").lower().split("+")
        codings = frozenset(CODINGS[word] for word in words if word in CODINGS)
        for key in _CONTENTS:
            content = values.get(key)
            if isinstance(content, ScalarNode):
                yield _Content(path, content, codings)
            elif isinstance(content, MappingNode):
                # Butane: `contents: {inline: ...}`; Ignition: `contents: {source: ...}`
                inner = self._values(content)
                inline, source = inner.get("inline"), inner.get("source")
                if isinstance(inline, ScalarNode):
                    yield _Content(path, inline)
                if isinstance(source, ScalarNode) and source.value.startswith("data:"):
                    is_zipped = _string(inner.get("compression")) == "gzip"
                    yield _Content(path, source, _ZIPPED_URL if is_zipped else _URL)

    def _make_file(self, content: _Content) -> Embedded | None:
        name, node, codings = content
        begin = self._begin(node)
        start = self._file.place(begin)
        if node.tag == _BINARY:
            codings |= _BASE64
        elif node.tag not in _TAGS:
            return None
        if codings:
            return self._decode_file(name, node.value, codings, start)
        data = encode(node.value)
        located = self._offsets(node, begin)
        if located is None:
            return Embedded(name, data, start, self._file.place)
        lines, indent = located
        breaks = set(_BREAK.findall(self._text, begin, self._file.offset(node.end_mark)))
        if len(breaks) != 1 or not breaks <= {"\n", "\r\n"}:
            return Embedded(name, data, start, self._file.place, lines)
        return Embedded(name, data, start, self._file.place, lines, indent, breaks.pop())

    def _decode_file(
        self, name: str, text: str, codings: frozenset[str], start: Place
    ) -> Embedded | None:
        if TEMPLATE.search(text):
            return None
        try:
            return Embedded(name, decode_content(text, codings), start, self._file.place)
        except ValueError as error:
            self.problems.append(f"line {start.line}: {name} is {error}")
            return None

    def _begin(self, node: ScalarNode) -> int:
        """Return the offset of a scalar after its anchor and its tag."""
        found = _PROPERTIES.match(self._text, self._file.offset(node.start_mark))
        return found.end() if found else 0

    def _offsets(
        self, node: ScalarNode, begin: int
    ) -> tuple[list[Sequence[int]], str | None] | None:
        """Return the offsets in each line of a scalar, and how its lines are indented.

        None if its characters do not stand there as they read.
        """
        end = self._file.offset(node.end_mark)
        if node.style == "|":
            return self._literal_offsets(node, begin)
        raw = self._text[begin:end]
        if node.style == '"':
            pieces = list(unescape(raw[1:-1]))
            if "".join(text for _, text in pieces) == node.value:
                offsets = [begin + 1 + offset for offset, _ in pieces]
                return _split([*offsets, end - 1], node.value), None
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
            if not content and first + number + 1 < len(lines):
                # An empty line need not be indented.
                start = min(start, lines[first + number + 1] - 1)
            offsets.append(range(start, start + len(content) + 1))
        return offsets, " " * indent


def _split(offsets: list[int], text: str) -> list[Sequence[int]]:
    """Return the offsets of the characters of a text, and of its end, line by line."""
    lines: list[Sequence[int]] = []
    start = 0
    for line in text.split("\n"):
        lines.append(offsets[start : start + len(line) + 1])
        start += len(line) + 1
    return lines


def _string(node: Node | None) -> str | None:
    from yaml import ScalarNode

    return node.value if isinstance(node, ScalarNode) else None


def _walk(root: Node) -> Iterator[Node]:
    """Yield a node and all below it, each once."""
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
