# SPDX-License-Identifier: MIT
"""Files are written completely or not at all, with their attributes, and nowhere else."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import resource
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint import files
from criulint.cli import main
from criulint.host.filesystem import Kind
from criulint.host.local import Directory
from tests.disk import mount_disk
from tests.race import (
    ATTACKS,
    READ_ATTACKS,
    READS,
    STRANGER,
    TASKS,
    Field,
    Task,
    replace_naively,
    replace_named,
    run,
    writes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="modes, owners and flags of Linux")
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")

BAD = b"tcp-close   false\nlog-level   4\n"
_ACL = "system.posix_acl_access"
_DEFAULT_ACL = "system.posix_acl_default"


def test_what_cannot_be_read_stays_not_open(tmp_path: Path) -> None:
    opened = _names(Path("/proc/self/fd"))
    for path in (tmp_path, Path(os.devnull)):
        with pytest.raises(OSError, match=r"directory$|not a file"):
            files.read(str(path), 10)
    assert _names(Path("/proc/self/fd")) == opened


def _names(directory: Path) -> list[str]:
    return sorted(os.listdir(directory))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "file.conf").write_bytes(b"old")
    return tmp_path / "file.conf"


@pytest.fixture(params=["without a name", "named"])
def _temporary(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to make the temporary file."""
    if request.param == "named":
        monkeypatch.setattr(files, "_TMPFILE", None)


# --- a race


@root
@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("replace", [files.replace, replace_named])
def test_no_swap_turns_a_file_of_roots(attack: str, replace: object) -> None:
    outcome = run(attack, writes(replace), seconds=1.0)  # type: ignore[arg-type]
    assert outcome.tries > 10
    assert outcome.turned == 0


@root
@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "attack"),
    [*product(TASKS.values(), ATTACKS), *product(READS.values(), READ_ATTACKS)],
    ids=[*map("-".join, product(TASKS, ATTACKS)), *map("-".join, product(READS, READ_ATTACKS))],
)
def test_no_swap_turns_a_command(task: Task, attack: str) -> None:
    outcome = run(attack, task, seconds=0.5)
    assert outcome.tries > 0
    assert outcome.turned == 0


@root
@pytest.mark.parametrize("name", [*TASKS, *READS])
def test_the_tasks_of_the_race_succeed_without_it(name: str, tmp_path: Path) -> None:
    """A task that always fails would win each race."""
    task = {**TASKS, **READS}[name]
    task.run(Field(tmp_path, task))


@root
def test_the_race_turns_what_goes_by_path() -> None:
    assert run("temporary", writes(replace_naively), seconds=20, tries=300).turned > 0


# --- what stays


@pytest.mark.usefixtures("_temporary")
@pytest.mark.parametrize("mode", [0o640, 0o444, 0o200, 0o0, 0o4755, 0o2750])
def test_mode_owner_attributes_and_symbolic_link_stay(file: Path, mode: int) -> None:
    link = file.with_name("link.conf")
    link.symlink_to(file.name)
    os.setxattr(file, "user.criulint", b"kept")
    if os.geteuid() == 0:
        os.chown(file, 4711, 4712)
    elif not mode & 0o400:
        pytest.skip("only root reads that")
    file.chmod(mode)
    before = file.stat()
    files.replace(str(link), b"new", b"old")
    after = file.stat()
    assert link.is_symlink()
    assert (after.st_mode, after.st_uid, after.st_gid) == (
        before.st_mode,
        before.st_uid,
        before.st_gid,
    )
    assert os.getxattr(file, "user.criulint") == b"kept"
    file.chmod(0o600)
    assert file.read_bytes() == b"new"
    assert _names(file.parent) == ["file.conf", "link.conf"]


