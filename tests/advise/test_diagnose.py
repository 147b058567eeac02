# SPDX-License-Identifier: MIT
"""From the messages of a log to their cause."""

from __future__ import annotations

import json
import re
from itertools import islice, product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.advise.diagnose import _candidates, diagnose, spell_size
from criulint.advise.log import Log
from criulint.advise.messages import messages
from criulint.criu.releases import Release
from tests.advise.samples import branches, sample

if TYPE_CHECKING:
    from tests.golden import Golden

_STAGE = "(00.000200) Error (criu/cr-dump.c:1975): Dumping FAILED.\n"
_FORMATS = {
    "criu": lambda text: f"(00.000100) Error (criu/x.c:1): {text}\n{_STAGE}",
    "criu-without-time": lambda text: f"Error (criu/x.c:1): sub: {text}\nError (x.c:2): {_STAGE}",
    "restorer": lambda text: f"pie: 12: Error (criu/pie/restorer.c:180): {text}\n",
    "yocto": lambda text: f"(00.1) Error (/usr/src/debug/criu/3.19+git/criu/x.c:1): {text}\n",
    "early": lambda text: f"will not be used.(00.000096) Error (criu/x.c:1): {text}\n",
    "runc": lambda text: (
        'WARN[0000] --- Quoting "/w/dump.log" \n'
        f"WARN[0000] 631:(00.047739) Error (criu/x.c:1790): {text} \nWARN[0000] ...\n"
    ),
    "journal": lambda text: f"Nov 29 01:00:00 host crio[1]: (00.1234) Error (criu/x.c:7): {text}\n",
    "json": lambda text: json.dumps({"err": f"failed\n(00.011699) Error (criu/x.c:138): {text}\n"}),
    "quoted-twice": lambda text: json.dumps(json.dumps(f"log\n(00.12) Error (x.c:1): {text}\n")),
    "github": lambda text: f"> (00.123456) Error (criu/x.c:1): {text}\n",
    "ci": lambda text: f"01:01:54   [OUT] (00.123456) Error (criu/x.c:1): {text}\n",
    "wrapped": lambda text: "Error (criu/x.c:1): " + "\n  ".join(text.split(" ", 3)) + "\n",
}
_SAMPLES = [
    (message.id, sample(pattern, branch))
    for message in messages().values()
    if not message.is_callers
    for pattern in [message.pattern.pattern]
    for branch in range(branches(pattern))
]


@pytest.mark.parametrize("form", _FORMATS)
def test_each_message_is_found_in_each_format(form: str) -> None:
    for name, text in _SAMPLES:
        causes = diagnose(Log(_FORMATS[form](text)))
        assert [cause.id for cause in causes][:1] == [name], text


def test_each_message_is_found_as_a_bare_sentence() -> None:
    for name, text in _SAMPLES:
        assert diagnose(Log(f"I get this: {text}"))[0].id == name, text


def test_what_each_message_comes_to(golden: Golden) -> None:
    lines = []
    for name, text in dict(reversed(_SAMPLES)).items():
        log = Log(_FORMATS["criu"](text))
        lines.append(f"{name}: {text}")
        for release in (None, "3.11", "4.3"):
            cause = diagnose(log, Release(release) if release else None)[0]
            remedies = ", ".join(remedy.line for remedy in cause.remedies)
            parts = [f"  {release or 'unknown'}: {cause.kind}", remedies, cause.advice]
            lines.append("; ".join(filter(None, parts)))
    golden(Path(__file__).with_name("causes.txt"), "".join(f"{line}\n" for line in lines))


def test_a_success_has_no_cause() -> None:
    log = (
        "(00.000027) Version: 4.2.1 (gitid 0)\n"
        "(00.004363) Error (criu/tun.c:85): tun: Unable to create tun: No such file or directory\n"
        "(00.069744) Error (criu/x.c:1): Can't dump that handle\n"
        "(00.090000) Dumping finished successfully\n"
    )
    assert diagnose(Log(log)) == []


