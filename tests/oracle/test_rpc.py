# SPDX-License-Identifier: MIT
"""What becomes of configuration files when a program, such as a container runtime, talks to
``criu swrk``, or to a ``criu service``.

CRIU then reads its default files, takes the client's request, and at last reads the file that
the request names (the RPC file below; ``/etc/criu/runc.conf`` for runc). The facts are of
CRIU's ``criu/cr-service.c``, setup_opts_from_req(), if nothing else is said.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.oracle.inside import IMAGES, SUBJECT, WORK
from tests.oracle.roots import SUITES
from tests.oracle.rpc import TIMEOUT
from tests.oracle.sandbox import DEFAULT_FILE, DUMPING, RPC_FILE, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.oracle.rpc import Answer

_LOG = "client.log"
_SERVICE = "/run/service.socket"
_CLIENT = {"log_file": _LOG, "log_level": 4, "config_file": RPC_FILE}
# CRIU's errno for a request that it does not like, EBADRQC.
_BAD_REQUEST = 56
_CLONE_NEWNET = 0x40000000
_dumping = pytest.mark.parametrize("sandbox", DUMPING, indirect=True)


class Outcome(NamedTuple):
    """How a request ended: CRIU's answer (None without one) and errno, and the exit status of
    CRIU or the negated signal.
    """

    success: bool | None
    errno: int
    status: int


_SERVED = Outcome(True, 0, 0)
_REFUSED = Outcome(False, _BAD_REQUEST, 1)
_FAILED = Outcome(False, 0, 1)
_GONE = Outcome(None, 0, 1)
_GONE_WELL = Outcome(None, 0, 0)
_SEGFAULT = Outcome(None, 0, -signal.SIGSEGV)
_ABORT = Outcome(None, 0, -signal.SIGABRT)


class Claim(NamedTuple):
    """A request of `kind`, with a default file or an RPC file, ends like this, with `says` in
    CRIU's message, output or log; `fact` says why. `releases` are those that do so and can show
    it here.
    """

    id: str
    outcome: Outcome
    fact: str
    default: str = ""
    rpc: str = ""
    kind: str = "dump"
    says: str = ""
    releases: Iterable[str] = SUITES


_BEFORE_4_3 = ("3.17.1", "4.1.1", "4.2.1")
_UNSUPPORTED = "Unsupported configuration file format. Please consult man page criu(8)"
_RESTORE_ONLY = "Option --mntns-compat-mode is only valid on restore"
_CLAIMS = [
    # What kills CRIU, or ends it without an answer. runc has for all of these: unexpected EOF.
    Claim(
        "network-lock in the RPC file",
        _SEGFAULT,
        "parse_options() in criu/config.c looks for the command in an argv that is NULL here, 3.16 to 4.2.",
        rpc="network-lock iptables",
        releases=["3.17.1", "4.1.1"],
    ),
    Claim(
        "network-lock in the RPC file, mended",
        _SERVED,
        "4.2.1 looks whether there is an argv.",
        rpc="network-lock iptables",
        releases=["4.2.1"],
    ),
    Claim(
        "network-lock in the RPC file, on restore",
        _SEGFAULT,
        "As on dump.",
        rpc="network-lock iptables",
        kind="restore",
        releases=["4.1.1"],
    ),
    Claim(
        "network-lock in the default file",
        _SERVED,
        "There is an argv when that one is read.",
        default="network-lock iptables",
        releases=DUMPING,
    ),
    Claim(
        "stream in the RPC file",
        _ABORT,
        "criu/img-streamer.c: an assertion fails, as requests have no streamer.",
        rpc="stream",
        releases=_BEFORE_4_3,
    ),
    Claim(
        "stream in the default file",
        _ABORT,
        "As in the RPC file.",
        default="stream",
        releases=_BEFORE_4_3,
    ),
    Claim(
        "stream in the RPC file, 4.3",
        _REFUSED,
        "There is no streamer to connect to; 4.3 says so.",
        rpc="stream",
        says="streamer-capture.sock: No such file or directory",
        releases=["4.3"],
    ),
    Claim(
        "stream in the default file, 4.3",
        _REFUSED,
        "As in the RPC file.",
        default="stream",
        says="streamer-capture.sock: No such file or directory",
        releases=["4.3"],
    ),
    Claim(
        "syntax error in the RPC file",
        _GONE,
        "parse_config() in criu/config.c exits where it stands.",
        rpc="log-file a bb cc",
        says=_UNSUPPORTED,
    ),
    Claim(
        "syntax error in the default file",
        _GONE,
        "CRIU ends before it looks at a request.",
        default="log-file a bb cc",
        says=_UNSUPPORTED,
    ),
    Claim(
        "unknown option in the default file",
        _GONE,
        "As for a syntax error.",
        default="no-such-option",
        says="criu: unrecognized option '--no-such-option'",
    ),
    Claim(
        "unknown option in the default file, version",
        _GONE,
        "A runtime that only asks for the version of CRIU gets none.",
        default="no-such-option",
        kind="version",
        says="criu: unrecognized option '--no-such-option'",
    ),
    Claim(
        "version in the default file",
        _GONE_WELL,
        "CRIU prints it, and ends.",
        default="version",
        says="Version: ",
    ),
    Claim("version in the RPC file", _GONE_WELL, "As above.", rpc="version", says="Version: "),
    Claim(
        "version in the RPC file, check",
        _SERVED,
        "check() has a child that reads the file, and takes its end for a success.",
        rpc="version",
        kind="check",
        says="Version: ",
    ),
    # What CRIU refuses with an answer.
    Claim(
        "unknown option in the RPC file",
        _REFUSED,
        "There is no message in the answer: what getopt has to say is only on CRIU's standard error.",
        rpc="no-such-option",
        says="criu: unrecognized option '--no-such-option'",
    ),
    Claim(
        "unknown option in the RPC file, version",
        _SERVED,
        "For the version no file is read.",
        rpc="no-such-option",
        kind="version",
    ),
    Claim(
        "unknown option in the RPC file, check",
        Outcome(False, 0, 0),
        "It is a child's errno that is set.",
        rpc="no-such-option",
        kind="check",
        says="criu: unrecognized option '--no-such-option'",
    ),
    Claim("help in the RPC file", _REFUSED, "An option like all that end the reading.", rpc="help"),
    Claim(
        "bad value in the RPC file",
        _REFUSED,
        "As for an unknown option.",
        rpc="empty-ns pid",
        says="Unsupported empty namespace: pid",
    ),
    Claim(
        "work-dir of the RPC file is missing",
        _REFUSED,
        "CRIU goes there for each request.",
        rpc="work-dir /nowhere",
        says="Can't chdir to work_dir: No such file or directory",
    ),
    Claim(
        "work-dir of the default file is missing",
        _REFUSED,
        "It counts unless the client has sent another.",
        default="work-dir /nowhere",
        says="Can't chdir to work_dir: No such file or directory",
    ),
    Claim(
        "images-dir in the RPC file",
        _REFUSED,
        "Up to 4.1.1 CRIU wants a symbolic link, which the client's descriptor is: /proc/PID/fd/N.",
        rpc=f"images-dir {WORK}",
        says=f"Can't readlink {WORK}: Invalid argument",
        releases=["3.17.1", "4.1.1"],
    ),
    Claim(
        "images-dir in the RPC file, 4.2",
        _SERVED,
        "4.2 takes a directory.",
        rpc=f"images-dir {WORK}",
        releases=["4.2.1"],
    ),
    Claim(
        "mntns-compat-mode in the default file",
        _REFUSED,
        "check_options() in criu/config.c refuses it but on restore.",
        default="mntns-compat-mode",
        says=_RESTORE_ONLY,
        releases=DUMPING,
    ),
    Claim(
        "mntns-compat-mode in the RPC file",
        _REFUSED,
        "As above.",
        rpc="mntns-compat-mode",
        says=_RESTORE_ONLY,
        releases=DUMPING,
    ),
    Claim(
        "mntns-compat-mode in the RPC file, pre-dump",
        Outcome(False, 0, 255),
        "As above; a child does it, and keeps the errno.",
        rpc="mntns-compat-mode",
        kind="pre-dump",
        says=_RESTORE_ONLY,
        releases=DUMPING,
    ),
    Claim(
        "mntns-compat-mode in the RPC file, check",
        Outcome(False, 0, 0),
        "As above.",
        rpc="mntns-compat-mode",
        kind="check",
        says=_RESTORE_ONLY,
        releases=DUMPING,
    ),
    Claim(
        "mntns-compat-mode in the RPC file, restore",
        _SERVED,
        "As above.",
        rpc="mntns-compat-mode",
        kind="restore",
        releases=DUMPING,
    ),
    Claim(
        "restore-sibling in the default file",
        _REFUSED,
        "check_options() in criu/config.c asks for restore-detached, which only restore sets.",
        default="restore-sibling",
        says="--restore-sibling only makes sense with --restore-detached",
        releases=DUMPING,
    ),
    Claim(
        "restore-sibling in the default file, restore",
        _SERVED,
        "restore_using_req() sets restore-detached.",
        default="restore-sibling",
        kind="restore",
        releases=DUMPING,
    ),
    Claim(
        "join-ns with empty-ns in the RPC file",
        _REFUSED,
        "check_namespace_opts() in criu/namespaces.c.",
        rpc="join-ns net:1\nempty-ns net",
        says="Conflicting flags: --join-ns and --empty-ns",
        releases=DUMPING,
    ),
    # What a command would not take, but a request does.
    Claim(
        "inherit-fd in the default file",
        _SERVED,
        "Only main() looks for it, and a request does not pass there.",
        default="inherit-fd fd[1]:pipe:[123]",
        releases=DUMPING,
    ),
    Claim(
        "inherit-fd in the RPC file, restore",
        _FAILED,
        "Up to 4.1.1 the file is read twice, and the descriptor is moved away twice.",
        rpc="inherit-fd fd[1]:pipe:[123]",
        kind="restore",
        says="Can't send fd 1 into store: Bad file descriptor",
        releases=["4.1.1"],
    ),
    Claim(
        "inherit-fd in the RPC file, restore, 4.2",
        _SERVED,
        "The file is read once.",
        rpc="inherit-fd fd[1]:pipe:[123]",
        kind="restore",
        releases=["4.2.1"],
    ),
    Claim(
        "exec-cmd in the RPC file", _SERVED, "As for inherit-fd.", rpc="exec-cmd", releases=DUMPING
    ),
    Claim(
        "exec-cmd in the default file",
        _SERVED,
        "As for inherit-fd.",
        default="exec-cmd",
        releases=DUMPING,
    ),
    Claim(
        "exec-cmd in the RPC file, restore",
        _SERVED,
        "Only the request's own exec_cmd starts a program.",
        rpc="exec-cmd",
        kind="restore",
        releases=DUMPING,
    ),
    Claim(
        "tree in the RPC file",
        _SERVED,
        "The process is the request's.",
        rpc="tree 1",
        releases=DUMPING,
    ),
    Claim(
        "restore-sibling in the RPC file",
        _REFUSED,
        "As in the default file.",
        rpc="restore-sibling",
        says="--restore-sibling only makes sense with --restore-detached",
        releases=DUMPING,
    ),
    Claim(
        "restore-sibling in the RPC file, restore",
        _SERVED,
        "As in the default file.",
        rpc="restore-sibling",
        kind="restore",
        releases=DUMPING,
    ),
    Claim(
        "stream in the RPC file, restore",
        _ABORT,
        "As on dump.",
        rpc="stream",
        kind="restore",
        releases=["4.1.1", "4.2.1"],
    ),
    Claim(
        "page-server without address in the RPC file, pre-dump",
        Outcome(False, 0, 255),
        "criu/util.c: and then the child crashes.",
        rpc="page-server",
        kind="pre-dump",
        says="Failed to resolve hostname: (null)",
        releases=DUMPING,
    ),
    Claim(
        "help in the default file",
        _GONE_WELL,
        "CRIU prints it, and ends.",
        default="help",
        says="--no-default-config   forbid usage of default configuration files",
    ),
    Claim(
        "prev-images-dir of the RPC file is missing",
        _REFUSED,
        "criu/image.c: looked at by a request, too.",
        rpc="prev-images-dir ../nowhere",
        says="Invalid parent image directory provided: No such file or directory",
    ),
    Claim(
        "prev-images-dir of the RPC file is missing, restore",
        _REFUSED,
        "As on dump.",
        rpc="prev-images-dir ../nowhere",
        kind="restore",
        says="Invalid parent image directory provided: No such file or directory",
        releases=DUMPING,
    ),
    Claim(
        "prev-images-dir of the RPC file is there",
        _SERVED,
        "It may hold no images.",
        rpc=f"prev-images-dir {WORK}",
        releases=["4.1.1", "4.2.1"],
    ),
    # What fails later, as it does without a client.
    Claim(
        "libdir of the RPC file is missing",
        _FAILED,
        "criu/plugin.c: a directory that was asked for has to be there.",
        rpc="libdir /nowhere",
        says="Unable to open directory /nowhere: No such file or directory",
        releases=DUMPING,
    ),
    Claim(
        "lsm-profile of another LSM in the RPC file",
        _FAILED,
        "criu/lsm.c: looked at by dump too.",
        rpc="lsm-profile nosuch:profile",
        says="unknown lsm nosuch",
        releases=DUMPING,
    ),
    Claim(
        "lsm-profile without a type in the RPC file",
        _FAILED,
        "criu/lsm.c: not even `none` will do.",
        rpc="lsm-profile none",
        says="invalid argument none for --lsm-profile",
        releases=DUMPING,
    ),
    Claim(
        "lsm-profile without a type in the RPC file, restore",
        _FAILED,
        "As on dump.",
        rpc="lsm-profile none",
        kind="restore",
        says="invalid argument none for --lsm-profile",
        releases=DUMPING,
    ),
    Claim(
        "lsm-profile none: in the RPC file",
        _SERVED,
        "No module is asked for.",
        rpc="lsm-profile none:",
        releases=DUMPING,
    ),
    Claim(
        "lazy-pages in the RPC file, restore",
        _FAILED,
        "criu/uffd.c: restore then takes the memory from a `criu lazy-pages`.",
        rpc="lazy-pages",
        kind="restore",
        says="uffd: connect to lazy-pages.socket failed: No such file or directory",
        releases=DUMPING,
    ),
    Claim(
        "nothing",
        _SERVED,
        "A file that the request names need not be there.",
        releases=DUMPING,
    ),
    Claim("nothing, restore", _SERVED, "As above.", kind="restore", releases=DUMPING),
]


@pytest.mark.parametrize(
    ("sandbox", "claim"),
    [
        pytest.param(release, claim, id=f"{claim.id} {release}")
        for claim in _CLAIMS
        for release in claim.releases
    ],
    indirect=["sandbox"],
)
def test_requests_end_as_claimed(sandbox: Sandbox, claim: Claim) -> None:
    process = _dumped(sandbox) if claim.kind == "restore" else sandbox.start()
    answer = _ask(sandbox, claim.kind, process, default=claim.default, rpc=claim.rpc)
    assert (answer.success, answer.errno, answer.status) == claim.outcome, claim.fact
    assert claim.says in answer.message + answer.output + _log(sandbox)
    if claim.kind in ("dump", "restore"):
        lives = (claim.kind == "restore") == (claim.outcome == _SERVED)
        assert sandbox.alive(process) if lives else sandbox.ends(process)


@pytest.mark.parametrize("sandbox", SUITES, indirect=True)
def test_unknown_option_in_the_rpc_file_has_no_message_in_the_answer(sandbox: Sandbox) -> None:
    """The client learns nothing but the errno, and there is no log yet."""
    answer = _ask(sandbox, "dump", sandbox.start(), rpc="no-such-option")
    assert answer.message == "" and not sandbox.names(IMAGES)


class Need(NamedTuple):
    """Something that CRIU dumps only with an `option`, for which the client has a `field`.

    `what` is the word for ``subject.c``; `message` is CRIU's without the option; `wanted` and
    `unwanted` are values of the field.
    """

    option: str
    what: str
    field: str
    message: str
    wanted: int = True
    unwanted: int = False
    releases: Iterable[str] = DUMPING


# 4.1.1 asks sockets for what no Internet socket can be asked any more since Linux 6.16
# (SO_PASSCRED), and gives up.
_NEEDS = [
    Need(
        "ghost-limit 4M",
        "ghost",
        "ghost_limit",
        "Can't dump ghost file /tmp/ghost of 2097152 size, increase limit",
        1 << 22,
        1 << 20,
    ),
    Need(
        "file-locks",
        "lock",
        "file_locks",
        "Some file locks are hold by dumping tasks! You can try --file-locks to dump them.",
    ),
    Need(
        "link-remap",
        "renamed",
        "link_remap",
        "Can't create link remap for /tmp/name. Use link-remap option.",
    ),
    Need(
        "shell-job",
        "job",
        "shell_job",
        "is not a session leader. Consider using --shell-job option",
    ),
    Need(
        "tcp-established\nnetwork-lock skip",
        "connection",
        "tcp_established",
        "Connected TCP socket, consider using --tcp-established option.",
        releases=["4.2.1"],
    ),
    Need(
        "tcp-close",
        "connection",
        "tcp_close",
        "Connected TCP socket, consider using --tcp-established option.",
        releases=["4.2.1"],
    ),
]
_needs = pytest.mark.parametrize(
    ("sandbox", "need"),
    [
        pytest.param(release, need, id=f"{need.option.split()[0]} {release}")
        for need in _NEEDS
        for release in need.releases
    ],
    indirect=["sandbox"],
)


@_needs
def test_default_file_counts_where_the_client_is_silent(sandbox: Sandbox, need: Need) -> None:
    process = sandbox.start(need.what)
    without = _ask(sandbox, "dump", process)
    assert not without.success and need.message in _log(sandbox) and sandbox.alive(process)
    answer = _ask(sandbox, "dump", process, default=need.option)
    assert answer.success and sandbox.ends(process)


@_needs
def test_client_overrules_the_default_file(sandbox: Sandbox, need: Need) -> None:
    """An explicit no counts, too, and runtimes send it where their users have not said yes."""
    process = sandbox.start(need.what)
    answer = _ask(
        sandbox, "dump", process, default=need.option, options={need.field: need.unwanted}
    )
    assert not answer.success and need.message in _log(sandbox) and sandbox.alive(process)
    answer = _ask(
        sandbox, "dump", process, default="network-lock skip", options={need.field: need.wanted}
    )
    assert answer.success and sandbox.ends(process)


@_needs
def test_rpc_file_overrules_the_client(sandbox: Sandbox, need: Need) -> None:
    process = sandbox.start(need.what)
    answer = _ask(sandbox, "dump", process, rpc=need.option, options={need.field: need.unwanted})
    assert answer.success and sandbox.ends(process)


@_dumping
@pytest.mark.parametrize("option", ["leave-running", "leave-stopped"])
def test_client_can_not_take_back_what_leaves_the_process(sandbox: Sandbox, option: str) -> None:
    """They are looked at only when they are true."""
    process = sandbox.start()
    answer = _ask(
        sandbox,
        "dump",
        process,
        default=option,
        options={"leave_running": False, "leave_stopped": False},
    )
    assert answer.success and sandbox.alive(process)
    # And without them it ends.
    answer = _ask(
        sandbox, "dump", process, options={"leave_running": False, "leave_stopped": False}
    )
    assert answer.success and sandbox.ends(process)


@_dumping
@pytest.mark.parametrize("kind", ["dump", "restore"])
def test_action_scripts_run_once_for_each_reading(sandbox: Sandbox, kind: str) -> None:
    """The RPC file is read twice up to 4.1.1, and what can be repeated is there twice; no
    client can undo a script.
    """
    stages = (
        ["pre-dump", "post-dump"]
        if kind == "dump"
        else ["pre-restore", "post-restore", "pre-resume", "post-resume"]
    )
    script = f"action-script {SUBJECT}"
    for default, rpc, times in (
        (script, "", 1),
        ("", script, 2 if sandbox.release == "4.1.1" else 1),
    ):
        process = _dumped(sandbox) if kind == "restore" else sandbox.start()
        assert _ask(sandbox, kind, process, default, rpc).success
        assert sandbox.read("/actions").split() == [stage for stage in stages for _ in range(times)]
        sandbox.clear()


@_dumping
def test_client_hears_of_the_stages_besides(sandbox: Sandbox) -> None:
    """criu/action-scripts.c, since 3.19: up to 3.18 a script in a file together with a client
    that listens was a crash.
    """
    answer = _ask(
        sandbox,
        "dump",
        sandbox.start(),
        default=f"action-script {SUBJECT}",
        options={"notify_scripts": True},
    )
    assert answer.success and answer.stages == ("pre-dump", "query-ext-files", "post-dump")
    assert sandbox.read("/actions").split() == ["pre-dump", "post-dump"]


@pytest.mark.parametrize("sandbox", SUITES, indirect=True)
@pytest.mark.parametrize(
    ("default", "client", "rpc", "log"),
    [
        ("", None, "", "criu.log"),
        ("log-file default.log", None, "", "default.log"),
        ("log-file default.log", "client.log", "", "client.log"),
        ("log-file default.log", "client.log", "log-file rpc.log", "rpc.log"),
    ],
)
def test_order_of_log_files(
    sandbox: Sandbox, default: str, client: str | None, rpc: str, log: str
) -> None:
    _ask(sandbox, "dump", sandbox.start(), default=default, rpc=rpc, options={"log_file": client})
    assert {name for name in sandbox.names(IMAGES) if name.endswith(".log")} == {log}


@pytest.mark.parametrize("sandbox", SUITES, indirect=True)
@pytest.mark.parametrize(
    ("default", "client", "rpc", "directory"),
    [
        ("", False, "", IMAGES),
        ("work-dir /tmp", False, "", "/tmp"),
        ("work-dir /tmp", True, "", WORK),
        ("work-dir /tmp", True, "work-dir /root", "/root"),
    ],
)
def test_order_of_work_directories(
    sandbox: Sandbox, default: str, client: bool, rpc: str, directory: str
) -> None:
    options = {"work_dir_fd": sandbox.call(os.open, WORK, os.O_PATH)} if client else {}
    _ask(sandbox, "dump", sandbox.start(), default=default, rpc=rpc, options=options)
    for descriptor in options.values():
        sandbox.call(os.close, descriptor)
    assert [place for place in (IMAGES, "/tmp", WORK, "/root") if _LOG in sandbox.names(place)] == [
        directory
    ]


@_dumping
@pytest.mark.parametrize(
    ("default", "rpc", "directory"),
    [("images-dir /tmp/link", "", IMAGES), ("", "images-dir /tmp/link", WORK)],
)
def test_images_go_where_the_rpc_file_or_the_client_says(
    sandbox: Sandbox, default: str, rpc: str, directory: str
) -> None:
    """4.1.1 takes nothing but a link."""
    sandbox.call(os.symlink, WORK, "/tmp/link")
    assert _ask(sandbox, "dump", sandbox.start(), default, rpc).success
    assert [name for name in (IMAGES, WORK) if "inventory.img" in sandbox.names(name)] == [
        directory
    ]


@_dumping
@pytest.mark.parametrize(
    ("client", "rpc", "link"),
    [
        ("../work", "nowhere", "../work"),
        (None, "../work", "../work"),
        ("nowhere", "../work", None),
        (None, "nowhere", None),
    ],
)
def test_parent_images_are_the_clients(
    sandbox: Sandbox, client: str | None, rpc: str, link: str | None
) -> None:
    """The client's parent_img comes after the file, and before the images directory is opened."""
    answer = _ask(
        sandbox,
        "dump",
        sandbox.start(),
        rpc=f"prev-images-dir {rpc}",
        options={"parent_img": client},
    )
    if link and sandbox.release == "4.3":  # which reads the inventory there
        assert not answer.success
        assert "Failed to read parent pre-dump inventory entry" in sandbox.read(f"{IMAGES}/{_LOG}")
        return
    assert answer.success == (link is not None)
    if link:
        assert sandbox.call(os.readlink, f"{IMAGES}/parent") == link
    else:
        assert answer.errno == _BAD_REQUEST
        assert "Invalid parent image directory provided: No such file or directory" in answer.output


