# SPDX-License-Identifier: MIT
"""Rendering a text as Jinja does, as far as the variables are known.

Source: jinja.palletsprojects.com, "Template Designer Documentation"; Ansible sets `trim_blocks`:
the line end after a block is dropped.
"""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import MutableMapping
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.manifest.templates import TAG
from criulint.embedded.model import HostedText, join, separate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from criulint.embedded.steps import Unknowns

#: A value: text, a list, or a mapping; None is one that is not known.
TemplateValue = HostedText | list["TemplateValue"] | dict[str, "TemplateValue"] | None
#: Variables by their names.
TemplateScope = MutableMapping[str, TemplateValue]

# `for name in list`, `for key, value in map`
_FOR = re.compile(r"for\s+(\w+)(?:\s*,\s*(\w+))?\s+in\s+(.+)", re.DOTALL)
# `name.key`, `name["key"]`
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])*")
_STRING = re.compile(r"'[^'\\]*'|\"[^\"\\]*\"")
# `| name`, `| name("text", true)`: the groups are the name and a string as the first argument.
_FILTER = re.compile(
    r"\s*\|\s*(\w+)\s*(?:\(\s*(?:('[^']*'|\"[^\"]*\")[^()]*|[^()\s'\"][^()]*)?\))?"
)
_DEFINED = re.compile(r"([\w.]+)\s+is\s+(not\s+)?defined")
_EQUAL = re.compile(r"==|!=")
_SIGN = re.compile(r"\S")
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\\": "\\"}
# Items of a list or a map that each loop looks at.
_MAX_ITEMS = 200
_MAX_DEPTH = 20
# Blocks that are rendered, for all loops of a text together.
_MAX_BLOCKS = 10_000


class _Block(NamedTuple):
    """A tag with what is in it: pairs of a tag and the parts up to the next one or the end.

    A part is a range of the text, an expression (a tag), or a block.
    """

    arms: list[tuple[re.Match[str], list[_Part]]]


_Part = tuple[int, int] | re.Match[str] | _Block


def has_tags(text: str) -> bool:
    """Return whether a text has something for Jinja to render."""
    return TAG.search(text) is not None


