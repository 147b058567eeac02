# SPDX-License-Identifier: GPL-2.0-only
"""Where the generated schemas are, and which CRIU releases they describe."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_PREFIX, _SUFFIX = "criu-", ".schema.json"


class UnknownReleaseError(ValueError):
    """A CRIU release that no schema describes."""

    def __init__(self, release: str) -> None:
        super().__init__(f"no schema for CRIU {release}; known releases: {', '.join(releases())}")
        self.release = release


def version_key(release: str) -> tuple[int, ...]:
    """The order of releases: ``"3.17.1"`` gives ``(3, 17, 1)``. ValueError if it is no dotted number."""
    return tuple(int(part) for part in release.split("."))


def schema_dir() -> Path:
    """The directory of the schemas: ``schema/`` of a checkout, else the copy inside the installed package."""
    from pathlib import Path  # takes long to import, and a check does without

    return Path(_directory())


@cache
def _directory() -> str:
    checkout = os.path.join(os.path.dirname(_PACKAGE), "schema")
    if os.path.isfile(os.path.join(checkout, "annotations.json")):
        return checkout
    return os.path.join(_PACKAGE, "_schema")


@cache
def releases() -> tuple[str, ...]:
    """All CRIU releases with a schema, oldest first."""
    names = (
        name
        for name in os.listdir(_directory())
        if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
    )
    return tuple(sorted((name[len(_PREFIX) : -len(_SUFFIX)] for name in names), key=version_key))


def latest_release() -> str:
    """The newest CRIU release with a schema."""
    return releases()[-1]


def find_release(text: str) -> str:
    """The known release that ``text`` (``"4.2"``, ``"v4.2"``) names. UnknownReleaseError if there is none."""
    release = text.strip().removeprefix("v")
    if release not in releases():
        raise UnknownReleaseError(release)
    return release


def nearest_release(text: str) -> str:
    """The newest known release that is not newer than ``text``, else the oldest one.

    A distribution's or a future CRIU (``4.2.7``) reads files as the release before it until its schema is made.
    """
    key = version_key(text.strip().removeprefix("v"))
    older = [release for release in releases() if version_key(release) <= key]
    return older[-1] if older else releases()[0]


@cache
def load_schema(release: str) -> dict[str, Any]:
    """The JSON Schema of a release from `releases`, as `json.load` gives it."""
    with open(os.path.join(_directory(), f"{_PREFIX}{release}{_SUFFIX}"), encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
    return schema
