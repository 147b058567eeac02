# SPDX-License-Identifier: MIT
"""The names of images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from criulint.image import ImageError
from criulint.image.reference import parse_reference
from tests.image.checks import (
    EXPECTED_FINDINGS,
    assert_refused,
    find_in_image,
    image_with_findings,
)
from tests.image.make import digest

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
        # as other programs write them
        ("docker-archive://x.tar", "docker-archive", "x.tar", None),
        ("oci:///x:v1", "oci", "/x", "v1"),
        ("oci-layout://x:v1", "oci", "x", "v1"),
        ("podman://a:v1", "podman", "a:v1", None),
        # a host with a port
        ("registry:5000/a:v1", "name", "registry:5000/a:v1", None),
        ("registry1:5000/a:v1", "name", "registry1:5000/a:v1", None),
        # Mistyped schemes are not asked of a public registry; other names are.
        ("oic:x", "local", "oic:x", None),
        ("docker-archve:x.tar:a", "local", "docker-archve:x.tar:a", None),
        ("conatiners-storage:x", "local", "conatiners-storage:x", None),
        ("redis:7", "name", "redis:7", None),
        ("node:v1", "name", "node:v1", None),
        ("docker-ce:1", "name", "docker-ce:1", None),
        ("criu", "name", "criu", None),
    ],
)
def test_parse_reference(
    text: str, kind: str, location: str, tag: str | None, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    reference = parse_reference(text)
    assert (reference.kind, reference.location, reference.tag) == (kind, location, tag)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("oci:", "oci:: there is no name after the colon"),
        ("docker://", "there is no name after the colon"),
        ("./gone", "./gone: No such file or directory"),
        ("/gone/x", "/gone/x: No such file or directory"),
        ("./x.tr", "did you mean 'x.tar'?"),
        ("file:x.tar", "file:x.tar: no scheme 'file'; the path alone is enough"),
        ("tarball:x.tar:a", "no scheme 'tarball'"),
        ("https://host/a:v1", "https://host/a:v1 is a URL; registry:HOST/NAME is an image in a"),
        ("x\0y", "x\\x00y contains a NUL byte"),
    ],
)
def test_invalid_names(text: str, message: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.tar").touch()
    with pytest.raises(ImageError) as raised:
        parse_reference(text)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("docker-archive:x.tr", "x.tr: No such file or directory; did you mean 'x.tar'?"),
        ("oci:lay:v1", "lay: No such file or directory; did you mean 'layout'?"),
        ("dir:laiout", "laiout: No such file or directory; did you mean 'layout'?"),
        ("bundle:none", "No such file or directory"),
        ("oic:layout", "no scheme 'oic'; the path alone is enough"),
        ("oic:gone", "nor in a local store; did you mean 'oci:'? (registry:oic:gone asks"),
        ("img.tar:v1", "neither a file nor in a local store"),
    ],
)
def test_mistyped_names(
    text: str,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", "")
    (tmp_path / "x.tar").touch()
    (tmp_path / "layout").mkdir()
    assert_refused(capsys, message, text)


def test_a_digest_selects_in_a_docker_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is the image's ID there."""
    made = image_with_findings()
    archive = made.docker_archive(tmp_path / "x.tar")
    image_id = digest(json.dumps(made.config).encode())
    assert find_in_image(capsys, f"{archive}@{image_id}") == EXPECTED_FINDINGS
    other = f"sha256:{'0' * 64}"
    assert_refused(capsys, f"has no image with the ID {other}", f"{archive}@{other}")


def test_path_with_a_colon(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = image_with_findings().oci(tmp_path / "a:b")
    assert find_in_image(capsys, f"oci:{layout}") == EXPECTED_FINDINGS
    assert find_in_image(capsys, layout) == EXPECTED_FINDINGS
