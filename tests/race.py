# SPDX-License-Identifier: MIT
"""A race: root replaces a file while the owner of its directory swaps things for links.

``python -m tests.race --seconds N`` lets each attack run for N seconds, as root on Linux, and
prints how often root tried and succeeded, how often the attacker swapped something, and how often a
file of root's was turned: another owner, mode, content or inode. That has to be 0; ``--naive``
shows what a writer that goes by path comes to.
"""

from __future__ import annotations

import argparse
import mmap
import os
import shutil
import signal
import stat
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from criulint import files

STRANGER = 65534
CONTENT = b"tcp-close\n"
_NAME = "default.conf"

Replace = Callable[[str, bytes, bytes], None]


class Outcome(NamedTuple):
    """What came of an attack."""

    tries: int
    replaced: int
    swaps: int
    turned: int


class _Field:
    """The attacker's directories, ``outer/inner``, and root's file of the same name and content."""

    def __init__(self, top: Path) -> None:
        self.roots = top / "root"
        self.victim = self.roots / _NAME
        self.outer = top / "outer"
        self.inner = self.outer / "inner"
        self.target = self.inner / _NAME
        top.chmod(0o777)
        self.inner.mkdir(parents=True)
        self.roots.mkdir(mode=0o755)
        self.restore()
        os.link(self.victim, self.inner / "hard")  # as without protected_hardlinks
        self.target.write_bytes(CONTENT)
        for path in (self.outer, self.inner, self.target):
            os.chown(path, STRANGER, STRANGER)
        os.chown(top, STRANGER, STRANGER)
        self.target.chmod(0o4755)

    def restore(self) -> None:
        """Make root's file what it was."""
        self.victim.unlink(missing_ok=True)
        self.victim.write_bytes(CONTENT)
        self.victim.chmod(0o600)
        self.state = self.look()

    def look(self) -> tuple[object, ...]:
        """What must not change."""
        status = self.victim.lstat()
        return status.st_ino, status.st_uid, status.st_gid, status.st_mode, self.victim.read_bytes()


# What the attacker does once, in `inner`; whether something was swapped.


def _swap_temporary(field: _Field) -> bool:
    swapped = False
    for name in os.listdir("."):
        if name.startswith(".criulint-"):
            with suppress(OSError):
                os.unlink(name)
                os.symlink(field.victim, name)
                swapped = True
    if os.path.islink(_NAME):
        _file("other")
        os.rename("other", _NAME)
    return swapped


def _swap_temporary_for_hard_link(field: _Field) -> bool:
    swapped = False
    for name in os.listdir("."):
        if name.startswith(".criulint-"):
            with suppress(OSError):
                os.rename("hard", name)
                swapped = True
    if os.lstat(_NAME).st_nlink > 1:
        os.rename(_NAME, "hard")
        _file(_NAME)
    return swapped


def _swap_target(field: _Field) -> bool:
    os.symlink(field.victim, "link")
    os.rename("link", _NAME)
    _file("other")
    os.rename("other", _NAME)
    return True


def _swap_target_for_hard_link(field: _Field) -> bool:
    os.rename(_NAME, "own")
    os.rename("hard", _NAME)
    os.rename(_NAME, "hard")
    os.rename("own", _NAME)
    return True


def _swap_target_for_pipe(field: _Field) -> bool:
    os.mkfifo("pipe")
    os.rename("pipe", _NAME)
    _file("other")
    os.rename("other", _NAME)
    return True


def _swap_directory(field: _Field) -> bool:
    return _exchange(field.inner, field.roots)


def _swap_parent(field: _Field) -> bool:
    elsewhere = field.outer.with_name("fake")
    if not elsewhere.exists():
        elsewhere.mkdir()
        (elsewhere / "inner").symlink_to(field.roots)
    return _exchange(field.outer, elsewhere)


def _exchange(directory: Path, other: Path) -> bool:
    """Let a directory be a link to another one for a moment."""
    away = directory.with_name("away")
    os.rename(directory, away)
    os.symlink(other, directory)
    os.unlink(directory)
    os.rename(away, directory)
    return True


def _file(name: str) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o777)
    os.write(descriptor, CONTENT)
    os.fchmod(descriptor, 0o4755)
    os.close(descriptor)


ATTACKS: dict[str, Callable[[_Field], bool]] = {
    "temporary": _swap_temporary,
    "temporary-hard": _swap_temporary_for_hard_link,
    "target": _swap_target,
    "target-hard": _swap_target_for_hard_link,
    "target-pipe": _swap_target_for_pipe,
    "directory": _swap_directory,
    "parent": _swap_parent,
}


def run(
    attack: str, replace: Replace, *, seconds: float = 1.0, tries: int = sys.maxsize
) -> Outcome:
    """Let root replace a file over and over under an attack."""
    top = Path(tempfile.mkdtemp(prefix="race-"))
    counter = mmap.mmap(-1, 8)
    field = _Field(top)
    attacker = _start(ATTACKS[attack], field, counter)
    tried = replaced = turned = 0
    end = time.monotonic() + seconds
    try:
        while tried < tries and time.monotonic() < end:
            tried += 1
            with suppress(OSError):
                replace(str(field.target), CONTENT, CONTENT)
                replaced += 1
            if field.look() != field.state:
                turned += 1
                field.restore()
    finally:
        os.kill(attacker, signal.SIGKILL)
        os.waitpid(attacker, 0)
        shutil.rmtree(top)
    return Outcome(tried, replaced, struct.unpack("q", counter[:8])[0], turned)


def _start(attack: Callable[[_Field], bool], field: _Field, counter: mmap.mmap) -> int:
    process = os.fork()
    if process:
        return process
    try:
        os.chdir(field.inner)
        os.setgroups([])
        os.setgid(STRANGER)
        os.setuid(STRANGER)
        swaps = 0
        while True:
            with suppress(OSError):
                swaps += attack(field)
            counter[:8] = struct.pack("q", swaps)
    finally:
        os._exit(1)


def replace_named(path: str, data: bytes, expected: bytes) -> None:
    """`files.replace` on a file system without O_TMPFILE."""
    flag, files._TMPFILE = files._TMPFILE, None
    try:
        files.replace(path, data, expected)
    finally:
        files._TMPFILE = flag


def replace_naively(path: str, data: bytes, expected: bytes) -> None:
    """What goes by path, as usual: the owner of a directory turns it."""
    target = os.path.realpath(path)
    with open(os.open(target, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or file.read() != expected:
            raise OSError(None, "changed")
    descriptor, temporary = tempfile.mkstemp(prefix=".criulint-", dir=os.path.dirname(target))
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chown(temporary, status.st_uid, status.st_gid)
        os.chmod(temporary, stat.S_IMODE(status.st_mode))
        os.replace(temporary, target)
    except BaseException:
        os.unlink(temporary)
        raise


def main() -> int:
    """Run all attacks; 1 if one succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.race", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--naive", action="store_true")
    args = parser.parse_args()
    writers = {"by path": replace_naively} if args.naive else {}
    if not args.naive:
        writers = {"without a name": files.replace, "named": replace_named}
    turned = 0
    for attack in ATTACKS:
        for name, writer in writers.items():
            outcome = run(attack, writer, seconds=args.seconds)
            turned += outcome.turned
            figures = (f"{key} {value:<8}" for key, value in outcome._asdict().items())
            print(f"{attack:15}{name:15}", *figures, flush=True)  # noqa: T201
    return int(turned > 0)


if __name__ == "__main__":
    sys.exit(main())
