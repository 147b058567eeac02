# SPDX-License-Identifier: MIT
"""One image never ends the run: the others are reported, and the status says so."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.criu.releases import nearest_release, releases
from criulint.image import inspection
from criulint.image.packages import parse_upstream_version
from tests.image.checks import BAD_FILE, assert_refused, check_image
from tests.image.make import STATUS, digest, image, member

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("no_leftovers")

_VERSIONS = [
    *("4.2~rc1-1", "4.2_rc1-r0", "4.2rc1-1", "4.2-rc1", "4.2~rc.1", "4.2.99", "4", "4.", ".4"),
    *("", "v", "v4.2", "4.1.1.acme", "1:4.2", "0", "0.0", "-1", "4..2", "²", "٤.٢", "4.2\0"),
    *("9" * 6000, "4." + "9" * 6000, "1." * 3000, "4.2-" + "x" * 9000, "garbage", "\x1b[31m4.2"),
]


def _packages(version: str) -> dict[str, str]:
    """Return the databases in which a version can be, by path."""
    names = ("criu", "runc", "crun")
    return {
        "var/lib/dpkg/status": "".join(
            STATUS.format(version).replace("criu", name, 1) for name in names
        ),
        "lib/apk/db/installed": "".join(f"P:{name}\nV:{version}\n\n" for name in names),
        **{
            f"var/lib/pacman/local/{name}-1-1/desc": f"%NAME%\n{name}\n\n%VERSION%\n{version}\n"
            for name in names
        },
    }


@pytest.mark.parametrize("version", _VERSIONS, ids=range(len(_VERSIONS)))
def test_any_version_is_a_release_or_unknown(
    version: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, (path, text) in enumerate(_packages(version).items()):
        layout = image([BAD_FILE, member(path, text)]).oci(tmp_path / str(number))
        status, out, err = check_image(capsys, layout)
        assert status == 1, err
        assert "CRIU106" in out
        assert "internal error" not in err


@settings(max_examples=300, deadline=None)
@given(st.text() | st.from_regex(r"[0-9v.~_+-]{1,20}") | st.sampled_from(_VERSIONS))
def test_any_text_has_a_nearest_release(text: str) -> None:
    assert nearest_release(text) in releases()
    number = parse_upstream_version(text)
    assert number is None or nearest_release(number) in releases()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=200))
def test_any_database(
    data: bytes, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    members = [member(path, data) for path in _packages("")]
    members += [member("usr/bin/criu", b"\x7fELF" + data, mode=0o755)]
    layout = image([BAD_FILE, *members]).oci(tmp_path_factory.mktemp("image"))
    assert check_image(capsys, layout)[0] == 1


@pytest.mark.parametrize("error", [KeyError("x\ny"), RecursionError(), AssertionError("\x1b")])
def test_unexpected_exceptions(
    error: Exception,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The image is named, the others are reported, and the status is that of a bug."""
    names = [image([BAD_FILE]).oci(tmp_path / name) for name in ("a", "b", "c")]
    real = inspection.inspect_image
    calls = []

    def fail_once(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 2:
            raise error
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(inspection, "inspect_image", fail_once)
    status, out, err = check_image(capsys, "-q", *names)
    assert status == 3
    (line,) = err.splitlines()
    assert line.startswith(f"criulint: error: {names[1]}: internal error: {type(error).__name__}")
    assert line.isprintable()
    assert [str(name) in out for name in names] == [True, False, True]


def test_one_broken_image_of_several_in_a_layout(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = tmp_path / "layout"
    for number, tag in enumerate(("a", "b", "c")):
        made = image([member("etc/criu/runc.conf", f"port {number}0\nbad{number}\n")])
        made.oci(layout, tag)
        if tag == "b":
            broken = json.loads((layout / "index.json").read_text(encoding="utf-8"))
    name = broken["manifests"][1]["digest"].partition(":")[2]
    (layout / "blobs" / "sha256" / name).write_bytes(b"{}")
    status, out, err = check_image(capsys, "-q", layout)
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith(f"criulint: error: {layout}:b: ")
    assert "bad0" in out
    assert "bad2" in out


def test_one_broken_image_of_several_in_an_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([BAD_FILE])
    path = tmp_path / "x.tar"
    made.docker_archive(path, ("x:a",), Config="gone.json")
    assert_refused(capsys, "has no gone.json", path)


def test_a_digest_selects_an_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = tmp_path / "layout"
    for number in range(2):
        image([member("etc/criu/runc.conf", f"bad{number}\n")]).oci(layout, f"v{number}")
    index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
    first = index["manifests"][0]["digest"]
    for name in (f"oci:{layout}:v0@{first}", f"{layout}:v0@{first}", f"oci:{layout}@{first}"):
        status, out, err = check_image(capsys, "-q", name)
        assert (status, err) == (1, "")
        assert "bad0" in out
        assert "bad1" not in out
    assert_refused(capsys, "has no image sha256:", f"oci:{layout}:v1@{first}")
    assert_refused(capsys, "has no image sha256:", f"oci:{layout}@{digest(b'')}")


# Ends runs at each line of Python in what makes and removes files, until one is not ended, and
# prints their statuses. What a run leaves in the temporary directory ends it all.
_SIGNAL_AT_EACH_LINE = """
import os, signal, sys
from criulint.cli import main
import criulint.image.databases, criulint.image.images, sqlite3
places = ("scratch.py", "databases.py", "shutil.py")

def count(frame, event, argument):
    global left
    if os.path.basename(frame.f_code.co_filename) not in places:
        return None
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGTERM)
    return count

for line in range(1, 2000):
    child = os.fork()
    if not child:
        left = line
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.settrace(count)
        status = main(sys.argv[1:])
        sys.settrace(None)
        sys.stdout.flush()
        os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(line, status, os.listdir(os.environ["TMPDIR"]), flush=True)
    if status == 1 or os.listdir(os.environ["TMPDIR"]):
        break
"""


@pytest.mark.slow
def test_signal_at_any_line_leaves_nothing(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch-of-runs"
    scratch.mkdir()
    database = tmp_path / "rpmdb.sqlite"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
    connection.commit()
    connection.close()
    rpm = member("var/lib/rpm/rpmdb.sqlite", database.read_bytes())
    layout = image([BAD_FILE, rpm]).oci(tmp_path / "i")
    done = subprocess.run(
        [sys.executable, "-c", _SIGNAL_AT_EACH_LINE, "image", "-q", layout],
        env={**os.environ, "TMPDIR": str(scratch)},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.split(" ", 2) for line in done.stdout.splitlines()]
    assert {left for *_, left in lines} == {"[]"}, done.stdout
    statuses = [int(status) for _, status, _ in lines]
    assert len(statuses) > 50
    assert set(statuses) == {1, 128 + signal.SIGTERM}
