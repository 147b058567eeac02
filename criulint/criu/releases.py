# SPDX-License-Identifier: MIT
"""Where the generated schemas are, and which CRIU releases they describe."""

from __future__ import annotations

import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
# The beginning of a version; longer numbers would not be converted.
_NUMBER = re.compile(r"v?([0-9]{1,9}(?:\.[0-9]{1,9})*)")
# The name of the file with the schema of a release.
_SCHEMA = re.compile(r"criu-(?P<release>.+)\.schema\.json")


class UnknownReleaseError(ValueError):
    """A CRIU release that no schema describes."""

    def __init__(self, release: str) -> None:
        super().__init__(f"no schema for CRIU {release}; known releases: {', '.join(releases())}")
        self.release = release


class Release(str):
    """A CRIU release such as ``4.1.1``: text that is ordered by its numbers.

    Compares with any text that is a dotted number: ``release >= "3.16"``. Raises ValueError for
    other text.
    """

    __slots__ = ("numbers",)

    numbers: tuple[int, ...]

    def __new__(cls, text: str) -> Release:
        """Make a release from its text; a `Release` is returned unchanged."""
        if isinstance(text, Release):
            return text
        release = super().__new__(cls, text)
        release.numbers = tuple(int(part) for part in text.split("."))
        return release

    def __lt__(self, other: str) -> bool:
        return self.numbers < _release(other).numbers

    def __le__(self, other: str) -> bool:
        return self.numbers <= _release(other).numbers

    def __gt__(self, other: str) -> bool:
        return self.numbers > _release(other).numbers

    def __ge__(self, other: str) -> bool:
        return self.numbers >= _release(other).numbers


@cache
def _release(text: str) -> Release:
    return Release(text)


def schema_dir() -> Path:
    """Return the directory of the schemas: that of the checkout, else the installed copy."""
    from pathlib import Path  # slow to import, and not needed for a check

    return Path(_directory())


@cache
def _directory() -> str:
    checkout = os.path.join(os.path.dirname(_PACKAGE), "schema")
    if os.path.isfile(os.path.join(checkout, "annotations.json")):
        return checkout
    return os.path.join(_PACKAGE, "_schema")


@cache
def releases() -> tuple[Release, ...]:
    """Return all CRIU releases with a schema, oldest first."""
    names = [_SCHEMA.fullmatch(name) for name in os.listdir(_directory())]
    return tuple(sorted(Release(name["release"]) for name in names if name))


def latest_release() -> Release:
    """Return the newest CRIU release with a schema."""
    return releases()[-1]


def find_release(text: str) -> Release:
    """Return the known release that `text` (``4.2``, ``v4.2``) names, or a build unchanged.

    Raises UnknownReleaseError.
    """
    if _build_schema(text) is not None and isinstance(text, Release):
        return text
    name = text.strip().removeprefix("v")
    for release in releases():
        if release == name:
            return release
    raise UnknownReleaseError(name)


def nearest_release(text: str) -> Release:
    """Return the newest known release that is not newer than `text`, else the oldest one.

    A distribution's or a future CRIU (``4.2.7``) is read as the release before it, a release
    candidate (``4.2-rc1``) as the release that it became, and text without a number, which says
    nothing, as the newest release.
    """
    number = _NUMBER.match(text.strip())
    if not number:
        return latest_release()
    wanted = Release(number[1])
    older = [release for release in releases() if release <= wanted]
    return older[-1] if older else releases()[0]


@cache
def load_schema(release: str) -> dict[str, Any]:
    """Return the JSON Schema of a known release or a build, as `json.load` gives it."""
    if built := _build_schema(release):
        return built
    with open(os.path.join(_directory(), f"criu-{release}.schema.json"), encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
    return schema


def _build_schema(release: str) -> dict[str, Any] | None:
    """Return the schema that a build carries (`criulint.criu.builds`), None for a release."""
    schema: dict[str, Any] | None = getattr(release, "schema", None)
    return schema