@_dumping
@pytest.mark.parametrize(
    ("default", "rpc", "waits"),
    [("no-restore-detached", "", False), ("", "no-restore-detached", True)],
)
def test_restore_that_waits_for_what_it_restored(
    sandbox: Sandbox, default: str, rpc: str, waits: bool
) -> None:
    """restore_using_req() sets restore-detached, and only the RPC file comes later: then the
    answer does, too.
    """
    process = _dumped(sandbox, "brief")
    assert _ask(sandbox, "restore", process, default, rpc).success
    assert sandbox.alive(process) != waits


@_dumping
@pytest.mark.parametrize(
    ("default", "rpc", "works"),
    [("no-restore-detached", "", True), ("", "no-restore-detached", False)],
)
def test_sibling_needs_a_detached_restore(
    sandbox: Sandbox, default: str, rpc: str, works: bool
) -> None:
    """runc and crun always ask for a sibling; check_options() looks at both when all is read."""
    process = _dumped(sandbox)
    answer = _ask(sandbox, "restore", process, default, rpc, {"rst_sibling": True})
    assert answer.success is works
    if not works:
        assert answer.errno == _BAD_REQUEST
        assert "--restore-sibling only makes sense with --restore-detached" in answer.message


@_dumping
@pytest.mark.parametrize("kind", ["dump", "restore"])
@pytest.mark.parametrize(("default", "rpc"), [("join-ns net:1", ""), ("", "join-ns net:1")])
def test_client_that_empties_what_a_file_joins(
    sandbox: Sandbox, kind: str, default: str, rpc: str
) -> None:
    """runc always sends CLONE_NEWNET as empty_ns; check_namespace_opts() in criu/namespaces.c."""
    process = _dumped(sandbox)  # After it, what CRIU finds out about the kernel is no error.
    if kind == "dump":
        process = sandbox.start()
    options = {"empty_ns": _CLONE_NEWNET}
    answer = _ask(sandbox, kind, process, default, rpc, options=options)
    assert (answer.success, answer.errno) == (False, _BAD_REQUEST)
    assert "Conflicting flags: --join-ns and --empty-ns" in answer.message


