# SPDX-License-Identifier: MIT
"""A CRIU that is not a release: a development or vendor build, with options of its own."""

from __future__ import annotations

import re
from typing import Any

from criulint.criu.releases import Release, load_schema, releases

#: Options that builds were seen to have before any release did; GPU stacks ship such builds.
DEVELOPMENT_OPTIONS = frozenset(("compress-region", "decompress-threads"))

_NUMBERS = r"[0-9]+(?:\.[0-9]+)+"


class Build(Release):
    """A release with a schema of its own, such as ``4.3 (/opt/criu/sbin/criu)``.

    It is ordered as the release whose number it has, and is equal only to itself.
    """

    __slots__ = ("schema",)

    schema: dict[str, Any]

    # Tables and schemas are cached by release, and two builds may have the same name.
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


def make_release(schema: dict[str, Any], name: str) -> Release:
    """Return the release that a schema describes: a known one if it has the same options.

    `name` says where the schema is from. ValueError if it is not the schema of a CRIU.
    """
    from criulint.criu.options import OptionTable

    try:
        number = re.match(_NUMBERS, schema["x-criu-release"])
        if number is None:
            raise ValueError("names no release")
        build = str.__new__(Build, f"{number[0]} ({name})")
        build.numbers = Release(number[0]).numbers
        build.schema = schema
        # A schema from elsewhere may lack any part, so each one is read once before it is used.
        table = OptionTable(build)
        for option in table.options.values():
            option.refusal(b"")
            _ = option.repeat, option.since, option.description
        is_known = number[0] in releases() and _options(load_schema(number[0])) == _options(schema)
    except (AttributeError, KeyError, TypeError, re.error):
        raise ValueError("not a schema of CRIU's options") from None
    return Release(number[0]) if is_known else build


def _options(schema: dict[str, Any]) -> tuple[Any, ...]:
    """Return what distinguishes builds of one release: their options, values and letters."""
    arities = {name: facts["x-criu-arity"] for name, facts in schema["properties"].items()}
    choices = {name: value.get("enum") for name, value in schema["$defs"].items()}
    return arities, choices, schema["x-criu-short-options"]
