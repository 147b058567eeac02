# SPDX-License-Identifier: MIT
"""What ``criulint advise`` says about failures under each caller, with each state of the files.

A block has the failure, how CRIU was called, and what the host has; then the kind of the cause, the
text, and the remedies with the file and the option on the command line.
"""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.cli import main
from tests.survey.blocks import document, merge

if TYPE_CHECKING:
    from tests.golden import Golden

_HERE = Path(__file__).parent
_DEFAULT, _RUNC, _USER = "etc/criu/default.conf", "etc/criu/runc.conf", "root/.criu/default.conf"


class _Failure(NamedTuple):
    """A message of CRIU, and lines that set what helps, what is like it, and something else."""

    message: str
    helps: str
    instead: str
    ending: str = "Dumping FAILED."


_FAILURES = {
    "tcp": _Failure(
        "inet: Connected TCP socket, consider using --tcp-established option.",
        *("tcp-established", "tcp-established false"),
    ),
    "ghost": _Failure(
        "Can't dump ghost file /tmp/a of 3000000 size, increase limit",
        *("ghost-limit 4M", "ghost-limit 1M"),
    ),
    "locks": _Failure(
        "Some file locks are hold by dumping tasks! You can try --file-locks to dump them.",
        *("file-locks", "no-file-locks"),
    ),
    "terminal": _Failure(
        "tty: Found dangling tty with sid 1 pgid 1 (pts) on peer fd 0.",
        *("shell-job", "# shell-job"),
    ),
    "mount": _Failure(
        "mnt: Mount 1 ./a (master_id: 0 shared_id: 5) has unreachable sharing. Try "
        "--enable-external-masters.",
        *("external mnt[]:m", "enable-external-masters"),
    ),
    "cgroups": _Failure(
        "cg: Can't move 7 into a/cgroup.procs (-1/-1)",
        *("manage-cgroups=ignore", "manage-cgroups=full"),
        "Restoring FAILED.",
    ),
    "freezer": _Failure("Unable to freeze cgroup /a", "timeout 90", "timeout 5"),
    "tracking": _Failure("Tracking memory is not available", "no-track-mem", "track-mem"),
    "tls": _Failure("CRIU was built without TLS support", "no-tls", "tls"),
    "unknown": _Failure("zdtm: xyzzy", "tcp-close", "tcp-close yes"),
}
_NAMED = "(00.000302) Would overwrite RPC settings with values from /etc/criu/runc.conf\n"
_PARSED = "(00.000400) Parsing config file /etc/criu/runc.conf\n"
#: What the log has about the call, and arguments.
_CALLS: dict[str, tuple[str, tuple[str, ...]]] = {
    "criu": ("", ()),
    "a client of RPC": ("(00.000001) \tRPC\n", ()),
    "runc, which has no file": (_NAMED, ()),
    "runc": (_NAMED + _PARSED, ()),
    "runc, CRIU 3.15": (_NAMED + _PARSED, ("--criu", "3.15")),
    "a client, default.conf read": (_PARSED.replace("runc", "default") + "(00.000001) \tRPC\n", ()),
    "crun": ("", ("--runtime", "crun")),
    "podman": ("", ("--runtime", "podman")),
    "an annotation": (_NAMED.replace("/etc/criu/runc", "/srv/my"), ()),
    "--config": ("", ("--config", "/srv/criu.conf")),
    "OpenJ9": ("openj9.internal.criu.JVMCRIUException\n", ()),
}
#: The files of the host, with ``%h`` for what helps, ``%i`` for what is like it; and whether they
#: were written before the log.
_HOSTS: dict[str, tuple[dict[str, str], bool]] = {
    "no files": ({}, True),
    "default.conf": ({_DEFAULT: "%h\n"}, True),
    "runc.conf": ({_RUNC: "%h\n"}, True),
    "runc.conf since": ({_RUNC: "%h\n"}, False),
    "instead": ({_RUNC: "%i\n", _DEFAULT: "%i\n"}, True),
    "instead, since": ({_RUNC: "%i\n"}, False),
    "both": ({_RUNC: "%h\n", _DEFAULT: "%i\n", _USER: "%h\n"}, True),
    "broken": ({_DEFAULT: "# c\nfoo\n%h\n"}, True),
    "broken runc.conf": ({_RUNC: "%h = x\n"}, True),
    "other files": ({"srv/my.conf": "%i\n", "srv/criu.conf": "%h\n"}, True),
}


@pytest.mark.parametrize("failure", _FAILURES)
def test_advice(
    failure: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    blocks = []
    for (call, (head, arguments)), (host, (files, before)) in product(
        _CALLS.items(), _HOSTS.items()
    ):
        folder = tmp_path / f"{call} {host}"
        log = _write(folder, _FAILURES[failure], head, files, before=before)
        status = main(["advise", "--root", str(folder), "--format", "json", *arguments, str(log)])
        captured = capsys.readouterr()
        said = _describe(json.loads(captured.out)[0]) if captured.out else captured.err
        said = said.replace(str(folder), "")
        blocks.append((f"{call}; {host}: exit status {status}", said))
    golden(_HERE / f"advice-{failure}.expected", merge(blocks))


def _write(
    folder: Path, failure: _Failure, head: str, files: dict[str, str], *, before: bool
) -> Path:
    """Write the host's files and the log, and return the path of the log."""
    folder.mkdir()
    log = folder / "dump.log"
    log.write_text(
        f"(00.000027) Version: 4.2.1 (gitid 0)\n{head}"
        f"(00.013104) Error (criu/x.c:200): {failure.message}\n"
        f"(00.013164) Error (criu/cr-dump.c:1975): {failure.ending}\n"
    )
    os.utime(log, (1_000_000, 1_000_000))
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("%h", failure.helps).replace("%i", failure.instead))
        time = 1_000_000 - 100 if before else 1_000_000 + 100
        os.utime(path, (time, time))
    return log


def _describe(report: dict[str, Any]) -> str:
    read = " ".join(f"{file['path']} ({file['read']})" for file in report["files"])
    lines = [f"{report['runtime']}, {report['command']}; files: {read or 'none'}"]
    for cause in report["causes"]:
        lines.append(f"{cause['id']}, line {cause['line']}, {cause['kind']}: {cause['advice']}")
        for remedy in cause["remedies"]:
            place = f"{remedy['file']}, or {remedy['flag']}"
            lines.append(f"  {remedy['line']} ({', '.join(remedy['commands'])}): {place}")
    return document(lines)
