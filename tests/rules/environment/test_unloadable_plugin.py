# SPDX-License-Identifier: MIT
"""CRIU507: what CRIU cannot load from `libdir`."""

from __future__ import annotations

import pytest

from criulint.rules.environment.unloadable_plugin import unloadable_plugin
from tests.listing import Listing
from tests.rules.environment.hosts import Image, find, message


@pytest.mark.parametrize(
    ("host", "defect"),
    [
        ([], None),
        (["0644 /l"], None),
        (["0644 /l/x.so: \x7fELF"], None),
        (["0644 /l/x.so: \x7fELF", "/l/y.so -> x.so", "0644 /l/README: text"], None),
        (["0644 /l/x.so.1: text"], None),
        (["0644 /l/x.so"], "not a library"),
        (["0644 /l/x.so: <html>"], "not a library"),
        (["0644 /l/x.so: \x7fEL"], "not a library"),
        (["/l/x.so -> /gone/x.so"], "a dangling link"),
        (["0755 /l/x.so/"], "not a regular file"),
    ],
)
def test_what_is_not_a_library(host: list[str], defect: str | None) -> None:
    found = find(unloadable_plugin, "libdir /l", *host)
    if defect is None:
        assert found == []
    else:
        assert message(found) == (
            f"`/l/x.so` is {defect}: every dump and restore fails with “Unable to load /l/x.so”"
        )


class _Closed(Listing):
    """A host whose files cannot be read."""

    def read_head(self, path: str, size: int) -> bytes | None:
        return None


def test_what_cannot_be_read_may_be_a_library() -> None:
    assert find(unloadable_plugin, "libdir /l", "0644 /l/x.so: text", kind=_Closed) == []


def test_first_one_ends_the_command() -> None:
    host = ["0644 /l/b.so: x", "0644 /l/c.so: x", "0644 /l/a.so: \x7fELF"]
    assert message(find(unloadable_plugin, "libdir /l", *host)).startswith("`/l/b.so`")


def test_link_into_a_place_that_an_image_fills_at_start() -> None:
    host = ["/l/x.so -> /run/x.so", "0644 /l/y.so: x"]
    assert message(find(unloadable_plugin, "libdir /l", *host)).startswith("`/l/x.so`")
    assert message(find(unloadable_plugin, "libdir /l", *host, kind=Image)).startswith("`/l/y.so`")
