# SPDX-License-Identifier: MIT
"""The names of images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from criulint.image import ImageError
from criulint.image.reference import parse_reference
from tests.image.checks import (
    EXPECTED_FINDINGS,
    find_in_image,
    image_with_findings,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "kind", "location", "tag"),
    [
        ("docker-archive:/x.tar", "docker-archive", "/x.tar", None),
        ("docker-archive:/x.tar:a/b:v1", "docker-archive", "/x.tar", "a/b:v1"),
        ("oci-dir:/x:v1", "oci", "/x", "v1"),
        ("oci:/x", "oci", "/x", None),
        ("dir:/", "dir", "/", None),
        ("podman:a/b", "podman", "a/b", None),
        ("docker:a", "docker-daemon", "a", None),
        ("registry:host:5000/a@sha256:0", "registry", "host:5000/a@sha256:0", None),
        ("registry://host/a", "registry", "host/a", None),
        ("docker://host/a:v1", "registry", "host/a:v1", None),
        ("docker-daemon:a:v1", "docker-daemon", "a:v1", None),
        ("host/a:v1", "name", "host/a:v1", None),
        ("criu", "name", "criu", None),
    ],
)
def test_parse_reference(
    text: str, kind: str, location: str, tag: str | None, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    reference = parse_reference(text)
    assert (reference.kind, reference.location, reference.tag) == (kind, location, tag)


@pytest.mark.parametrize("text", ["oci:", "./gone", "/gone/x"])
def test_invalid_names(text: str) -> None:
    with pytest.raises(ImageError):
        parse_reference(text)


def test_path_with_a_colon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = image_with_findings().oci(tmp_path / "a:b")
    assert find_in_image(capsys, f"oci:{layout}") == EXPECTED_FINDINGS
    assert find_in_image(capsys, layout) == EXPECTED_FINDINGS
