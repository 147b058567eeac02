# SPDX-License-Identifier: MIT
"""What CRIU reads without complaint, and what breaks its commands all the same.

Each claim is a ``default.conf``, the commands that it breaks with the message that an operator
sees, and commands that go on working. The facts are of CRIU's source, ``criu/crtools.c`` and
``criu/config.c`` if nothing else is said.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.oracle.inside import IMAGES, SUBJECT, WORK, Done
from tests.oracle.roots import SUITES
from tests.oracle.sandbox import DEFAULT_FILE, DUMPING, HOME_FILE, Sandbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_DAEMONS = ("page-server", "service", "lazy-pages")
_ALL = ("dump", "pre-dump", "restore", "check", "cpuinfo dump", *_DAEMONS)
_UNSUPPORTED = "Unsupported configuration file format. Please consult man page criu(8)"


class Claim(NamedTuple):
    """`file` makes each of `breaks` fail with `message`, and leaves `spares` alone; `fact` says
    why.

    `releases` are those that show it here: 3.17.1 gives up on this kernel once it has read its
    files and opened its directories.
    """

    id: str
    file: str
    breaks: Sequence[str]
    message: str
    spares: Sequence[str]
    fact: str
    releases: Iterable[str] = DUMPING


def _but(*commands: str) -> tuple[str, ...]:
    return tuple(command for command in _ALL if command not in commands)


_CLAIMS = [
    Claim(
        "unknown option",
        "no-such-option",
        [*_ALL, "version"],
        "criu: unrecognized option '--no-such-option'",
        [],
        "The files are read before the command line is: nothing works any more, not even --version.",
        SUITES,
    ),
    Claim(
        "syntax error",
        "log-file a bb cc",
        [*_ALL, "version"],
        _UNSUPPORTED,
        [],
        "As for an unknown option.",
        SUITES,
    ),
    Claim(
        "mntns-compat-mode",
        "mntns-compat-mode",
        _but("restore"),
        "Option --mntns-compat-mode is only valid on restore",
        ["restore", "version"],
        "check_options() refuses it for all commands but one.",
    ),
    Claim(
        "inherit-fd",
        "inherit-fd fd[1]:pipe:[123]",
        _but("restore"),
        "--inherit-fd is restore-only option",
        ["restore", "version"],
        "main() refuses it for all commands but one.",
    ),
    Claim(
        "restore-sibling",
        "restore-sibling",
        [*_but("restore"), "restore in the foreground"],
        "--restore-sibling only makes sense with --restore-detached",
        ["restore", "version"],
        "check_options() asks for restore-detached whatever the command is.",
    ),
    Claim(
        "restore-sibling with restore-detached",
        "restore-sibling\nrestore-detached",
        [],
        "",
        ["dump", "restore", "restore in the foreground", "check", "cpuinfo dump"],
        "Together they are fine.",
    ),
    Claim(
        "exec-cmd",
        "exec-cmd",
        _but("cpuinfo dump"),
        "--exec-cmd requires a command",
        ["version"],
        "The command to run is a matter of the command line alone.",
        SUITES,
    ),
    Claim(
        "exec-cmd for a command of two words",
        "exec-cmd",
        ["cpuinfo dump"],
        "--exec-cmd is available for the restore command only",
        ["version"],
        "As above; up to 4.1 the second word passes for the command to run.",
        ["3.17.1", "4.1.1"],
    ),
    Claim(
        "stream for commands without images",
        "stream",
        ["check", *_DAEMONS],
        "--stream cannot be used with the",
        ["version"],
        "Only commands that read or write images know it.",
        SUITES,
    ),
    Claim(
        "stream without criu-image-streamer",
        "stream",
        ["dump", "pre-dump", "restore", "cpuinfo dump"],
        "Unable to connect to image streamer socket: ",
        ["version"],
        "criu/img-streamer.c: the streamer has to be there first.",
        SUITES,
    ),
    Claim(
        "lazy-pages on pre-dump",
        "lazy-pages",
        ["pre-dump"],
        "Cannot pre-dump with --lazy-pages",
        ["check", "cpuinfo dump"],
        "main() refuses it.",
    ),
    Claim(
        "lazy-pages on restore",
        "lazy-pages",
        ["restore"],
        "uffd: connect to lazy-pages.socket failed: No such file or directory",
        ["check", "cpuinfo dump"],
        "criu/uffd.c: restore then takes the memory from a `criu lazy-pages`.",
    ),
    Claim(
        "join-ns with empty-ns",
        "join-ns net:1\nempty-ns net",
        _ALL,
        "Conflicting flags: --join-ns and --empty-ns",
        ["version"],
        "check_namespace_opts() in criu/namespaces.c.",
    ),
    Claim(
        "ps-socket with daemon",
        "ps-socket 0\ndaemon",
        _ALL,
        "Standard file descriptors will be closed in daemon mode",
        ["version"],
        "check_options(), for descriptors 0 to 2.",
    ),
    Claim(
        "images-dir is missing",
        "images-dir /nowhere",
        _but("service"),
        "Couldn't open image dir /nowhere",
        ["version"],
        "Opened for each command but service, check among them.",
        SUITES,
    ),
    Claim(
        "images-dir is missing, service",
        "images-dir /nowhere",
        ["service"],
        "Can't change directory to /nowhere: No such file or directory",
        ["version"],
        "It is the work-dir too, if there is no other; service goes there.",
        SUITES,
    ),
    Claim(
        "work-dir is missing",
        "work-dir /nowhere",
        _ALL,
        "Can't change directory to /nowhere: No such file or directory",
        ["version"],
        "main() goes there for each command.",
        SUITES,
    ),
    Claim(
        "log-file without its directory",
        "log-file /nowhere/criu.log",
        _ALL,
        "Can't create log file /nowhere/criu.log: No such file or directory",
        ["version"],
        "criu/log.c: opened for each command.",
        SUITES,
    ),
    Claim(
        "prev-images-dir is missing",
        "prev-images-dir nowhere",
        _but("service"),
        "Invalid parent image directory provided: No such file or directory",
        ["version"],
        "criu/image.c: it is looked for where the images directory is opened.",
        SUITES,
    ),
    Claim(
        "lsm-profile of another LSM",
        "lsm-profile nosuch:profile",
        ["dump", "pre-dump", "restore"],
        "unknown lsm nosuch",
        ["check", "cpuinfo dump"],
        "criu/lsm.c: looked at by dump too, which has no use for it.",
    ),
    Claim(
        "lsm-profile without a type",
        "lsm-profile profile",
        ["dump", "pre-dump", "restore"],
        "invalid argument profile for --lsm-profile",
        ["check", "cpuinfo dump"],
        "As above.",
    ),
    Claim(
        "prev-images-dir is there",
        f"prev-images-dir {WORK}",
        [],
        "",
        ["dump", "check"],
        "It may hold no images, up to 4.2.1.",
        releases=["4.1.1", "4.2.1"],
    ),
    Claim(
        "lsm-profile none:",
        "lsm-profile none:",
        [],
        "",
        ["dump", "restore", "check"],
        "criu/lsm.c: no module is asked for.",
    ),
    Claim(
        "libdir is missing",
        "libdir /nowhere",
        ["dump", "pre-dump", "restore"],
        "Unable to open directory /nowhere: No such file or directory",
        ["check", "cpuinfo dump"],
        "criu/plugin.c: a directory that was asked for has to be there.",
    ),
    Claim(
        "action-script is missing",
        "action-script /nowhere",
        ["dump", "restore", "page-server", "service"],
        'execvp("/nowhere", ...) failed: No such file or directory',
        ["check", "cpuinfo dump"],
        "criu/action-scripts.c: the first stage fails; that of the daemons is status-ready.",
    ),
    Claim(
        "cgroup-props",
        "cgroup-props memory:limit_in_bytes",
        ["dump"],
        "cg-prop: Expecting controller name",
        ["restore", "check"],
        "criu/cgroup-props.c: it has to have more than one line, which no file can give.",
    ),
    Claim(
        "cgroup-props-file is missing",
        "cgroup-props-file /nowhere",
        ["dump"],
        "cg-prop: Can't open file /nowhere: No such file or directory",
        ["restore", "check"],
        "criu/cgroup-props.c.",
    ),
    Claim(
        "freeze-cgroup is missing",
        "freeze-cgroup /nowhere",
        ["dump", "pre-dump"],
        "Neither a cgroupv1 (freezer.state) or cgroupv2 (cgroup.freeze) control file found.",
        ["restore", "check"],
        "criu/seize.c.",
    ),
    Claim(
        "page-server without address",
        "page-server",
        ["dump"],
        "Failed to resolve hostname: (null)",
        ["restore", "check"],
        "criu/util.c: and then CRIU crashes.",
    ),
    Claim(
        "page-server without port",
        "page-server\naddress 127.0.0.1\nverbosity=4",
        ["dump"],
        "Can't connect to server 127.0.0.1:0",
        ["restore", "check"],
        "criu/util.c. Nothing but `Dumping FAILED` is said at the usual verbosity.",
    ),
    Claim(
        "address with a name",
        "address localhost",
        ["page-server"],
        'Invalid server address "localhost". The address must be in IPv4 or IPv6 format.',
        ["dump", "restore", "check"],
        "criu/util.c: names are for those that connect.",
    ),
    Claim(
        "cpu-cap on restore only",
        "cpu-cap",
        ["restore"],
        "Unexpected EOF on (empty-image)",
        ["dump", "check"],
        "criu/arch/x86/cpu.c: the images have to be made with it.",
        ["4.1.1"],
    ),
    Claim(
        "cpu-cap on restore only, 4.2",
        "cpu-cap",
        ["restore"],
        "No cpuinfo image",
        ["dump", "check"],
        "As above.",
        ["4.2.1"],
    ),
    Claim(
        "tcp-close",
        "tcp-close",
        [],
        "",
        ["dump", "restore", "check"],
        "Where it is for dump and for restore, as in a file, nothing breaks.",
    ),
    Claim(
        "network-lock",
        "network-lock iptables",
        [],
        "",
        ["dump", "restore", "check"],
        "What kills CRIU in an RPC configuration file is harmless in a default one.",
    ),
]


def _dump(sandbox: Sandbox) -> Done:
    process = sandbox.start()
    done = sandbox.criu("dump", "--tree", str(process))
    assert sandbox.alive(process) if done.status else sandbox.ends(process), (
        "a program that was dumped ends"
    )
    return done


def _pre_dump(sandbox: Sandbox) -> Done:
    return sandbox.criu("pre-dump", "--tree", str(sandbox.start()))


def _restore(sandbox: Sandbox, *words: str) -> Done:
    """Of a dump that was made without the default file."""
    process = sandbox.start()
    dumped = sandbox.criu("dump", "--tree", str(process), "--no-default-config")
    if sandbox.release in DUMPING:
        assert dumped.status == 0, dumped.output
    else:
        sandbox.kill(process)
    done = sandbox.criu("restore", *words)
    assert sandbox.ends(process) if done.status else sandbox.alive(process), done.output
    return done


_RUN: dict[str, Callable[[Sandbox], Done]] = {
    "dump": _dump,
    "pre-dump": _pre_dump,
    "restore": lambda sandbox: _restore(sandbox, "--restore-detached"),
    "restore in the foreground": _restore,
    "version": lambda sandbox: sandbox.criu("--version"),
}


def _run(sandbox: Sandbox, command: str) -> Done:
    return _RUN[command](sandbox) if command in _RUN else sandbox.criu(*command.split())


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
@pytest.mark.parametrize("command", ["dump", "restore", "check", "cpuinfo dump", "version"])
def test_commands_work(sandbox: Sandbox, command: str) -> None:
    """Without this the failures of the claims would mean nothing."""
    done = _run(sandbox, command)
    assert done.status == 0, done.output


def _rows(of: Callable[[Claim], Sequence[str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("sandbox", "claim", "command"),
        [
            pytest.param(release, claim, command, id=f"{claim.id}: {command} {release}")
            for claim in _CLAIMS
            for command in of(claim)
            for release in claim.releases
        ],
        indirect=["sandbox"],
    )


@_rows(lambda claim: claim.breaks)
def test_file_breaks_command(sandbox: Sandbox, claim: Claim, command: str) -> None:
    sandbox.write(DEFAULT_FILE, claim.file + "\n")
    done = _run(sandbox, command)
    assert done.status != 0, claim.fact
    assert claim.message in done.output


@_rows(lambda claim: claim.spares)
def test_file_spares_command(sandbox: Sandbox, claim: Claim, command: str) -> None:
    sandbox.write(DEFAULT_FILE, claim.file + "\n")
    done = _run(sandbox, command)
    assert done.status == 0, f"{claim.fact}\n{done.output}"


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_track_mem_takes_a_kernel_that_tracks_memory(sandbox: Sandbox) -> None:
    """check_options(): where the kernel can't, each command is refused, even those that have no
    use for it.
    """
    tracks = sandbox.criu("check", "--feature", "mem_dirty_track").status == 0
    sandbox.write(DEFAULT_FILE, "track-mem\n")
    for command in ("dump", "restore", "check", "cpuinfo dump"):
        done = _run(sandbox, command)
        assert (done.status == 0) == tracks
        assert (
            "Tracking memory is not available. Consider omitting --track-mem option." in done.output
        ) != tracks


@pytest.mark.parametrize("sandbox", SUITES, indirect=True)
@pytest.mark.parametrize(("word", "says"), [("version", "Version: "), ("help", "Usage:\n")])
def test_version_and_help_end_each_command_well(sandbox: Sandbox, word: str, says: str) -> None:
    """parse_options(): a dump seems to succeed, and there is nothing."""
    sandbox.write(DEFAULT_FILE, f"{word}\n")
    process = sandbox.start()
    done = sandbox.criu("dump", "--tree", str(process))
    assert done.status == 0 and says in done.output
    assert sandbox.alive(process) and not sandbox.names(IMAGES)


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_feature_makes_check_blind(sandbox: Sandbox) -> None:
    """criu/cr-check.c: the one feature is checked instead of all."""
    assert "Looks good." in sandbox.criu("check").output
    sandbox.write(DEFAULT_FILE, "feature mnt_id\n")
    assert sandbox.criu("check").output == "mnt_id is supported\n"


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_what_tcp_close_at_dump_asks_of_restore(sandbox: Sandbox) -> None:
    """criu/image.c since 3.15: it is in the images, with or without a connection."""
    process = sandbox.start()
    assert sandbox.criu("dump", "--tree", str(process), "--tcp-close").status == 0
    failed = sandbox.criu("restore", "--restore-detached")
    assert failed.status != 0 and "Need to set the --tcp-close options" in failed.output
    assert sandbox.ends(process)
    sandbox.write(DEFAULT_FILE, "tcp-close\n")
    assert sandbox.criu("restore", "--restore-detached").status == 0
    assert sandbox.alive(process)


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_pidfile_that_is_there_kills_what_was_restored(sandbox: Sandbox) -> None:
    """criu/log.c since 3.18: a new file it must be, and that comes out when all has been restored."""
    sandbox.write(DEFAULT_FILE, f"pidfile {WORK}/pid\n")
    assert _run(sandbox, "dump").status == 0, "dump does not write it"
    first = _restore(sandbox, "--restore-detached")
    assert first.status == 0
    second = _restore(sandbox, "--restore-detached")  # it looks whether the process lives
    assert second.status != 0
    assert f"pidfile: Can't open {WORK}/pid: File exists" in second.output


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_leave_running_stays(sandbox: Sandbox) -> None:
    """It has no twin that begins with no-: what a file says no command line takes back."""
    sandbox.write(DEFAULT_FILE, "leave-running\n")
    process = sandbox.start()
    assert sandbox.criu("dump", "--tree", str(process)).status == 0
    assert sandbox.alive(process)
    assert sandbox.criu("dump", "--tree", str(process), "--no-leave-running").status != 0


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_later_files_have_the_last_word(sandbox: Sandbox) -> None:
    """next_config(): /etc/criu, the home directory, CRIU_CONFIG_FILE, then the command line."""
    sandbox.write(DEFAULT_FILE, "log-file global.log\naction-script " + SUBJECT)
    sandbox.write(HOME_FILE, "log-file home.log\naction-script " + SUBJECT)
    sandbox.write("/tmp/criu.conf", "log-file environment.log\naction-script " + SUBJECT)
    for words, environment, log, scripts in (
        (["--log-file", "line.log"], {"CRIU_CONFIG_FILE": "/tmp/criu.conf"}, "line.log", 3),
        ([], {"CRIU_CONFIG_FILE": "/tmp/criu.conf"}, "environment.log", 3),
        ([], {}, "home.log", 2),
        ([], {"HOME": "/nowhere"}, "global.log", 1),
        (["--no-default-config"], {"CRIU_CONFIG_FILE": "/tmp/criu.conf"}, "environment.log", 1),
        (["--config", "/tmp/criu.conf"], {}, "environment.log", 1),
    ):
        sandbox.remove(IMAGES, "/actions")
        process = sandbox.start()
        assert sandbox.criu("dump", "--tree", str(process), *words, **environment).status == 0
        assert {name for name in sandbox.names(IMAGES) if name.endswith(".log")} == {log}
        assert sandbox.read("/actions").split() == ["pre-dump"] * scripts + ["post-dump"] * scripts


@pytest.mark.parametrize("sandbox", DUMPING, indirect=True)
def test_page_server_and_tls(sandbox: Sandbox) -> None:
    """criu/tls.c: nobody misses the certificates until there is a connection; CRIU crashes
    thereafter, up to 4.2.1.
    """
    server = ("page-server", "--daemon", "--port", "9000", "--images-dir", WORK)
    assert sandbox.criu(*server).status == 0
    sandbox.write(DEFAULT_FILE, "page-server\naddress 127.0.0.1\nport 9000\n")
    assert _run(sandbox, "dump").status == 0
    assert any(name.startswith("pages-") for name in sandbox.names(WORK))
    sandbox.clear()
    sandbox.write(DEFAULT_FILE, "tls\n")
    assert sandbox.criu(*server).status == 0
    sandbox.write(DEFAULT_FILE, "page-server\naddress 127.0.0.1\nport 9000\ntls\n")
    failed = _run(sandbox, "dump")
    assert failed.status == (1 if sandbox.release == "4.3" else -signal.SIGSEGV)
    assert (
        "tls: Failed to set certificate/private key pair: Error while reading file."
        in failed.output
    )


@pytest.mark.parametrize("sandbox", ["4.2.1"], indirect=True)
def test_what_tcp_established_at_dump_asks_of_restore(sandbox: Sandbox) -> None:
    """criu/sk-inet.c. 4.1.1 can't dump a connection on Linux 6.16 and later."""
    process = sandbox.start("connection")
    dumped = sandbox.criu(
        "dump", "--tree", str(process), "--tcp-established", "--network-lock", "skip"
    )
    assert dumped.status == 0, dumped.output
    failed = sandbox.criu("restore", "--restore-detached")
    assert failed.status != 0 and "inet: Connected TCP socket in image" in failed.output
    sandbox.write(DEFAULT_FILE, "tcp-established\n")
    assert sandbox.criu("restore", "--restore-detached").status == 0
    assert sandbox.alive(process)


@pytest.mark.parametrize("sandbox", ["4.1.1"], indirect=True)
def test_network_lock_without_a_command_is_a_crash(sandbox: Sandbox) -> None:
    """parse_options(), 3.16 to 4.2: the word after the last one is compared with restore."""
    sandbox.write(DEFAULT_FILE, "network-lock iptables\n")
    assert sandbox.criu("--verbosity").status == -signal.SIGSEGV
