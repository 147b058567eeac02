# SPDX-License-Identifier: MIT
"""Numbers are converted and values are checked as CRIU does; read with a debugger from 3.17.1
and 4.2.
"""

from __future__ import annotations

import pytest

from criulint.criu import values
from criulint.criu.options import option_table


@pytest.mark.parametrize(
    ("name", "value", "number"),
    [
        ("port", "80x", 80),
        ("port", "-5", 65531),
        ("port", "70000", 4464),
        ("port", "4294967376", 80),
        ("tree", "1abc", 1),
        ("tree", "010", 10),
        ("tree", "99999999999", 1215752191),
        ("timeout", "abc", 0),
        ("timeout", "5x", 5),
        ("timeout", "-1", 4294967295),
        ("timeout", "4294967297", 1),
        ("ghost-limit", "1K", 1024),
        ("ghost-limit", "1M", 1048576),
        ("ghost-limit", "1G", 1073741824),
        ("ghost-limit", "1m", 1),
        ("ghost-limit", "1MB", 1048576),
        ("ghost-limit", "0.5G", 0),
        ("ghost-limit", "8KG", 8192),
        ("ghost-limit", "-1", 2**64 - 1),
        ("ghost-limit", "abc", 0),
        ("verbosity", "v", 4),
        ("verbosity", "vvv", 6),
        ("verbosity", "abc", 0),
        ("verbosity", "", 0),
        ("verbosity", "-1", -1),
        ("verbosity", "4x", 4),
        ("status-fd", "3x", 3),
        ("status-fd", "0x10", 0),
        ("ps-socket", "7x", 7),
        ("log-file", "7", None),
    ],
)
def test_number_that_criu_takes(name: str, value: str, number: int | None) -> None:
    assert option_table("4.2").options[name].number(value.encode()) == number


@pytest.mark.parametrize(
    ("text", "signed", "unsigned"),
    [
        ("", None, None),
        ("+x", None, None),
        (" \t7x", (7, 3), (7, 3)),
        ("-1", (-1, 2), (2**64 - 1, 2)),
        ("0" * 30 + "7", (7, 31), (7, 31)),
        ("9223372036854775808", (2**63 - 1, 19), (2**63, 19)),
        ("-9223372036854775809", (-(2**63), 20), (2**63 - 1, 20)),
        ("18446744073709551615", (2**63 - 1, 20), (2**64 - 1, 20)),
        ("-18446744073709551615", (-(2**63), 21), (1, 21)),
        ("-18446744073709551616", (-(2**63), 21), (2**64 - 1, 21)),
        ("1" * 21, (2**63 - 1, 21), (2**64 - 1, 21)),
        ("-" + "1" * 21, (-(2**63), 22), (2**64 - 1, 22)),
    ],
)
def test_conversions_of_c(
    text: str, signed: tuple[int, int] | None, unsigned: tuple[int, int] | None
) -> None:
    assert values.strtol(text.encode()) == signed
    assert values.strtoul(text.encode(), 0) == unsigned


def test_bare_verbosity_adds_one() -> None:
    assert values.log_level(None, 2) == 3