class Rendering:
    """A rendering of a text, with the first or the last arm of each unknown condition."""

    def __init__(
        self,
        text: HostedText,
        scope: TemplateScope,
        unknowns: Unknowns,
        *,
        takes_first: bool = True,
    ) -> None:
        self._text = text
        self._scope = scope
        self._unknowns = unknowns
        self._takes_first = takes_first
        self._blocks = 0
        #: Whether there is another rendering.
        self.has_branches = False
        self._tags = TAG.finditer(text.text)
        self._position = 0
        parts, _ = self._parse(0)
        self.text = join(list(self._render(parts, scope)), text.offsets[-1])

    @property
    def value(self) -> TemplateValue:
        """The value of the text if it is one expression; the text as it is rendered otherwise."""
        whole = TAG.fullmatch(self._text.text.strip())
        if whole and whole[0].startswith("{{"):
            return self._evaluate(0, _inside(whole), self._scope)
        return self.text

    # --- parsing

    def _parse(self, depth: int) -> tuple[list[_Part], re.Match[str] | None]:
        """Return the parts up to the tag that ends or continues the block, and that tag."""
        parts: list[_Part] = []
        for tag in self._tags:
            parts.append(self._before(tag))
            self._position = self._end(tag)
            word = _word(tag)
            if tag[0].startswith("{{"):
                parts.append(tag)
            elif word in ("for", "if") and depth < _MAX_DEPTH:
                arms: list[tuple[re.Match[str], list[_Part]]] = []
                opening: re.Match[str] | None = tag
                while opening and not _word(opening).startswith("end"):
                    inner, following = self._parse(depth + 1)
                    arms.append((opening, inner))
                    opening = following
                parts.append(_Block(arms))
            elif word in ("else", "elif", "endfor", "endif"):
                return parts, tag
        parts.append((self._position, len(self._text)))
        self._position = len(self._text)
        return parts, None

    def _before(self, tag: re.Match[str]) -> tuple[int, int]:
        text = self._text.text[self._position : tag.start()]
        kept = text.rstrip() if tag[0][2] == "-" else text
        return self._position, self._position + len(kept)

    def _end(self, tag: re.Match[str]) -> int:
        """Return where the text continues after a tag."""
        text, end = self._text.text, tag.end()
        if tag[0][-3] == "-":
            following = _SIGN.search(text, end)
            return following.start() if following else len(text)
        is_block = not tag[0].startswith("{{") and tag[0][-3] != "+"
        return end + 1 if is_block and text.startswith("\n", end) else end

    # --- rendering

    def _render(self, parts: Sequence[_Part], scope: TemplateScope) -> Iterator[HostedText]:
        for part in parts:
            self._blocks += 1
            if self._blocks > _MAX_BLOCKS:
                return
            if isinstance(part, _Block):
                yield from self._render_block(part, scope)
            elif isinstance(part, tuple):
                yield self._text[part[0] : part[1]]
            else:
                yield self._render_expression(part, scope)

    def _render_expression(self, tag: re.Match[str], scope: TemplateScope) -> HostedText:
        value = self._evaluate(tag.start(), _inside(tag), scope)
        if isinstance(value, HostedText):
            return value
        offsets = self._text.offsets
        return self._unknowns.text(tag[0], offsets[tag.start()], offsets[tag.end()])

    def _render_block(self, block: _Block, scope: TemplateScope) -> Iterator[HostedText]:
        """Yield the body of a loop for each item, or the arm of a condition that is taken."""
        tag, body = block.arms[0]
        loop = _FOR.fullmatch(_inside(tag))
        if loop:
            items = self._items(self._evaluate(tag.start(), loop[3], scope), loop[2] is not None)
            for item in [None] if items is None else items[:_MAX_ITEMS]:
                names = {loop[1]: item}
                if loop[2]:
                    key, value = item if isinstance(item, list) else (None, None)
                    names = {loop[1]: key, loop[2]: value}
                yield from self._render(body, ChainMap({**names, "loop": None}, scope))
            return
        yield from self._render(self._choose(block, scope), scope)

    @staticmethod
    def _items(value: TemplateValue, has_pairs: bool) -> list[TemplateValue] | None:
        if isinstance(value, dict):
            # Only the beginning of a large map counts: loops in loops walk it again and again.
            parts = islice(_parts_of(value), _MAX_ITEMS)
            offset = next((one.offsets[0] for one in parts if isinstance(one, HostedText)), 0)
            items = list(islice(value.items(), _MAX_ITEMS))
            keys = [HostedText.at(key, offset, offset) for key, _ in items]
            if has_pairs:
                return [[key, item] for key, (_, item) in zip(keys, items, strict=True)]
            return [*keys]
        return value if isinstance(value, list) else None

    def _choose(self, block: _Block, scope: TemplateScope) -> list[_Part]:
        """Return the parts of the arm of an ``if`` that is taken."""
        possible: list[list[_Part]] = []
        for tag, parts in block.arms:
            word, _, condition = _inside(tag).partition(" ")
            answer = True if word == "else" else self._ask(tag.start(), condition, scope)
            if answer is not False:
                possible.append(parts)
            if answer:
                break
        else:
            possible.append([])
        self.has_branches |= len(possible) > 1
        return possible[0 if self._takes_first else -1]

    def _ask(self, start: int, condition: str, scope: TemplateScope) -> bool | None:
        """Return whether a condition is true, None if that is not known.

        `start` is where it begins in the text, or earlier.
        """
        condition = condition.strip()
        if condition.startswith("not "):
            answer = self._ask(start, condition[4:], scope)
            return None if answer is None else not answer
        if defined := _DEFINED.fullmatch(condition):
            first = defined[1].partition(".")[0]
            if not first or scope.get(first) is None:
                return None
            return (_look_up(defined[1], scope) is not None) == (not defined[2])
        if equal := _EQUAL.search(condition):
            words = (condition[: equal.start()], condition[equal.end() :])
            sides = [self._evaluate(start, word, scope) for word in words]
            texts = [side.text for side in sides if isinstance(side, HostedText) and side.is_known]
            return (texts[0] == texts[1]) == (equal[0] == "==") if len(texts) == 2 else None
        value = self._evaluate(start, condition, scope)
        if isinstance(value, HostedText):
            return value.text.lower() not in _FALSE if value.is_known else None
        return None if value is None else bool(value)

    def _evaluate(self, start: int, expression: str, scope: TemplateScope) -> TemplateValue:
        """Return the value of an expression, None if it is not known; `start` as in `_ask`."""
        start += len(expression) - len(expression.lstrip())
        expression = expression.strip()
        found = _STRING.match(expression) or _NAME.match(expression)
        if found is None:
            return None
        if found[0][0] in "'\"":
            value: TemplateValue = self._literal(found[0], start)
        else:
            value = _look_up(found[0], scope)
        position = found.end()
        while position < len(expression):
            if expression.startswith("()", position):  # `items()`
                position += 2
                continue
            step = _FILTER.match(expression, position)
            if step is None:
                return None
            argument = self._literal(step[2], start + step.start(2)) if step[2] else None
            value = _filter(step[1], value, argument)
            position = step.end()
        return value

    def _literal(self, word: str, start: int) -> HostedText:
        """Return the value of a string in an expression, at an offset of the text."""
        offsets = self._text.offsets
        begin = self._text.text.find(word, start)
        if begin < 0:
            begin = start
        text = self._text[begin + 1 : begin + len(word) - 1]
        if "\\" not in text.text:
            return text
        plain = re.sub(r"\\[nt\\]", lambda match: _ESCAPES[match[0]], text.text)
        return HostedText.at(plain, offsets[begin], offsets[begin + len(word)])


_FALSE = frozenset(("", "false", "no", "off", "0", "none", "null"))


def _inside(tag: re.Match[str]) -> str:
    """Return what is between the signs of a tag."""
    return tag[0][2:-2].strip("-+").strip()


def _word(tag: re.Match[str]) -> str:
    """Return the keyword of a tag; empty if it has none."""
    found = re.match(r"\w+", _inside(tag)) if tag[0].startswith("{%") else None
    return found[0] if found else ""


def _look_up(name: str, scope: Mapping[str, TemplateValue]) -> TemplateValue:
    """Return the value of a name with keys, such as ``host.files``; None if it is not known."""
    first, *rest = re.findall(r"\w+", name)
    value = scope.get(first)
    for key in rest:
        if key == "items" and isinstance(value, dict):
            return value
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _filter(name: str, value: TemplateValue, argument: HostedText | None) -> TemplateValue:
    """Return the result of a filter, None if that is not known."""
    if name in ("default", "d"):
        return argument if value is None else value
    if name == "join" and isinstance(value, list):
        texts = [item for item in value if isinstance(item, HostedText)]
        if len(texts) < len(value):
            return None
        return join(separate(texts, argument.text if argument else ""))
    is_kept = name in ("list", "unique", "string", "dict2items", "flatten")
    return value if is_kept else None


def _parts_of(value: TemplateValue) -> Iterator[TemplateValue]:
    """Yield a value, and what is in it, at any depth."""
    yield value
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _parts_of(item)
