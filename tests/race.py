# SPDX-License-Identifier: MIT
"""A race: root works in a directory while its owner swaps things for links.

``python -m tests.race --seconds N`` lets each attack on each task run for N seconds, as root on
Linux, and prints how often root tried and succeeded, how often the attacker swapped something, and
how often a file of root's was turned: another owner, mode, content or inode, a new file beside it,
or its content in what root prints. That has to be 0; ``--naive`` shows what a writer that goes by
path comes to.
"""

from __future__ import annotations

import argparse
import io
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
from contextlib import redirect_stderr, redirect_stdout, suppress
from itertools import product
from pathlib import Path
from typing import NamedTuple

from criulint import files
from criulint.cli import main as criulint

STRANGER = 65534
CONTENT = b"tcp-close\n"
_SECRET = b"log-file /secret/of/root\n"
_NAME = "default.conf"
_BASELINE = b'{"version": 1, "findings": []}\n'
_LOG = "Error (criu/sk-inet.c:1): inet: Connected TCP socket, consider using --tcp-established\n"

Replace = Callable[[str, bytes, bytes], None]


class Outcome(NamedTuple):
    """What came of an attack."""

    tries: int
    done: int
    swaps: int
    turned: int


class Task(NamedTuple):
    """What root does over and over, and returns what it prints. OSError if it could not.

    The victim has the content `secret`, the attacker's file the content `own` and a mode.
    """

    run: Callable[[Field], str]
    secret: bytes = CONTENT
    own: bytes = CONTENT
    mode: int = 0o4755


class Field:
    """The attacker's directories, ``etc/criu``, and root's file of the same name."""

    def __init__(self, top: Path, task: Task) -> None:
        self.task = task
        self.top = top
        self.roots = top / "root"
        self.victim = self.roots / _NAME
        self.outer = top / "etc"
        self.inner = self.outer / "criu"
        self.target = self.inner / _NAME
        self.plain = top / "plain.conf"
        self.plain.write_bytes(b"tcp-close false\n")
        top.chmod(0o777)
        self.inner.mkdir(parents=True)
        self.roots.mkdir(mode=0o755)
        self.restore()
        os.link(self.victim, self.inner / "hard")  # as without protected_hardlinks
        self.target.write_bytes(task.own)
        for path in (self.outer, self.inner, self.target):
            os.chown(path, STRANGER, STRANGER)
        os.chown(top, STRANGER, STRANGER)
        self.target.chmod(task.mode)

    def restore(self) -> None:
        """Make root's file what it was."""
        self.victim.unlink(missing_ok=True)
        for path in self.roots.iterdir():
            path.unlink()
        self.victim.write_bytes(self.task.secret)
        self.victim.chmod(0o600)
        self.state = self.look()

    def look(self) -> tuple[object, ...]:
        """What must not change."""
        status = self.victim.lstat()
        names = sorted(os.listdir(self.roots))
        attributes = status.st_ino, status.st_uid, status.st_gid, status.st_mode
        return *attributes, *names, self.victim.read_bytes()


# What the attacker does once, in `inner`; whether something was swapped.


def _swap_temporary(field: Field) -> bool:
    swapped = False
    for name in os.listdir("."):
        if name.startswith(".criulint-"):
            with suppress(OSError):
                os.unlink(name)
                os.symlink(field.victim, name)
                swapped = True
    if os.path.islink(_NAME):
        _file(field, "other")
        os.rename("other", _NAME)
    return swapped


def _swap_temporary_for_hard_link(field: Field) -> bool:
    swapped = False
    for name in os.listdir("."):
        if name.startswith(".criulint-"):
            with suppress(OSError):
                os.rename("hard", name)
                swapped = True
    if os.lstat(_NAME).st_nlink > 1:
        os.rename(_NAME, "hard")
        _file(field, _NAME)
    return swapped


def _swap_target(field: Field) -> bool:
    os.symlink(field.victim, "link")
    os.rename("link", _NAME)
    _file(field, "other")
    os.rename("other", _NAME)
    return True


def _swap_target_for_hard_link(field: Field) -> bool:
    os.rename(_NAME, "own")
    os.rename("hard", _NAME)
    os.rename(_NAME, "hard")
    os.rename("own", _NAME)
    return True


def _swap_target_for_pipe(field: Field) -> bool:
    os.mkfifo("pipe")
    os.rename("pipe", _NAME)
    _file(field, "other")
    os.rename("other", _NAME)
    return True


def _swap_directory(field: Field) -> bool:
    return _exchange(field.inner, field.roots)


def _swap_parent(field: Field) -> bool:
    elsewhere = field.outer.with_name("fake")
    if not elsewhere.exists():
        elsewhere.mkdir()
        (elsewhere / field.inner.name).symlink_to(field.roots)
    return _exchange(field.outer, elsewhere)


def _swap_new(field: Field) -> bool:
    """Swap what root makes: a directory, and a file beside it."""
    for name, target in (("new", field.roots), ("made.conf", field.victim)):
        with suppress(OSError):
            os.rename(name, "moved")
        os.symlink(target, name)
        os.unlink(name)
        with suppress(OSError):
            os.rename("moved", name)
    return True


def _exchange(directory: Path, other: Path) -> bool:
    """Let a directory be a link to another one for a moment."""
    away = directory.with_name("away")
    os.rename(directory, away)
    os.symlink(other, directory)
    os.unlink(directory)
    os.rename(away, directory)
    return True


def _file(field: Field, name: str) -> None:
    descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o777)
    os.write(descriptor, field.task.own)
    os.fchmod(descriptor, field.task.mode)
    os.close(descriptor)