@pytest.mark.parametrize(
    ("release", "name", "accepted", "refused"),
    [
        ("4.2", "port", "1 80x -5 70000", "0 x 65536 131072"),
        ("4.2", "tree", "1 010 99999999999", "0 abc -1 2147483648 99999999999999999999"),
        ("4.2", "status-fd", "3x 0x10 -3 +5", "abc - +"),
        ("4.2", "cpu-cap", "cpu fpu,ins ^all none,cpu ,, ^^cpu cpufpu", "x FPU allx cpu;ins"),
        ("3.12", "manage-cgroups", "none props soft full strict", "ignore Full"),
        ("3.13", "manage-cgroups", "ignore", "x"),
        ("3.18", "network-lock", "iptables nftables", "skip none x"),
        ("3.19", "network-lock", "skip none", "Skip"),
        ("4.2", "pre-dump-mode", "splice read", "Read x"),
        ("4.2", "file-validation", "filesize buildid", "none"),
        ("4.2", "empty-ns", "net", "uts net,uts"),
        ("4.2", "feature", "userns breakpoints", "list x"),
        ("4.1", "feature", "userns", "breakpoints"),
        ("4.2", "ext-unix-sk", "1 1,2, ,", "0 a 1,a 4294967296"),
        ("4.2", "veth-pair", "a=b a=b@c =", "a"),
        ("4.2", "ext-mount-map", "auto a:b :m :", "x :x"),
        ("4.2", "external", "mnt[]:m mnt[]:s mnt[]: mnt[]x dev[1/2]:a junk", "mnt[]:x"),
        (
            "3.11",
            "external",
            "macvlan[a]:eth0 macvlan[]:0123456789abcde macvlanx[a]:b",
            "macvlan[a]:0123456789abcdef",
        ),
        (
            "4.2",
            "external",
            "macvlan[a]:eth0 macvlan[a]x xmacvlan[a]:",
            "macvlan[a]: macvlan[a]::lo macvlan[a]:macvlan[a]:lo:xx",
        ),
        (
            "4.2",
            "inherit-fd",
            "fd[1]:x fd[1:x debug[1]:x",
            "fd[]:x fd[a]:x fd[-1]:x fd[1]: fd[1] x",
        ),
        (
            "4.2",
            "join-ns",
            "net:1 uts:1 ipc:1 mnt:1 time:/x user:1,0,0 user:1,,",
            "net net: foo:1 pid:1 net:0 user:1,a user:1,65536,0 user:1,0,-1 cgroup:1",
        ),
        ("3.13", "join-ns", "net:1 uts:1 ipc:1 user:1 mnt:1", "time:/x pid:1"),
        ("4.3", "feature", "compress encryption binfmt_misc_sandboxing", "breakpoints"),
        (
            "4.3",
            "compress-block",
            "4096 4K 012K 256K 1M 4M 4194304",
            "0 -1 3 4k 5M 8M 1G 4K5 K4 K +4K 4KK 0x1000 4194305 18446744073709555712 "
            "18014398509481985K 17592186044417M",
        ),
        (
            "4.3",
            "compress-acceleration",
            "1 +5 05 08 65537",
            "0 -5 65538 5x 0x5 + ++5 4294967297 18446744073709551617",
        ),
        ("4.3", "decompress-threads", "0 -0 +4 010 1024", "-1 1025 4x 0x4 4294967296"),
        ("4.3", "image-io-mode", "writeback direct", "Direct d direct,"),
        (
            "4.3",
            "plugin-option",
            "a.b a.b.c a.b= a..b a/b.c a.b=c=d _a.-b",
            ". ab .b a. a.=1 a=b.c a.== ..b -a.b --a.b",
        ),
    ],
)
def test_values_that_criu_accepts_and_refuses(
    release: str, name: str, accepted: str, refused: str
) -> None:
    option = option_table(release).options[name]
    assert [value for value in accepted.split() if option.refusal(value.encode()) is not None] == []
    assert [value for value in refused.split() if option.refusal(value.encode()) is None] == []


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("x", "invalid argument for --ext-mount-map: x"),
        (":x", "Could not add external mount when initializing config: , x"),
    ],
)
def test_ext_mount_map_needs_a_key_and_a_path(value: str, message: str) -> None:
    assert option_table("4.2.1").options["ext-mount-map"].refusal(value.encode()) == message


@pytest.mark.parametrize(
    ("release", "quoted"),
    [("3.11", "foo"), ("3.15", "foo"), ("3.16", "foo:1:x"), ("4.2.1", "foo:1:x")],
)
def test_join_ns_quotes_what_is_left_of_its_value(release: str, quoted: str) -> None:
    """Up to 3.15 CRIU has cut the value when it quotes it (criu/config.c, parse_join_ns)."""
    assert (
        option_table(release).options["join-ns"].refusal(b"foo:1:x")
        == f"invalid argument for --join-ns: {quoted}"
    )
