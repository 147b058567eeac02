# SPDX-License-Identifier: MIT
"""What people mean by the words that they write."""

from __future__ import annotations

import pytest

from criulint import guesses
from criulint.criu.options import option_table

TABLE = option_table("4.2.1")


@pytest.mark.parametrize(
    ("word", "meaning"),
    [
        *((word, True) for word in ["1", "on", "true", "yes", "enable", "enabled", "y", "t", "ON"]),
        *(
            (word, False)
            for word in ["0", "off", "false", "no", "disable", "disabled", "n", "f", "none", "No"]
        ),
        ('"1";', True),
        ("2", None),
    ],
)
def test_parse_boolean(word: str, meaning: bool | None) -> None:
    assert guesses.parse_boolean(word) is meaning


@pytest.mark.parametrize(
    ("name", "on", "switch"),
    [
        ("tcp-close", True, "tcp-close"),
        ("tcp-close", False, "no-tcp-close"),
        ("no-tcp-close", True, "no-tcp-close"),
        ("no-tcp-close", False, "tcp-close"),
        ("leave-running", False, "no-leave-running"),
    ],
)
def test_switch_name(name: str, on: bool, switch: str) -> None:
    assert guesses.switch_name(TABLE.options[name], on=on) == switch


@pytest.mark.parametrize(
    ("word", "option", "certain"),
    [
        ("tcp-close", "tcp-close", True),
        ("TCP_Close", "tcp-close", True),
        ('"tcp\u2011close":', "tcp-close", True),
        ("image-path", "images-dir", False),
        ("tcp-skip-in-flight", "skip-in-flight", False),
        ("pid", "tree", False),
        ("plugin-dir", "libdir", False),
        ("ext-mnt", "ext-mount-map", False),
        ("parent_img", "prev-images-dir", False),
        ("tcp-establised", "tcp-established", False),
        ("no-tcp-establised", "no-tcp-established", False),
        ("images", "images-dir", False),
        ("aog-file", "log-file", False),
        ("tre", "tree", False),
        ("xort", None, False),
        ("xy", None, False),
        ("nothing-like-it", None, False),
        ("tcp-close" + "x" * 100, None, False),
    ],
)
def test_intended_option(word: str, option: str | None, certain: bool) -> None:
    guess = guesses.intended_option(word, TABLE)
    assert (guess.option and guess.option.name, guess.certain) == (option, certain)


@pytest.mark.parametrize(
    ("name", "text", "value", "certain"),
    [
        ("network-lock", "'nftables'", "nftables", True),
        ("network-lock", "NFTables", "nftables", True),
        ("network-lock", "nft", "nftables", False),
        ("network-lock", "iptabels", "iptables", False),
        ("network-lock", "firewalld", None, False),
        ("network-lock", "", None, False),
        ("cpu-cap", "CPU", "cpu", True),
        ("port", '"80"', "80", True),
        ("port", "http", None, False),
        ("join-ns", "NET:1", None, False),
    ],
)
def test_intended_value(name: str, text: str, value: str | None, certain: bool) -> None:
    assert guesses.intended_value(text, TABLE.options[name]) == (value, certain)


@pytest.mark.parametrize(
    ("name", "text", "value", "certain"),
    [
        ("ghost-limit", "10MiB", "10M", True),
        ("ghost-limit", "10 kb", "10K", True),
        ("ghost-limit", "10bytes", "10", True),
        ("ghost-limit", "10 miles", None, False),
        ("ghost-limit", "ten", None, False),
        *(("timeout", f"10{unit}", "10", True) for unit in ("s", " sec", "second", " Seconds")),
        *(("timeout", f"2{unit}", "120", False) for unit in ("m", " min", "minute", " Minutes")),
        *(("timeout", f"2{unit}", "7200", False) for unit in ("h", " hour", "HOURS")),
        ("timeout", "2 days", None, False),
        *(("verbosity", word, "1", False) for word in ("error", "ERR")),
        *(("verbosity", word, "2", False) for word in ("warn", "Warning")),
        ("verbosity", "info", "3", False),
        *(("verbosity", word, "4", False) for word in ("debug", "trace", "vv", "vvvv")),
        ("verbosity", "loud", None, False),
    ],
)
def test_meant_number(name: str, text: str, value: str | None, certain: bool) -> None:
    assert guesses.meant_number(TABLE.options[name], text) == (value, certain)


