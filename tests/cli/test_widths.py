# SPDX-License-Identifier: MIT
"""What people read on terminals of 60, 80 and 120 columns: ``widths/NAME.COLUMNS``.

`tests/report` has findings and rules at these widths, `test_help_text.py` the help.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from criulint.cli import main
from tests.report.reports import FILES

if TYPE_CHECKING:
    from tests.golden import Golden

_FOLDER = Path(__file__).with_name("widths")
_LONG = "mnt[/var/lib/containers/storage/overlay/0123456789abcdef/merged/etc/hosts]:hosts"
_DEFAULT = f"""\
# what all runtimes need, as far as they read it
log-file /var/log/criu/the-checkpoint-of-a-container.log
external {_LONG}
tcp-close false
manage-cgroups soft
libdir ""
leave-running
"""
_RUNC = """\
tcp-established
log-file dump.log
tcp-close=no
verbosity=4
"""


class _Case(NamedTuple):
    """The arguments of a command, run where there are some files, and its exit status."""

    arguments: str
    status: int = 0


_CASES = {
    "read": _Case("read --criu 4.2.1 --role default default.conf"),
    "read-refused": _Case("read --criu 4.2.1 --role rpc runc.conf"),
    "effective": _Case("effective --criu 4.2.1 --root machine"),
    "effective-runtime": _Case("effective --criu 4.2.1 --root machine --runtime podman"),
    "effective-refused": _Case("effective --criu 4.2.1 --root machine --runtime runc", 1),
    "explain": _Case("effective --criu 4.2.1 --root machine --explain log-file"),
    "explain-runtime": _Case(
        "effective --criu 4.2.1 --root machine --runtime podman --explain leave-running"
    ),
    "check": _Case("check --isolated --criu 4.2.1 default.conf runc.conf", 1),
    "statistics": _Case("check --isolated --criu 4.2.1 --statistics default.conf runc.conf", 1),
    "schema-show": _Case("schema show --criu 4.2.1 manage-cgroups"),
    "diff": _Case("check --isolated --criu 4.2.1 --diff default.conf runc.conf", 1),
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "default.conf").write_text(_DEFAULT, encoding="utf-8")
    (tmp_path / "runc.conf").write_text(_RUNC, encoding="utf-8")
    directory = tmp_path / "machine" / "etc" / "criu"
    directory.mkdir(parents=True)
    for name, text in (("default", _DEFAULT), ("runc", _RUNC), ("crun", "log-file own.log\n")):
        (directory / f"{name}.conf").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("name", _CASES)
def test_output(
    name: str,
    width: int,
    here: Path,
    golden: Golden,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = _CASES[name]
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(shlex.split(case.arguments)) == case.status
    text = capsys.readouterr().out
    golden(_FOLDER / f"{name}.{width}", text.rstrip("\n") + "\n")
    if name != "diff":  # which `patch` takes
        # Words are not cut in findings: there may be a path that is longer than a line.
        words = max(map(len, text.split())) if name == "check" else 0
        assert max(map(len, text.splitlines())) <= max(width, words + 20)


@pytest.mark.parametrize("name", _CASES)
def test_colours_change_no_character(
    name: str, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = shlex.split(_CASES[name].arguments)
    monkeypatch.setenv("COLUMNS", "80")
    main(words)
    plain = capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(words)
    painted = capsys.readouterr().out
    assert "\x1b[" in painted
    assert "\\x1b" not in painted
    assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
    monkeypatch.setenv("NO_COLOR", "1")
    main(words)
    assert capsys.readouterr().out == plain


def test_links_on_a_terminal_that_has_them(here: Path) -> None:
    """Codes lead to the pages of rules, paths to the files."""
    import pty
    import subprocess
    import sys

    if sys.platform == "win32":
        pytest.skip("no pseudo-terminals")
    name = "a b;\x1b%é.conf"
    (here / name).write_text("tcp-close no\n", encoding="utf-8")
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "FORCE_HYPERLINK": "1", "COLUMNS": "100"}
    command = [sys.executable, "-m", "criulint", "check", "--isolated", name]
    with subprocess.Popen(
        command, cwd=here, stdout=slave, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        os.close(slave)
        shown = b""
        try:
            while data := os.read(master, 4096):
                shown += data
        except OSError:  # the program has ended
            pass
        process.wait(60)
    os.close(master)
    text = shown.decode()
    links = re.findall(r"\x1b\]8;;([^\x1b]+)\x1b\\(.*?)\x1b\]8;;\x1b\\", text)
    assert ("https://criulint.readthedocs.io/en/stable/rules/value-ignored/") in dict(links)
    address, shown_name = next(link for link in links if link[0].startswith("file://"))
    assert address.endswith(f"{here}/a%20b%3B%1B%25%C3%A9.conf")
    assert shown_name == "a b;␛%é.conf"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_all_options_fit(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["schema", "show", "--criu", "4.2.1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    # How an option is written is not cut.
    assert max(len(line) for line in lines if line.startswith(" ")) <= width


def test_findings_of_the_golden_files_fit(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FILES)
    monkeypatch.setenv("COLUMNS", "60")
    main(["read", "--criu", "4.2.1", "mixed.conf", "runc.conf"])
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 60
