# SPDX-License-Identifier: MIT
"""The installed CRIU refuses just what family 1xx says it does."""

from __future__ import annotations

import os
import random
import subprocess
from typing import TYPE_CHECKING

import pytest

from criulint import check
from criulint.criu.options import option_table
from criulint.criu.releases import find_release
from criulint.host.installed import ProbeError, find_binary, version
from criulint.rules.registry import RULES

if TYPE_CHECKING:
    from pathlib import Path

    from criulint.rules.base import AnyRule

VALUES = [
    "0",
    "1",
    "-1",
    "80",
    "65536",
    "70000",
    "99999999999",
    "1abc",
    "abc",
    "0x10",
    "10M",
    "v",
    "vvv",
    "true",
    "a",
    '"a"',
    "'a'",
    "a#b",
    "#c",
    "iptables",
    "nftables",
    "skip",
    "none",
    "soft",
    "full",
    "ignore",
    "Full",
    "cpu",
    "^ins",
    "cpu,fpu",
    "net",
    "userns",
    "list",
    "net:",
    "mnt:0",
    "pid:1",
    "time:1",
    "fd[]:x",
    "mnt[]:",
    "mnt[]:m",
    "mnt[]:x",
    "dev[8/1]:x",
    "a=b",
    "a=",
    "a:b",
    ":a",
    "auto",
    "filesize",
    "read",
    "1,2",
    "0,1",
    "--",
    "-v4",
    "-z",
    "é",
    "\\",
    '"',
    '""',
    '"a"x',
    "filesize\t",
]
SEPARATORS = [" ", "=", " ", "=", "\t", " = ", "= ", " =", ": ", ""]
TAILS = ["", "", "", "", " # c", "#c", " ", "\t", "\r", " x", " xy", "\0", "\\", " --"]


pytestmark = pytest.mark.programs


@pytest.fixture(scope="module")
def installed() -> tuple[Path, str]:
    """The installed CRIU and its release; in CI there has to be one."""
    try:
        binary = find_binary()
        return binary, find_release(version(binary))
    except (ProbeError, ValueError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no CRIU with a schema is installed: {error}")


def refuses(criu: Path, data: bytes, directory: Path) -> bool:
    """Whether CRIU ends while it reads a file. Otherwise it gets as far as to complain of the
    command.
    """
    file = directory / "file.conf"
    file.write_bytes(data)
    answer = subprocess.run(
        [criu, "nosuchcommand", "--config", file],
        cwd=directory,
        env={"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return b"nosuchcommand" not in answer.stderr + answer.stdout


def result(data: bytes, release: str) -> list[str]:
    return [
        finding.code for finding in check(data, criu=release) if finding.code.startswith("CRIU1")
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_examples(rule: AnyRule, installed: tuple[Path, str], tmp_path: Path) -> None:
    criu, release = installed
    for text in (rule.bad, rule.good):
        data = text.encode()
        assert refuses(criu, data, tmp_path) == bool(result(data, release))


@pytest.mark.parametrize("seed", range(4))
def test_random_lines(seed: int, installed: tuple[Path, str], tmp_path: Path) -> None:
    """Lines of real options with good and bad values, written in good and bad ways."""
    criu, release = installed
    choose = random.Random(seed).choice
    # With `verbosity` at 0 CRIU says nothing; what depends on the host's descriptors and
    # interfaces can't be compared.
    names = [
        name
        for name in option_table(release).options
        if name not in ("verbosity", "close", "inherit-fd")
    ]
    for _ in range(150):
        line = (
            choose(["", "", "", "", "", "--", " "])
            + choose(names)
            + choose(SEPARATORS)
            + choose(VALUES)
            + choose(TAILS)
        )
        data = f"{line}\n".encode()
        codes = result(data, release)
        if "CRIU115" not in codes:
            assert refuses(criu, data, tmp_path) == bool(codes), (line, codes)
