# SPDX-License-Identifier: MIT
"""Images that other programs fetch: from registries, Podman, Buildah and Docker.

These programs know where the images are, their short names, tokens and credentials. What they fetch
is stored unchanged, so that digests stay the same: as skopeo's ``dir:``, which Podman and Buildah
write too, or as a Docker archive.

Source: containers-transports(5); containers/image, directory/directory_transport.go.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from criulint.image import ImageError
from criulint.image.reference import Reference, explain_local, host_platform, list_names
from criulint.image.scratch import FreeSpace
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from criulint.image.budget import Budget

#: The kinds of references that are fetched.
KINDS = ("registry", "podman", "containers-storage", "docker-daemon", "name", "local")

# How programs list what is in local stores.
_LISTINGS = {
    "podman": "{{.Repository}}:{{.Tag}}",
    "docker": "{{.Repository}}:{{.Tag}}",
    "buildah": "{{.Name}}:{{.Tag}}",
}

_NAME = re.compile(r"[\w\[@][^\s\0]*")
_ID = re.compile(r"[0-9a-f]{12,64}")
# A line of podman's log, and its message.
_LEVEL = re.compile(r'time="[^"]*" level=\w+ msg="(.*?)"?', re.DOTALL)
_PREFIXES = re.compile(r"(Error( response from daemon)?: )+")
# What skopeo says about a registry without TLS, or with an unknown certificate.
_TLS = re.compile(r"gave HTTP response to HTTPS client|x509: ")
# What it says if a password is needed, or a tag does not exist.
_LOGIN = re.compile(r"unauthorized|authentication required|invalid username/password|denied")
_UNKNOWN = re.compile(r"manifest unknown|not found")
_POLL_SECONDS = 0.1
# A program that writes fewer bytes during a timeout is considered stuck.
_LEAST_PROGRESS = 1 << 10
_MAX_MESSAGE = 1000
_MAX_TAGS = 1 << 20
_PR_SET_PDEATHSIG = 1
_MAX_ERROR_OUTPUT = 1 << 20
# How a program in Go begins its last words; what follows is of no use to anybody else.
_CRASH = re.compile(r"(?m)^(?:panic|fatal error): (.*)")
# What a program may hold in memory. skopeo keeps all of an error or a list of tags.
_MAX_MEMORY = 1 << 30
_SECONDS_TO_STOP = 5


class FetchOptions(NamedTuple):
    """How images are fetched.

    `progress` is called with the number of bytes that have arrived since the last call.
    """

    #: Allow plain HTTP, and certificates that cannot be verified.
    insecure: bool = False
    #: Seconds with next to no new data after which to give up.
    timeout: int = 120
    progress: Callable[[int], None] = lambda _size: None


class _Fetcher(NamedTuple):
    """A command that fetches an image, and the kind of its result.

    `kind` is ``docker-archive``, or for a directory like skopeo's ``dir:`` either ``copied``
    (as the registry has it) or ``stored`` (from a local store, with a newly made manifest).
    """

    kind: str
    words: list[str]

    @property
    def program(self) -> str:
        """The name of the program."""
        return self.words[0]

    def command(self, target: str) -> list[str]:
        """Return the whole command, which writes to the path `target`."""
        is_archive = self.kind == "docker-archive"
        return [*self.words, f"--output={target}" if is_archive else f"dir:{target}"]


def fetch(
    reference: Reference,
    platform: str | None,
    budget: Budget,
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
        if not shutil.which(fetcher.program):
            continue
        target = os.path.join(directory, str(number))
        error = _run(fetcher.command(target), directory, budget, options)
        if error is None and os.path.exists(target):
            return fetcher.kind, target
        if error and fetcher.kind == "copied":
            error += _explain(error, reference.location, directory, budget, options)
        # Podman's client may have written it on another machine.
        errors.append(error or f"{fetcher.program} wrote no image")
    if errors and reference.kind != "registry":
        tags = _list_local_tags(reference, directory, budget, options)
        errors = [f"{error}{tags}" for error in errors]
    raise _fetch_error(reference, platform, errors)


def _explain(
    error: str, location: str, directory: str, budget: Budget, options: FetchOptions
) -> str:
    """Return what to do about an error of a registry; empty if that is not known."""
    if _TLS.search(error):
        return " (--insecure allows this)"
    if _LOGIN.search(error):
        host = location.partition("/")[0] if "/" in location else "docker.io"
        return f" (`skopeo login {host}` stores a password)"
    if _UNKNOWN.search(error) and "@" not in location:
        return _list_tags(location, directory, budget, options)
    return ""


def _list_tags(location: str, directory: str, budget: Budget, options: FetchOptions) -> str:
    """Return the tags that a registry has of an image, as a part of an error."""
    repository, tag = _split_tag(location)
    insecure = ["--tls-verify=false"] if options.insecure else []
    command = ["skopeo", "--insecure-policy", "list-tags", *insecure, f"docker://{repository}"]
    try:
        found = json.loads(_read_output(command, directory, budget, options))
    except (ValueError, RecursionError):
        return ""
    tags = found.get("Tags") if isinstance(found, dict) else None
    known = [one for one in tags if isinstance(one, str)] if isinstance(tags, list) else []
    return _name_tags(known, tag)


def _list_local_tags(
    reference: Reference, directory: str, budget: Budget, options: FetchOptions
) -> str:
    """Return the tags that a local store has of an image, as a part of an error."""
    repository, tag = _split_tag(reference.location)
    if "@" in repository:
        return ""
    fetchers = _fetchers(reference, None, insecure=False)
    for program in dict.fromkeys(each.program for each in fetchers):
        if program in _LISTINGS:
            # Buildah does not list all tags of a name.
            command = [program, "images", f"--format={_LISTINGS[program]}"]
            output = _read_output(command, directory, budget, options).decode("utf-8", "replace")
            names = (line.rpartition(":") for line in output.split() if not line.endswith(">"))
            tags = [each for name, _, each in names if f"/{name}".endswith(f"/{repository}")]
            if tags:
                return _name_tags(tags, tag, "local ")
    return ""


def _split_tag(location: str) -> tuple[str, str]:
    """Return the name of a repository, and the tag after it."""
    parent, slash, name = location.rpartition("/")
    repository, _, tag = name.partition(":")
    return f"{parent}{slash}{repository}", tag


def _name_tags(known: list[str], wanted: str, kind: str = "") -> str:
    return f"; the {kind}tags are {list_names(known, wanted)}" if known else ""


def _read_output(
    command: list[str], directory: str, budget: Budget, options: FetchOptions
) -> bytes:
    """Return the beginning of a program's output; empty if it cannot be run, or fails."""
    if not shutil.which(command[0]):
        return b""
    output = os.path.join(directory, "output")
    try:
        if _run(command, directory, budget, options, output) is not None:
            return b""
        with open(output, "rb") as file:
            return file.read(_MAX_TAGS)
    except (ImageError, OSError):
        return b""