@pytest.mark.parametrize(
    ("name", "value", "rest", "joined", "certain"),
    [
        ("enable-fs", "hugetlbfs,", " ceph", "hugetlbfs,ceph", True),
        ("ghost-limit", "10", " MB", "10M", True),
        ("images-dir", "/srv/my", " images", "/srv/my images", False),
        ("images-dir", "/srv/my\\", " images", "/srv/my images", False),
        ("images-dir", "/srv/my'", " images", None, False),
        ("images-dir", "=", " /srv", None, False),
        ("action-script", "/bin/sh", " x", None, False),
        ("tls-no-cn-verify", "x", " y", None, False),
    ],
)
def test_joined_value(name: str, value: str, rest: str, joined: str | None, certain: bool) -> None:
    assert guesses.joined_value(TABLE.options[name], value, rest) == (joined, certain)


@pytest.mark.parametrize(
    ("name", "suggestion", "help_text"),
    [
        ("pre-dump-mode", None, "it accepts `splice`, `read`"),
        ("pre-dump-mode", "read", "did you mean `read`? It accepts `splice`, `read`"),
        ("port", None, "it accepts a number from 1 to 65535"),
        (
            "feature",
            None,
            "it accepts `mnt_id`, `mem_dirty_track`, `aio_remap`, `timerfd`, `tun`, `tun_ns`,"
            " `userns`, `fdinfo_lock`, `seccomp_suspend`, `seccomp_filters`, `loginuid`,"
            " `cgroupns`, ...",
        ),
        ("log-file", None, ""),
        ("log-file", "x", "did you mean `x`?"),
    ],
)
def test_value_help(name: str, suggestion: str | None, help_text: str) -> None:
    assert guesses.value_help(TABLE.options[name], suggestion) == help_text


@pytest.mark.parametrize(
    ("name", "help_text"),
    [
        ("tcp-close", "write `tcp-close` to switch it on, `no-tcp-close` to switch it off"),
        ("no-tcp-close", "write `no-tcp-close` to switch `tcp-close` off"),
        ("leave-running", "write `leave-running` alone; to leave it off, remove the line"),
    ],
)
def test_flag_help(name: str, help_text: str) -> None:
    assert guesses.flag_help(TABLE.options[name]) == help_text


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("shell-job tcp-close", ["shell-job", "tcp-close"]),
        ("log-file a shell-job", ["log-file a", "shell-job"]),
        ("log-file=a\tcpu-cap=fpu", ["log-file=a", "cpu-cap=fpu"]),
        ("cpu-cap shell-job", ["cpu-cap", "shell-job"]),
        ("shell-job", None),
        ("shell-job tcp", None),
        ("shell-job log-file", None),
        ('shell-job log-file "a"', None),
        ("shell-job log-file #a", None),
    ],
)
def test_split_options(text: str, lines: list[str] | None) -> None:
    assert guesses.split_options(text, TABLE) == lines


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("10.0.0.1:27", ["address 10.0.0.1", "port 27"]),
        ("[::1]:27", ["address ::1", "port 27"]),
        (":27", ["port 27"]),
        ("27", ["port 27"]),
        ("example.org", ["address example.org"]),
        ("yes", []),
        ("0", []),
        ("a b", []),
    ],
)
def test_page_server_lines(text: str, options: list[str]) -> None:
    assert guesses.page_server_lines(text) == options


@pytest.mark.parametrize(
    ("options", "help_text"),
    [
        ([], "write `address HOST` and `port NUMBER` on lines of their own"),
        (["port 27"], "write `address HOST` and `port 27` on lines of their own"),
        (["address a", "port 27"], "write `address a` and `port 27` on lines of their own"),
    ],
)
def test_page_server_help(options: list[str], help_text: str) -> None:
    assert guesses.page_server_help(options) == help_text
