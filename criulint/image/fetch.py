# SPDX-License-Identifier: GPL-2.0-only
"""Images that other programs hand over: out of registries, the store of Podman and Buildah, and Docker's daemon.

They know where the images lie, how to name them in short, tokens and credentials. What they bring is stored as it was, so
that digests stay what they are: as skopeo's ``dir:`` (Podman's and Buildah's, too), or as an archive of Docker's.
Source: containers-transports(5); containers/image, directory/directory_transport.go.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic
from typing import NamedTuple

from criulint.image import ImageError, Limits
from criulint.image.reference import Reference, this_platform
from criulint.text import escape, shorten

#: The kinds of references that are fetched.
KINDS = ("registry", "podman", "containers-storage", "docker-daemon", "name")

_NAME = re.compile(r"[\w\[@][^\s\0]*")
_ID = re.compile(r"[0-9a-f]{12,64}")
_LEVEL = re.compile(r'time="[^"]*" level=\w+ msg="(.*)"', re.DOTALL)
_PREFIXES = re.compile(r"(Error( response from daemon)?: )+")
# What skopeo says of a registry without TLS, or with a certificate that it does not know.
_TLS = re.compile(r"gave HTTP response to HTTPS client|x509: ")
_TICK = 0.1
_LONGEST_COMPLAINT = 1 << 16
_SECONDS_TO_STOP = 5


class Fetching(NamedTuple):
    """How images are fetched; `progress` is told how many bytes have come since the last time."""

    #: Do without TLS, or without checking its certificates.
    insecure: bool = False
    #: Seconds without a new byte after which it is given up.
    timeout: int = 120
    progress: Callable[[int], None] = lambda size: None


class _Way(NamedTuple):
    """A program that can bring an image, and what it makes of it: an archive, or a directory of skopeo's, ``copied`` as the
    registry has it, or with a manifest that is made anew for what is ``stored`` here.
    """

    kind: str
    command: list[str]


def fetch(
    reference: Reference, platform: str | None, limits: Limits, fetching: Fetching, directory: str
) -> tuple[str, str]:
    """Copy an image into a private directory: the kind of what lies there now, and its path. ImageError if that fails."""
    if not _NAME.fullmatch(reference.location):
        raise ImageError(f"{shorten(reference.location)!r} is no file, and no name of an image")
    complaints = []
    for number, way in enumerate(_ways(reference, platform, insecure=fetching.insecure)):
        program, *arguments = way.command
        path = shutil.which(program)
        if path:
            target = os.path.join(directory, str(number))
            words = [
                word.replace("TARGET", target) if word.endswith("TARGET") else word
                for word in arguments
            ]
            complaint = _run([path, *words], directory, limits, fetching)
            if complaint is None and os.path.exists(target):
                return way.kind, target
            if complaint and way.kind == "copied" and _TLS.search(complaint):
                complaint += " (--insecure does without)"
            # Podman's client may have put it onto another machine.
            complaints.append(complaint or f"{program} has left nothing")
    if reference.kind == "name":
        if not shutil.which("skopeo"):
            raise ImageError(
                "no local store has it, and to ask a registry takes skopeo, which is not installed"
            )
        raise ImageError(f"no local store has it, and the registry: {complaints[-1]}")
    if not complaints:
        programs = " or ".join(
            dict.fromkeys(way.command[0] for way in _ways(reference, platform, insecure=False))
        )
        raise ImageError(f"{programs} is needed for it, and is not installed")
    raise ImageError(complaints[0])


def _ways(reference: Reference, platform: str | None, *, insecure: bool) -> Iterator[_Way]:
    """What may bring an image, the most direct way first; each stands for a program that need not be there."""
    location, kind = reference.location, reference.kind
    complete = "@" in location or ":" in location.rpartition("/")[2] or _ID.fullmatch(location)
    named = location if complete else f"{location}:latest"
    podman = _Way("stored", ["podman", "push", "--quiet", location, "dir:TARGET"])
    buildah = _Way(
        "stored", ["buildah", "push", "--quiet", "--disable-compression", location, "dir:TARGET"]
    )
    skopeo = ["skopeo", "--insecure-policy", "copy", "--quiet"]
    storage = _Way("stored", [*skopeo, f"containers-storage:{named}", "dir:TARGET"])
    if kind == "containers-storage":
        yield from (storage, podman, buildah)
    elif kind == "podman":
        yield from (
            podman,
            _Way("docker-archive", ["podman", "save", "--quiet", "--output", "TARGET", location]),
        )
        yield from (buildah, storage)
    if kind == "name":
        yield from (podman, buildah)
    if kind in ("docker-daemon", "name"):
        yield _Way("docker-archive", ["docker", "save", "--output", "TARGET", named])
    if kind == "docker-daemon":
        host = os.environ.get("DOCKER_HOST")
        daemon = [f"--src-daemon-host={host}"] if host else []
        yield _Way("stored", [*skopeo, *daemon, f"docker-daemon:{named}", "dir:TARGET"])
    if kind in ("registry", "name"):
        skopeo[1:1] = _platform(platform)
        skopeo += ["--src-tls-verify=false"] if insecure else []
        skopeo += ["--all"] if platform == "all" else []
        yield _Way("copied", [*skopeo, f"docker://{location}", "dir:TARGET"])


def _platform(platform: str | None) -> list[str]:
    """The options of skopeo that choose from a list of images; skopeo knows this machine's variant itself."""
    if platform == "all" or (platform is None and sys.platform == "linux"):
        return []
    system, _, rest = (platform or this_platform()).partition("/")
    architecture, _, variant = rest.partition("/")
    options = [f"--override-os={system}", f"--override-arch={architecture}"]
    return [*options, f"--override-variant={variant}"] if variant else options


