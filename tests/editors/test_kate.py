# SPDX-License-Identifier: GPL-2.0-only
"""Kate on a screen that nobody looks at, set up as the README says; what somebody does there is typed by xdotool."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.editors.home import BAD, Home, needs

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="an X server is needed"
)


def _wait(what: str, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.1)


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


def test_kate(home: Home, screen: None) -> None:
    kate, bus = needs("kate"), needs("dbus-run-session")
    home.follow("Kate")
    home.write(".config/kate/lspclient/settings.json", "Kate", "json")
    # What goes over the wire is written down, too.
    said = home.path / "said"
    program = home.path / "bin" / "criulint"
    program.write_text(
        program.read_text(encoding="utf-8").replace('"$@"', f'"$@" | tee "{said}"'),
        encoding="utf-8",
    )
    runtime = home.path / "runtime"
    runtime.mkdir(mode=0o700)
    environment = {**home.environment, "XDG_RUNTIME_DIR": str(runtime), "QT_QPA_PLATFORM": "xcb"}
    file = home.file.rename(home.file.with_name("runc.conf"))

    def type_(*keys: str) -> None:
        assert home.run([needs("xdotool"), "key", *keys]).returncode == 0

    def window(title: str) -> bool:
        return (
            home.run([needs("xdotool"), "search", "--onlyvisible", "--name", title]).returncode == 0
        )

    def told(*words: str) -> bool:
        text = said.read_text(encoding="utf-8") if said.exists() else ""
        return all(word in text for word in words)

    with subprocess.Popen(
        [bus, kate, "--new", "--block", str(file)],
        cwd=home.project,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait("the question whether to start the server", lambda: window("LSP server"))
            type_("Return")
            _wait(
                "diagnostics",
                lambda: told(
                    "publishDiagnostics", "CRIU201", "CRIU 4.1.1 does not know `allow-uprobes`"
                ),
            )
            # The menu of code actions, and the first of them. No window manager gives the window the focus.
            _wait("the window alone", lambda: not window("LSP server"))
            home.run(
                [
                    needs("xdotool"),
                    "search",
                    "--onlyvisible",
                    "--name",
                    "runc.conf",
                    "windowfocus",
                    "--sync",
                ]
            )
            type_("End", "Left", "alt+Return")
            _wait("the fix", lambda: told("Write `no-tcp-close` (CRIU201)"))
            time.sleep(0.5)  # nothing tells that the menu is painted
            type_("Down", "Return")
            mended = BAD.replace("tcp-close false", "no-tcp-close")

            def saved() -> bool:
                type_("ctrl+s")
                return file.read_text(encoding="utf-8") == mended

            _wait("the mended file", saved)
        finally:
            process.terminate()