ATTACKS: dict[str, Callable[[Field], bool]] = {
    "temporary": _swap_temporary,
    "temporary-hard": _swap_temporary_for_hard_link,
    "target": _swap_target,
    "target-hard": _swap_target_for_hard_link,
    "target-pipe": _swap_target_for_pipe,
    "directory": _swap_directory,
    "parent": _swap_parent,
    "new": _swap_new,
}


def run(attack: str, task: Task, *, seconds: float = 1.0, tries: int = sys.maxsize) -> Outcome:
    """Let root do a task over and over under an attack."""
    top = Path(tempfile.mkdtemp(prefix="race-"))
    counter = mmap.mmap(-1, 8)
    field = Field(top, task)
    attacker = _start(ATTACKS[attack], field, counter)
    tried = done = turned = 0
    end = time.monotonic() + seconds
    try:
        while tried < tries and time.monotonic() < end:
            tried += 1
            printed = ""
            with suppress(OSError):
                printed = task.run(field)
                done += 1
            if field.look() != field.state or _SECRET.split()[1].decode() in printed:
                turned += 1
                field.restore()
    finally:
        os.kill(attacker, signal.SIGKILL)
        os.waitpid(attacker, 0)
        shutil.rmtree(top)
    return Outcome(tried, done, struct.unpack("q", counter[:8])[0], turned)


def _start(attack: Callable[[Field], bool], field: Field, counter: mmap.mmap) -> int:
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


def writes(replace: Replace) -> Task:
    """Return the task to replace the attacker's file."""

    def work(field: Field) -> str:
        replace(str(field.target), CONTENT, CONTENT)
        return ""

    return Task(work)


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


# What root does with criulint.


def _create(field: Field) -> str:
    path = field.inner / "made.conf"
    with suppress(OSError):
        path.unlink()
    files.create(str(path), CONTENT, within=str(field.top))
    return ""


def _create_with_parents(field: Field) -> str:
    path = field.inner / "new" / "made.conf"
    with suppress(OSError):
        path.unlink()
    files.create(str(path), CONTENT, parents=True, within=str(field.top))
    return ""


def _replace_within(field: Field) -> str:
    files.replace(str(field.target), CONTENT, CONTENT, within=str(field.top))
    return ""


def _command(*words: str, log: str = "") -> Callable[[Field], str]:
    """Return what runs a command; ``TOP`` and ``FILE`` are the attacker's, ``PLAIN`` is not."""

    def work(field: Field) -> str:
        made = [word.replace("TOP", str(field.top)) for word in words]
        made = [word.replace("FILE", str(field.target)) for word in made]
        made = [word.replace("PLAIN", str(field.plain)) for word in made]
        before, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(log.encode()))
        try:
            with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
                status = criulint(made)
        finally:
            sys.stdin = before
        printed = out.getvalue() + err.getvalue()
        if status == 2 and _SECRET.split()[1].decode() not in printed:
            raise OSError(None, printed)
        return printed

    return work


def _alternate(*works: Callable[[Field], str]) -> Callable[[Field], str]:
    """Return what does all of it, as the last one undoes what the first one did."""

    def work(field: Field) -> str:
        return "".join(each(field) for each in works)

    return work


_UNSET = _command("unset", "--root", "TOP", "tcp-established", "shell-job")

TASKS = {
    "replace": writes(files.replace),
    "replace-named": writes(replace_named),
    "replace-within": Task(_replace_within),
    "create": Task(_create),
    "create-parents": Task(_create_with_parents),
    "set": Task(_alternate(_command("set", "--root", "TOP", "shell-job"), _UNSET), mode=0o755),
    "apply": Task(
        _alternate(_command("advise", "--apply", "--root", "TOP", "-", log=_LOG), _UNSET),
        mode=0o755,
    ),
    "fix": Task(_command("check", "--fix", "TOP"), own=b"tcp-close false\n", mode=0o755),
    "output": Task(_command("check", "-q", "--output", "json:FILE", "PLAIN"), mode=0o755),
    "baseline": Task(
        _command("check", "-q", "--write-baseline=FILE", "PLAIN"), own=_BASELINE, mode=0o755
    ),
}
#: Those that read, and must not show what root's file holds.
READS = {
    "check": Task(_command("check", "--root", "TOP"), _SECRET),
    "effective": Task(_command("effective", "--root", "TOP"), _SECRET),
    "image": Task(_command("image", "dir:TOP"), _SECRET),
    "advise": Task(_command("advise", "--root", "TOP", "--diff", "-", log=_LOG), _SECRET),
}
#: The attacks on those that read. A hard link to a file is the file.
READ_ATTACKS = ("target", "directory", "parent")


def main() -> int:
    """Run all attacks; 1 if one succeeded."""
    parser = argparse.ArgumentParser(prog="python -m tests.race", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--task", choices=(*TASKS, *READS), help="(default: all)")
    args = parser.parse_args()
    tasks = {"by path": writes(replace_naively)} if args.naive else {**TASKS, **READS}
    turned = 0
    for (name, task), attack in product(tasks.items(), ATTACKS):
        if args.task not in (None, name) or (name in READS and attack not in READ_ATTACKS):
            continue
        outcome = run(attack, task, seconds=args.seconds)
        turned += outcome.turned
        figures = (f"{key} {value:<8}" for key, value in outcome._asdict().items())
        print(f"{name:15}{attack:15}", *figures, flush=True)  # noqa: T201
    return int(turned > 0)


if __name__ == "__main__":
    sys.exit(main())