def _fetch_error(reference: Reference, platform: str | None, errors: list[str]) -> ImageError:
    """Return the error for an image that nothing could fetch."""
    if reference.kind == "local":
        return ImageError(explain_local(reference))
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
    """Yield ways to fetch an image, the most direct one first. Their programs may be missing."""
    location, kind = reference.location, reference.kind
    complete = "@" in location or ":" in location.rpartition("/")[2] or _ID.fullmatch(location)
    full_name = location if complete else f"{location}:latest"
    podman = _Fetcher("stored", ["podman", "push", "--quiet", location])
    podman_save = _Fetcher("docker-archive", ["podman", "save", "--quiet", location])
    buildah = _Fetcher("stored", ["buildah", "push", "--quiet", "--disable-compression", location])
    skopeo = ["skopeo", "--insecure-policy", "copy", "--quiet"]
    storage = _Fetcher("stored", [*skopeo, f"containers-storage:{full_name}"])
    if kind == "containers-storage":
        yield from (storage, podman, buildah)
    elif kind == "podman":
        yield from (podman, podman_save, buildah, storage)
    elif kind in ("name", "local"):
        yield from (podman, buildah)
    if kind in ("docker-daemon", "name", "local"):
        yield _Fetcher("docker-archive", ["docker", "save", full_name])
    if kind == "docker-daemon":
        host = os.environ.get("DOCKER_HOST")
        daemon = [f"--src-daemon-host={host}"] if host else []
        yield _Fetcher("stored", [*skopeo, *daemon, f"docker-daemon:{full_name}"])
    if kind in ("registry", "name"):
        yield _Fetcher("copied", _registry_command(location, platform, insecure=insecure))


def _registry_command(location: str, platform: str | None, *, insecure: bool) -> list[str]:
    command = ["skopeo", *_platform_options(platform), "--insecure-policy", "copy", "--quiet"]
    if insecure:
        command.append("--src-tls-verify=false")
    if platform == "all":
        command.append("--all")
    return [*command, f"docker://{location}"]