def _acl(*entries: tuple[int, int, int]) -> bytes:
    """An ACL of tags, permissions and ids. Source: Linux include/uapi/linux/posix_acl_xattr.h."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


_NO_ID = 0xFFFFFFFF
# user::rwx, user:STRANGER:rwx, group::r-x, mask::rwx, other::---
_OPEN_ACL = _acl((1, 7, _NO_ID), (2, 7, STRANGER), (4, 5, _NO_ID), (16, 7, _NO_ID), (32, 0, _NO_ID))


def _set_acl(path: Path, name: str) -> None:
    try:
        os.setxattr(path, name, _OPEN_ACL)
    except OSError:
        pytest.skip("no ACLs here")


@pytest.mark.usefixtures("_temporary")
def test_a_default_acl_opens_nothing(file: Path) -> None:
    file.chmod(0o640)
    _set_acl(file.parent, _DEFAULT_ACL)
    files.replace(str(file), b"new", b"old")
    assert _ACL not in os.listxattr(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_an_acl_stays(file: Path) -> None:
    _set_acl(file, _ACL)
    before = os.getxattr(file, _ACL), file.stat().st_mode
    files.replace(str(file), b"new", b"old")
    assert (os.getxattr(file, _ACL), file.stat().st_mode) == before


def test_hard_links_are_refused(file: Path) -> None:
    os.link(file, file.with_name("other.conf"))
    with pytest.raises(OSError, match="has 2 hard links"):
        files.replace(str(file), b"new", b"old")
    assert file.read_bytes() == b"old"
    assert _names(file.parent) == ["file.conf", "other.conf"]


_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602
_NODUMP, _NOATIME, _SYNC, _IMMUTABLE, _APPEND = 0x40, 0x80, 0x8, 0x10, 0x20


def _flags(path: Path, flags: int | None = None) -> int:
    """The flags of chattr, after they were set if some are given."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if flags is not None:
            fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("=Ixxxx", flags))
        return int(struct.unpack("=Ixxxx", fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8)))[0])
    except OSError:
        pytest.skip("no flags of files here")
    finally:
        os.close(descriptor)


def test_flags_stay(file: Path) -> None:
    before = _flags(file, _flags(file) | _NODUMP | _NOATIME | _SYNC)
    files.replace(str(file), b"new", b"old")
    assert _flags(file) == before


def test_flags_that_can_not_be_kept_are_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _flags(file, _flags(file) | _NODUMP)
    monkeypatch.setattr(files, "_set_flags", lambda new, flags: None)
    with pytest.raises(OSError, match="chattr flags that cannot be kept: d"):
        files.replace(str(file), b"new", b"old")
    assert file.read_bytes() == b"old"
    assert _names(file.parent) == ["file.conf"]


@root
@pytest.mark.parametrize("flag", [_IMMUTABLE, _APPEND])
@pytest.mark.parametrize("writer", [files.replace, files.write])
def test_what_may_not_change_does_not(file: Path, flag: int, writer: object) -> None:
    before = _flags(file)
    _flags(file, before | flag)
    try:
        with pytest.raises(PermissionError):
            writer(str(file), b"new")  # type: ignore[operator]
        assert file.read_bytes() == b"old"
        assert _names(file.parent) == ["file.conf"]
    finally:
        _flags(file, before)


@root
def test_a_directory_that_may_not_change(file: Path) -> None:
    """A report is written over the old one; a fix is not made."""
    before = _flags(file.parent)
    _flags(file.parent, before | _IMMUTABLE)
    try:
        with pytest.raises(PermissionError):
            files.replace(str(file), b"new", b"old")
        inode = file.stat().st_ino
        files.write(str(file), b"new")
        assert (file.read_bytes(), file.stat().st_ino) == (b"new", inode)
    finally:
        _flags(file.parent, before)


# --- what changes meanwhile


def test_a_file_that_changed_is_left_alone(file: Path) -> None:
    with pytest.raises(OSError, match="changed"):
        files.replace(str(file), b"new", b"older")
    assert file.read_bytes() == b"old"
    assert _names(file.parent) == ["file.conf"]


@pytest.mark.parametrize("how", ["content", "mode", "replaced", "removed", "link", "pipe"])
@pytest.mark.usefixtures("_temporary")
def test_a_file_that_changes_while_it_is_written(
    file: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = files._keep_attributes

    def change(*arguments: object) -> None:
        keep(*arguments)  # type: ignore[arg-type]
        time.sleep(0.01)
        if how == "content":
            file.write_bytes(b"two")
        elif how == "mode":
            file.chmod(0o600)
        else:
            file.unlink()
        if how == "replaced":
            file.write_bytes(b"old")
        elif how == "link":
            file.symlink_to("elsewhere")
        elif how == "pipe":
            os.mkfifo(file)

    monkeypatch.setattr(files, "_keep_attributes", change)
    with pytest.raises(OSError, match="changed"):
        files.replace(str(file), b"new", b"old")
    assert not list(file.parent.glob(".criulint-*"))
    assert not file.is_file() or file.read_bytes() != b"new"


def test_two_writers_lose_nothing(file: Path) -> None:
    """Each appends a line, over and over: those that succeeded are all there."""
    script = """
import sys
from criulint import files
done = 0
while done < 30:
    before = open(sys.argv[1], "rb").read()
    try:
        files.replace(sys.argv[1], before + sys.argv[2].encode(), before)
    except OSError:
        continue
    done += 1
"""
    file.write_bytes(b"")
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(file), letter]) for letter in "ab"
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert sorted(file.read_text()) == ["a"] * 30 + ["b"] * 30