@_dumping
@pytest.mark.parametrize(("default", "rpc"), [("lazy-pages", ""), ("", "lazy-pages")])
def test_dump_with_lazy_pages_keeps_its_client_waiting(
    sandbox: Sandbox, default: str, rpc: str
) -> None:
    """criu/cr-dump.c: it serves the pages itself, and nothing fetches them."""
    with pytest.raises(TimeoutError):
        _ask(sandbox, "dump", sandbox.start(), default, rpc, timeout=2)


@_dumping
@pytest.mark.parametrize(("default", "rpc"), [("leave-stopped", ""), ("", "leave-stopped")])
def test_leave_stopped_stops_what_is_restored(sandbox: Sandbox, default: str, rpc: str) -> None:
    """No client can take it back."""
    process = _dumped(sandbox)
    options = {"leave_stopped": False, "leave_running": False}
    answer = _ask(sandbox, "restore", process, default, rpc, options=options)
    assert answer.success
    assert sandbox.stops(answer.pid)


@_dumping
def test_client_can_take_leave_running_to_leave_stopped(sandbox: Sandbox) -> None:
    """What no client can do is to make the process end."""
    process = sandbox.start()
    options = {"leave_stopped": True}
    assert _ask(sandbox, "dump", process, default="leave-running", options=options).success
    assert sandbox.alive(process)


