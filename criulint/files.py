# SPDX-License-Identifier: MIT
"""Reading files within bounds, and writing them completely or not at all, and nowhere else.

criulint runs as root in directories that strangers own, and a stranger may swap a file, the
temporary file or a directory for a link at any moment. So a path is walked once, component by
component, and everything after that is relative to the descriptor of the directory it led to, or
done on the descriptor of a file. Nothing is changed by path.

`read` reads a file. `replace` changes one, `create` makes a new one, and `write` does whichever is
needed. Each raises an OSError, whose message fits after ``PATH: ``, if the file is left as it was.

Where a system lacks descriptors of directories (Windows), paths are used instead, and what it has
no calls for (`O_TMPFILE`, extended attributes, flags) is passed over.

Sources: open(2), linkat(2), symlink(7), xattr(7), ioctl_iflags(2); Linux,
Documentation/admin-guide/sysctl/fs.rst (protected_symlinks, protected_hardlinks).
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

# Sources: Linux include/linux/namei.h, MAXSYMLINKS; the rest is more than a path can hold.
_MAX_LINKS = 40
_MAX_STEPS = 10_000

_DIR_FD = os.open in os.supports_dir_fd and os.rename in os.supports_dir_fd
_BINARY = getattr(os, "O_BINARY", 0)
_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
#: Flags to open what may have become a link, a pipe or a terminal in the meantime. Windows has
#: none.
NO_SURPRISE = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
)
_PATH: int | None = getattr(os, "O_PATH", None)
_TMPFILE: int | None = getattr(os, "O_TMPFILE", None)

# What the directory or a mount forbids; the file itself may still be writable.
_FORBIDDEN = frozenset((errno.EACCES, errno.EPERM, errno.EBUSY))
# Paths that mean an open descriptor.
_OPENED = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/")
_SET_ID = stat.S_ISUID | stat.S_ISGID
_CAPABILITY = "security.capability"
# Only the kernel can set these, and does.
_MEASURED = frozenset(("security.evm", "security.ima"))
# The owner of a link in a directory that all can write to.
_ANYBODY = -1
# Bytes to read at once.
_PIECE = 1 << 20
# Seconds to wait for another criulint that replaces the same file.
_PATIENCE = 1.0


def read(
    path: str,
    most: int,
    opener: Callable[[str, int], int] | None = None,
    *,
    pipes: bool = False,
    follow: bool = True,
) -> bytes:
    """Return the content of a regular file, with `pipes` also that of a pipe.

    `opener` opens it, as for `open`. A link is followed only with `follow`. OSError if the
    file cannot be read, is something else, or has more than `most` bytes; and for root, if it is
    a pipe that another user made, which may never end.
    """
    waits = pipes and not _is_privileged()
    flags = os.O_RDONLY | _BINARY | (0 if waits else NO_SURPRISE)
    if follow:
        flags &= ~getattr(os, "O_NOFOLLOW", 0)
    descriptor = opener(path, flags) if opener else os.open(path, flags)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not (stat.S_ISREG(status.st_mode) or (pipes and stat.S_ISFIFO(status.st_mode))):
            _refuse("not a file")
        if stat.S_ISREG(status.st_mode) and hasattr(os, "set_blocking"):
            os.set_blocking(descriptor, False)  # some files of the kernel block
        if stat.S_ISFIFO(status.st_mode) and not waits:
            if status.st_uid and not path.startswith(("/dev/stdin", *_OPENED)):
                _refuse("a pipe of another user")
            _wait_for_writer(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    with open(descriptor, "rb") as file:
        return read_stream(file, most)


def _wait_for_writer(pipe: int) -> None:
    """Wait until a pipe that was opened without waiting has a writer, and let reads wait again."""
    import select

    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.poll()
    os.set_blocking(pipe, True)


def read_stream(stream: BinaryIO, most: int) -> bytes:
    """Return what is left in a stream. OSError if that is more than `most` bytes."""
    pieces: list[bytes] = []
    left = most + 1
    while left > 0:
        piece = stream.read(min(left, _PIECE))
        if piece is None:  # there is nothing yet
            _refuse(os.strerror(errno.EAGAIN))
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
        left -= len(piece)
    raise TooLargeError(None, f"more than {most} bytes")


class TooLargeError(OSError):
    """A file that has more bytes than its reader accepts."""


def replace(
    path: str, data: bytes, expected: bytes | None = None, *, within: str | None = None
) -> None:
    """Replace a file's content in one step; mode, owner, extended attributes and flags stay.

    A symbolic link stays one; the file that it points to is replaced. OSError if the file cannot
    be written with all that, if it no longer holds what is `expected`, or if it lies outside of
    the directory `within`; it is then as it was.
    """
    with _Place(path) as place:
        if within is not None and not place.lies_in(within):
            what = "is a symbolic link" if os.path.islink(path) else "leads"
            _refuse(f"{what} out of {escape(within)}")
        with place.open() as old:
            _replace(place, old, data, expected)


def create(path: str, data: bytes, *, parents: bool = False, within: str | None = None) -> None:
    """Make a file with its whole content, with `parents` also its directories.

    The path is below the directory `within`, if there is one, and no link is followed from there
    on. FileExistsError, or another OSError, if that fails.
    """
    with _Place(path, make=parents, within=within) as place:
        _create(place, data)


def write(path: str, data: bytes, *, parents: bool = False) -> None:
    """Replace or create a file, with `parents` also its directories; OSError if that fails.

    Devices, pipes and files that a shell has opened for us are written to; a file whose directory
    does not allow it to be replaced is overwritten.
    """
    if path.startswith(_OPENED):
        with open(path, "ab") as output:  # another program may write to this log: nothing is lost
            output.write(data)
    elif os.path.exists(path) and not os.path.isfile(path):
        _feed(path, data)
    else:
        with _Place(path, make=parents) as place:
            try:
                with place.open() as old:
                    _replace(place, old, data, None)
            except FileNotFoundError:
                _create(place, data)
            except OSError as error:
                if error.errno not in _FORBIDDEN:
                    raise
                _overwrite(place, data)


def _feed(path: str, data: bytes) -> None:
    """Write to a device or a pipe. A regular file in its place is neither cut nor created."""
    with _Place(path) as place, open(place.special(path), "wb") as output:
        status = os.fstat(output.fileno())
        if stat.S_ISREG(status.st_mode):
            _refuse("changed while it was being written")
        place.check_links(status)
        output.write(data)


def _overwrite(place: _Place, data: bytes) -> None:
    """Write over a file's content where its directory, or a mount, forbids to replace the file."""
    with open(place.descriptor_of(os.O_WRONLY), "wb") as output:
        status = os.fstat(output.fileno())
        _check_replaceable(place, output, status, keeps_content=False)
        output.truncate(0)
        output.write(data)