@pytest.mark.parametrize("what", ["directory", "pipe"])
def test_other_kinds_of_files(tmp_path: Path, what: str) -> None:
    path = tmp_path / "thing"
    path.mkdir() if what == "directory" else os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        files.replace(str(path), b"new")
    assert _names(tmp_path) == ["thing"]


# --- links of strangers


@root
class TestStrangers:
    """Root, and the links of the directory's owner."""

    @pytest.fixture(autouse=True)
    def _theirs(self, tmp_path: Path) -> None:
        (tmp_path / "theirs").mkdir()
        (tmp_path / "roots.conf").write_bytes(b"old")
        os.chown(tmp_path / "theirs", STRANGER, STRANGER)

    def test_to_a_file_of_roots(self, tmp_path: Path) -> None:
        link = tmp_path / "theirs" / "link.conf"
        link.symlink_to(tmp_path / "roots.conf")
        os.lchown(link, STRANGER, STRANGER)
        for writer in (files.replace, files.write):
            with pytest.raises(OSError, match="user 65534 can change"):
                writer(str(link), b"new")
        assert (tmp_path / "roots.conf").read_bytes() == b"old"

    def test_to_their_own_file(self, tmp_path: Path) -> None:
        own, link = tmp_path / "theirs" / "own.conf", tmp_path / "theirs" / "link.conf"
        own.write_bytes(b"old")
        os.chown(own, STRANGER, STRANGER)
        link.symlink_to("own.conf")
        os.lchown(link, STRANGER, STRANGER)
        files.replace(str(link), b"new", b"old")
        assert own.read_bytes() == b"new"

    def test_to_nothing(self, tmp_path: Path) -> None:
        link = tmp_path / "theirs" / "link"
        link.symlink_to(tmp_path)
        os.lchown(link, STRANGER, STRANGER)
        with pytest.raises(OSError, match="user 65534 can change"):
            files.write(str(link / "new.conf"), b"new")
        with pytest.raises(OSError, match="user 65534 can change"):
            files.write(str(link / "new" / "new.conf"), b"new", parents=True)
        assert _names(tmp_path) == ["roots.conf", "theirs"]

    def test_a_pipe_of_theirs_is_not_waited_for(self, tmp_path: Path) -> None:
        pipe = tmp_path / "theirs" / "pipe.conf"
        os.mkfifo(pipe)
        os.chown(pipe, STRANGER, STRANGER)
        with pytest.raises(OSError, match="a pipe of another user"):
            files.read(str(pipe), 100, pipes=True)
        os.chown(pipe, 0, 0)
        writer = threading.Thread(target=pipe.write_bytes, args=(b"content",))
        writer.start()
        assert files.read(str(pipe), 100, pipes=True) == b"content"
        writer.join()

    def test_to_the_root_file_system(self, tmp_path: Path) -> None:
        link, path = str(tmp_path / "theirs" / "root"), str(tmp_path / "theirs/root/etc/new.conf")
        os.symlink(tmp_path, link)
        os.lchown(link, STRANGER, STRANGER)
        with pytest.raises(OSError, match="user 65534 can change"):
            files.create(path, b"new", parents=True, within=link)
        (tmp_path / "etc").mkdir()
        with pytest.raises(OSError, match="user 65534 can change"):
            files.create(path, b"new", within=link)
        os.lchown(link, 0, 0)
        os.chown(tmp_path / "theirs", 0, 0)
        files.create(path, b"new", within=link)
        assert (tmp_path / "etc" / "new.conf").read_bytes() == b"new"

    def test_to_a_device(self, tmp_path: Path) -> None:
        link = tmp_path / "theirs" / "link"
        link.symlink_to("/dev/null")
        os.lchown(link, STRANGER, STRANGER)
        with pytest.raises(OSError, match="user 65534 can change"):
            files.write(str(link), b"new")
        files.write("/dev/null", b"new")

    def test_roots_link_in_roots_directory(self, tmp_path: Path) -> None:
        link = tmp_path / "link.conf"
        link.symlink_to("roots.conf")
        files.replace(str(link), b"new", b"old")
        assert (tmp_path / "roots.conf").read_bytes() == b"new"

    def test_set_id_bits_that_others_could_use(self, tmp_path: Path) -> None:
        file = tmp_path / "roots.conf"
        file.chmod(0o4777)
        with pytest.raises(OSError, match="runs with the rights"):
            files.replace(str(file), b"new", b"old")
        file.chmod(0o4755)
        with pytest.raises(OSError, match="runs with the rights"):
            files.write(str(file), b"new")
        assert file.read_bytes() == b"old"


