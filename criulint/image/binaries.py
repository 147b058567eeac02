# SPDX-License-Identifier: MIT
"""The version that a program's file contains.

CRIU and crun keep it beside the text that prints it. A program in Go has it in its build
information: in the flags of the linker, or as the version of its main module.

Sources: CRIU, criu/crtools.c (seen in 3.17.1, 4.1.1 and 4.2.1); crun, src/crun.c; Go,
src/cmd/go/internal/modload/build.go (``infoStart``, ``infoEnd``), src/runtime/debug/mod.go.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.image.programs import PROGRAMS

if TYPE_CHECKING:
    from criulint.image.budget import Budget
    from criulint.image.databases import Readable

_CHUNK = 1 << 20
# How much of a chunk is searched again together with the next one.
_OVERLAP = 1 << 16
_NUMBER = rb"(v?\d+(?:\.\d+)+[\w.+~-]{0,60})"
# The format with which a program prints its version, or what follows the version.
_MARKS = {"criu": b"Version: %s\n\0", "crun": b"commit: %s"}
# Compilers store the version before or after that text.
_BEFORE = {
    "criu": re.compile(rb"\0%b\0+\Z" % _NUMBER),
    "crun": re.compile(rb"\0%b\0+(?:[^\0]*\0){0,4}[^\0]*\Z" % _NUMBER),
}
_AFTER = re.compile(rb"[^\0]*\0+%b\0" % _NUMBER)
_REACH = 400
# A program has one or two; a file that is made to take long has more.
_MAX_MARKS = 20
# What the linker of Go puts around the build information.
_BEGIN = b"\x30\x77\xaf\x0c\x92\x74\x08\x02\x41\xe1\xc1\x07\xe6\xd6\x18\xe6"
_END = b"\xf9\x32\x43\x31\x86\x18\x20\x72\x00\x82\x42\x10\x41\x16\xd8\xf2"
_MAX_BUILD_INFORMATION = 48 << 10
_FLAG = r"-X[ =]['\"\\]*(?:main|{module}[\w./-]*)\.[vV]ersion=v?(\d[\w.+~-]*)"
_MAIN_MODULE = r"^mod\t{module}\tv(\d[\w.+~-]*)"
# The version of a commit that has none: v1.2.4-0.20240131101010-0123456789ab.
_PSEUDO_VERSION = re.compile(r"[-.]\d{14}-[0-9a-f]{12}")


def read_version(name: str, content: Readable, budget: Budget) -> str | None:
    """Return the version in the file of the program with this name, None if it has none."""
    read = _read_text if name in _MARKS else _read_build_information
    before = b""
    while data := content.read(_CHUNK):
        budget.charge_characters(len(data))
        window = before + data
        version = read(name, window)
        if version:
            return version
        before = window[-_OVERLAP:]
    return None


def _read_text(name: str, window: bytes) -> str | None:
    """Return the version next to the text with which a program prints it."""
    end = 0
    for _ in range(_MAX_MARKS):
        start = window.find(_MARKS[name], end)
        if start < 0:
            return None
        end = start + len(_MARKS[name])
        found = _BEFORE[name].search(window[max(start - _REACH, 0) : start]) or _AFTER.match(
            window[start : end + _REACH]
        )
        if found:
            return found[1].decode("ascii")
    return None


def _find_build_information(window: bytes) -> str:
    """Return the first build information in a part of a file, empty if it holds none."""
    start = 0
    for _ in range(_MAX_MARKS):
        start = window.find(_BEGIN, start)
        if start < 0:
            break
        start += len(_BEGIN)
        end = window.find(_END, start, start + _MAX_BUILD_INFORMATION)
        if end >= 0:
            return window[start:end].decode("utf-8", "replace")
    return ""


def _read_build_information(name: str, window: bytes) -> str | None:
    """Return the version in the build information of a Go program."""
    module = PROGRAMS[name].module
    text = _find_build_information(window) if module else ""
    flag = re.search(_FLAG.format(module=module), text)
    if flag:
        return flag[1]
    main = re.search(_MAIN_MODULE.format(module=module), text, re.MULTILINE)
    return main[1] if main and not _PSEUDO_VERSION.search(main[1]) else None