@_dumping
@pytest.mark.parametrize(
    ("default", "rpc", "heeded_by"), [("verbosity=4", "", []), ("", "verbosity=4", ["4.1.1"])]
)
def test_verbosity_is_the_clients(
    sandbox: Sandbox, default: str, rpc: str, heeded_by: list[str]
) -> None:
    """Since 4.2 the client's level, or 2 if it sends none, is set after the RPC file was read;
    before, that one counts.
    """
    for level in (1, None):
        assert _ask(sandbox, "dump", sandbox.start(), default, rpc, {"log_level": level}).success
        assert ("Dumping finished successfully" in _log(sandbox)) == (sandbox.release in heeded_by)


@_dumping
def test_tcp_close_for_dump_alone_breaks_restore(sandbox: Sandbox) -> None:
    """criu/image.c since 3.15. A runtime reads the same RPC file both times; it is a file that
    changes that is in danger.
    """
    process = sandbox.start()
    assert _ask(sandbox, "dump", process, rpc="tcp-close").success
    sandbox.remove(RPC_FILE)
    answer = _ask(sandbox, "restore", process)
    assert not answer.success and "Need to set the --tcp-close options" in _log(sandbox)
    answer = _ask(sandbox, "restore", process, default="tcp-close", options={"tcp_close": False})
    assert not answer.success and "Need to set the --tcp-close options" in _log(sandbox)
    assert _ask(sandbox, "restore", process, rpc="tcp-close").success
    assert sandbox.alive(process)