# --- new files


@pytest.mark.usefixtures("_temporary")
def test_a_new_file(tmp_path: Path) -> None:
    umask = os.umask(0o027)
    try:
        files.create(str(tmp_path / "new"), b"new")
        files.write(str(tmp_path / "a" / "b" / "new"), b"new", parents=True)
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640
    assert (tmp_path / "a" / "b" / "new").read_bytes() == b"new"
    with pytest.raises(FileExistsError):
        files.create(str(tmp_path / "new"), b"other")
    assert (tmp_path / "new").read_bytes() == b"new"
    assert _names(tmp_path) == ["a", "new"]


@pytest.mark.parametrize("link", ["a", "a/b", "a/b/x.conf"])
def test_a_new_file_within_a_directory_follows_no_link(tmp_path: Path, link: str) -> None:
    """Also if who is root in the directory makes the link after the look at the path."""
    top, outside = tmp_path / "top", tmp_path / "outside"
    (outside / "b").mkdir(parents=True)
    (top / link).parent.mkdir(parents=True)
    (top / link).symlink_to(outside / Path(link).name)
    if link == "a":
        (outside / "a").mkdir()
    with pytest.raises(OSError):  # noqa: PT011
        files.create(str(top / "a/b/x.conf"), b"new", parents=True, within=str(top))
    assert [path for path in outside.rglob("*") if path.is_file()] == []
    with pytest.raises(OSError, match="leads out of"):
        files.create(str(outside / "x.conf"), b"new", within=str(top))
    files.create(str(top / "c/d/x.conf"), b"new", parents=True, within=str(top))
    assert (top / "c/d/x.conf").read_bytes() == b"new"
    files.create(str(top / "c/y.conf"), b"new", within=os.path.relpath(top))
    assert (top / "c/y.conf").read_bytes() == b"new"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 64 KB."""
    with mount_disk(tmp_path, "64k") as disk:
        yield disk


@pytest.mark.usefixtures("_temporary")
def test_a_full_disk(small_disk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = small_disk.parent / "many.conf"
    many.write_bytes(BAD * 2000)
    (small_disk / "old.conf").write_bytes(b"old")
    assert main(["check", "--output", f"json:{small_disk / 'new.json'}", str(many)]) == 2
    assert main(["check", f"--write-baseline={small_disk / 'base.json'}", str(many)]) in (0, 2)
    with pytest.raises(OSError, match="No space left"):
        files.replace(str(small_disk / "old.conf"), bytes(1 << 17), b"old")
    assert "No space left on device" in capsys.readouterr().err
    assert (small_disk / "old.conf").read_bytes() == b"old"
    left = set(_names(small_disk)) - {"old.conf"}
    assert left <= {"base.json"}
    for name in left:
        json.loads((small_disk / name).read_bytes())


def test_a_limit_of_sizes_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            files.create(str(tmp_path / "new"), bytes(1 << 17))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert _names(tmp_path) == []


# --- links out of a directory


@pytest.fixture
def searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with a file, a link in it, and a link out of it."""
    (tmp_path / "d" / "criu").mkdir(parents=True)
    (tmp_path / "outside.conf").write_bytes(BAD)
    (tmp_path / "d" / "inside.conf").write_bytes(BAD)
    (tmp_path / "d" / "criu" / "own.conf").write_bytes(BAD)
    (tmp_path / "d" / "criu" / "in.conf").symlink_to("../inside.conf")
    (tmp_path / "d" / "criu" / "out.conf").symlink_to(tmp_path / "outside.conf")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", [["check", "--fix", "--unsafe-fixes"], ["format"]])
