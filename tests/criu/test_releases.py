# SPDX-License-Identifier: MIT
"""Releases: their order, and which one a text names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.criu import releases as module
from criulint.criu.releases import (
    Release,
    UnknownReleaseError,
    find_release,
    latest_release,
    load_schema,
    nearest_release,
    releases,
    schema_dir,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_all_schemas_are_releases_oldest_first() -> None:
    names = {path.name for path in schema_dir().glob("criu-*.schema.json")}
    assert names == {f"criu-{release}.schema.json" for release in releases()}
    assert list(releases()) == sorted(releases())
    assert latest_release() is releases()[-1]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("3.9", "3.11"), ("3.11", "3.16.1"), ("3.16", "3.16.1"), ("3.19", "4.0"), ("4.2.1", "4.10")],
)
def test_order_is_by_number(older: str, newer: str) -> None:
    assert Release(older) < newer
    assert Release(older) <= newer
    assert Release(newer) > older
    assert Release(newer) >= older
    assert not Release(newer) < older
    assert not Release(newer) <= older
    assert not Release(older) > newer
    assert not Release(older) >= newer


def test_release_equals_its_text() -> None:
    release = Release("4.2")
    assert release == "4.2"
    assert Release(release) is release
    assert release <= "4.2"
    assert release >= "4.2"
    assert not release < "4.2"
    assert not release > "4.2"


@pytest.mark.parametrize("text", ["", "x", "4.", "4.2-rc1", "v4.2"])
def test_other_text_is_not_a_release(text: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        Release(text)


@pytest.mark.parametrize("text", ["4.2", "v4.2", " 4.2\n"])
def test_find(text: str) -> None:
    assert find_release(text) == "4.2"


@pytest.mark.parametrize(
    "text", ["", "4", "4.2.0", "2.0", "99.0", "x", "../4.2", Release("3.16.2")]
)
def test_find_unknown(text: str) -> None:
    with pytest.raises(UnknownReleaseError) as caught:
        find_release(text)
    assert caught.value.release == text
    assert str(caught.value).startswith(f"no schema for CRIU {text}; known releases: 3.11, ")


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("4.2", "4.2"),
        ("v4.2", "4.2"),
        ("4.2.7", "4.2.1"),
        ("4.2.0", "4.2"),
        ("99.0", latest_release()),
        ("1.0", releases()[0]),
        ("3.16.0.1", "3.16"),
    ],
)
def test_nearest(text: str, nearest: str) -> None:
    assert nearest_release(text) == nearest


@pytest.mark.parametrize(
    ("text", "nearest"), [("", latest_release()), ("next", latest_release()), ("4.2-rc1", "4.2")]
)
def test_nearest_of_other_text(text: str, nearest: str) -> None:
    assert nearest_release(text) == nearest


def test_an_installed_package_has_its_own_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PACKAGE", str(tmp_path / "criulint"))
    module._directory.cache_clear()
    try:
        assert schema_dir() == tmp_path / "criulint" / "_schema"
    finally:
        module._directory.cache_clear()


def test_schema_is_that_of_the_release() -> None:
    for release in releases():
        assert load_schema(release)["x-criu-release"] == release
