# SPDX-License-Identifier: GPL-2.0-only
"""What the machine around a file makes of it; ``tests/oracle/test_machine.py`` asks CRIU itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from criulint import Finding
from criulint.cli import main
from criulint.criu.context import Context, Role
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.golden import CASES
from tests.listing import Listing


class _Image(Listing):
    """A machine that does not run."""

    running = False


def check(
    file: str,
    *machine: str,
    place: str | None = "/etc/criu/default.conf",
    image: bool = False,
    criu: str = "4.2.1",
) -> list[Finding]:
    """The findings of family 5xx of a file."""
    around = HostContext((_Image if image else Listing)(machine), place)
    source = Source(f"{file}\n".encode(), place or "some.conf")
    findings = Linter(criu, find_host=lambda _: around).check(source).findings
    return [finding for finding in findings if finding.code.startswith("CRIU5")]


def told(findings: list[Finding]) -> list[str]:
    return [f"{finding.code} {finding.severity}" for finding in findings]


@pytest.mark.parametrize(
    ("file", "machine", "expected"),
    [
        # 501
        ("libdir /usr/lib/criu", [], ["CRIU501 error"]),
        ("libdir lib/criu", [], []),
        ("work-dir /srv/criu", ["/srv -> /gone"], ["CRIU501 error"]),
        ("log-file criu.log", [], []),
        ("log-file -", [], []),
        ("log-file /dev/null", ["0755 /dev/"], []),
        ("log-file /criu.log", [], []),
        ("pidfile /run/criu/pid", [], ["CRIU501 error"]),
        ("cgroup-props-file /etc/criu/props", [], ["CRIU501 error"]),
        ("freeze-cgroup /sys/fs/cgroup/x", ["0644 /sys/fs/cgroup/x/cgroup.freeze"], []),
        ("freeze-cgroup /sys/fs/cgroup/x", ["0755 /sys/fs/cgroup/x/"], ["CRIU501 error"]),
        ("join-ns net:/run/netns/x,0", ["0644 /run/netns/x"], []),
        ("join-ns net:1", [], []),
        ("action-script ../hook", [], []),
        ("action-script hook", ["0755 /usr/local/sbin/hook: #!/bin/sh", "0755 /bin/sh"], []),
        ("action-script hook", [], ["CRIU501 warning"]),
        ("libdir /proc/self/cwd", [], []),
        ("tls-key /etc/key.pem\ntls-cert /etc/cert.pem", [], []),
        ("tls\ntls-key /etc/key.pem\ntls-cert /etc/cert.pem", [], ["CRIU501 error"] * 2),
        ("tls", [], ["CRIU501 warning"]),
        ("tls", ["0600 /etc/pki/criu/private/key.pem", "0644 /etc/pki/criu/cert.pem"], []),
        ("tls\nno-tls", [], []),
        # 502
        (
            "action-script /hook",
            ["0755 /hook: #!/usr/bin/env python3", "0755 /usr/bin/env"],
            ["CRIU502 warning"],
        ),
        (
            "action-script /hook",
            ["0755 /hook: #!/usr/bin/env python3", "0755 /usr/bin/env", "0755 /usr/bin/python3"],
            [],
        ),
        (
            "action-script /hook",
            ["0755 /hook: #!/usr/bin/env -S python3 -I", "0755 /usr/bin/env"],
            [],
        ),
        ("action-script /hook", ["0755 /hook: #! /bin/sh -e", "0755 /bin/sh"], []),
        ("action-script /hook", ["0755 /hook: #!sh"], []),
        ("action-script /hook", ["0755 /hook: echo"], ["CRIU502 info"]),
        ("action-script /hook", ["0755 /hook: \x7fELF\x02\x01\x01\0"], []),
        ("action-script /hook", ["0755 /hook"], []),
        # 503
        ("tcp-close", ["0664 0:50 /etc/criu/default.conf"], ["CRIU503 warning"]),
        ("tcp-close", ["0664 /etc/criu/default.conf"], []),
        ("tcp-close", ["0644 1000:0 /etc/criu/default.conf"], ["CRIU503 warning"]),
        ("tcp-close", ["0775 0:50 /etc/criu/", "0644 /etc/criu/default.conf"], ["CRIU503 warning"]),
        ("tcp-close", ["0777 /etc/", "0644 /etc/criu/default.conf"], ["CRIU503 warning"]),
        ("tcp-close", ["0644 /etc/criu/default.conf"], []),
        ("# nothing", ["0666 /etc/criu/default.conf"], ["CRIU503 warning"]),
        (
            "tcp-close",
            ["/etc/criu/default.conf -> /opt/x", "0777 /opt/", "0644 /opt/x"],
            ["CRIU503 warning"],
        ),
        ("tcp-close", ["0777 /", "0644 /etc/criu/default.conf"], []),
        ("tcp-close", [], []),
        ("action-script /h/a", ["0755 1000:1000 /h/", "0755 /h/a"], ["CRIU503 warning"]),
        ("action-script /tmp/a", ["1777 /tmp/", "0755 /tmp/a"], ["CRIU503 warning"]),
        (
            "action-script /opt/a",
            ["1777 /tmp/", "/opt/a -> /tmp/a", "0755 /tmp/a"],
            ["CRIU503 warning"],
        ),
        ("libdir /opt/l", ["0755 /opt/l/", "0666 /opt/l/x.so: \x7fELF"], ["CRIU503 warning"]),
        ("libdir /opt/l", ["0755 /opt/l/", "0666 /opt/l/x.txt"], []),
        ("libdir /opt/l", ["1777 /opt/l/"], ["CRIU503 warning"]),
        # 507
        ("libdir /opt/l", ["0755 /opt/l/", "/opt/l/x.so -> /gone/x.so"], ["CRIU507 error"]),
        (
            "libdir /opt/l",
            ["0644 /opt/l/x.so: \x7fELF", "/opt/l/y.so -> x.so", "0644 /opt/l/README: text"],
            [],
        ),
        # 504
        ("tls-key /k/key", ["0644 /k/key"], ["CRIU504 warning"]),
        ("tls-key /k/key", ["0700 /k/", "0644 /k/key"], []),
        ("tls-key /k/key", ["0640 0:110 /k/key"], ["CRIU504 info"]),
        ("tls-key /k/key", ["0710 0:110 /k/", "0640 0:110 /k/key"], ["CRIU504 info"]),
        ("tls-key /k/key", ["0700 /k/", "0640 0:110 /k/key"], []),
        ("tls-key /k/key", ["0600 1000:0 /k/key"], ["CRIU504 warning"]),
        (
            "tls",
            ["0644 /etc/pki/criu/private/key.pem", "0644 /etc/pki/criu/cert.pem"],
            ["CRIU504 warning"],
        ),
        # 505
        ("log-file /tmp/criu.log", ["1777 /tmp/"], ["CRIU505 warning"]),
        ("log-file /var/log/criu.log", ["0755 /var/log/"], []),
        (
            "log-file /var/log/criu/x.log",
            ["1777 /tmp/", "/var/log/criu -> /tmp"],
            ["CRIU505 warning"],
        ),
        ("images-dir /tmp/images", ["1777 /tmp/", "0700 /tmp/images/"], ["CRIU505 info"]),
        (
            "images-dir /tmp/images",
            ["1777 /tmp/", "0700 1000:1000 /tmp/images/"],
            ["CRIU505 warning"],
        ),
        ("images-dir /srv/images", ["0777 /srv/images/"], ["CRIU505 warning"]),
        ("images-dir /srv/images", ["0700 /srv/images/"], []),
        ("images-dir /srv/images", ["0777 /srv/", "0700 /srv/images/"], ["CRIU505 warning"]),
        (
            "images-dir /srv/images",
            ["/srv/images -> /tmp/x", "1777 /tmp/", "0700 /tmp/x/"],
            ["CRIU505 info"],
        ),
        ("work-dir /dev/shm", ["1777 /dev/shm/"], ["CRIU505 warning"]),
        ("pidfile /tmp/criu.pid", ["1777 /tmp/"], ["CRIU505 warning"]),
        ("address /tmp/criu.sock", ["1777 /tmp/"], ["CRIU505 warning"]),
        ("address 10.0.0.1", [], []),
    ],
)
def test_on_a_running_machine(file: str, machine: list[str], expected: list[str]) -> None:
    assert told(check(file, *machine)) == expected


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("work-dir /run/criu", []),
        ("work-dir /var/run/criu", []),
        ("work-dir /var/lib/criu", ["CRIU501 error"]),
        ("log-file /tmp/criu.log", ["CRIU505 warning"]),
        ("log-file /tmporary/criu.log", ["CRIU501 error"]),
        ("freeze-cgroup /sys/fs/cgroup/x", []),
        ("join-ns net:/run/netns/x", []),
        ("images-dir /mnt/checkpoints", []),
        ("action-script /var/tmp/hook", ["CRIU503 warning"]),
    ],
)
def test_in_an_image_that_does_not_run(file: str, expected: list[str]) -> None:
    """What is mounted or made when it starts can't be missing, but /tmp is everyone's on each machine."""
    assert told(check(file, image=True)) == expected


def test_image_that_somebody_unpacked_is_that_users() -> None:
    lines = [
        "0755 1000:1000 /",
        "0775 1000:1000 /etc/criu/",
        "0664 1000:1000 /etc/criu/default.conf",
    ]
    assert not check("tcp-close", *lines)
    assert told(check("tcp-close", *lines, "0644 1001:1000 /etc/criu/default.conf")) == [
        "CRIU503 warning"
    ]


def test_file_of_a_home_directory_is_for_that_user() -> None:
    home = ["0755 1000:1000 /home/me/", "0755 1000:1000 /home/me/.criu/"]
    place = "/home/me/.criu/default.conf"
    assert not check("tcp-close", *home, f"0644 1000:1000 {place}", place=place)
    assert told(check("tcp-close", *home, f"0666 1000:1000 {place}", place=place)) == [
        "CRIU503 warning"
    ]
    assert told(check("tcp-close", *home, f"0644 1001:1001 {place}", place=place)) == [
        "CRIU503 warning"
    ]


def test_file_that_the_environment_names_is_for_who_names_it() -> None:
    lines = ["0755 1000:1000 /home/me/", "0644 1000:1000 /home/me/my.conf"]
    assert not check("tcp-close", *lines, place="/home/me/my.conf")


def test_file_from_elsewhere_has_no_place_of_its_own() -> None:
    assert not check("tcp-close", "0777 /etc/criu/", "0666 /etc/criu/default.conf", place=None)
    assert told(check("libdir /gone", place=None)) == ["CRIU501 error"]


def test_place_on_the_machine_gives_the_role() -> None:
    around = HostContext(Listing([]), "/etc/criu/runc.conf")
    source = Source(b"network-lock nftables\n", "x/usr/share/criu-for-runc")
    findings = Linter("4.2", find_host=lambda _: around).check(source).findings
    assert [finding.code for finding in findings] == ["CRIU404"]


@pytest.mark.parametrize(
    ("file", "commands"),
    [
        ("cgroup-props-file /gone", ("restore",)),
        ("freeze-cgroup /gone", ("restore",)),
        ("pidfile /gone/pid", ("dump",)),
        ("action-script /gone", ("pre-dump",)),
        ("page-server\naddress 192.0.2.1\nport 1", ("restore",)),
    ],
)
def test_commands_that_do_not_care(file: str, commands: tuple[str, ...]) -> None:
    linter = Linter(
        "4.2.1",
        context=Context(Role.DEFAULT, commands=commands),
        find_host=lambda _: HostContext(Listing([])),
    )
    found = linter.check(Source(f"{file}\n".encode(), "default.conf")).findings
    assert not [finding.code for finding in found if finding.code > "CRIU5"]


def test_message_tells_what_is_missing() -> None:
    messages = [check("libdir /opt/a/b", *lines)[0].message for lines in ([], ["/opt/a -> ../srv"])]
    assert messages == [
        "`/opt/a/b` does not exist, as `/opt` does not, and dumps and restores fail:"
        " “Unable to open directory /opt/a/b: No such file or directory”",
        "`/opt/a/b` leads to `/srv`, which does not exist, and dumps and restores fail:"
        " “Unable to open directory /opt/a/b: No such file or directory”",
    ]


@pytest.mark.parametrize("criu", ["3.11", "3.15", "4.2.1"])
def test_no_file_is_too_odd(criu: str) -> None:
    """All the files that the other tests have, on a machine without anything."""
    linter = Linter(criu, find_host=lambda _: HostContext(Listing([]), "/etc/criu/runc.conf"))
    for case in CASES:
        lines = case.data.count(b"\n") + 1
        findings = linter.check(Source(case.data, case.path.name)).findings
        assert all(1 <= finding.span.line <= lines for finding in findings)


# The command line, with real files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with a default.conf that only names what is there."""
    top = tmp_path / "root"
    for directory in ("etc/criu", "var/log", "usr/libexec", "bin", "tmp"):
        (top / directory).mkdir(parents=True)
    for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    (top / "tmp").chmod(0o1777)
    for name, text, mode in (
        ("bin/sh", "\x7fELF", 0o755),
        ("usr/libexec/hook", "#!/bin/sh\n", 0o755),
        ("etc/criu/default.conf", "action-script /usr/libexec/hook\n", 0o644),
    ):
        (top / name).write_text(text, encoding="utf-8")
        (top / name).chmod(mode)
    return top


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["check", "--format", "concise", *map(str, arguments)])
    told = capsys.readouterr()
    return status, told.out, told.err