class TestLinksOut:
    """What is found by searching is not written outside."""

    def test_found(
        self, searched: Path, command: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*command, "d"]) == 2
        assert "d/criu/out.conf" in (errors := capsys.readouterr().err)
        assert "is a symbolic link out of d\n" in errors
        assert (searched / "outside.conf").read_bytes() == BAD
        for name in ("inside.conf", "criu/own.conf"):
            assert (searched / "d" / name).read_bytes() != BAD
        assert (searched / "d" / "criu" / "in.conf").is_symlink()

    def test_named(self, searched: Path, command: list[str]) -> None:
        main([*command, "d/criu/out.conf"])
        assert (searched / "outside.conf").read_bytes() != BAD
        assert (searched / "d" / "criu" / "out.conf").is_symlink()


# --- signals


_LOOP = """
import sys
from criulint import files
from criulint.cli.signals import clean_exit
if sys.argv[2] == "named":
    files._TMPFILE = None
one, two = b"1" * 5000, b"2" * 5000
with clean_exit():
    print(flush=True)
    while True:
        files.replace(sys.argv[1], two, one)
        files.replace(sys.argv[1], one, two)
"""


def _interrupt(file: Path, way: str, number: int, delay: float) -> int:
    process = subprocess.Popen(
        [sys.executable, "-c", _LOOP, str(file), way],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout
    with process.stdout as output:
        output.readline()
    time.sleep(delay)
    process.send_signal(number)
    return process.wait(20)


@pytest.mark.parametrize("way", ["without a name", "named"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_leave_nothing_behind(file: Path, way: str, number: int) -> None:
    file.write_bytes(b"1" * 5000)
    for moment in range(10):
        file.write_bytes(b"1" * 5000)
        status = _interrupt(file, way, number, moment * 0.0037)
        assert status in (128 + number, 1, -signal.SIGINT)
        assert _names(file.parent) == ["file.conf"]
        assert file.read_bytes() in (b"1" * 5000, b"2" * 5000)


def test_sigterm_without_a_handler(file: Path) -> None:
    """As a program that uses this as a library: nothing has a name when the signal comes."""
    script = _LOOP.replace("with clean_exit()", "if True")
    for moment in range(10):
        file.write_bytes(b"1" * 5000)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(file), ""], stdout=subprocess.PIPE
        )
        assert process.stdout
        with process.stdout as output:
            output.readline()
        time.sleep(moment * 0.0037)
        process.terminate()
        assert process.wait(20) == -signal.SIGTERM
        assert _names(file.parent) == ["file.conf"]


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """SIGKILL, over hundreds of moments: the file is the old one or the new one."""
    file = tmp_path / "file.conf"
    one, two = b"1" * 5000, b"2" * 5000
    file.write_bytes(one)
    end = time.monotonic() + 10
    for moment in range(400):
        if time.monotonic() > end:
            break
        read, write = os.pipe()
        process = os.fork()
        if not process:
            try:
                os.write(write, b".")
                while True:
                    now = file.read_bytes()
                    files.replace(str(file), one if now == two else two, now)
            finally:
                os._exit(1)
        os.close(write)
        os.read(read, 1)
        os.close(read)
        time.sleep(moment % 40 * 0.0002)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        assert file.read_bytes() in (one, two)
    else:
        moment += 1
    assert moment > 10


def test_check_and_format_catch_sigterm(tmp_path: Path) -> None:
    """The commands end with their own status, and leave nothing."""
    pipe = tmp_path / "pipe.conf"
    os.mkfifo(pipe)
    for command in (["check", "--fix"], ["format"]):
        for number in (signal.SIGTERM, signal.SIGHUP):
            process = subprocess.Popen([sys.executable, "-m", "criulint", *command, str(pipe)])
            while True:  # it waits for the pipe's content
                try:
                    writer = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
                    break
                except OSError:
                    time.sleep(0.01)
            # Python sees a signal that comes just before it reads only when it has read.
            for _ in range(20):
                process.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(1)
                    break
            assert process.wait(20) == 128 + number
            os.close(writer)
    assert _names(tmp_path) == ["pipe.conf"]


# --- reading below a root


class TestRooted:
    """A component of a path that becomes a link leads nowhere."""

    @pytest.fixture
    def machine(self, tmp_path: Path) -> Directory:
        (tmp_path / "root" / "etc" / "criu").mkdir(parents=True)
        (tmp_path / "root" / "etc" / "criu" / "default.conf").write_bytes(BAD)
        (tmp_path / "out" / "criu").mkdir(parents=True)
        (tmp_path / "out" / "criu" / "default.conf").write_bytes(b"secret")
        return Directory(str(tmp_path / "root"))

    @pytest.mark.parametrize("swapped", ["etc", "etc/criu", "etc/criu/default.conf"])
    def test_swapped(self, tmp_path: Path, machine: Directory, swapped: str) -> None:
        path = "/etc/criu/default.conf"
        assert machine.read_head(path, 100) == BAD
        (tmp_path / "root" / swapped).rename(tmp_path / "away")
        out = tmp_path / "out" / Path(path.lstrip("/")).relative_to("etc")
        outside = {"etc": tmp_path / "out", "etc/criu": out.parent}.get(swapped, out)
        (tmp_path / "root" / swapped).symlink_to(outside)
        assert (tmp_path / "root" / path.lstrip("/")).read_bytes() == b"secret"
        assert machine.read_head(path, 100) is None
        with pytest.raises(OSError, match=r"Not a directory|Too many levels"):
            machine.open(path)
        if swapped != "etc/criu/default.conf":
            status = machine.lstat(path)
            assert status is not None
            assert status.kind is Kind.MISSING
            assert machine.listdir("/etc/criu") is None

    def test_the_root_itself(self, tmp_path: Path, machine: Directory) -> None:
        (tmp_path / "root").rename(tmp_path / "away")
        (tmp_path / "root").symlink_to("/")
        assert machine.read_head("/etc/criu/default.conf", 100) == BAD

    def test_nothing_is_left_open(self, machine: Directory) -> None:
        machine.listdir("/etc")
        before = len(os.listdir("/proc/self/fd"))
        for path in ("/etc/criu/default.conf", "/etc/none/x", "/etc/criu/default.conf/x"):
            machine.lstat(path)
            machine.listdir(path)
            machine.read_head(path, 10)
        assert len(os.listdir("/proc/self/fd")) == before
        Directory(machine.root)
        gc.collect()
        assert len(os.listdir("/proc/self/fd")) == before

    def test_a_file_of_the_root_is_fixed_in_it(self, tmp_path: Path, machine: Directory) -> None:
        root = Path(machine.root)
        (tmp_path / "out" / "runc.conf").write_bytes(BAD)
        (root / "etc" / "criu" / "runc.conf").symlink_to("../../../out/runc.conf")
        main(["check", "--fix", "--unsafe-fixes", "--root", str(root)])
        assert (root / "etc" / "criu" / "default.conf").read_bytes() != BAD
        assert (tmp_path / "out" / "runc.conf").read_bytes() == BAD


# --- other systems


def test_without_descriptors_of_directories(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: by path, and nothing that is not there is called."""
    monkeypatch.setattr(files, "_DIR_FD", False)
    monkeypatch.setattr(files, "_PATH", None)
    monkeypatch.setattr(files, "_TMPFILE", None)
    monkeypatch.setattr(files, "NO_SURPRISE", 0)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    for name in ("fchown", "fchmod", "geteuid", "listxattr", "getxattr", "setxattr", "uname"):
        monkeypatch.delattr(os, name)
    monkeypatch.delattr(signal, "pthread_sigmask")
    files.replace(str(file), b"new", b"old", within=str(file.parent))
    with pytest.raises(OSError, match="changed"):
        files.replace(str(file), b"newer", b"old")
    (file.parent / "sub").mkdir()
    with pytest.raises(OSError, match="leads out of"):
        files.replace(str(file), b"newer", b"new", within=str(file.parent / "sub"))
    files.create(str(file.parent / "a"), b"a")
    with pytest.raises(FileExistsError):
        files.create(str(file.parent / "a"), b"b")
    files.write(str(file.parent / "b" / "c"), b"c", parents=True)
    assert file.read_bytes() == b"new"
    assert _names(file.parent) == ["a", "b", "file.conf", "sub"]
