# SPDX-License-Identifier: MIT
"""Real CRIUs to ask: packages of four Debian suites, unpacked beside the system and not installed.

``python -m tests.oracle.roots`` sets all of them up and prints where they are. They are put
under the directory that the environment variable ``CRIULINT_ORACLE`` names, default
``criulint-oracle`` in the user's cache directory, and stay there.

It takes Debian's ``apt-get`` and ``dpkg-deb``, and no privileges. The mirror is one that the
machine's own apt configuration names; apt checks the packages with the machine's
``debian-archive-keyring``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from criulint.schemagen.debian import DebianError, loading, run_command, unpack, upstream

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

#: CRIU release -> the Debian suite whose package it is.
SUITES = {"3.17.1": "bookworm", "4.1.1": "trixie", "4.2.1": "sid", "4.3": "experimental"}

#: A CRIU or a compiler that cannot be had here; the text says why, and what to do.
RootError = DebianError


class Root:
    """An unpacked suite with the CRIU of `release` in it."""

    def __init__(self, release: str, path: Path) -> None:
        self.release = release
        self.path = path

    def command(self, preload: Path) -> list[str]:
        """The words that start CRIU with the root's own C library, and with the library `preload`."""
        loader, *options = loading(self.path)
        return [loader, *options, "--preload", str(preload), str(self.path / "usr/sbin/criu")]


def directory() -> Path:
    """Where the roots are kept."""
    chosen = os.environ.get("CRIULINT_ORACLE")
    if chosen:
        return Path(chosen).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "criulint-oracle"


def prepare(release: str) -> Root:
    """The root of one of `SUITES`' releases, unpacked first if it is not there yet. RootError
    if it can't be had.
    """
    suite = SUITES[release]
    path = directory() / suite
    with _lock(suite):
        if not path.is_dir():
            unpack(["criu"], suite, path, lambda packages: _expect(release, suite, packages))
    return Root(release, path)


def unpacked(package: str, suite: str, *more: str) -> Path:
    """Packages of a suite, with all that they depend on, unpacked. RootError if they can't be had."""
    names = [package, *more]
    path = directory() / f"{suite}-{'-'.join(names)}"
    with _lock(path.name):
        if not path.is_dir():
            unpack(names, suite, path)
    return path


def preload() -> Path:
    """The library made of ``preload.c``. RootError without a C compiler."""
    return _compile("preload.c", ".so", "-shared", "-fPIC", libraries=["-ldl"])


def stub() -> Path:
    """The program made of ``runtimes/stub.c``, in the same way. RootError as above."""
    return _compile("runtimes/stub.c", "", "-static")


def subject() -> Path:
    """The program made of ``subject.c``; it needs no library, and so runs in each of the roots.
    RootError as above.
    """
    return _compile("subject.c", "", "-static")


def _compile(name: str, suffix: str, *flags: str, libraries: Sequence[str] = ()) -> Path:
    source = Path(__file__).parent / name
    compiler = shutil.which("cc") or shutil.which("gcc")
    if not compiler:
        raise RootError("the oracle needs a C compiler: no cc found")
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    made = directory() / f"{source.stem}-{digest}{suffix}"
    with _lock(source.stem):
        if not made.exists():
            unfinished = made.with_suffix(".new")
            warnings = ("-Wall", "-Wextra", "-Werror")
            run_command(
                [compiler, *flags, "-O2", *warnings, "-o", str(unfinished), str(source), *libraries]
            )
            unfinished.replace(made)
    return made


@contextmanager
def _lock(name: str) -> Iterator[None]:
    """Only one process at a time sets `name` up."""
    directory().mkdir(parents=True, exist_ok=True)
    with (directory() / f".{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _expect(release: str, suite: str, packages: Sequence[Path]) -> None:
    """RootError if the CRIU among `packages` is another one."""
    package = next(path for path in packages if path.name.startswith("criu_"))
    found = upstream(run_command(["dpkg-deb", "-f", str(package), "Version"]).strip())
    if found != release:
        raise RootError(
            f"Debian {suite} has CRIU {found}, and the tests expect {release}: "
            f"make the schema of {found} and change SUITES in {Path(__file__).name}"
        )


def main() -> int:
    """Set all up; the exit status is 1 if something can't be had."""
    try:
        preload()
        subject()
        for release in SUITES:
            sys.stdout.write(f"CRIU {release}: {prepare(release).path}\n")
    except RootError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
