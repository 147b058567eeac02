# SPDX-License-Identifier: MIT
"""Kate on a virtual screen, set up as the README says; xdotool types."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.editors.home import BAD, PATIENCE, Home, has_content, needs, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="an X server is needed"
)


@pytest.fixture
def screen(home: Home) -> Iterator[None]:
    """An X server, which all programs of the home use."""
    with subprocess.Popen(
        [needs("Xvfb"), "-displayfd", "1", "-screen", "0", "1000x700x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        home.environment["DISPLAY"] = f":{server.stdout.readline().strip()}"
        yield
        server.terminate()


class _Kate:
    """What a user does, and what Kate and the server do then."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._log = home.path / "log"
        program = home.path / "bin" / "criulint"
        script = program.read_text(encoding="utf-8")
        program.write_text(script.replace('"$@"', f'"$@" | tee "{self._log}"'), encoding="utf-8")

    def _xdotool(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._home.run([needs("xdotool"), *words])

    def type(self, *keys: str) -> None:
        """Type keys."""
        assert self._xdotool("key", *keys).returncode == 0

    def shows(self, title: str) -> bool:
        """Return whether a window with this title is visible."""
        return self._xdotool("search", "--onlyvisible", "--name", title).returncode == 0

    def focus(self, title: str) -> None:
        """Give a window the focus, as no window manager does."""
        self._xdotool("search", "--onlyvisible", "--name", title, "windowfocus", "--sync")

    def windows(self) -> set[str]:
        """Return the visible windows; a menu is one."""
        return set(self._xdotool("search", "--onlyvisible", "--class", "kate").stdout.split())

    def server_sent(self, *texts: str) -> bool:
        """Return whether the server has sent all these texts."""
        sent = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
        return all(text in sent for text in texts)


def _choose_first_action(kate: _Kate) -> None:
    """Open the menu of code actions, and choose the first one."""
    before = kate.windows()
    kate.type("Home", "End", "Left", "alt+Return")
    wait_for("the menu", lambda: bool(kate.windows() - before))
    wait_for("the fix", lambda: kate.server_sent("criulint: Write `no-tcp-close` (CRIU201)"))
    kate.type("Down", "Return")
    wait_for("the menu to close", lambda: not kate.windows() - before)


@pytest.mark.usefixtures("screen")
def test_kate(home: Home) -> None:
    program, bus = needs("kate"), needs("dbus-run-session")
    home.follow("Kate")
    home.write(".config/kate/lspclient/settings.json", "Kate", "json")
    runtime = home.path / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {**home.environment, "XDG_RUNTIME_DIR": str(runtime), "QT_QPA_PLATFORM": "xcb"}
    file = home.file.rename(home.file.with_name("runc.conf"))
    fixed = BAD.replace("tcp-close false", "no-tcp-close")
    kate = _Kate(home)

    def is_fixed() -> bool:
        """The menu is filled some time after it opens, unseen: choose again if it was too early."""
        _choose_first_action(kate)
        kate.type("ctrl+s")
        try:
            wait_for("the fixed file", lambda: has_content(file, fixed), seconds=PATIENCE / 6)
        except AssertionError:
            return False
        return True

    with subprocess.Popen(
        [bus, program, "--new", "--block", str(file)],
        cwd=home.project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            wait_for("the question whether to start the server", lambda: kate.shows("LSP server"))
            kate.type("Return")
            wait_for(
                "diagnostics",
                lambda: kate.server_sent(
                    "publishDiagnostics", "CRIU201", "CRIU 4.1.1 does not know `allow-uprobes`"
                ),
            )
            wait_for("the question to close", lambda: not kate.shows("LSP server"))
            kate.focus("runc.conf")
            wait_for("the fix", is_fixed)
        finally:
            process.terminate()
