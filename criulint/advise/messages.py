# SPDX-License-Identifier: MIT
"""The table of what CRIU's messages mean and what helps, from ``messages.json``."""

from __future__ import annotations

import json
import os
import re
from functools import cache, cached_property
from typing import Any, NamedTuple

from criulint.criu.releases import Release

#: A word that the user has to fill in.
_PLACEHOLDER = re.compile(r"\b[A-Z]{2,}\b")
_BOTH = ("dump", "restore")


class Remedy(NamedTuple):
    """A line that helps: for which commands of CRIU, and at what cost.

    `rank` is 1 for the first choice. `persistent` is false if its value belongs to one dump, so
    that it must not go into a file. `when` is what must hold, `since` CRIU's first release with it.
    """

    line: str
    commands: tuple[str, ...]
    rank: int
    persistent: bool
    when: str = ""
    risk: str = ""
    since: Release | None = None

    @property
    def option(self) -> str:
        """The name of the option."""
        return re.split(r"[ =]", self.line)[0]

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left for the user to fill in."""
        return not _PLACEHOLDER.search(self.line)


class Message:
    """A row of the table: a message of CRIU, what it means, and what helps."""

    def __init__(self, facts: dict[str, Any]) -> None:
        self.id: str = facts["id"]
        #: ``option``, ``no-option`` or ``configuration``.
        self.kind: str = facts["kind"]
        self.source: str = facts["source"]
        self.commands: tuple[str, ...] = tuple(facts["commands"])
        #: The message, with examples for the parts that vary.
        self.words: tuple[str, ...] = tuple(facts["words"])
        self.means: str = facts["means"]
        self.advice: str = facts.get("advice", "")
        self.remedies = tuple(map(_remedy, facts.get("remedies", ())))
        #: The options that cause the failure if a file sets them.
        self.options: tuple[str, ...] = tuple(facts.get("options", ()))
        #: Whether it counts only if no other message explains the failure.
        self.is_follower: bool = facts.get("after", False)
        #: Whether CRIU logs it below the level of a warning.
        self.is_quiet: bool = facts.get("quiet", False)
        #: Whether it is a caller's message, and not CRIU's.
        self.is_callers: bool = facts.get("bare", False)
        self._pattern: str = facts["pattern"]

    @property
    def url(self) -> str:
        """The page about the message."""
        return f"https://criulint.readthedocs.io/en/stable/failures/{self.id}/"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A pattern that finds the message in text with folded white space."""
        return re.compile(self._pattern, re.IGNORECASE)


class Noise(NamedTuple):
    """A message that says nothing about the cause, and why."""

    pattern: re.Pattern[str]
    reason: str


@cache
def messages() -> dict[str, Message]:
    """Return the rows by their identifiers, in the order in which they count."""
    return {facts["id"]: Message(facts) for facts in _table()["messages"]}


@cache
def noise() -> tuple[Noise, ...]:
    """Return the messages that say nothing about the cause."""
    return tuple(
        Noise(re.compile(facts["pattern"], re.IGNORECASE), facts["reason"])
        for facts in _table()["noise"]
    )


def _remedy(facts: dict[str, Any]) -> Remedy:
    since = facts.get("since")
    return Remedy(
        facts["line"],
        tuple(facts["commands"]),
        facts["rank"],
        facts["persistent"],
        facts.get("when", ""),
        facts.get("risk", ""),
        Release(since) if since else None,
    )


@cache
def _table() -> dict[str, Any]:
    path = os.path.join(os.path.dirname(__file__), "messages.json")
    with open(path, encoding="utf-8") as file:
        table: dict[str, Any] = json.load(file)
    return table