@pytest.mark.parametrize("sandbox", ["4.2.1"], indirect=True)
def test_tcp_close_closes_what_tcp_established_would_keep(sandbox: Sandbox) -> None:
    """criu/sk-tcp.c: with both no state of a connection is dumped."""
    for rpc, kept in (("tcp-established", True), ("tcp-established\ntcp-close", False)):
        process = sandbox.start("connection")
        assert _ask(sandbox, "dump", process, rpc=f"{rpc}\nnetwork-lock skip").success
        assert any(name.startswith("tcp-stream-") for name in sandbox.names(IMAGES)) == kept
        sandbox.remove(IMAGES)


@_dumping
def test_service_forgets_most_of_the_default_file(sandbox: Sandbox) -> None:
    """cr_service() calls init_opts() for each request; the action scripts are kept elsewhere."""
    file = f"link-remap\naction-script {SUBJECT}"
    process = sandbox.start("renamed")
    sandbox.write(DEFAULT_FILE, file)
    assert sandbox.criu("service", "--daemon", "--address", _SERVICE).status == 0
    answer = _ask(sandbox, "dump", process, file, service=_SERVICE)
    assert (
        not answer.success
        and "Can't create link remap for /tmp/name. Use link-remap option." in _log(sandbox)
    )
    assert sandbox.read("/actions").split() == ["status-ready", "pre-dump"]
    # What the RPC file says counts.
    answer = _ask(sandbox, "dump", process, file, rpc="link-remap", service=_SERVICE)
    assert answer.success and sandbox.ends(process)