def _run(command: list[str], directory: str, limits: Limits, fetching: Fetching) -> str | None:
    """Run a program that fills a directory; what it complains about if it fails."""
    # What it puts aside goes there, too.
    environment = {**os.environ, "TMPDIR": directory}
    errors = os.path.join(directory, "errors")
    with open(errors, "w+b") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=file,
            env=environment,
        )
        try:
            _wait(process, directory, limits, fetching)
        finally:
            _stop(process)
        if process.returncode == 0:
            return None
        file.seek(max(file.seek(0, os.SEEK_END) - _LONGEST_COMPLAINT, 0))
        return (
            _reason(file.read().decode("utf-8", "replace"))
            or f"{os.path.basename(command[0])} failed"
        )


def _wait(
    process: subprocess.Popen[bytes], directory: str, limits: Limits, fetching: Fetching
) -> None:
    before, since = 0, monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_TICK)
        size = _size(directory)
        fetching.progress(max(size - before, 0))
        if size > limits.size:
            raise ImageError(f"it has more than {limits.size} bytes (--limit size=N allows more)")
        if process.returncode is not None:
            return
        if size != before:
            before, since = size, monotonic()
        elif monotonic() - since > fetching.timeout:
            raise ImageError(
                f"nothing has come for {fetching.timeout} seconds (--timeout SECONDS waits longer)"
            )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _size(directory: str) -> int:
    """The bytes of all files below a directory, while another program works there."""
    size = 0
    for place, _, names in os.walk(directory):
        for name in names:
            with suppress(OSError):  # it is gone again
                size += os.lstat(os.path.join(place, name)).st_size
    return size


def _reason(complaint: str) -> str:
    """The last line of a complaint, without its time and level."""
    line = (complaint.strip().splitlines() or [""])[-1]
    found = _LEVEL.fullmatch(line)
    if found:
        line = found[1].replace('\\"', '"')
    return escape(_PREFIXES.sub("", line, count=1) if _PREFIXES.match(line) else line)
