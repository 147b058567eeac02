# SPDX-License-Identifier: MIT
"""criulint on a system that lacks what other systems lack.

``python -m tests.systems windows check x.conf`` takes from `os`, `signal`, `fcntl` and others what
Python for Windows (or ``macos``) does not have, and runs criulint. Not the system itself: paths,
files and processes stay those of Linux. Sources: the availability notes of Python's documentation;
Modules/posixmodule.c and signalmodule.c.
"""

from __future__ import annotations

import os
import signal
import subprocess  # asks which system it is for when it is imported
import sys

_NOT_ON_MACOS = {
    "os": (
        *("O_TMPFILE", "O_PATH", "O_LARGEFILE", "O_DIRECT", "O_NOATIME", "O_RSYNC"),
        *("getxattr", "setxattr", "listxattr", "removexattr", "memfd_create", "eventfd", "splice"),
        *("copy_file_range", "posix_fallocate", "posix_fadvise", "getresuid", "getresgid"),
        *("setresuid", "setresgid", "sched_getaffinity", "sched_setaffinity", "fdatasync"),
        *("unshare", "setns", "pidfd_open"),
    ),
    "signal": ("SIGPOLL", "SIGPWR", "SIGSTKFLT", "SIGRTMIN", "SIGRTMAX", "sigwaitinfo"),
}
_NOT_ON_WINDOWS = {
    "os": (
        *_NOT_ON_MACOS["os"],
        *("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_DIRECTORY", "O_CLOEXEC", "O_SYNC", "O_ASYNC"),
        *("fork", "forkpty", "geteuid", "getuid", "getegid", "getgid", "getgroups", "setuid"),
        *("fchown", "lchown", "chown", "fchmod", "fchdir", "chroot", "mkfifo", "mknod", "nice"),
        *("getpgid", "setsid", "killpg", "sync", "pread", "pwrite", "posix_spawn", "pathconf"),
        *("get_blocking", "set_blocking", "statvfs", "fstatvfs", "uname", "sysconf", "wait"),
        *("ttyname", "tcgetpgrp", "openpty", "sendfile", "readv", "writev", "getloadavg"),
        *("WNOHANG", "WIFEXITED", "wait3", "wait4", "setgroups", "setgid"),
    ),
    "signal": (
        *_NOT_ON_MACOS["signal"],
        *("SIGHUP", "SIGALRM", "SIGPIPE", "SIGKILL", "SIGUSR1", "SIGUSR2", "SIGCHLD", "SIGQUIT"),
        *("setitimer", "getitimer", "alarm", "ITIMER_REAL", "pthread_sigmask", "sigwait", "pause"),
        *("siginterrupt", "SIG_BLOCK", "SIG_UNBLOCK", "SIG_SETMASK", "sigpending"),
    ),
}
_MODULES_NOT_ON_WINDOWS = ("fcntl", "grp", "pwd", "resource", "termios", "tty", "pty", "syslog")


def strip(system: str) -> None:
    """Remove what a system lacks; missing modules can then no longer be imported."""
    missing = {"macos": _NOT_ON_MACOS, "windows": _NOT_ON_WINDOWS}[system]
    for module, names in missing.items():
        for name in names:
            if hasattr(sys.modules[module], name):
                delattr(sys.modules[module], name)
    if system == "windows":
        for name in _MODULES_NOT_ON_WINDOWS:
            sys.modules[name] = None  # type: ignore[assignment]
        for calls in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            calls.clear()
        os.supports_fd.update((os.truncate, os.stat))


def main() -> int:
    """Run criulint without what the system lacks."""
    assert signal and subprocess
    _, system, *words = sys.argv
    strip(system)
    from criulint.cli import main as criulint

    return criulint(words)


if __name__ == "__main__":
    sys.exit(main())
