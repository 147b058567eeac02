# SPDX-License-Identifier: MIT
"""The inner side of a sandbox for container runtimes: a container, and a criu that says no.

The functions are called in a sandbox (`tests.oracle.sandbox.Sandbox.call`), whose root has the
runtime and busybox.
"""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_STUB, _LOG, _VERSION = Path("/usr/sbin/criu"), Path("/stub/log"), Path("/stub/version")
#: The directory of the container.
BUNDLE = "/bundle"
_BUNDLE = Path(BUNDLE)
_ANNOTATION = "org.criu.config"
_CGROUP = Path("/sys/fs/cgroup")
_NEW_CGROUP_NAMESPACE = 0x02000000
_TIMEOUT = 60
_ENVIRONMENT = {
    "HOME": "/root",
    "CRIU_CONFIG_FILE": "/root/criu.conf",
    "LC_ALL": "C",
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
}


class Done(NamedTuple):
    """A command that ended: its status, and all that it printed."""

    status: int
    output: str


class Record(NamedTuple):
    """What the stub was asked: requests as they came, and command lines without the name.

    `variables` are those of CRIU that were in its environment, each time that it was started.
    """

    requests: tuple[bytes, ...]
    words: tuple[tuple[str, ...], ...]
    variables: tuple[tuple[str, ...], ...]


def set_up(stub: bytes | None, cgroup: str) -> None:
    """Put the stub in CRIU's place if there is one, and this process into a control group."""
    if stub is not None:
        _STUB.unlink(missing_ok=True)
        _STUB.write_bytes(stub)
        _STUB.chmod(0o755)
    if not Path("/bin/sh").exists():
        Path("/bin/sh").symlink_to("busybox")
    _VERSION.parent.mkdir()
    for name in ("parent", "work"):
        Path("/images", name).mkdir()
    for name, minor in (("zero", 5), ("full", 7), ("random", 8), ("urandom", 9), ("tty", 0)):
        major = 5 if name == "tty" else 1
        os.mknod(f"/dev/{name}", 0o20666, os.makedev(major, minor))
    for path in ("/dev/shm", "/dev/mqueue", "/dev/net"):
        Path(path).mkdir(exist_ok=True)
    os.mknod("/dev/net/tun", 0o20666, os.makedev(10, 200))
    _mount_cgroups()
    own = _CGROUP / cgroup
    own.mkdir()
    _join(own)
    _need(_libc().unshare(_NEW_CGROUP_NAMESPACE), "unshare")
    _need(_libc().umount2(os.fsencode(_CGROUP), 0), "umount2")
    _mount_cgroups()
    # Where there are controllers, a group with processes has no groups below it.
    (_CGROUP / "runtime").mkdir()
    _join(_CGROUP / "runtime")


def replace_library(pattern: str, data: bytes) -> None:
    """Put a library in the place of the one that the pattern below the root finds."""
    (path,) = Path("/").glob(pattern)
    path.unlink()
    path.write_bytes(data)


def make_bundle(runtime: str, annotation: str | None) -> None:
    """Make a container for a runtime: busybox that sleeps, with or without the annotation."""
    make_root()
    done = _run(runtime, "spec", cwd=_BUNDLE)
    if done.status:
        raise RuntimeError(done.output)
    path = _BUNDLE / "config.json"
    spec: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    spec["process"]["terminal"] = False
    spec["process"]["args"] = ["sh", "-c", "while :; do sleep 1; done"]
    spec["process"].pop("rlimits", None)
    spec["root"]["readonly"] = False
    spec["annotations"] = {} if annotation is None else {_ANNOTATION: annotation}
    path.write_text(json.dumps(spec), encoding="utf-8")


def make_root() -> None:
    """Make the root file system of a container, with busybox in it."""
    shutil.rmtree(_BUNDLE, ignore_errors=True)
    programs = _BUNDLE / "rootfs/bin"
    programs.mkdir(parents=True)
    for name in ("proc", "dev", "sys", "tmp"):
        (_BUNDLE / "rootfs" / name).mkdir()
    busybox = next(
        path for path in map(Path, ("/bin/busybox", "/usr/bin/busybox")) if path.exists()
    )
    shutil.copy(busybox, programs / "busybox")
    for name in ("sh", "sleep"):
        (programs / name).symlink_to("busybox")


def simplify_bundle() -> None:
    """Leave out of the container what CRIU can't restore here: its network and control groups."""
    path = _BUNDLE / "config.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    kept = [
        each for each in spec["linux"]["namespaces"] if each["type"] not in ("network", "cgroup")
    ]
    spec["linux"]["namespaces"] = kept
    spec["mounts"] = [each for each in spec["mounts"] if not each["type"].startswith("cgroup")]
    path.write_text(json.dumps(spec), encoding="utf-8")


#: Whose pipes containers write to and read from: the ends are ours as long as these are here.
_PIPES: list[subprocess.Popen[bytes]] = []


