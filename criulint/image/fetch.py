# SPDX-License-Identifier: MIT
"""Images that other programs fetch: from registries, Podman, Buildah and Docker.

These programs know where the images are, their short names, tokens and credentials. What
they bring is stored unchanged, so that digests stay the same: as skopeo's ``dir:``, which
Podman and Buildah write too, or as a Docker archive.

Source: containers-transports(5); containers/image, directory/directory_transport.go.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from criulint.image import ImageError
from criulint.image.reference import Reference, host_platform
from criulint.text import escape, shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.image.limits import Limits

#: The kinds of references that are fetched.
KINDS = ("registry", "podman", "containers-storage", "docker-daemon", "name")

_NAME = re.compile(r"[\w\[@][^\s\0]*")
_ID = re.compile(r"[0-9a-f]{12,64}")
_LEVEL = re.compile(r'time="[^"]*" level=\w+ msg="(.*)"', re.DOTALL)
_PREFIXES = re.compile(r"(Error( response from daemon)?: )+")
# What skopeo says about a registry without TLS, or with an unknown certificate.
_TLS = re.compile(r"gave HTTP response to HTTPS client|x509: ")
_POLL_SECONDS = 0.1
_MAX_ERROR_OUTPUT = 1 << 16
_SECONDS_TO_STOP = 5


class FetchOptions(NamedTuple):
    """How images are fetched.

    `progress` is called with the number of bytes that have arrived since the last call.
    """

    #: Allow plain HTTP, and certificates that cannot be verified.
    insecure: bool = False
    #: Seconds without a new byte after which to give up.
    timeout: int = 120
    progress: Callable[[int], None] = lambda _size: None


class _Fetcher(NamedTuple):
    """A command that fetches an image into TARGET, and what it leaves there.

    `kind` is ``docker-archive``, or for a directory like skopeo's ``dir:`` either ``copied``
    (as the registry has it) or ``stored`` (from a local store, with a newly made manifest).
    """

    kind: str
    command: list[str]

    @property
    def program(self) -> str:
        """The name of the program."""
        return self.command[0]


def fetch(
    reference: Reference,
    platform: str | None,
    limits: Limits,
    options: FetchOptions,
    directory: str,
) -> tuple[str, str]:
    """Copy an image into a private directory, and return the kind and the path of the copy.

    Raise ImageError if no program can fetch it.
    """
    if not _NAME.fullmatch(reference.location):
        raise ImageError(
            f"{shorten(reference.location)!r} is neither a file nor the name of an image"
        )
    errors = []
    for number, fetcher in enumerate(_fetchers(reference, platform, insecure=options.insecure)):
        path = shutil.which(fetcher.program)
        if not path:
            continue
        target = os.path.join(directory, str(number))
        arguments = [
            word.replace("TARGET", target) if word.endswith("TARGET") else word
            for word in fetcher.command[1:]
        ]
        error = _run([path, *arguments], directory, limits, options)
        if error is None and os.path.exists(target):
            return fetcher.kind, target
        if error and fetcher.kind == "copied" and _TLS.search(error):
            error += " (--insecure allows this)"
        # Podman's client may have written it on another machine.
        errors.append(error or f"{fetcher.program} wrote no image")
    raise _fetch_error(reference, platform, errors)


def _fetch_error(reference: Reference, platform: str | None, errors: list[str]) -> ImageError:
    """Return the error for an image that nothing could fetch."""
    if reference.kind == "name":
        if shutil.which("skopeo"):
            return ImageError(f"not in a local store, and the registry says: {errors[-1]}")
        return ImageError("not in a local store, and skopeo is not installed to ask a registry")
    if errors:
        return ImageError(errors[0])
    fetchers = _fetchers(reference, platform, insecure=False)
    programs = dict.fromkeys(fetcher.program for fetcher in fetchers)
    return ImageError(f"{' or '.join(programs)} is needed, but not installed")


def _fetchers(reference: Reference, platform: str | None, *, insecure: bool) -> Iterator[_Fetcher]:
    """Yield what may fetch an image, the most direct way first. The programs may be missing."""
    location, kind = reference.location, reference.kind
    complete = "@" in location or ":" in location.rpartition("/")[2] or _ID.fullmatch(location)
    full_name = location if complete else f"{location}:latest"
    podman = _Fetcher("stored", ["podman", "push", "--quiet", location, "dir:TARGET"])
    podman_save = _Fetcher(
        "docker-archive", ["podman", "save", "--quiet", "--output", "TARGET", location]
    )
    buildah = _Fetcher(
        "stored", ["buildah", "push", "--quiet", "--disable-compression", location, "dir:TARGET"]
    )
    skopeo = ["skopeo", "--insecure-policy", "copy", "--quiet"]
    storage = _Fetcher("stored", [*skopeo, f"containers-storage:{full_name}", "dir:TARGET"])
    if kind == "containers-storage":
        yield from (storage, podman, buildah)
    elif kind == "podman":
        yield from (podman, podman_save, buildah, storage)
    elif kind == "name":
        yield from (podman, buildah)
    if kind in ("docker-daemon", "name"):
        yield _Fetcher("docker-archive", ["docker", "save", "--output", "TARGET", full_name])
    if kind == "docker-daemon":
        host = os.environ.get("DOCKER_HOST")
        daemon = [f"--src-daemon-host={host}"] if host else []
        yield _Fetcher("stored", [*skopeo, *daemon, f"docker-daemon:{full_name}", "dir:TARGET"])
    if kind in ("registry", "name"):
        yield _Fetcher("copied", _registry_command(location, platform, insecure=insecure))


def _registry_command(location: str, platform: str | None, *, insecure: bool) -> list[str]:
    command = ["skopeo", *_platform_options(platform), "--insecure-policy", "copy", "--quiet"]
    if insecure:
        command.append("--src-tls-verify=false")
    if platform == "all":
        command.append("--all")
    return [*command, f"docker://{location}", "dir:TARGET"]


def _platform_options(platform: str | None) -> list[str]:
    """Return skopeo's options that select a platform; it knows this host's variant itself."""
    if platform == "all" or (platform is None and sys.platform == "linux"):
        return []
    system, _, rest = (platform or host_platform()).partition("/")
    architecture, _, variant = rest.partition("/")
    options = [f"--override-os={system}", f"--override-arch={architecture}"]
    return [*options, f"--override-variant={variant}"] if variant else options


def _run(command: list[str], directory: str, limits: Limits, options: FetchOptions) -> str | None:
    """Run a program that fills a directory, and return its error message if it fails."""
    # Its temporary files go there, too.
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
            _wait(process, directory, limits, options)
        finally:
            _stop(process)
        if process.returncode == 0:
            return None
        file.seek(max(file.seek(0, os.SEEK_END) - _MAX_ERROR_OUTPUT, 0))
        output = file.read().decode("utf-8", "replace")
        return _last_message(output) or f"{os.path.basename(command[0])} failed"


def _wait(
    process: subprocess.Popen[bytes], directory: str, limits: Limits, options: FetchOptions
) -> None:
    """Wait for a program. Raise ImageError if it writes too much, or nothing for too long."""
    before, since = 0, monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
        size = _measure(directory)
        options.progress(max(size - before, 0))
        if size > limits.size:
            raise ImageError(f"it has more than {limits.size} bytes (--limit size=N allows more)")
        if process.returncode is not None:
            return
        if size != before:
            before, since = size, monotonic()
        elif monotonic() - since > options.timeout:
            raise ImageError(
                f"no data for {options.timeout} seconds (--timeout SECONDS waits longer)"
            )


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _measure(directory: str) -> int:
    """Return the bytes of all files below a directory that another program writes to."""
    size = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            # It may have been deleted meanwhile.
            with suppress(OSError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


def _last_message(output: str) -> str:
    """Return the last line of a program's error output, without its time and level."""
    line = (output.strip().splitlines() or [""])[-1]
    found = _LEVEL.fullmatch(line)
    if found:
        line = found[1].replace('\\"', '"')
    return escape(_PREFIXES.sub("", line, count=1) if _PREFIXES.match(line) else line)
