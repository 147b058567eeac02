# SPDX-License-Identifier: MIT
"""CRIU refuses the values that criulint refuses, and reads the same numbers."""

from __future__ import annotations

import re
import struct

import pytest

from criulint import read
from criulint.criu.options import Arity, option_table
from criulint.criu.values import log_level
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.oracle.compare import host_dependent
from tests.oracle.oracle import Kind, Oracle
from tests.oracle.values import statement, values

_VALUED = sorted(
    {
        name
        for release in ("3.17.1", "4.2.1")
        for name, option in option_table(release).options.items()
        if option.arity is not Arity.NONE
    }
)
#: How CRIU keeps the number of an option, in `struct`'s letters (criu/include/cr_options.h).
_NUMBERS = {
    "tree": "i",
    "port": "H",
    "timeout": "I",
    "ghost-limit": "Q",
    "status-fd": "i",
    "ps-socket": "i",
    "verbosity": "i",
}
#: CRIU up to 4.1.1 writes a long message past the end of its buffer, and what becomes of that
#: is chance.
_LONGEST = 900


@pytest.mark.parametrize("name", _VALUED)
def test_values_are_refused_if_and_only_if_family_1xx_says_so(oracle: Oracle, name: str) -> None:
    option = option_table(oracle.release).options.get(name)
    if option is None:
        return
    linter = Linter(oracle.release)
    wrong = []
    for value in values(option):
        data = statement(name, value) + b"\n"
        real = oracle.read(data)
        findings = linter.check(Source(data)).findings
        codes = {finding.code for finding in findings if finding.code.startswith("CRIU1")}
        if real.kind is Kind.CRASH and len(value) <= _LONGEST:
            right = "CRIU115" in codes
        else:
            right = host_dependent(real) or real.refused == bool(codes)
        if not right:
            wrong.append((data[:200], real.kind.value, real.message[:200], sorted(codes)))
    assert not wrong


@pytest.mark.parametrize("name", _NUMBERS)
def test_numbers_are_the_ones_that_criu_keeps(oracle: Oracle, name: str) -> None:
    option = option_table(oracle.release).options[name]
    number = struct.Struct(f"={_NUMBERS[name]}")
    place = place_of_number(oracle, name, number)
    wrong = []
    for value in values(option):
        real = oracle.read(statement(name, value) + b"\n")
        taken = [option.value for option in real.options]
        if real.kind is Kind.READ and len(taken) == 1 and taken[0] is not None:
            kept = number.unpack_from(real.settings, place)[0]
            ours = option.number(taken[0])
            if ours != kept:
                wrong.append((value[:200], ours, kept))
    assert not wrong


def test_number_of_close(oracle: Oracle) -> None:
    """CRIU keeps it nowhere, and tells of it at level 4, if its standard error is still open then."""
    option = option_table(oracle.release).options["close"]
    wrong = []
    for value in values(option):
        result = re.search(
            rb"Closing fd (-?[0-9]+)",
            oracle.read(b"verbosity=4\n%s\n" % statement("close", value)).stderr,
        )
        if result and option.number(value.partition(b"\0")[0]) != int(result[1]):
            wrong.append((value[:200], result[1]))
    assert not wrong


@pytest.mark.parametrize(
    "levels",
    [(None,), (None, None), (b"4", None), (b"vv",), (None, b"v"), (b"1", b"vvv"), (b"x", None)],
)
def test_levels_add_up(oracle: Oracle, levels: tuple[bytes | None, ...]) -> None:
    number = struct.Struct("=i")
    place = place_of_number(oracle, "verbosity", number)
    level = 2
    for value in levels:
        level = log_level(value, level)
    data = b"".join(
        b"verbosity\n" if value is None else b"verbosity=%s\n" % value for value in levels
    )
    assert number.unpack_from(oracle.read(data).settings, place)[0] == level


@pytest.mark.parametrize("device", ["", "0123456789abcdef", ":1", "lo:0123456789abcd"])
def test_devices_that_no_host_has_are_refused(oracle: Oracle, device: str) -> None:
    data = b"external macvlan[eth0]:%s\n" % device.encode()
    real, error = oracle.read(data), read(data, criu=oracle.release).error
    assert real.kind is Kind.VALUE
    assert error and error.message.encode() == real.message


@pytest.mark.parametrize("device", ["lo", "lo:1", "lo:0123456789ab"])
def test_devices_that_a_host_can_have_are_taken(oracle: Oracle, device: str) -> None:
    data = b"external macvlan[eth0]:%s\n" % device.encode()
    assert oracle.read(data).kind is Kind.READ
    assert read(data, criu=oracle.release).error is None


def place_of_number(oracle: Oracle, name: str, number: struct.Struct) -> int:
    """Where in CRIU's settings the option's number is: the one place that holds what the option
    was given, twice.
    """

    def holding(value: int) -> set[int]:
        real = oracle.read(b"%s=%d\n" % (name.encode(), value))
        assert real.kind is Kind.READ
        size = len(real.settings) - number.size + 1
        return {
            offset
            for offset in range(size)
            if number.unpack_from(real.settings, offset)[0] == value
        }

    (place,) = holding(23456) & holding(12389)
    return place
