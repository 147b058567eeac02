# SPDX-License-Identifier: MIT
"""The oracle itself: it sees how a reading ends, whatever the file does to the process."""

from __future__ import annotations

import pytest

from tests.oracle.oracle import Kind, Oracle, Taken


def test_the_root_holds_the_release_that_it_should(oracle: Oracle) -> None:
    assert oracle.read(b"version\n").stdout == b"Version: %s\n" % oracle.release.encode()


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (b"", Kind.READ, b""),
        (
            b"log-file a b c\n",
            Kind.SYNTAX,
            b"Unsupported configuration file format. Please consult man page criu(8)",
        ),
        (b"bogus\n", Kind.GETOPT, b"unrecognized option '--bogus'"),
        (b"cpu-cap=x\n", Kind.VALUE, b"Unknown FPU mode `x' selected"),
        (b"ms\n", Kind.VALUE, b'--ms is deprecated; see "Check options" of criu --help'),
        (b"help\n", Kind.STOPPED, b""),
        (b"external macvlan\n", Kind.CRASH, b""),
        (b"log-file\ta\n" * 20, Kind.CRASH, b"realloc(): invalid next size"),
        (b"verbosity=4\nport 0\n", Kind.VALUE, b"invalid argument for --port: 0"),
    ],
)
def test_how_a_reading_ends(oracle: Oracle, data: bytes, kind: Kind, message: bytes) -> None:
    real = oracle.read(data)
    assert (real.kind, real.message) == (kind, message)


def test_what_is_recorded(oracle: Oracle) -> None:
    real = oracle.read(b"tcp-close -v4\nlog-f a\nshell-job x\ncpu-cap=\nport 0\nbogus\n")
    assert real.argv == [
        b"--tcp-close",
        b"-v4",
        b"--log-f",
        b"a",
        b"--shell-job",
        b"x",
        b"--cpu-cap=",
        b"--port",
        b"0",
        b"--bogus",
    ]
    assert real.options == [
        Taken("tcp-close", None, None),
        Taken(None, "v", b"4"),
        Taken("log-file", None, b"a"),
        Taken("shell-job", None, None),
        Taken("cpu-cap", None, b""),
    ]
    assert real.refused_option == Taken("port", None, b"0")
    assert real.dropped == []
    assert oracle.read(b"tcp-close x\ntcp-close y\nall --\nbogus\n").dropped == [
        b"x",
        b"y",
        b"--bogus",
    ]


def test_no_descriptor_is_needed(oracle: Oracle) -> None:
    data = b"".join(b"close %d\n" % descriptor for descriptor in range(40)) + b"tcp-close\n"
    real = oracle.read(data)
    assert real.kind is Kind.READ
    assert len(real.options) == 41
    assert oracle.read(b"inherit-fd debug[1]:text\n").stdout.startswith(b"text\n")


def test_large_files(oracle: Oracle) -> None:
    real = oracle.read(b"log-file " + b"a" * 3_000_000 + b"\n" + b"tcp-close\n" * 10_000)
    assert real.kind is Kind.READ
    assert len(real.options) == 10_001