@_dumping
def test_network_lock_in_the_rpc_file_of_a_service(sandbox: Sandbox) -> None:
    """It is only the child for this request that crashes up to 4.2."""
    assert sandbox.criu("service", "--daemon", "--address", _SERVICE).status == 0
    answer = _ask(sandbox, "dump", sandbox.start(), rpc="network-lock iptables", service=_SERVICE)
    assert answer.success is (None if sandbox.release == "4.1.1" else True)
    assert _ask(sandbox, "dump", sandbox.start(), service=_SERVICE).success


@pytest.mark.parametrize("sandbox", SUITES, indirect=True)
def test_release_of_the_sandbox(sandbox: Sandbox) -> None:
    version = ".".join(map(str, sandbox.ask("version").version))
    assert version in (sandbox.release, f"{sandbox.release}.0")


def _ask(
    sandbox: Sandbox,
    kind: str,
    process: int,
    default: str = "",
    rpc: str = "",
    options: Mapping[str, Any] | None = None,
    service: str | None = None,
    timeout: float = TIMEOUT,
) -> Answer:
    """Send a request about a process, with these files; an option that is None is not sent."""
    for path, text in ((DEFAULT_FILE, default), (RPC_FILE, rpc)):
        if text:
            sandbox.write(path, f"{text}\n")
        else:
            sandbox.remove(path)
    given = {**_CLIENT, **({} if kind == "restore" else {"pid": process}), **(options or {})}
    return sandbox.ask(
        kind, {name: value for name, value in given.items() if value is not None}, service, timeout
    )


def _dumped(sandbox: Sandbox, what: str = "nothing") -> int:
    """A process whose images are there, and which itself has gone."""
    process = sandbox.start(what)
    assert sandbox.criu("dump", "--tree", str(process)).status == 0
    return process


def _log(sandbox: Sandbox) -> str:
    return sandbox.read(f"{IMAGES}/{_LOG}")
