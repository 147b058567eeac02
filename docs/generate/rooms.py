# SPDX-License-Identifier: MIT
"""A picture of criulint's packages and what each imports, drawn from the imports themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path

import criulint

_PACKAGE = Path(criulint.__file__).parent
# The public names and the start of the program: no rooms.
_OUTSIDE = {"__init__", "__main__", "py"}
_WIDTH, _ROW, _HEIGHT, _LETTER, _PADDING = 960, 84, 34, 8.2, 12

Graph = Mapping[str, frozenset[str]]


def pages() -> dict[str, str]:
    """Return the picture by path."""
    return {"reference/rooms.svg": picture(rooms())}


def rooms() -> Graph:
    """Return which packages and top modules of criulint each of them imports; no circles."""
    graph: dict[str, set[str]] = {}
    for path in sorted(_PACKAGE.rglob("*.py")):
        room = _room(path.relative_to(_PACKAGE).parts[0])
        if room not in _OUTSIDE:
            graph.setdefault(room, set()).update(_imports(path))
    return {room: frozenset(others & graph.keys() - {room}) for room, others in graph.items()}


def _room(name: str) -> str:
    return name.partition(".")[0]


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            first, _, rest = node.module.partition(".")
            if first == "criulint":
                yield from (_room(rest),) if rest else (alias.name for alias in node.names)


def picture(graph: Graph) -> str:
    """Return a drawing of the graph as SVG in the colour of the text around it."""
    arrows = _shortest(graph)
    rows = _rows(arrows)
    places = {
        name: (round(_WIDTH * (column + 1) / (len(row) + 1)), index * _ROW + _HEIGHT)
        for index, row in enumerate(rows)
        for column, name in enumerate(row)
    }
    height = len(rows) * _ROW
    return "\n".join(
        [
            f'<svg class="rooms" viewBox="0 0 {_WIDTH} {height}" role="img"'
            ' xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="15">',
            "<title>criulint's packages; each imports only what is below it</title>",
            '<g stroke="currentColor" stroke-opacity="0.45" fill="none">',
            *_lines(arrows, places),
            "</g>",
            *_boxes(places),
            "</svg>\n",
        ]
    )


def _lines(arrows: Graph, places: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    half = _HEIGHT // 2
    for name, others in arrows.items():
        for other in sorted(others):
            (x, y), (to_x, to_y) = places[name], places[other]
            yield f'<path d="M{x} {y + half}L{to_x} {to_y - half}"/>'


def _boxes(places: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    for name, (x, y) in places.items():
        width = round(len(name) * _LETTER) + 2 * _PADDING
        yield (
            f'<rect x="{x - width // 2}" y="{y - _HEIGHT // 2}" width="{width}" height="{_HEIGHT}"'
            ' rx="5" fill="var(--color-background-secondary, #f8f9fb)" stroke="currentColor"/>'
        )
        yield (
            f'<text x="{x}" y="{y + 5}" text-anchor="middle" fill="currentColor">'
            f"{escape(name)}</text>"
        )


def _reach(graph: Graph, start: str) -> set[str]:
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        for other in graph[waiting.pop()] - seen:
            seen.add(other)
            waiting.append(other)
    return seen


def _shortest(graph: Graph) -> Graph:
    """Leave out arrows that a longer way says already."""
    return {
        name: frozenset(
            other
            for other in others
            if not any(other in _reach(graph, between) for between in others - {other})
        )
        for name, others in graph.items()
    }


def _rows(graph: Graph) -> list[list[str]]:
    """Put each node below all that import it, and above all that it imports; shorten arrows."""
    importers = {name: [other for other in graph if name in graph[other]] for name in graph}
    order = sorted(graph, key=lambda name: (-len(_reach(graph, name)), name))
    depth: dict[str, int] = {}
    for name in order:
        depth[name] = 1 + max((depth[other] for other in importers[name]), default=-1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name in order:
        rows[-1 - depth[name]].append(name)
    place = {row[0]: 0.5 for row in rows}
    for row in rows:
        row.sort(key=lambda name: _centre([place.get(other, 0.5) for other in graph[name]]))
        place.update({name: (index + 1) / (len(row) + 1) for index, name in enumerate(row)})
    return rows[::-1]


def _centre(places: list[float]) -> float:
    return sum(places) / len(places) if places else 0.5
