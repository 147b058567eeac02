# SPDX-License-Identifier: GPL-2.0-only
"""What no document and no binary says about CRIU's options, from `schema/annotations.json`.

The file's entries hold for all releases; `changes` inside an entry, and `since` at a value, narrow that down.
"""

from __future__ import annotations

from typing import Any

from criulint.criu.releases import Release

Entry = dict[str, Any]


def covers(entry: Entry, release: str) -> bool:
    """Tell whether an entry with `since`/`until` (or `from`/`until`; all may be missing) holds for a release."""
    known = Release(release)
    since = entry.get("since") or entry.get("from")
    until = entry.get("until")
    return not (since and known < since) and not (until and known > until)


class Annotations:
    """The annotations file, asked release by release."""

    def __init__(self, data: Entry) -> None:
        self._options: dict[str, Entry] = data["options"]
        self._short_options: list[Entry] = data["short-options"]
        self._unreal: frozenset[str] = frozenset(data["documented-in-error"])

    def names(self, release: str) -> list[str]:
        """Return the options of a release in the order of CRIU's table, with the `no-` twins behind their options."""
        names: list[str] = []
        for name, entry in self._options.items():
            if covers(entry, release):
                names += [name, f"no-{name}"] if entry.get("negatable") else [name]
        return names

    def option(self, name: str, release: str) -> Entry:
        """Return what is known of an option in a release; an empty entry for one that nothing is known of."""
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

    def negated(self, name: str, release: str) -> str | None:
        """Return the option that `name` is the `no-` twin of, if it is one."""
        positive = name.removeprefix("no-")
        if positive != name and self.option(positive, release).get("negatable"):
            return positive
        return None

    def short_options(self, release: str) -> str:
        """Return the release's short option string, in getopt's notation; of an unknown release, the newest one's."""
        for entry in self._short_options:
            if covers(entry, release):
                return str(entry["value"])
        return str(self._short_options[-1]["value"])

    def is_unreal(self, name: str) -> bool:
        """Tell whether a document names an option that no CRIU has."""
        return name in self._unreal