def _platform_options(platform: str | None) -> list[str]:
    """Return skopeo's options that select a platform; it knows this host's variant itself."""
    if platform == "all" or (platform is None and sys.platform == "linux"):
        return []
    system, _, rest = (platform or host_platform()).partition("/")
    architecture, _, variant = rest.partition("/")
    options = [f"--override-os={system}", f"--override-arch={architecture}"]
    return [*options, f"--override-variant={variant}"] if variant else options


def _run(
    command: list[str],
    directory: str,
    budget: Budget,
    options: FetchOptions,
    output: str = os.devnull,
) -> str | None:
    """Run a program that fills a directory, and return its error message if it fails."""
    # Its temporary files go there, too. Skopeo does not look at the variable.
    environment = {**os.environ, "TMPDIR": directory}
    if command[0] == "skopeo":
        command = [command[0], f"--tmpdir={directory}", *command[1:]]
    errors = os.path.join(directory, "errors")
    with open(errors, "w+b") as file, open(output, "wb") as answer:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=file,
            env=environment,
            # It may start other programs, which have to end with it.
            start_new_session=True,
            preexec_fn=_make_setup(),  # noqa: PLW1509 - it takes no lock
        )
        try:
            _wait(process, directory, budget, options)
        finally:
            _stop(process)
        if process.returncode == 0:
            return None
        return _find_message(file, os.path.basename(command[0]))


def _make_setup() -> Callable[[], None] | None:
    """Return a function that ties a new process to this one: it ends even if this one is killed.

    Source: prctl(2), PR_SET_PDEATHSIG. Only Linux has this.
    """
    if sys.platform != "linux":
        return None
    import ctypes

    library = ctypes.CDLL(None)
    return lambda: library.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait(
    process: subprocess.Popen[bytes], directory: str, budget: Budget, options: FetchOptions
) -> None:
    """Wait for a program.

    Raise ImageError if it writes too much, next to nothing for too long, takes too long, or too
    much memory.
    """
    shown = before = 0
    since = monotonic()
    limit = budget.limits.size
    space = FreeSpace(os.path.dirname(directory))
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_POLL_SECONDS)
        size = _measure(directory)
        options.progress(max(size - shown, 0))
        shown = size
        if size > limit:
            raise ImageError(f"it has more than {limit} bytes (--limit size=N allows more)")
        space.check(size)
        if _measure_memory(process) > _MAX_MEMORY:
            raise ImageError(f"fetching it takes more than {_MAX_MEMORY} bytes of memory")
        if process.returncode is not None:
            return
        budget.check_time()
        if abs(size - before) >= _LEAST_PROGRESS:
            before, since = size, monotonic()
        elif monotonic() - since > options.timeout:
            raise ImageError(
                f"fewer than {_LEAST_PROGRESS} bytes in {options.timeout} seconds"
                " (--timeout SECONDS waits longer)"
            )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and those that it started."""
    if process.poll() is None:
        _signal(process, "SIGTERM")
        with suppress(subprocess.TimeoutExpired):
            process.wait(_SECONDS_TO_STOP)
    _signal(process, "SIGKILL")
    process.wait()


def _signal(process: subprocess.Popen[bytes], name: str) -> None:
    """Send a signal to a program's session; on systems without sessions, end only the program."""
    if not hasattr(os, "killpg"):
        process.terminate()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, getattr(signal, name))


def _measure(directory: str) -> int:
    """Return the bytes of all files below a directory that another program writes to."""
    size = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            # It may have been deleted in the meantime.
            with suppress(OSError):
                size += os.lstat(os.path.join(parent, name)).st_size
    return size


def _measure_memory(process: subprocess.Popen[bytes]) -> int:
    """Return the bytes that a program holds in memory; 0 where the system does not say."""
    try:
        with open(f"/proc/{process.pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # there is no such file, or the program has ended
        return 0


def _find_message(file: BinaryIO, program: str) -> str:
    """Return why a program failed: why it crashed, or the last line of its error output.

    That line is without its time and level, and may be longer than what is read of it.
    """
    file.seek(max(file.seek(0, os.SEEK_END) - _MAX_ERROR_OUTPUT, 0))
    output = file.read().strip()
    if b"\n" not in output:
        file.seek(0)
        output = file.read(_MAX_ERROR_OUTPUT).strip()
    text = output.decode("utf-8", "replace")
    crash = _CRASH.search(text)
    if crash:
        return f"{program} crashed: {shorten(crash[1], _MAX_MESSAGE)}"
    line = text.rpartition("\n")[2]
    found = _LEVEL.fullmatch(line)
    if found:
        line = found[1].replace('\\"', '"')
    found = _PREFIXES.match(line)
    return shorten(line[found.end() if found else 0 :], _MAX_MESSAGE) or f"{program} failed"
