# SPDX-License-Identifier: MIT
"""What a log says about CRIU, its caller, and the files that it read."""

from __future__ import annotations

import json

import pytest

from criulint.advise.dates import last_date
from criulint.advise.log import Log, LogEntry, ReadFile

_DUMP = "/var/lib/containers/storage/overlay-containers/0123abcd/userdata/dump.log"


@pytest.mark.parametrize(
    ("line", "level", "text"),
    [
        ("(00.000100) Error (criu/x.c:1): what", "Error", "what"),
        ("(800.00523) Warn  (criu/x.c:12): inet: what", "Warn", "inet: what"),
        ("pie: 6: Error (criu/pie/restorer.c:180): what", "Error", "what"),
        ("Error (files-reg.c:702): what", "Error", "what"),
        ("Error (cuda_plugin.c:7): cuda_plugin: what", "Error", "cuda_plugin: what"),
        ("(00.1234)     9: \t\tCreate fd for 117", "", "Create fd for 117"),
        ("  3589: what", "", "3589: what"),
        ("Error (files-reg.c:702): an X\r", "Error", "an X"),
        (".269)Error (criu/sk-inet.c:191): inet: what", "Error", "inet: what"),
        ("host x: (00.000100) what", "", "what"),
        ("fd 1.2345) what", "", "fd 1.2345) what"),
        ("plain prose", "", "plain prose"),
    ],
)
def test_lines(line: str, level: str, text: str) -> None:
    (entry,) = Log(line).entries
    assert (entry.level, entry.text) == (level, text)


def test_a_backslash_alone_is_no_quoting() -> None:
    entries = Log("Error (criu/x.c:1): Can't open C:\\\\x\n").entries
    assert [entry.text for entry in entries] == ["Can't open C:\\\\x"]


@pytest.mark.parametrize(("times", "is_plain"), [(0, True), (1, True), (3, True), (4, False)])
def test_a_message_is_plain_in_up_to_three_quotations(times: int, is_plain: bool) -> None:
    text = "failed:\n(00.1) Error (criu/x.c:1): what\n"
    for _ in range(times):
        text = json.dumps(text)
    assert ("what" in [entry.text for entry in Log(text).entries]) is is_plain


def test_a_time_without_a_message_is_none() -> None:
    assert Log("(00.000100) \n \n(00.000200) \t\n").entries == []


def test_what_is_escaped_in_a_quotation() -> None:
    log = Log('err="failed\\n(00.000100) Error (criu/x.c:1):\\tCan\'t \\"open\\" \\/a\\r\\nb"')
    assert [entry.text for entry in log.entries][1] == 'Can\'t "open" /a'


def test_glued_messages_are_two() -> None:
    assert [entry.text for entry in Log("a(00.000096) b").entries] == ["a", "b"]
    log = Log("local file will not be used.(00.000096) Version: 3.15 (gitid 0)\n")
    assert [entry.text for entry in log.entries] == [
        "local file will not be used.",
        "Version: 3.15 (gitid 0)",
    ]
    assert log.release == "3.15"


def test_a_wrapped_message_is_one() -> None:
    log = Log("Error (criu/files-reg.c:1): Can't dump\n  /x of 5 size,\n  increase\n\nother\n")
    assert log.entries[0] == LogEntry(1, "Error", "Can't dump /x of 5 size, increase", stamped=True)
    assert Log("Error (criu/x.c:1): a\nb\nc\nd\ne\n").entries[0].text == "a b c d"


@pytest.mark.parametrize(
    ("text", "caller", "runtimes"),
    [
        ("criu failed: type NOTIFY errno 0\nlog file: /x/dump.log", "runc", ("runc",)),
        (
            "CRIU checkpointing failed -52.  Please check CRIU logfile /x/dump.log",
            "crun",
            ("crun",),
        ),
        (f"CRIU restoring failed -52.  Please check CRIU logfile {_DUMP}", "podman", ("crun",)),
        ('Error response from daemon: x: "criu failed: type DUMP errno 0"', "docker", ("runc",)),
        ("crio[1]: running `/usr/bin/runc --root /run/runc checkpoint`", "cri-o", ("runc",)),
        ('WARN[0000] --- Quoting "/w/dump.log"', "runc", ("runc",)),
        ("T: --- excerpt from CRIU log `/w/dump.log`", "crun", ("crun",)),
        ('err="running \\"/usr/bin/runc\\" [\\"checkpoint\\"] failed"', "cri-o", ("runc",)),
        ("Error: migration dump failed", "lxc", ()),
        ("(00.1) what", None, ()),
        (
            "(00.1) Would overwrite RPC settings with values from /etc/criu/crun.conf",
            "crun",
            ("crun",),
        ),
    ],
)
def test_callers(text: str, caller: str | None, runtimes: tuple[str, ...]) -> None:
    log = Log(text)
    assert (log.caller, log.runtimes) == (caller, runtimes)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("(00.1) Dumping FAILED.", "dump"),
        ("(00.1) Pre-dumping FAILED.", "pre-dump"),
        ("(00.1) Restoring FAILED.", "restore"),
        ("(00.1) Reading image tree", "restore"),
        ("(00.1) Dumping processes (pid: 1 comm: x)", "dump"),
        ("CRIU restoring failed -52", "restore"),
        ("(00.1) Error (criu/cr-restore.c:1): x", "restore"),
        ("(00.1) pie: 12: Error (criu/pie/restorer.c:1): x", "restore"),
        ("(00.1) Error (criu/cr-dump.c:1): x", "dump"),
        ("(00.1) Error (criu/seize.c:1): x", "dump"),
        ("Error: Cannot checkpoint container x", "dump"),
        ("(00.1) Pre-dumping finished successfully\n(00.1) Dumping FAILED.", "dump"),
        ("(00.1) Dumping finished successfully\n(00.1) Restoring FAILED.", "restore"),
        ("nothing", None),
    ],
)
def test_commands(text: str, command: str | None) -> None:
    assert Log(text).command == command