_TCP = (
    "(00.1) Error (criu/sk-inet.c:1): inet: Connected TCP socket, consider using --tcp-established"
)
_LINK = "(00.1) Error (criu/files-reg.c:1): Can't create link remap for /x. Use link-remap option."
_VERSION = "(00.000001) Version: 4.2 (gitid 0)\n"
_WELL = "(00.2) Dumping finished successfully\n"
_SIZE = "(00.1) 7: Error (criu/files-reg.c:1): File /x has bad size 1 (expect 2)\n"
_EMPTY = "(00.1) Error (criu/image.c:1): image: Unexpected EOF on (empty-image)\n"
_RESTORING = "(00.2) Error (criu/cr-restore.c:1): Restoring FAILED.\n"


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        # The last run counts,
        (f"{_TCP}\n{_STAGE}{_LINK}\n{_STAGE}", ["link-remap", "tcp-connected"]),
        (f"{_TCP}\n{_STAGE}{_VERSION}{_WELL}", []),
        # none that went well does,
        (f"{_TCP}\n{_WELL}{_SIZE}{_RESTORING}", ["file-size"]),
        # and what follows from a failure is not its cause.
        (f"{_TCP}\n{_STAGE}{_STAGE}", ["tcp-connected"]),
        (
            f"{_TCP}\n{_STAGE}(00.3) Error (criu/x.c:1): cgroupd: recv req error\n",
            ["tcp-connected"],
        ),
        (
            f"{_WELL}write: No space left on device\n{_LINK}\n{_STAGE}",
            ["link-remap", "disk-full"],
        ),
        # What comes first in a run does so here.
        (f"write: No space left on device\n{_LINK}\n{_STAGE}", ["disk-full", "link-remap"]),
        (
            f"{_TCP}\n{_STAGE}{_LINK}\n{_SIZE}{_STAGE}",
            ["link-remap", "file-size", "tcp-connected"],
        ),
        # A success between two failures ends neither of them.
        (f"{_TCP}\n{_STAGE}{_VERSION}{_WELL}{_LINK}\n{_STAGE}", ["link-remap", "tcp-connected"]),
        # What CRIU or others say about a run after its end does not begin another one.
        (f"{_TCP}\n{_STAGE}write: No space left on device\n", ["tcp-connected", "disk-full"]),
        (
            f"{_TCP}\n{_STAGE}(00.000300) Unlock network\nwrite: No space left on device\n",
            ["tcp-connected", "disk-full"],
        ),
    ],
)
def test_several_runs(log: str, expected: list[str]) -> None:
    assert [cause.id for cause in diagnose(Log(log))] == expected


@pytest.mark.parametrize("text", ["connection reset by peer", "unexpected EOF"])
def test_messages_of_callers_are_not_those_of_criu(text: str) -> None:
    assert diagnose(Log(f"ERRO[0000] {text}"))[0].id == "caller-no-answer"
    assert diagnose(Log(f"(00.1) Error (criu/x.c:1): {text}"))[0].id == "unknown"


def test_a_log_that_ends_in_the_middle() -> None:
    log = "(00.000027) Version: 4.2.1 (gitid 0)\n(00.1) Dumping processes (pid: 1 comm: x)\n"
    assert "ends without a result" in diagnose(Log(log))[0].advice


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        # What CRIU says first is the cause,
        ("link-remap", "tcp-connected", "link-remap"),
        ("tcp-connected", "link-remap", "tcp-connected"),
        # but for what another message explains,
        ("zombie", "ptrace", "ptrace"),
        ("timeout", "timeout-stuck", "timeout-stuck"),
        ("timeout", "cuda-frozen", "cuda-frozen"),
        ("ptrace", "own-tree", "own-tree"),
        ("mnt-root", "mnt-root-console", "mnt-root-console"),
        # and what follows from anything.
        ("send-fds", "tcp-connected", "tcp-connected"),
        ("rseq-crash", "file-missing", "file-missing"),
    ],
)
def test_order(first: str, second: str, expected: str) -> None:
    texts = [sample(messages()[name].pattern.pattern) for name in (first, second)]
    log = "".join(f"(00.0{n}) Error (criu/x.c:1): {text}\n" for n, text in enumerate(texts))
    assert diagnose(Log(log))[0].id == expected


