# SPDX-License-Identifier: MIT
"""The inner side of a sandbox (``sandbox.py``): the first process of its namespaces, and what
it does when it is asked.
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib
import os
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.oracle import rpc

if TYPE_CHECKING:
    from collections.abc import Mapping

#: For the images of a test.
IMAGES = "/images"
#: Another directory for a test.
WORK = "/work"
#: The program of ``subject.c``.
SUBJECT = "/usr/bin/subject"

_CRIU = "/usr/sbin/criu"
_ENVIRONMENT = {"HOME": "/root", "LC_ALL": "C", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
_OWN = (IMAGES, WORK, "/etc/criu", "/root", "/tmp", "/actions")
_TIMEOUT = 60
_NOBODY = 65534
_MNT_DETACH = 2
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1


class Done(NamedTuple):
    """A command that ended, with its exit status or the negated signal, and all that it printed."""

    status: int
    output: str


def write(path: str, text: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace") if Path(path).exists() else ""


def read_bytes(path: str) -> bytes:
    return Path(path).read_bytes()


def write_bytes(path: str, data: bytes) -> None:
    Path(path).write_bytes(data)


def chmod(path: str, mode: int) -> None:
    Path(path).chmod(mode)


def remove(paths: tuple[str, ...]) -> None:
    for path in map(Path, paths):
        if path.is_dir():
            shutil.rmtree(path)
            path.mkdir()
        else:
            path.unlink(missing_ok=True)


def criu(words: tuple[str, ...], environment: dict[str, str]) -> Done:
    # Not a pipe, whose end never comes while a daemon holds it.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [_CRIU, *words],
            env={**_ENVIRONMENT, **environment},
            cwd=IMAGES,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=_TIMEOUT,
        )
        output.seek(0)
        return Done(done.returncode, output.read().decode(errors="replace"))


def criu_of_nobody(words: tuple[str, ...]) -> Done:
    done = subprocess.run(
        [_CRIU, *words],
        env=_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=_TIMEOUT,
        user=_NOBODY,
    )
    return Done(done.returncode, done.stdout.decode(errors="replace"))


def ask(
    kind: str,
    options: Mapping[str, Any] | None,
    environment: dict[str, str],
    service: str | None,
    timeout: float,
) -> rpc.Answer:
    images = os.open(IMAGES, os.O_PATH)
    try:
        given = None if options is None else {"images_dir_fd": images, **options}
        if service:
            return rpc.ask_service(service, kind, given)
        return rpc.ask(_CRIU, {**_ENVIRONMENT, **environment}, kind, given, timeout)
    finally:
        os.close(images)


def start(what: str) -> int:
    with subprocess.Popen(
        [SUBJECT, what],
        env={},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout
        complaint = process.stdout.read().decode()
        if complaint:
            raise RuntimeError(complaint)
        # It goes on: what becomes of it is the test's matter, and the main loop's.
        process.returncode = 0
        return process.pid


def alive(process: int) -> bool:
    _reap()
    return Path(f"/proc/{process}").exists()


def ends(process: int) -> bool:
    """Who kills a process, as CRIU does, need not wait for its end."""
    limit = time.monotonic() + _TIMEOUT
    while alive(process) and time.monotonic() < limit:
        time.sleep(0.001)
    return not alive(process)


def stops(process: int) -> bool:
    """CRIU answers before the signal that stops a process has arrived."""
    limit = time.monotonic() + _TIMEOUT
    while (state := _state(process)) != "T" and time.monotonic() < limit:
        time.sleep(0.001)
    return state == "T"


def _state(process: int) -> str:
    return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    while alive(process):
        time.sleep(0.001)


def clear() -> None:
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)
    with suppress(ChildProcessError):
        # All orphans become children of this process, the first one here.
        while True:
            os.waitpid(-1, 0)
    remove(_OWN)
    for directory in (IMAGES, WORK, "/etc/criu", "/root", "/tmp"):
        Path(directory).mkdir(exist_ok=True)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _enter(root: Path, program: Path) -> None:
    """Make an overlay of `root` the file system of this mount namespace."""
    # There is nothing on /sys that is needed any more.
    scratch = Path("/sys")
    tree = scratch / "root"
    _mount("-t", "tmpfs", "tmpfs", str(scratch))
    for name in ("upper", "work", "root"):
        (scratch / name).mkdir()
    layers = f"lowerdir={root},upperdir={scratch}/upper,workdir={scratch}/work"
    _mount("-t", "overlay", "overlay", "-o", layers, str(tree))
    for name in ("proc", "sys", "dev", "run", "old"):
        (tree / name).mkdir(exist_ok=True)
    _mount("-t", "proc", "proc", str(tree / "proc"))
    _mount("-t", "sysfs", "sysfs", str(tree / "sys"))
    _mount("-t", "tmpfs", "tmpfs", str(tree / "dev"))
    os.mknod(tree / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (tree / "dev/pts").mkdir()
    _mount("-t", "devpts", "-o", "newinstance,ptmxmode=666", "devpts", str(tree / "dev/pts"))
    (tree / "dev/ptmx").symlink_to("pts/ptmx")
    _mount("-t", "tmpfs", "tmpfs", str(tree / "run"))
    shutil.copy(program, tree / SUBJECT.lstrip("/"))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.pivot_root(os.fsencode(tree), os.fsencode(tree / "old")):
        raise SystemExit(f"pivot_root: {os.strerror(ctypes.get_errno())}")
    os.chdir("/")
    if libc.umount2(b"/old", _MNT_DETACH):
        raise SystemExit(f"umount: {os.strerror(ctypes.get_errno())}")


def _mount(*words: str) -> None:
    done = subprocess.run(
        ["mount", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SystemExit(done.stdout)


def _loopback() -> None:
    """A new network namespace has it down."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anything:
        fcntl.ioctl(anything, _SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", _IFF_UP))


def main(descriptor: str, root: str, program: str, module: str) -> None:
    """Set the sandbox up, and call what the socket of this number says until it is closed."""
    importlib.import_module(module)
    connection = Connection(int(descriptor))
    os.set_inheritable(connection.fileno(), False)
    # A process that makes no session of its own is in this one: CRIU wants to see its leader.
    os.setsid()
    _loopback()
    _enter(Path(root), Path(program))
    clear()
    while True:
        try:
            function, arguments = connection.recv()
        except EOFError:
            return
        error, result = None, None
        try:
            result = function(*arguments)
        except Exception as caught:
            error = caught
        _reap()
        connection.send((error, result))