def test_the_error_that_names_a_log_says_who_called() -> None:
    log = Log("(00.000100) Error (criu/x.c:1): what\n")
    assert (log.caller, log.runtimes) == (None, ())
    log = Log("(00.000100) Error (criu/x.c:1): what\n")
    log.called_in(Log("podman: `/usr/bin/runc checkpoint c` failed: log file: /x/dump.log"))
    assert (log.caller, log.runtimes) == ("podman", ("runc",))
    log = Log("(00.000100) Error (criu/x.c:1): what: /usr/bin/crun\n")
    log.called_in(Log("podman: `/usr/bin/runc checkpoint c` failed: log file: /x/dump.log"))
    assert log.runtimes == ("crun",)


def test_a_log_is_older_than_the_second_after_its_last_date() -> None:
    date = "2026-02-10T01:38:52Z"
    when = last_date(date, 0)
    assert when
    assert Log(f"{date} x").written == Log(f"{date} x", 5).written == when + 1
    assert Log("x", 5).written == 5
    assert Log("x").written is None
    assert Log("Feb 10 01:38:52 x", when + 1).written == Log("Feb 10 01:38:52 x", when + 9).written
    assert Log("Feb 10 01:38:52 x").written


_VERSION = "(00.000001) Version: 4.2 (gitid 0)\n"


@pytest.mark.parametrize(
    ("text", "is_rpc", "is_cut"),
    [
        ("(00.000003) \tRPC\n", True, False),
        (f"{_VERSION}(00.000003) \tRPC\n", True, True),
        (f"{_VERSION}(00.1) Dumping FAILED.", False, False),
        (f"{_VERSION}(00.1) Dumping finished successfully", False, False),
    ],
)
def test_how_criu_was_called_and_ended(text: str, is_rpc: bool, is_cut: bool) -> None:
    log = Log(text)
    assert (log.is_rpc, log.is_cut) == (is_rpc, is_cut)


def test_openj9() -> None:
    assert Log("at java.base/openj9.internal.criu.InternalCRIUSupport.checkpointJVM").is_jvm
    assert Log("at org.eclipse.openj9.criu.CRIUSupport.checkpointJVM(CRIUSupport.java:7)").is_jvm
    assert Log("SystemCheckpointException: Could not dump the JVM processes").is_jvm
    assert not Log("java").is_jvm


def test_up_to_3_14_criu_does_not_say_what_it_reads() -> None:
    log = Log(
        "(00.000001) Version: 3.14 (gitid 0)\n"
        "(00.000003) Overwriting RPC settings with values from /etc/criu/runc.conf\n"
    )
    assert log.files == [ReadFile("/etc/criu/runc.conf", read=None, is_named=True)]


def test_files() -> None:
    log = Log(
        "(00.000001) Version: 4.2 (gitid 0)\n"
        "(00.000002) Parsing config file /etc/criu/default.conf\n"
        "(00.000003) Would overwrite RPC settings with values from /etc/criu/runc.conf\n"
    )
    assert log.files == [
        ReadFile("/etc/criu/default.conf", read=True),
        ReadFile("/etc/criu/runc.conf", read=False, is_named=True),
    ]
    assert log.is_rpc
    assert [(entry.line, file.path) for entry, file in log.mentions] == [
        (2, "/etc/criu/default.conf"),
        (3, "/etc/criu/runc.conf"),
    ]
    assert not Log("what\n").mentions


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("log file: /x/dump.log", "/x/dump.log"),
        ('"criu failed\\nlog file: /x/restore.log\\n"', "/x/restore.log"),
        ("Please check CRIU logfile /x/dump.log: Invalid exchange", "/x/dump.log"),
        ("criu failed: type DUMP errno 0 path= /x/criu-dump.log: unknown", "/x/criu-dump.log"),
        ('WARN[0000] --- Quoting "/x/dump.log" ', "/x/dump.log"),
        ("T: --- excerpt from CRIU log `/x/dump.log`", "/x/dump.log"),
        ("log file: /etc/shadow", None),
        ("log file: dump.log", None),
    ],
)
def test_pointers(text: str, path: str | None) -> None:
    assert Log(text).pointer == path


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("(00.1) Dumping finished successfully", True),
        ("(00.1) Restore finished successfully. Tasks resumed.", True),
        ("(00.1) Dumping finished successfully\n(00.2) Restoring FAILED.", False),
        ("(00.1) Dumping FAILED.\n(00.2) Dumping finished successfully", True),
        ("nothing", False),
    ],
)
def test_endings(text: str, well: bool) -> None:
    assert Log(text).ended_well is well


def test_hostile_logs_have_bounds() -> None:
    lines = Log("\n" * 310_000 + "end")
    assert lines.entries == [LogEntry(310_001, "", "end", stamped=False)]
    quoted = Log("\\n" * 310_000 + "end")
    assert quoted.entries == [LogEntry(1, "", "end", stamped=False)]
    files = Log("".join(f"Parsing config file /{number}\n" for number in range(1000)))
    assert len(files.files) == 100
