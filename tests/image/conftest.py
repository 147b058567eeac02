# SPDX-License-Identifier: MIT
"""Fixtures for images."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.disk import mount_disk
from tests.image.tools import needs, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUILT_DOCKERFILE = """\
FROM scratch AS base
COPY busybox /bin/busybox
COPY busybox /bin/sh

FROM base
LABEL org.criu.config=/etc/criu/my.conf
ENV A=b
COPY default.conf \\
     /etc/criu/default.conf
RUN /bin/busybox mkdir -p /opt/x && \\
    echo 'port 0' > /etc/criu/runc.conf
# a comment
RUN echo 'network-lock nftables' > /etc/criu/my.conf
RUN /bin/busybox rm -r /etc/criu/runc.conf /opt && /bin/busybox ln -s criu/my.conf /etc/link && \\
    /bin/busybox ln /etc/criu/my.conf /etc/hard
CMD ["/bin/sh"]
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a Dockerfile and two images that Buildah built from it.

    ``layers`` has a layer for each step, ``one`` has one for all.
    """
    needs("buildah", "busybox")
    if os.geteuid() != 0:
        pytest.skip("Buildah's RUN needs root here")
    directory = tmp_path_factory.mktemp("built")
    shutil.copy(str(shutil.which("busybox")), directory / "busybox")
    (directory / "default.conf").write_text("ghost-limit 10m\n", encoding="utf-8")
    (directory / "Dockerfile").write_text(_BUILT_DOCKERFILE, encoding="utf-8")
    store = [
        "--root",
        str(directory / "store"),
        "--runroot",
        str(directory / "run"),
        "--storage-driver",
        "vfs",
    ]
    for name, option in (("layers", "--layers"), ("one", "--layers=false")):
        run(
            "buildah",
            *store,
            "bud",
            "--isolation",
            "chroot",
            "--quiet",
            option,
            "--tag",
            name,
            ".",
            cwd=directory,
        )
        run("buildah", *store, "push", "--quiet", name, f"oci:{directory / name}:v1")
    return directory


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Temporary files go to a file system with room for 16 MiB."""
    with mount_disk(tmp_path, "16m") as disk:
        monkeypatch.setenv("TMPDIR", str(disk))
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield disk


@pytest.fixture
def no_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Temporary files go into a directory that is empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    assert list(scratch.iterdir()) == []
