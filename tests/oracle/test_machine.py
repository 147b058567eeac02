# SPDX-License-Identifier: MIT
"""What CRIU does with the paths in its files, and that family 5xx says the same about the same
machine.

A claim lists what is on the machine, as `criulint.host.filesystem.Listing` does: it is made in
the sandbox, and handed to the rules. ``/usr/bin/subject`` is there in any case. The facts are
of CRIU's source.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from typing import TYPE_CHECKING, NamedTuple

import pytest

from criulint import Severity
from criulint.criu.context import Context, Role
from criulint.host.filesystem import HostContext, Kind, resolve_path
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.listing import Listing
from tests.oracle.inside import IMAGES, SUBJECT, WORK
from tests.oracle.sandbox import DEFAULT_FILE, DUMPING, Sandbox
from tests.oracle.test_commands import _run

if TYPE_CHECKING:
    from collections.abc import Sequence

_ALWAYS = (f"0755 {SUBJECT}", f"0755 {WORK}/", f"0755 {IMAGES}/")


class Claim(NamedTuple):
    """With `machine`, `file` makes each of `breaks` fail with `message`, and leaves `spares`
    alone; the rules find `code` in it, and nothing else that is worse than a note, or none.
    """

    id: str
    machine: Sequence[str]
    file: str
    breaks: Sequence[str] = ()
    message: str = ""
    spares: Sequence[str] = ()
    code: str = ""


_CLAIMS = [
    Claim(
        "a script",
        [f"0755 {WORK}/hook: #!{SUBJECT}"],
        f"action-script {WORK}/hook",
        spares=["dump", "restore", "check"],
    ),
    Claim(
        "a script behind links",
        [f"0755 {WORK}/hook: #!{SUBJECT}", f"{WORK}/a -> b", f"{WORK}/b -> ../{WORK}/hook"],
        f"action-script {WORK}/a",
        spares=["dump", "restore"],
    ),
    Claim(
        "a script without permission",
        [f"0644 {WORK}/hook: #!{SUBJECT}"],
        f"action-script {WORK}/hook",
        ["dump", "restore"],
        f'execvp("{WORK}/hook", ...) failed: Permission denied',
        ["check"],
        "CRIU502",
    ),
    Claim(
        "a script that some group may run",
        [f"0610 {WORK}/hook: #!{SUBJECT}"],
        f"action-script {WORK}/hook",
        spares=["dump", "restore"],
    ),
    Claim(
        "a script without its interpreter",
        [f"0755 {WORK}/hook: #!/nowhere/sh -e"],
        f"action-script {WORK}/hook",
        ["dump", "restore"],
        f'execvp("{WORK}/hook", ...) failed: No such file or directory',
        ["check"],
        "CRIU502",
    ),
    Claim(
        "a script with CR LF",
        [f"0755 {WORK}/hook: #!{SUBJECT}\r"],
        f"action-script {WORK}/hook",
        ["dump", "restore"],
        f'execvp("{WORK}/hook", ...) failed: No such file or directory',
        ["check"],
        "CRIU502",
    ),
    Claim(
        "a directory for a script",
        [f"0755 {WORK}/hook/"],
        f"action-script {WORK}/hook",
        ["dump", "restore"],
        f'execvp("{WORK}/hook", ...) failed: Permission denied',
        ["check"],
        "CRIU502",
    ),
    Claim(
        "a slash behind a script",
        [f"0755 {WORK}/hook: #!{SUBJECT}"],
        f"action-script {WORK}/hook/",
        ["dump", "restore"],
        f'execvp("{WORK}/hook/", ...) failed: Not a directory',
        ["check"],
        "CRIU501",
    ),
    Claim(
        "a link to nothing for a script",
        [f"{WORK}/hook -> gone"],
        f"action-script {WORK}/hook",
        ["dump", "restore"],
        f'execvp("{WORK}/hook", ...) failed: No such file or directory',
        ["check"],
        "CRIU501",
    ),
    Claim(
        "a circle of links for a script",
        [f"{WORK}/a -> b", f"{WORK}/b -> a"],
        f"action-script {WORK}/a",
        ["dump", "restore"],
        f'execvp("{WORK}/a", ...) failed: Too many levels of symbolic links',
        ["check"],
        "CRIU501",
    ),
    Claim("a script by its name", [], "action-script subject", spares=["dump", "restore"]),
    Claim(
        "a script whose name is nowhere",
        [],
        "action-script nosuch",
        ["dump", "restore"],
        'execvp("nosuch", ...) failed: No such file or directory',
        ["check"],
        "CRIU501",
    ),
    Claim(
        "a directory for a log",
        [],
        f"log-file {WORK}",
        ["dump", "restore", "check"],
        f"Can't create log file {WORK}: Is a directory",
        code="CRIU501",
    ),
    Claim(
        "a pidfile without its directory",
        [],
        "pidfile /nowhere/pid",
        ["restore"],
        "pidfile: Can't open /nowhere/pid: No such file or directory",
        ["dump", "check"],
        "CRIU501",
    ),
    Claim(
        "a namespace that is not there",
        [],
        "join-ns net:/nowhere",
        ["dump", "restore", "check"],
        "Can't access join-ns file /nowhere: No such file or directory",
        code="CRIU501",
    ),
    Claim(
        "a file for a work-dir",
        [f"0644 {WORK}/file"],
        f"work-dir {WORK}/file",
        ["dump", "restore", "check"],
        f"Can't change directory to {WORK}/file: Not a directory",
        code="CRIU501",
    ),
    Claim(
        "a file for a libdir",
        [f"0644 {WORK}/file"],
        f"libdir {WORK}/file",
        ["dump", "restore"],
        f"Unable to open directory {WORK}/file: Not a directory",
        ["check"],
        "CRIU501",
    ),
    Claim(
        "an empty libdir",
        [f"0755 {WORK}/lib/", f"0644 {WORK}/lib/notes.txt: no plugin"],
        f"libdir {WORK}/lib",
        spares=["dump", "restore"],
    ),
    Claim(
        "a text for a plugin",
        [f"0755 {WORK}/lib/", f"0644 {WORK}/lib/notes.so: no plugin"],
        f"libdir {WORK}/lib",
        ["dump", "pre-dump", "restore"],
        f"Unable to load {WORK}/lib/notes.so: ",
        ["check"],
        "CRIU507",
    ),
    Claim(
        "nothing at all for a plugin",
        [f"0755 {WORK}/lib/", f"{WORK}/lib/.so -> gone"],
        f"libdir {WORK}/lib",
        ["dump", "restore"],
        f"Unable to load {WORK}/lib/.so: ",
        ["check"],
        "CRIU507",
    ),
    Claim(
        "a directory for a plugin",
        [f"0755 {WORK}/lib/", f"0755 {WORK}/lib/x.so/"],
        f"libdir {WORK}/lib",
        ["dump", "restore"],
        f"Unable to load {WORK}/lib/x.so: ",
        ["check"],
        "CRIU507",
    ),
]


def _make(sandbox: Sandbox, lines: Sequence[str]) -> None:
    """Make what a listing lists."""
    listing = Listing(lines)
    for line in lines:
        path = posixpath.normpath(line.partition(": ")[0].partition(" -> ")[0].split()[-1])
        status = listing.lstat(path)
        assert status
        if status.kind is Kind.LINK:
            sandbox.call(os.symlink, status.target, path)
            continue
        if status.kind is Kind.DIRECTORY:
            sandbox.call(os.mkdir, path)
        else:
            sandbox.write(path, (listing.read_head(path, 1000) or b"").decode())
        sandbox.call(os.chmod, path, status.mode)


@pytest.mark.parametrize(
    ("sandbox", "claim"),
    [
        pytest.param(release, claim, id=f"{claim.id} {release}")
        for claim in _CLAIMS
        for release in DUMPING
    ],
    indirect=["sandbox"],
)
def test_criu_and_the_rules_agree(sandbox: Sandbox, claim: Claim) -> None:
    around = HostContext(Listing([*_ALWAYS, *claim.machine]))
    for command in (*claim.breaks, *claim.spares):
        sandbox.clear()
        _make(sandbox, claim.machine)
        sandbox.write(DEFAULT_FILE, f"{claim.file}\n")
        done = _run(sandbox, command)
        assert (done.status != 0) == (command in claim.breaks), done.output
        assert claim.message in done.output or command in claim.spares
        if command == "check":
            continue
        linter = Linter(
            sandbox.release,
            context=Context(Role.DEFAULT, commands=(command,)),
            find_host=lambda _: around,
        )
        findings = linter.check(Source(f"{claim.file}\n".encode(), "default.conf")).findings
        errors = {
            finding.code
            for finding in findings
            if finding.code > "CRIU5" and finding.severity > Severity.INFO
        }
        assert errors == ({claim.code} if command in claim.breaks else set())


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_a_script_without_its_first_line_is_for_sh(sandbox: Sandbox) -> None:
    """criu/util.c calls execvp(), and glibc's starts /bin/sh then: here that is a copy of the
    test's program.
    """
    sandbox.call(shutil.copy, SUBJECT, "/usr/bin/sh")
    try:
        if not sandbox.call(os.path.exists, "/bin/sh"):
            sandbox.call(shutil.copy, SUBJECT, "/bin/sh")
        sandbox.write(f"{WORK}/hook", "echo done\n")
        sandbox.call(os.chmod, f"{WORK}/hook", 0o755)
        sandbox.write(DEFAULT_FILE, f"action-script {WORK}/hook\n")
        assert _run(sandbox, "dump").status == 0
        assert sandbox.read("/actions").split() == ["pre-dump", "post-dump"]
    finally:
        sandbox.remove("/usr/bin/sh", "/bin/sh")


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_images_are_readable_for_everyone(sandbox: Sandbox) -> None:
    """criu/include/crtools.h, CR_FD_PERM: the memory of the processes, unless the directory
    keeps others out.
    """
    assert _run(sandbox, "dump").status == 0
    pages = [name for name in sandbox.names(IMAGES) if name.startswith("pages-")]
    assert pages
    for name in pages:
        assert stat.S_IMODE(sandbox.call(os.stat, f"{IMAGES}/{name}").st_mode) == 0o644


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_log_file_follows_a_link(sandbox: Sandbox) -> None:
    """criu/log.c, log_init(): what the link leads to is emptied."""
    sandbox.write(f"{WORK}/precious", "precious\n")
    sandbox.call(os.symlink, f"{WORK}/precious", f"{WORK}/criu.log")
    sandbox.write(DEFAULT_FILE, f"log-file {WORK}/criu.log\n")
    assert _run(sandbox, "check").status == 0
    assert "precious" not in sandbox.read(f"{WORK}/precious")


def test_machines_of_the_claims_are_whole() -> None:
    """What a claim lists is there, or a link to nothing."""
    for claim in _CLAIMS:
        machine = Listing(claim.machine)
        for line in claim.machine:
            assert resolve_path(machine, line.partition(": ")[0].partition(" -> ")[0].split()[-1])