def _lines(log: str, release: str | None = None) -> list[str]:
    cause = diagnose(Log(log), Release(release) if release else None)[0]
    return [remedy.line for remedy in cause.remedies]


@pytest.mark.parametrize(
    ("size", "spelled"),
    [
        (1, "1M"),
        (1 << 20, "1M"),
        ((1 << 20) + 1, "2M"),
        (16777216, "16M"),
        (1 << 30, "1G"),
        ((1 << 30) + 1, "2G"),
    ],
)
def test_sizes(size: int, spelled: str) -> None:
    assert spell_size(size) == spelled


def test_ghost_limit_is_the_largest_of_all() -> None:
    log = "".join(
        f"Error (x.c:1): Can't dump ghost file /x{size} of {size} size, increase limit\n"
        for size in (2000000, 9000000, 3000000)
    )
    assert _lines(log) == ["ghost-limit 16M"]


@pytest.mark.parametrize(
    ("shared", "line"), [("0", "external mnt[]:m"), ("541", "external mnt[]:sm")]
)
def test_masters(shared: str, line: str) -> None:
    text = (
        f"mnt: Mount 7 ./run (master_id: 409 shared_id: {shared}) has unreachable sharing. "
        "Try --enable-external-masters."
    )
    assert _lines(text)[0] == line


@pytest.mark.parametrize(
    ("kind", "peer", "line"),
    [
        ("2", "77", "ext-unix-sk"),
        ("1", "153070", "external unix[153070]"),
        ("5", "153070", "external unix[153070]"),
        ("1", "0x1f", "external unix[31]"),
        ("1", "0", "external unix[INODE]"),
    ],
)
def test_unix_sockets(kind: str, peer: str, line: str) -> None:
    log = (
        f"(00.1) unix: \tDumping extern: ino 9 peer_ino {peer} family    1 type    {kind} state\n"
        "(00.2) Error (criu/sk-unix.c:1): unix: External socket is used. Consider using "
        "--ext-unix-sk option.\n"
    )
    assert _lines(log) == [line]


def test_a_socket_that_the_log_does_not_show_has_two_remedies() -> None:
    (cause,) = diagnose(Log("unix: External socket is used. Consider using --ext-unix-sk option."))
    assert [(remedy.line, remedy.rank, remedy.when[:17]) for remedy in cause.remedies] == [
        ("ext-unix-sk", 1, "it is a datagram "),
        ("external unix[INODE]", 2, "it is a stream so"),
    ]


def test_without_an_unknown_error_a_warning_is_named() -> None:
    log = (
        "(00.1) Warn  (criu/tun.c:85): tun: Unable to create tun: No such file\n"
        "(00.2) note\n"
        f"(00.3) Warn  (criu/x.c:1): something odd\n{_STAGE}"
    )
    cause = diagnose(Log(log))[0]
    assert (cause.kind, cause.entry and cause.entry.text) == ("unknown", "something odd")


_MODE = "Error (criu/files-reg.c:1): File x has bad mode 0100755 (expect 0100775)"
_SKIPS = "File r/w/x checks can be skipped with the --skip-file-rwx-check option"


@pytest.mark.parametrize(
    ("log", "release", "lines"),
    [
        (f"{_MODE}\n{_SKIPS}\n", None, ["skip-file-rwx-check"]),
        (_MODE, None, []),
        (_MODE, "3.17.1", []),
        (_MODE, "3.18", ["skip-file-rwx-check"]),
        ("has uprobes vma", "4.1.1", []),
        ("has uprobes vma", "4.2", ["allow-uprobes"]),
        ("Failed to lock TCP connection", "3.15", []),
        ("Failed to lock TCP connection", "3.18", ["network-lock nftables"]),
    ],
)
def test_remedies_of_a_release(log: str, release: str | None, lines: list[str]) -> None:
    assert _lines(log, release) == lines


