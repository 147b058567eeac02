# SPDX-License-Identifier: MIT
"""The limits of an image: each is reported in one line, and memory is bounded."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import (
    BAD_FILE,
    assert_refused,
    check_image,
)
from tests.image.make import (
    image,
    member,
    tar,
    tar_header,
)

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("no_leftovers")


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("size=1K", "the layers have more than 1024 bytes"),
        ("entries=3", "the layers have more than 3 entries"),
        ("layers=1", "the image has 2 layers"),
        ("document=10", "has more than 10 bytes"),
        ("documents=1", "more than 1 manifests, indexes and configurations"),
        ("searched=1", "has 7 bytes, and versions are looked for in files of at most 1"),
        ("work=10", "reading it takes more than 10 steps"),
        ("time=0", "it takes more than 0 seconds"),
        ("memory=1K", "reading it takes more than 1024 bytes"),
        ("file=3", "/etc/criu/runc.conf has more than 3 bytes"),
    ],
)
def test_limits(
    limit: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    database = member("var/lib/dpkg/status", "nothing")
    made = image([BAD_FILE, member("a"), database], [member("c", "x" * 2000)])
    layout = made.oci(tmp_path / "i")
    assert_refused(capsys, message, "--limit", limit, layout)
    assert check_image(capsys, layout)[0] == 1


def test_files_read_later_count_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Targets of links are read in a second round, and the limit is for both."""
    large = "#" * 200_000 + "\n"
    here = [BAD_FILE, member("etc/criu/default.conf", large)]
    linked = [member("root/.criu/default.conf", link="/data/x"), member("data/x", large)]
    limit = ("-q", "--limit", "memory=5M")
    for number, members in enumerate((here, [BAD_FILE, *linked])):
        assert check_image(capsys, *limit, image(members).oci(tmp_path / str(number)))[0] == 1
    assert_refused(
        capsys,
        "reading it takes more than",
        *limit,
        image([*here, *linked]).oci(tmp_path / "both"),
    )


@pytest.mark.parametrize("kind", ["layers", "dir"])
def test_passwd_too_large(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error says that homes may be missing."""
    users = "app:x:1:1::/home/app:/bin/sh\n" * 10_000
    layout = image([BAD_FILE, member("etc/passwd", users)]).oci(tmp_path / "layout")
    if kind == "dir":
        layout = tmp_path / "root"
        (layout / "etc").mkdir(parents=True)
        (layout / "etc" / "passwd").write_text(users, encoding="utf-8")
    status, out, err = check_image(capsys, "-q", layout)
    assert status == 2
    assert (
        err == f"criulint: error: {layout}: /etc/passwd has more than 262144 bytes"
        " (--limit file=N allows more)\n"
    )
    assert ("runc.conf" in out) == (kind == "layers")


def _large_header(number: int) -> bytes:
    record = b"1000012 comment=".ljust(1_000_011, b"%d" % (number % 10)) + b"\n"
    return tar_header(b"pax", b"%011o\0" % len(record), b"x") + record.ljust(
        -(-len(record) // 512) * 512, b"\0"
    )


def _open_tar(*members: Any) -> bytes:
    """Return entries without the end of an archive."""
    out = io.BytesIO()
    for info, data in members:
        out.write(info.tobuf(tarfile.GNU_FORMAT) + data.ljust(-(-len(data) // 512) * 512, b"\0"))
    return out.getvalue()


_MEASURED = """
import sys
from criulint.cli import main
status = main(sys.argv[1:])
with open("/proc/self/status", encoding="ascii") as message:
    (peak,) = (int(line.split()[1]) for line in message if line.startswith("VmHWM:"))
print(peak >> 10)
sys.exit(status)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="nobody tells the memory of a process"
)
@pytest.mark.parametrize(
    ("count", "make", "status"),
    [
        (
            20_000,
            lambda number: _open_tar(member(f"{number}/" + "/".join(["d" * 200] * 19), "x")),
            2,
        ),
        (20_000, lambda number: _open_tar(member(f"l{number}", link="t" * 4000)), 2),
        (
            100,
            lambda number: _open_tar(
                member(f"etc/criu/{number}.conf", b"# %d\n" % number * 140_000)
            ),
            2,
        ),
        (100, _large_header, 1),
        (
            20_000,
            lambda number: _open_tar(member(f"b{number}", f"#!/{'x' * 240}{number}\n", mode=0o755)),
            2,
        ),
    ],
    ids=["names", "links", "files", "headers", "scripts"],
)
def test_memory_is_bounded(
    count: int, make: Callable[[int], bytes], status: int, tmp_path: Path
) -> None:
    """Images that need more than the limit are refused; what is not kept does not count."""
    layer = b"".join(map(make, range(count))) + tar([BAD_FILE])
    layout = image(layer).oci(tmp_path / "i")
    del layer
    limits = ["--limit", "memory=8M", "--limit", "file=2M", "--limit", "ratio=100000"]
    command = [
        sys.executable,
        "-c",
        _MEASURED,
        "image",
        "-q",
        "--isolated",
        "--output",
        f"json:{tmp_path / 'out'}",
        *limits,
    ]
    done = subprocess.run([*command, str(layout)], capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    assert ("--limit memory=N allows more" in done.stderr) == (status == 2)
    assert int(done.stdout.split()[-1]) < 70  # MiB; nearly all of it is Python's


def test_thousands_of_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image(
        *([[member(f"f{number % 7}", "x")] for number in range(999)] + [[BAD_FILE]]),
        compression="none",
    )
    assert check_image(capsys, made.oci(tmp_path / "i"))[0] == 1
    more = image(*([[BAD_FILE]] * 1001), compression="none")
    assert_refused(capsys, "the image has 1001 layers", more.oci(tmp_path / "j"))