def call_with_pipes(*words: str) -> int:
    """Run a runtime whose container gets pipes, which CRIU can take along; return its status."""
    process = subprocess.Popen(
        words,
        env=_ENVIRONMENT,
        cwd=_BUNDLE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    _PIPES.append(process)
    return process.wait(_TIMEOUT)


def call(*words: str) -> Done:
    """Run a runtime in the bundle, with the environment of `_ENVIRONMENT`."""
    return _run(*words, cwd=_BUNDLE)


def start(runtime: str, name: str) -> None:
    """Start a container. RuntimeError with the runtime's complaint."""
    done = _run(runtime, "run", "--detach", "--bundle", str(_BUNDLE), name)
    if done.status:
        raise RuntimeError(done.output)


def stop(runtime: str, name: str) -> None:
    """End a container, and forget it."""
    _run(runtime, "delete", "--force", name)


def answer_as(version: str) -> None:
    """Let the stub have this version, and forget what it was asked."""
    _VERSION.write_text(version, encoding="utf-8")
    _LOG.unlink(missing_ok=True)


def asked() -> Record:
    """Return what the stub was asked since then."""
    data = _LOG.read_bytes() if _LOG.exists() else b""
    requests: list[bytes] = []
    others: dict[bytes, list[tuple[str, ...]]] = {b"W": [], b"E": []}
    while data:
        (size,) = struct.unpack_from("=I", data, 1)
        entry = data[5 : 5 + size]
        if data[:1] == b"R":
            requests.append(entry)
        else:
            words = tuple(word.decode() for word in entry.split(b"\0")[:-1])
            others[data[:1]].append(words)
        data = data[5 + size :]
    return Record(tuple(requests), tuple(others[b"W"]), tuple(others[b"E"]))


def mount_controllers(cgroup: str) -> None:
    """Mount the controllers of version 1 instead of cgroup2, each with a group for this process.

    Nothing is done where there are none. Without cpuset: a new group can't be used there as it is.
    """
    by_hierarchy: dict[str, list[str]] = {}
    for line in Path("/proc/cgroups").read_text(encoding="utf-8").splitlines()[1:]:
        name, hierarchy, _, enabled = line.split()
        if hierarchy != "0" and enabled == "1" and name != "cpuset":
            by_hierarchy.setdefault(hierarchy, []).append(name)
    hierarchies = [",".join(names) for names in by_hierarchy.values()]
    if not hierarchies:
        return
    _need(_libc().umount2(os.fsencode(_CGROUP), 0), "umount2")
    _need(_libc().mount(b"tmpfs", os.fsencode(_CGROUP), b"tmpfs", 0, None), "mount tmpfs")
    for names in hierarchies:
        group = _mount_hierarchy(names) / cgroup
        group.mkdir()
        _join(group)
    _need(_libc().unshare(_NEW_CGROUP_NAMESPACE), "unshare")
    for names in hierarchies:
        _need(_libc().umount2(os.fsencode(_CGROUP / names), 0), "umount2")
        _mount_hierarchy(names)


def _mount_hierarchy(names: str) -> Path:
    path = _CGROUP / names
    path.mkdir(exist_ok=True)
    mount = _libc().mount(b"cgroup", os.fsencode(path), b"cgroup", 0, names.encode())
    _need(mount, f"mount {names}")
    return path


#: Daemons, which run as long as these are here.
_DAEMONS: list[subprocess.Popen[bytes]] = []


def start_daemon(words: tuple[str, ...], asks: tuple[str, ...]) -> Done:
    """Start a daemon, and wait until the command `asks` succeeds; return its last answer."""
    with Path("/tmp/daemon").open("wb") as log:
        _DAEMONS.append(
            subprocess.Popen(
                words, env=_ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        )
    limit = time.monotonic() + _TIMEOUT
    done = _run(*asks)
    while done.status and time.monotonic() < limit and _DAEMONS[-1].poll() is None:
        time.sleep(0.1)
        done = _run(*asks)
    output = Path("/tmp/daemon").read_text(encoding="utf-8", errors="replace")
    return done if done.status == 0 else Done(done.status, done.output + output)


def stop_daemons() -> None:
    """End all daemons."""
    while _DAEMONS:
        daemon = _DAEMONS.pop()
        daemon.terminate()
        daemon.wait(_TIMEOUT)


def _join(group: Path) -> None:
    (group / "cgroup.procs").write_text(str(os.getpid()), encoding="utf-8")


def _mount_cgroups() -> None:
    # The root has no program for it.
    _need(_libc().mount(b"cgroup2", os.fsencode(_CGROUP), b"cgroup2", 0, None), "mount cgroup2")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _need(failed: int, what: str) -> None:
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _run(*words: str, cwd: Path = Path("/"), environment: Mapping[str, str] = _ENVIRONMENT) -> Done:
    output = Path("/tmp/output")
    with output.open("wb") as file:
        done = subprocess.run(
            words,
            env=dict(environment),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            timeout=_TIMEOUT,
        )
    return Done(done.returncode, output.read_text(encoding="utf-8", errors="replace"))