def test_passing_remarks_are_not_causes() -> None:
    remark = "(00.000100) Can't dump half of stream unix connection\n"
    log = f"{remark}(00.000200) Error (criu/x.c:1): never heard of it\n"
    assert [cause.id for cause in diagnose(Log(log))] == ["unknown"]
    quiet = f"(00.000100) Can't connect to server 10.0.0.1:27\n{_STAGE}"
    assert diagnose(Log(quiet))[0].id == "page-server"


def test_unknown_names_the_first_error_that_is_not_noise() -> None:
    log = (
        "(00.1) Error (criu/tun.c:85): tun: Unable to create tun: No such file\n"
        "(00.2) Error (criu/x.c:1): something new\n"
        f"(00.3) Error (criu/x.c:1): what follows\n{_STAGE}"
    )
    cause = diagnose(Log(log))[0]
    assert (cause.kind, cause.entry and cause.entry.text) == ("unknown", "something new")


@pytest.mark.parametrize(
    "text",
    [
        "starting\n\ncriu failed: type NOTIFY errno 0\nlog file: /x/dump.log\n\nexit",
        '"starting"\n\n"criu failed: type NOTIFY errno 0\\nlog file: /x/dump.log\\n"\n\nexit',
    ],
)
def test_the_error_of_a_caller_is_the_message_that_names_a_log(text: str) -> None:
    (cause,) = diagnose(Log(text))
    assert cause.advice.endswith("the cause is in CRIU's own log: /x/dump.log")
    assert cause.entry
    assert cause.entry.text.lstrip('"').startswith("criu failed: type NOTIFY errno 0")


@pytest.mark.parametrize("text", ["", "\n\n", "hello", "\0" * 100, "(" * 5000, "Error (" * 3000])
def test_anything_is_a_log(text: str) -> None:
    assert diagnose(Log(text))[0].kind == "unknown"


_PIECES = [
    *(sample(message.pattern.pattern) for message in messages().values()),
    *("\n", "\n(00.000100) Error (criu/x.c:1): ", "\nWarn  (x.c:1): ", "\\n", '\\"', "\t", " "),
    *("unix: \tDumping extern: ino 9 peer_ino 0x7f family    1 type    1 state  1\n", "#", "'"),
    *("external unix[1]:$(x)", "Can't dump ghost file /a\nb of 99999999999999999999 size,", "..."),
    *("shared_id: 7) has unreachable sharing. Try --enable-external-masters", "finished", "\x1b["),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_only_numbers_of_a_log_get_into_a_line(text: str) -> None:
    """The advice is a line of the table, with numbers from the log for its words in capitals."""
    for cause in diagnose(Log(text)):
        for remedy in cause.remedies:
            assert any(
                re.fullmatch(_template(known.line), remedy.line)
                for known in (
                    *(cause.message.remedies if cause.message else ()),
                    *messages()["unix-half-stream"].remedies,
                )
            ), remedy.line


def _template(line: str) -> str:
    """Return a regular expression for the lines that a line of the table may become."""
    escaped = re.escape(line).replace(r":m", r":s?m")
    return re.sub(r"[A-Z]{2,}", lambda word: rf"(?:{word[0]}|\d+[MG]?)", escaped)


def test_repeated_messages_are_examined_once() -> None:
    """Numbers do not count: a log may say the same about thousands of sockets."""
    log = Log("".join(f"(00.1) Error (criu/x.c:1): socket {n % 7} of {n}\n" for n in range(100)))
    assert len(list(_candidates(log.entries))) == 1


@pytest.mark.parametrize(("others", "cause"), [(3999, "tcp-connected"), (4000, "unknown")])
def test_no_more_than_4000_different_messages_are_examined(others: int, cause: str) -> None:
    words = islice(map("".join, product("abcdefghijklmnop", repeat=3)), others)
    log = Log("".join(f"(00.1) Error (criu/x.c:1): {word}\n" for word in words) + _TCP)
    assert diagnose(log)[0].id == cause
