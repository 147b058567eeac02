# SPDX-License-Identifier: MIT
"""Reading below a directory, and never outside of it.

Others may swap a component of a path for a link between a look at it and the opening. So a path
is walked from the descriptor of the directory on, component by component, and no link is followed.

Source: open(2), O_PATH and O_NOFOLLOW; readlink(2) for the empty path.
"""

from __future__ import annotations

import errno
import os
import stat
import weakref

from criulint.files import NO_SURPRISE

_PATH: int | None = getattr(os, "O_PATH", None)
_WALKS = _PATH is not None and os.open in os.supports_dir_fd
_ENTER = (_PATH or 0) | getattr(os, "O_DIRECTORY", 0) | NO_SURPRISE


class RootedFiles:
    """The files below the directory `root`. Paths are absolute there, without ``..``, in bytes.

    Where a system cannot walk by descriptors, only the last component is not followed.
    """

    def __init__(self, root: bytes) -> None:
        self._root = root
        self._descriptor: int | None = None
        self._error: int | None = None
        if _WALKS:
            try:
                self._descriptor = os.open(root or b"/", (_PATH or 0) | os.O_DIRECTORY)
            except OSError as error:
                self._error = error.errno
            else:
                weakref.finalize(self, os.close, self._descriptor)

    def open(self, path: bytes, flags: int = os.O_RDONLY) -> int:
        """Open a path; its descriptor. OSError if that fails, or a component is a link."""
        if self._error is not None:
            raise OSError(self._error, os.strerror(self._error))
        flags |= NO_SURPRISE | getattr(os, "O_BINARY", 0)
        if self._descriptor is None:
            return os.open(self._root + path, flags)
        *directories, name = [part for part in path.split(b"/") if part] or [b"."]
        here = self._descriptor
        try:
            for directory in directories:
                inner = os.open(directory, _ENTER, dir_fd=here)
                if here != self._descriptor:
                    os.close(here)
                here = inner
            return os.open(name, flags, dir_fd=here)
        finally:
            if here != self._descriptor:
                os.close(here)

    def lstat(self, path: bytes) -> tuple[os.stat_result, bytes]:
        """Return the status of a path, and the target if it is a symbolic link."""
        if self._descriptor is None and self._error is None:
            status = os.lstat(self._root + path)
            link = stat.S_ISLNK(status.st_mode)
            return status, os.readlink(self._root + path) if link else b""
        descriptor = self.open(path, _PATH or 0)
        try:
            status = os.fstat(descriptor)
            link = stat.S_ISLNK(status.st_mode)
            return status, os.readlink(b"", dir_fd=descriptor) if link else b""
        finally:
            os.close(descriptor)

    def listdir(self, path: bytes) -> list[bytes]:
        """Return the names in a directory."""
        if self._descriptor is None and self._error is None:
            return os.listdir(self._root + path)
        descriptor = self.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return [os.fsencode(name) for name in os.listdir(descriptor)]
        finally:
            os.close(descriptor)

    def read(self, path: bytes, size: int) -> bytes:
        """Return the first bytes of a file."""
        descriptor = self.open(path)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "not a regular file")
            return os.read(descriptor, size)
        finally:
            os.close(descriptor)
