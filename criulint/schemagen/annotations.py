# SPDX-License-Identifier: MIT
"""Facts about CRIU's options in no document or binary, from `schema/annotations.json`.

An entry holds for all releases unless its `changes`, or `since` at a value, narrow that down.
"""

from __future__ import annotations

from typing import Any

from criulint.criu.releases import Release

AnnotationEntry = dict[str, Any]


def covers(entry: AnnotationEntry, release: str) -> bool:
    """Return whether an entry holds for a release.

    It may begin with `since` or `from`, and end with `until`, which is inclusive.
    """
    known = Release(release)
    since = entry.get("since") or entry.get("from")
    until = entry.get("until")
    return not (since and known < since) and not (until and known > until)


class Annotations:
    """The annotations file, queried by release."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._options: dict[str, AnnotationEntry] = data["options"]
        self._short_options: list[AnnotationEntry] = data["short-options"]
        self._unreal: frozenset[str] = frozenset(data["documented-in-error"])

    def names(self, release: str) -> list[str]:
        """Return the options of a release in the order of CRIU's table.

        The `no-` twin of an option comes right after it.
        """
        names: list[str] = []
        for name, entry in self._options.items():
            if covers(entry, release):
                names += [name, f"no-{name}"] if entry.get("negatable") else [name]
        return names

    def option(self, name: str, release: str) -> AnnotationEntry:
        """Return what is known about an option in a release; an empty entry if nothing is."""
        entry = self._options.get(name)
        if entry is None or not covers(entry, release):
            return {}
        option = {key: value for key, value in entry.items() if key != "changes"}
        for change in entry.get("changes", ()):
            if covers(change, release):
                option |= {
                    key: value for key, value in change.items() if key not in ("from", "until")
                }
                option["source"] = entry["source"] + change.get("source", [])
        if "values" in option:
            option["values"] = {
                value: about["description"]
                for value, about in option["values"].items()
                if covers(about, release)
            }
        return option

    def find_negated(self, name: str, release: str) -> str | None:
        """Return the option that `name` negates, if it is a `no-` twin."""
        positive = name.removeprefix("no-")
        if positive != name and self.option(positive, release).get("negatable"):
            return positive
        return None

    def short_options(self, release: str) -> str:
        """Return a release's short option string, in getopt's notation.

        For an unknown release, that of the newest one.
        """
        for entry in self._short_options:
            if covers(entry, release):
                return str(entry["value"])
        return str(self._short_options[-1]["value"])

    def is_unreal(self, name: str) -> bool:
        """Return whether an option exists only in documents, and in no CRIU."""
        return name in self._unreal