def _refuse(message: str) -> NoReturn:
    raise OSError(None, message)


# --- the way to a file


class _Place:
    """A name in an open directory: where `path` leads, through all links. OSError if nowhere.

    The file itself need not be there. With `make`, directories that are missing are made. Below
    the directory `within` no link is followed.
    """

    def __init__(self, path: str, *, make: bool = False, within: str | None = None) -> None:
        self._strangers: set[int] = set()  # who made links on the way
        self._descriptor: int | None = None
        self._directory = ""
        self.name = ""
        inside = path if within is None else os.path.relpath(path, within)
        if within is not None and inside.startswith(os.pardir):
            _refuse(f"leads out of {escape(within)}")
        if _DIR_FD and _PATH is not None:
            start = "/" if (within or path).startswith("/") else "."
            self._enter(os.open(start, _DIRECTORY | _PATH))
            if within is not None:
                self._walk([".", *_names(within)])
            self._walk(_names(inside), make=make, follow=within is None)
            return
        self._directory, self.name = os.path.split(os.path.realpath(path))
        if make:
            os.makedirs(self._directory, exist_ok=True)
        if _DIR_FD:
            self._descriptor = os.open(self._directory, _DIRECTORY)

    def __enter__(self) -> _Place:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _enter(self, descriptor: int) -> None:
        self._close()
        self._descriptor = descriptor

    def _walk(self, names: list[str], *, make: bool = False, follow: bool = True) -> None:
        """Go to the directory of a path from the one at hand; `names` has the first one last."""
        try:
            links = 0
            for _ in range(_MAX_STEPS):
                self.name = names.pop() if names else "."
                target = self._step(last=not names, make=make)
                if target is not None:
                    if not follow:
                        _refuse("changed while it was being checked")
                    links += 1
                    names += _names(target)
                    if target.startswith("/"):
                        self._enter(os.open("/", _DIRECTORY | (_PATH or 0)))
                elif not names:
                    return
                if links > _MAX_LINKS:
                    break
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        except BaseException:
            self._close()
            raise

    def _step(self, *, last: bool, make: bool) -> str | None:
        """Go through `name`, unless it is the `last`; the target if it is a symbolic link."""
        try:
            found = self.descriptor_of(_PATH or 0)
        except FileNotFoundError:
            if last:
                return None
            if not make:
                raise
            self.check_links(None)
            with suppress(FileExistsError):
                os.mkdir(self.name, dir_fd=self._descriptor)
            found = self.descriptor_of(_PATH or 0)
        try:
            status = os.fstat(found)
            if stat.S_ISLNK(status.st_mode):
                self._strangers |= _strangers(status, self._status())
                return os.readlink("", dir_fd=found)
            if last:
                return None
            if not stat.S_ISDIR(status.st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
            self._enter(found)
            found = -1
        finally:
            if found != -1:
                os.close(found)
        return None

    def _status(self) -> os.stat_result:
        return os.stat(self._directory if self._descriptor is None else self._descriptor)

    def check_links(self, status: os.stat_result | None) -> None:
        """Refuse a stranger's link that leads to what is not the stranger's own.

        `status` is the file's. Files that the stranger could have written anyway are no gain.
        """
        owners = {self._status().st_uid} | ({status.st_uid} if status else set())
        for stranger in self._strangers:
            if owners != {stranger}:
                whose = "anyone" if stranger == _ANYBODY else f"user {stranger}"
                _refuse(
                    f"is reached through a symbolic link that {whose} can change, which root"
                    " does not follow to other users' files; name the file itself"
                )

    def lies_in(self, directory: str) -> bool:
        """Return whether the file is in a directory, at any depth."""
        wanted = os.stat(directory)
        if self._descriptor is None:
            parent = self._directory
            while not os.path.samestat(os.stat(parent), wanted):
                above = os.path.dirname(parent)
                if above == parent:
                    return False
                parent = above
            return True
        here = os.dup(self._descriptor)
        try:
            for _ in range(_MAX_STEPS):
                status = os.fstat(here)
                if os.path.samestat(status, wanted):
                    return True
                outer = os.open("..", _DIRECTORY | (_PATH or 0), dir_fd=here)
                os.close(here)
                here = outer
                if os.path.samestat(os.fstat(here), status):
                    return False
        finally:
            os.close(here)
        return False

    # The calls below take a name in the directory; by default, the file's.

    def _at(self, name: str) -> str:
        return name if self._descriptor is not None else os.path.join(self._directory, name)

    def descriptor_of(self, flags: int, name: str = "", mode: int = 0o666) -> int:
        """Open a name, and follow no link."""
        flags |= NO_SURPRISE | _BINARY
        return os.open(self._at(name or self.name), flags, mode, dir_fd=self._descriptor)

    def special(self, path: str) -> int:
        """Open a device or a pipe for writing; wait until someone reads the pipe.

        Root does not wait for a stranger.
        """
        flags = os.O_WRONLY | getattr(os, "O_NOCTTY", 0)
        status = self.lstat() if _is_privileged() else None
        if status:
            flags |= getattr(os, "O_NOFOLLOW", 0)
            if status.st_uid or self._status().st_uid:
                flags |= getattr(os, "O_NONBLOCK", 0)
            return os.open(self._at(self.name), flags, dir_fd=self._descriptor)
        return os.open(path, flags)  # a link of /proc has no text that leads anywhere

    def open(self) -> BinaryIO:
        """Open the file for reading."""
        try:
            descriptor = self.descriptor_of(os.O_RDONLY)
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link, but none when the path was walked
                _refuse("changed while it was being checked")
            raise
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            _refuse("not a regular file")
        return open(descriptor, "rb")

    def lstat(self, name: str = "") -> os.stat_result | None:
        """Return what is at a name; None if nothing is."""
        try:
            return os.stat(
                self._at(name or self.name), dir_fd=self._descriptor, follow_symlinks=False
            )
        except FileNotFoundError:
            return None

    def link(self, source: str, name: str, *, follow: bool) -> None:
        """Give a file another name; `source` is absolute, or in the directory too."""
        os.link(
            source if follow else self._at(source),
            self._at(name),
            src_dir_fd=self._descriptor,
            dst_dir_fd=self._descriptor,
            follow_symlinks=follow,
        )

    def rename(self, source: str, name: str) -> None:
        """Give a file another name instead of its own; what had that is gone."""
        os.replace(
            self._at(source),
            self._at(name),
            src_dir_fd=self._descriptor,
            dst_dir_fd=self._descriptor,
        )

    def unlink(self, name: str) -> None:
        """Remove a name, if it is there."""
        with suppress(OSError):
            os.unlink(self._at(name), dir_fd=self._descriptor)

    def sync(self) -> None:
        """Let the directory survive a crash, as far as the system can."""
        if self._descriptor is not None:
            with suppress(OSError):
                descriptor = os.open(".", _DIRECTORY, dir_fd=self._descriptor)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)