posix = pytest.mark.skipif(
    sys.platform == "win32", reason="CRIU's machines have Linux's permissions"
)


@posix
def test_root_has_files_of_its_own(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--root", root) == (0, "", "")
    (root / "usr/libexec/hook").chmod(0o644)
    status, out, _ = run(capsys, "--root", root)
    assert status == 1
    assert out.startswith(f"{root}/etc/criu/default.conf:1:1: error: CRIU502 not-executable: ")
    assert run(capsys, "--root", root, root / "etc/criu/default.conf") == (status, out, "")
    assert run(capsys, "--root", root, root) == (status, out, "")


@posix
def test_absolute_links_stay_in_the_root(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "usr/libexec/hook").unlink()
    (root / "usr/libexec/hook").symlink_to("/usr/bin/env")
    status, out, _ = run(capsys, "--root", root)
    assert status == 1 and "CRIU501" in out
    (root / "etc/criu/runc.conf").symlink_to(root / "etc/criu/default.conf")
    assert run(capsys, "--root", root)[1] == out


@posix
def test_permissions_count(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "usr/libexec").chmod(0o777)
    (root / "etc/criu/default.conf").chmod(0o666)
    out = run(capsys, "--root", root)[1]
    assert (
        "everyone can write to `/usr/libexec`" in out
        and "everyone can write to `/etc/criu/default.conf`" in out
    )


@posix
def test_checkout_says_nothing_of_this_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "etc/criu/default.conf"
    file.parent.mkdir(parents=True)
    file.write_text("action-script /no/such/program\nlibdir /no/such\n", encoding="utf-8")
    file.chmod(0o666)
    assert run(capsys, file) == (0, "", "")
    assert run(capsys, tmp_path) == (0, "", "")


@posix
def test_own_file_of_this_host(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".criu/default.conf"
    file.parent.mkdir()
    file.write_text("libdir /no/such\n", encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CRIU_CONFIG_FILE", raising=False)
    for arguments in ([], [file], [file.parent]):
        status, out, _ = run(capsys, *arguments)
        assert status == 1
        assert f"{file}:1:1: error: CRIU501" in out


@posix
@pytest.mark.parametrize("what", ["missing", "file", "loop", "nul", "long"])
def test_bad_root_is_one_line(
    what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")
    path = str(tmp_path / {"nul": "a\0b", "long": "x" * 5000}.get(what, what))
    status, out, error = run(capsys, "--root", path)
    assert (status, out, error.count("\n")) == (2, "", 1)
    assert error.startswith("criulint: error: --root ")


@posix
def test_root_without_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--root", tmp_path) == (
        0,
        "",
        f"criulint: no CRIU configuration file in {tmp_path}\n",
    )


@posix
@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may look everywhere"
)
def test_files_that_can_not_be_looked_at(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "etc/criu").chmod(0)
    try:
        status, out, error = run(capsys, "--root", root)
    finally:
        (root / "etc/criu").chmod(0o755)
    assert (status, out) == (2, "")
    assert f"criulint: error: {root}/etc/criu/default.conf: cannot be examined\n" in error


@posix
def test_file_from_elsewhere_is_for_the_root(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "new.conf"
    file.write_text("action-script /usr/libexec/hook\nlibdir /usr/lib/criu\n", encoding="utf-8")
    file.chmod(0o666)
    out = run(capsys, "--root", root, file)[1]
    assert out.count("\n") == 1 and f"{file}:2:1: error: CRIU501" in out


@posix
def test_odd_files_in_a_root(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(root / "etc/criu/runc.conf")
    os.mkfifo(root / "usr/libexec/pipe")
    lines = (
        b"action-script /usr/libexec/pipe\nlibdir /caf\xe9\nwork-dir /"
        + b"x" * 3000
        + b"\ncgroup-yard /loop/x\n"
    )
    (root / "loop").symlink_to("/loop")
    (root / "etc/criu/default.conf").write_bytes(lines)
    status, out, error = run(capsys, "--root", root)
    assert (status, error) == (1, "")
    assert [line.split(": ")[2].split()[0] for line in out.splitlines() if "CRIU50" in line] == [
        "CRIU502",
        "CRIU501",
        "CRIU501",
        "CRIU501",
    ]


@posix
def test_empty_file_that_everyone_can_write_to(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "etc/criu/default.conf").write_bytes(b"")
    (root / "etc/criu/default.conf").chmod(0o666)
    assert main(["check", "--root", str(root)]) == 1
    assert "default.conf:1:1: warning: CRIU503" in capsys.readouterr().out
