# SPDX-License-Identifier: MIT
"""The real programs around images, for the tests."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def needs(*programs: str) -> None:
    """Skip a test if one of these Linux programs is missing; on a CI system, fail it."""
    if sys.platform != "linux":
        pytest.skip("these programs are for Linux")
    for program in programs:
        if not shutil.which(program):
            assert not os.environ.get("CI"), f"{program} is missing"
            pytest.skip(f"{program} is missing")


def run(*command: str | Path, cwd: Path | None = None, **environment: str) -> str:
    """Return what a program prints; it has to succeed."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class Registry:
    """Debian's docker-registry on loopback.

    It requires the password in `login`, or a token from the server that `token` describes.
    `tls` is a certificate and its key.
    """

    def __init__(
        self,
        directory: Path,
        login: str | None,
        tls: tuple[str, str] | None = None,
        token: str | None = None,
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"127.0.0.1:{port}"
        configuration = (
            f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {directory}/data\n"
            f"http:\n  addr: {self.address}\n"
        )
        if tls:
            configuration += f"  tls:\n    certificate: {tls[0]}\n    key: {tls[1]}\n"
        if login:
            user, _, password = login.partition(":")
            passwords = directory / "htpasswd"
            passwords.write_text(run("htpasswd", "-nbB", user, password), encoding="utf-8")
            configuration += f"auth:\n  htpasswd:\n    realm: x\n    path: {passwords}\n"
        if token:
            configuration += f"auth:\n  token: {token}\n"
        (directory / "config.yml").write_text(configuration, encoding="utf-8")
        self._process = subprocess.Popen(
            ["docker-registry", "serve", str(directory / "config.yml")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self._process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                time.sleep(0.05)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def push(registry: Registry, layout: Path, *options: str) -> None:
    """Push an image's tag v1 to a registry as a/b:v1."""
    target = f"docker://{registry.address}/a/b:v1"
    run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        "--dest-tls-verify=false",
        *options,
        f"oci:{layout}:v1",
        target,
    )
