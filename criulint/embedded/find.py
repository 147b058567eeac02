# SPDX-License-Identifier: MIT
"""Finding CRIU's files inside a YAML or JSON file.

A file is found by what names it: the key that holds it (``runc.conf: |``), or a path beside it
(``path: /etc/criu/x.conf`` and ``content: |``). Its places are those in the YAML file; where a
scalar is written in another way than it reads (folded, base64, a URL), that of its beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.criu.paths import is_default_name, is_named_for_criu
from criulint.embedded.decode import CODINGS, decode_content, unescape
from criulint.embedded.hosted import Followed, HostedText, Written
from criulint.embedded.hosts import HostError, MissingExtraError
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from yaml import MappingNode, Mark, Node, ScalarNode

    from criulint.source import Source

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
_MAX_EVENTS = 1_000_000


def may_hold(data: bytes) -> bool:
    """Return whether a file may hold one of CRIU's, at a glance."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # what `>` writes in PowerShell
        data = data.replace(b"\0", b"")
    return _NAMES.search(data) is not None


def follow(outer: Source) -> Followed:
    """Return CRIU's files inside a YAML or JSON file. HostError if it is neither."""
    if not may_hold(outer.data):
        return Followed([], [])
    try:
        import yaml
    except ImportError:
        raise MissingExtraError(
            "files inside YAML need PyYAML: install criulint with the extra `yaml`"
        ) from None
    try:
        text = _Text(outer.data.decode("utf-8"))
    except UnicodeDecodeError:
        raise HostError("not UTF-8") from None
    if (outer.path or "").lower().endswith((".json", ".ign")):
        text.text = _as_yaml(text.text)
    try:
        return _find(text)
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in str(error.problem):  # newer libyaml counts, too
            raise HostError("nested too deeply") from None
        place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        template = "; check the rendered template" if TEMPLATE.search(text.text) else ""
        raise HostError(f"{place}not YAML: {error.problem or error.context}{template}") from None
    except HostError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise HostError(f"not YAML: {str(error).splitlines()[0]}") from None


def _find(text: _Text) -> Followed:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    _refuse_large(text.text, loader)
    files: list[Written] = []
    errors: list[tuple[int, str]] = []
    for root in yaml.compose_all(text.text, Loader=loader):
        if root:
            document = _Document(root, text)
            files.extend(document.files())
            errors += document.errors
    return Followed(files, [], tuple(errors))