def _names(path: str) -> list[str]:
    """Return the names on a path, the first one last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _is_privileged() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _strangers(link: os.stat_result, directory: os.stat_result) -> set[int]:
    """Return the users other than root who can choose what a link leads to, if we are root."""
    if not _is_privileged():
        return set()
    if link.st_uid or directory.st_uid:
        return {link.st_uid or directory.st_uid}
    anybody = directory.st_mode & (stat.S_IWOTH | stat.S_ISVTX) == stat.S_IWOTH
    return {_ANYBODY} if anybody else set()


# --- the new file


def _replace(place: _Place, old: BinaryIO, data: bytes, expected: bytes | None) -> None:
    with _lock(old):
        status = os.fstat(old.fileno())
        _check_replaceable(place, old, status, keeps_content=expected is not None)
        if expected is not None and old.read(len(expected) + 1) != expected:
            _refuse("changed while it was being checked")
        name = _temporary_name()
        try:
            with _open_temporary(place, name, 0o600) as new:
                attributes = _xattrs(old.fileno())
                _drop_others(new.fileno(), attributes)
                _keep_flags(old.fileno(), new.fileno())
                new.write(data)
                new.flush()
                _keep_attributes(new.fileno(), status, attributes)
                os.fsync(new.fileno())
                with _signals_held():
                    try:
                        _put_in_place(place, old, status, new, name)
                    finally:
                        place.unlink(name)
        finally:
            place.unlink(name)  # again: a signal may have come before
        place.sync()


def _check_replaceable(
    place: _Place, old: BinaryIO, status: os.stat_result, *, keeps_content: bool
) -> None:
    """Refuse what cannot be preserved, and what a stranger would benefit from."""
    if not stat.S_ISREG(status.st_mode):
        _refuse("not a regular file")
    if status.st_nlink > 1:
        _refuse(f"has {status.st_nlink} hard links, and the others would keep the old content")
    place.check_links(status)
    powerful = status.st_mode & _SET_ID or _CAPABILITY in _xattrs(old.fileno())
    others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if _is_privileged() and powerful and (others_write or not keeps_content):
        _refuse("runs with the rights of its owner or group, and others could choose its content")


def _put_in_place(
    place: _Place, old: BinaryIO, status: os.stat_result, new: BinaryIO, name: str
) -> None:
    """Give the new file the old one's name, if that still is the old one's."""
    if os.fstat(new.fileno()).st_nlink == 0:
        place.link(f"/proc/self/fd/{new.fileno()}", name, follow=True)
    made = os.fstat(new.fileno())
    if not _DIR_FD:  # Windows renames no open file
        old.close()
        new.close()
    if not _is_unchanged(place.lstat(), status):
        _refuse("changed while it was being checked")
    if not _same(place.lstat(name), made):
        _refuse("another process removed the new file")
    place.rename(name, place.name)
    if not _same(place.lstat(), made):
        _refuse("another process put something else in its place; check it")


def _create(place: _Place, data: bytes) -> None:
    place.check_links(None)
    name = _temporary_name()
    try:
        with _open_temporary(place, name, 0o666) as new:
            new.write(data)
            new.flush()
            os.fsync(new.fileno())
            with _signals_held():
                try:
                    _give_name(place, new, name)
                finally:
                    place.unlink(name)
    finally:
        place.unlink(name)
    place.sync()


def _give_name(place: _Place, new: BinaryIO, name: str) -> None:
    """Give a new file its name, unless something has it."""
    if os.fstat(new.fileno()).st_nlink == 0:
        place.link(f"/proc/self/fd/{new.fileno()}", place.name, follow=True)
        return
    try:
        place.link(name, place.name, follow=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without hard links
        if place.lstat():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        if not _DIR_FD:
            new.close()
        place.rename(name, place.name)


def _temporary_name() -> str:
    return f".criulint-{os.urandom(8).hex()}"


def _open_temporary(place: _Place, name: str, mode: int) -> BinaryIO:
    """Open a new file in the directory: without a name where that can be had, else as `name`."""
    if _TMPFILE is not None and os.path.isdir("/proc/self/fd"):
        with suppress(OSError):
            return open(place.descriptor_of(_TMPFILE | os.O_RDWR, ".", mode), "w+b")
    descriptor = place.descriptor_of(os.O_RDWR | os.O_CREAT | os.O_EXCL, name, mode)
    return open(descriptor, "w+b")


def _same(now: os.stat_result | None, then: os.stat_result) -> bool:
    return now is not None and os.path.samestat(now, then)


def _is_unchanged(now: os.stat_result | None, then: os.stat_result) -> bool:
    return now is not None and all(
        getattr(now, name) == getattr(then, name)
        for name in ("st_dev", "st_ino", "st_mode", "st_size", "st_mtime_ns", "st_ctime_ns")
    )


# --- what belongs to a file


def _xattrs(descriptor: int) -> dict[str, bytes]:
    """Return the extended attributes; none where the system has none."""
    if not hasattr(os, "listxattr"):
        return {}
    try:
        names = set(os.listxattr(descriptor)) - _MEASURED
    except OSError as error:
        if error.errno != errno.ENOTSUP:
            raise
        return {}
    return {name: os.getxattr(descriptor, name) for name in names}


def _drop_others(descriptor: int, wanted: Mapping[str, bytes]) -> None:
    """Remove what a new file has inherited from its directory, such as a default ACL."""
    for name in _xattrs(descriptor).keys() - wanted.keys():
        # A security module's may have to stay, and opens the file to no one.
        with suppress(OSError) if name.startswith("security.") else nullcontext():
            os.removexattr(descriptor, name)


def _keep_attributes(
    descriptor: int, status: os.stat_result, attributes: Mapping[str, bytes]
) -> None:
    """Give a file the owner, the extended attributes and the mode of another one.

    In this order: a new owner takes set-id bits and capabilities away, an ACL changes the mode,
    and a mode may forbid to write attributes.
    """
    made = os.fstat(descriptor)
    owner = status.st_uid, status.st_gid
    if hasattr(os, "fchown") and (made.st_uid, made.st_gid) != owner:
        os.fchown(descriptor, *owner)
    present = _xattrs(descriptor) if attributes else {}
    for name, value in attributes.items():
        if present.get(name) != value:
            os.setxattr(descriptor, name, value)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(status.st_mode))


# Sources: Linux include/uapi/linux/fs.h, FS_*_FL, those that chattr(1) can change, without `i` and
# `a`, which forbid to replace the file, and fs-verity's, which cannot be set again.
_FLAGS = {
    0x1: "s",
    0x2: "u",
    0x4: "c",
    0x8: "S",
    0x40: "d",
    0x80: "A",
    0x400: "m",
    0x4000: "j",
    0x8000: "t",
    0x100000: "V",
    0x800000: "C",
    0x2000000: "x",
}
_ALL_FLAGS = sum(_FLAGS)


def _keep_flags(old: int, new: int) -> None:
    """Give a file the flags of another one, as chattr(1) does. OSError if it cannot have them."""
    wanted, present = _flags(old), _flags(new)
    if wanted is None or present is None:
        return
    wanted &= _ALL_FLAGS
    if wanted != present & _ALL_FLAGS:
        with suppress(OSError):
            _set_flags(new, present & ~_ALL_FLAGS | wanted)
    lost = wanted & ~(_flags(new) or 0)
    if lost:
        letters = "".join(letter for flag, letter in _FLAGS.items() if flag & lost)
        _refuse(f"has chattr flags that cannot be kept: {letters}")


def _flags(descriptor: int) -> int | None:
    import struct

    try:
        import fcntl

        answer: bytes = fcntl.ioctl(descriptor, _request(read=True), bytes(8))
    except (ImportError, OSError):
        return None
    flags: int = struct.unpack("=Ixxxx", answer)[0]
    return flags


def _set_flags(descriptor: int, flags: int) -> None:
    import fcntl
    import struct

    fcntl.ioctl(descriptor, _request(read=False), struct.pack("=Ixxxx", flags))


def _request(*, read: bool) -> int:
    """FS_IOC_GETFLAGS or FS_IOC_SETFLAGS. Source: include/uapi/asm-generic/ioctl.h, and others."""
    import struct

    odd = os.uname().machine.startswith(("ppc", "mips", "sparc", "alpha"))
    direction = 0x80000000 if read is not odd else 0x40000000
    return direction | struct.calcsize("l") << 16 | ord("f") << 8 | (1 if read else 2)


# --- others at work


@contextmanager
def _lock(file: BinaryIO) -> Iterator[None]:
    """Let one criulint replace a file at a time, but wait for no other program for long."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < end:
                time.sleep(0.01)
                continue
        except OSError:  # a file system without locks
            pass
        break
    yield  # closing the file gives the lock back


@contextmanager
def _signals_held() -> Iterator[None]:
    """Keep signals waiting, for as long as a temporary file has a name."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
