# SPDX-License-Identifier: MIT
"""How CRIU reads an option's value: C's number conversions, and checks beyond JSON Schema.

Values are bytes, without a NUL, as ``getopt_long`` returns them. Sources: criu/config.c
(``parse_options`` and the ``parse_*`` functions above it), criu/sk-unix.c
(``unix_sk_ids_parse``), criu/namespaces.c (``join_ns_add``), criu/files.c
(``inherit_fd_parse``), criu/mount.c (``ext_mount_parse_auto``), all of v3.11 to v4.2. The options
of compression are checked as the program 4.3 was seen to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Number conversion as glibc does it on Linux with 64-bit long.
_LONG_MAX = 2**63 - 1
_LONG_MIN = -(2**63)
_ULONG_MAX = 2**64 - 1
_NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)")


def _to_int32(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - 2**32 if number >= 2**31 else number


def _decimal(digits: bytes) -> int:
    # int() refuses very long strings; 20 digits exceed every 64-bit number.
    digits = digits.lstrip(b"0")
    return int(digits or b"0") if len(digits) <= 20 else 10**20


def strtol(value: bytes) -> tuple[int, int] | None:
    """Return what ``strtol(value, &end, 10)`` does: the number, and the offset of ``end``.

    The number is clamped to 64 bits. None without digits.
    """
    match = _NUMBER.match(value)
    if not match:
        return None
    number = _decimal(match[2])
    if match[1] == b"-":
        return max(-number, _LONG_MIN), match.end()
    return min(number, _LONG_MAX), match.end()


def strtoul(value: bytes, start: int) -> tuple[int, int] | None:
    """Return what ``strtoul(value + start, &end, 10)`` does, as `strtol`.

    A minus sign negates modulo 2**64.
    """
    match = _NUMBER.match(value, start)
    if not match:
        return None
    number = _decimal(match[2])
    if number > _ULONG_MAX:
        return _ULONG_MAX, match.end()
    return (-number & _ULONG_MAX) if match[1] == b"-" else number, match.end()


def atoi(value: bytes) -> int:
    """Return what ``atoi`` does: the leading number cut to 32 bits, 0 without one."""
    found = strtol(value)
    return _to_int32(found[0]) if found else 0


def atol(value: bytes) -> int:
    """Return what ``atol`` does: the leading number clamped to 64 bits, 0 without one."""
    found = strtol(value)
    return found[0] if found else 0


def parse_size(value: bytes) -> int:
    """Return the size in bytes that ``parse_size`` of criu/config.c reads, cut to 64 bits.

    A K, M or G counts anywhere in the value.
    """
    number = atol(value)
    for letter, shift in ((b"K", 10), (b"M", 20), (b"G", 30)):
        if letter in value:
            number <<= shift
            break
    return number & _ULONG_MAX


def port_number(value: bytes) -> int:
    """Return the port that ``port`` sets: ``atoi`` cut to 16 bits."""
    return atoi(value) & 0xFFFF


def timeout_seconds(value: bytes) -> int:
    """Return the seconds that ``timeout`` sets: ``atoi`` as unsigned 32 bits; 0 is no limit."""
    return atoi(value) & 0xFFFFFFFF


def log_level(value: bytes | None, level: int = 2) -> int:
    """Return the level that ``verbosity`` sets, from the level before it (CRIU starts at 2)."""
    if value is None:
        return level + 1
    if value.startswith(b"v"):
        return level + len(value) + 1
    return atoi(value)


def _refuse(value: bytes, refused: bool) -> bytes | None:
    return value if refused else None


def _check_tree(value: bytes) -> bytes | None:
    return _refuse(value, atoi(value) <= 0)


def _check_port(value: bytes) -> bytes | None:
    return _refuse(value, port_number(value) == 0)


def _check_inode_list(value: bytes) -> bytes | None:
    offset = 0
    while offset < len(value):
        if value[offset] == 0x2C:  # a comma
            offset += 1
            continue
        found = strtoul(value, offset)
        if not found or found[0] & 0xFFFFFFFF == 0:
            return value
        offset = found[1]
    return None


def _check_cpu_cap(value: bytes) -> bytes | None:
    rest = re.sub(rb"\A(?:\^|,|fpu|all|none|cpu|ins)*", b"", value)
    return rest or None


def _is_small_number(text: bytes) -> bool:
    """Return what ``check_int_str`` of criu/namespaces.c does: empty text counts as a number."""
    if not text:
        return True
    found = strtol(text)
    return found is not None and found[1] == len(text) and 0 <= found[0] <= 65535


def _check_join_ns(value: bytes, types: frozenset[bytes]) -> bytes | None:
    """Return the type if CRIU refuses the value: up to 3.15 its message quotes nothing else."""
    kind, colon, target = value.partition(b":")
    target, comma, extra = target.partition(b",")
    if not colon or kind not in types:
        return kind
    # Whether a namespace file or a PID exists depends on the host; PID 0 exists nowhere.
    if _is_small_number(target) and atoi(target) <= 0:
        return kind
    if kind == b"user" and comma:
        uid, _, gid = extra.partition(b",")
        return _refuse(kind, not (_is_small_number(uid) and _is_small_number(gid)))
    return None


_JOIN_NS_TYPES = frozenset((b"net", b"uts", b"ipc", b"user", b"mnt"))


def _check_inherit_fd(value: bytes) -> bytes | None:
    match = re.match(rb"(?:fd|debug)\[([ \t\n\v\f\r]*[+-]?[0-9]+)", value)
    # Whether the descriptor is open depends on the host.
    accepted = match and atoi(match[1]) >= 0 and value.partition(b":")[2]
    return _refuse(value, not accepted)


_MACVLAN = rb"(?s)macvlan[^[]*\[[^]]*\]:(.*)"
_MAX_DEVICE_NAME = 15


def external_crashes(value: bytes) -> bool:
    """Return whether CRIU passes a null pointer to if_nametoindex().

    It does if it finds no name of an interface in the value.
    """
    return value.startswith(b"macvlan") and not re.match(_MACVLAN, value)


def _check_external(value: bytes) -> bytes | None:
    device = re.match(_MACVLAN, value)
    if device:
        # Whether the interface exists depends on the host. if_nametoindex() finds none with a
        # longer name, and the kernel reads the name up to a colon.
        return _refuse(value, len(device[1]) > _MAX_DEVICE_NAME or device[1][:1] in (b"", b":"))
    return _refuse(value, re.match(rb"mnt\[\]:[^ms]", value, re.DOTALL) is not None)


def _check_whole_number(value: bytes, low: int, high: int) -> bytes | None:
    """Return the decimal number that fills the value, white space and a sign before it allowed."""
    found = strtol(value)
    return _refuse(value, not (found and found[1] == len(value) and low <= found[0] <= high))


_BLOCK = rb"([0-9]+)([KMG]?)"
_UNITS = {b"": 0, b"K": 10, b"M": 20, b"G": 30}
_PAGE, _LARGEST_BLOCK = 4096, 4 << 20


def _check_compress_block(value: bytes) -> bytes | None:
    # The page size is the machine's; on all common ones it is a multiple of this one.
    match = re.fullmatch(_BLOCK, value)
    size = _decimal(match[1]) << _UNITS[match[2]] if match else 0
    return _refuse(value, not 0 < size <= _LARGEST_BLOCK or size % _PAGE != 0)


#: The checks that a schema names with ``x-criu-check``: each returns None for a value that CRIU
#: accepts, else the part of it that CRIU's message quotes.
VALUE_CHECKS: dict[str, Callable[[bytes], bytes | None]] = {
    "tree": _check_tree,
    "port": _check_port,
    "inode-list": _check_inode_list,
    "cpu-cap": _check_cpu_cap,
    "join-ns": lambda value: _check_join_ns(value, _JOIN_NS_TYPES | {b"time"}),
    "join-ns-3.13": lambda value: _check_join_ns(value, _JOIN_NS_TYPES),
    "inherit-fd": _check_inherit_fd,
    "external": _check_external,
    "compress-acceleration": lambda value: _check_whole_number(value, 1, 65537),
    "compress-block": _check_compress_block,
    "decompress-threads": lambda value: _check_whole_number(value, 0, 1024),
}