def _refuse_large(text: str, loader: Any) -> None:
    """Raise HostError for YAML that would take too much of the C stack or of memory."""
    import yaml

    depth = 0
    for number, event in enumerate(yaml.parse(text, Loader=loader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise HostError("nested too deeply")
        if number > _MAX_EVENTS:
            raise HostError("too large")


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
    """The text of a file, and where YAML's lines begin."""

    def __init__(self, text: str) -> None:
        #: What is to be added to an offset: the byte order mark is no part of the text.
        self.mark = int(text.startswith("\ufeff"))
        self.text = text[self.mark :]
        self.lines = [0, *(match.end() for match in _BREAK.finditer(self.text))]

    def offset(self, mark: Mark) -> int:
        """Return the offset of a mark of PyYAML."""
        return self.lines[mark.line] + mark.column


class _Document:
    """A YAML document in the text of its file."""

    def __init__(self, root: Node, text: _Text) -> None:
        self._root = root
        self._file = text
        self._text = text.text
        # The mappings with encoded values: a Secret's `data`, a ConfigMap's `binaryData`.
        self._base64: set[int] = set()
        #: What is wrong with files that cannot be decoded.
        self.errors: list[tuple[int, str]] = []

    @cached_property
    def _mentions_criu(self) -> bool:
        from yaml import ScalarNode

        return any(
            "criu" in node.value.lower() and "\n" not in node.value
            for node in _walk(self._root)
            if isinstance(node, ScalarNode)
        )

    def files(self) -> Iterator[Written]:
        """Yield CRIU's files in the document."""
        from yaml import MappingNode

        for node in _walk(self._root):
            if isinstance(node, MappingNode):
                for content in (*self._by_key(node), *self._by_path(node)):
                    if file := self._make_file(content):
                        yield file

    def _by_key(self, mapping: MappingNode) -> Iterator[_Content]:
        from yaml import MappingNode, ScalarNode

        values = _values(mapping)
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
                yield from _contents(name, _values(value))

    def _is_file(self, name: str) -> bool:
        if is_named_for_criu(name):
            return True
        return is_default_name(name) and "/" not in name and self._mentions_criu

    def _by_path(self, mapping: MappingNode) -> Iterator[_Content]:
        values = _values(mapping)
        paths = (_string(values.get(key)) for key in _PATHS)
        path = next((path for path in paths if path and is_named_for_criu(path)), None)
        # Ansible's lineinfile may remove lines, or keep a part of one.
        if path and _string(values.get("state")) != "absent" and "backrefs" not in values:
            yield from _contents(path, values)

    def _make_file(self, content: _Content) -> Written | None:
        name, node, codings = content
        begin = self._begin(node)
        start = begin + self._file.mark
        if node.tag == _BINARY:
            codings |= _BASE64
        elif node.tag not in _TAGS:
            return None
        if codings:
            return self._decode_file(name, node.value, codings, start)
        offsets = self._offsets(node, begin)
        if offsets is None:
            return Written(name, HostedText.at(node.value, start, start), start)
        text = HostedText(node.value, [offset + self._file.mark for offset in offsets])
        return Written(name, text, start)

    def _decode_file(
        self, name: str, text: str, codings: frozenset[str], start: int
    ) -> Written | None:
        if TEMPLATE.search(text):
            return None
        try:
            content = decode(decode_content(text, codings))
        except ValueError as error:
            self.errors.append((start, f"{name} is {error}"))
            return None
        return Written(name, HostedText.at(content, start, start), start)

    def _begin(self, node: ScalarNode) -> int:
        """Return the offset of a scalar after its anchor and its tag."""
        found = _PROPERTIES.match(self._text, self._file.offset(node.start_mark))
        return found.end() if found else 0

    def _offsets(self, node: ScalarNode, begin: int) -> Sequence[int] | None:
        """Return the offset of each character of a scalar, and of its end.

        None if its characters do not stand there as they read.
        """
        end = self._file.offset(node.end_mark)
        if node.style == "|":
            return self._literal_offsets(node, begin)
        raw = self._text[begin:end]
        if node.style == '"':
            pieces = list(unescape(raw[1:-1]))
            if "".join(text for _, text in pieces) == node.value:
                return [*(begin + 1 + offset for offset, _ in pieces), end - 1]
        elif node.style == "'" and raw[1:-1] == node.value:
            return range(begin + 1, end)
        elif not node.style and raw == node.value:
            return range(begin, end + 1)
        return None

    def _literal_offsets(self, node: ScalarNode, begin: int) -> Sequence[int] | None:
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
        offsets: list[int] = []
        for number, content in enumerate(contents):
            if offsets and not content and number == len(contents) - 1:
                end = offsets[-1]
                return [*offsets, end + (2 if self._text.startswith("\r\n", end) else 1)]
            if first + number >= len(lines):
                return None
            start = lines[first + number] + indent
            if content and self._text[start : start + len(content)] != content:
                return None
            if not content and first + number + 1 < len(lines):
                # An empty line need not be indented.
                start = min(start, lines[first + number + 1] - 1)
            offsets += range(start, start + len(content) + 1)
        return offsets


def _values(mapping: MappingNode) -> dict[str, Node]:
    pairs = ((_string(key), value) for key, value in mapping.value)
    return {name: value for name, value in pairs if name is not None}


def _string(node: Node | None) -> str | None:
    from yaml import ScalarNode

    return node.value if isinstance(node, ScalarNode) else None


def _contents(path: str, values: dict[str, Node]) -> Iterator[_Content]:
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
            inner = _values(content)
            inline, source = inner.get("inline"), inner.get("source")
            if isinstance(inline, ScalarNode):
                yield _Content(path, inline)
            if isinstance(source, ScalarNode) and source.value.startswith("data:"):
                is_zipped = _string(inner.get("compression")) == "gzip"
                yield _Content(path, source, _ZIPPED_URL if is_zipped else _URL)


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
