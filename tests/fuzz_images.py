# SPDX-License-Identifier: MIT
"""Fuzz criulint with images: ``python -m tests.fuzz_images [--seconds N] [--seed N]``.

Small images are built and broken at all levels: entries and headers of layers, databases in them,
compressed streams, documents, whole archives and directories. Each has to be read or refused in
one line, within seconds and a few MiB, with nothing left behind. One that breaks this is kept in
``build/fuzz``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import random
import shutil
import sqlite3
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from criulint.cli import main as criulint
from tests.image.make import STATUS, Made, compressed, digest, image, member, tar, tar_header

if TYPE_CHECKING:
    from collections.abc import Callable

_SECONDS = 20
_LIMITS = ("memory=64M", "size=256M", "work=5M", "time=15", "searched=32M")
_NAMES = (
    *("etc/criu/runc.conf", "etc/criu/default.conf", "etc/criu", "etc", "etc/passwd", "root"),
    *(
        "home/u/.criu/default.conf",
        "var/lib/dpkg/status",
        "lib/apk/db/installed",
        "lib",
        "a",
        "a/b",
    ),
    *("var/lib/rpm/rpmdb.sqlite", "usr/bin/criu", "var/lib/pacman/local/criu-1-1/desc", "."),
    *("etc/.wh..wh..opq", "etc/.wh.criu", ".wh.etc", ".wh..wh..opq", "../x", "//a//b", "a/.", ""),
)
_INTEGERS = (0, 1, -1, 511, 512, 513, 1 << 31, 1 << 32, 1 << 63, 10**19)


def _pick_text(random_: random.Random) -> bytes:
    """Return content that some reader looks for."""
    version = random_.choice(("4.1.1-1", "4.2~rc1-1", "", "9" * 5000, "\0", "4.2\x1b[31m"))
    return random_.choice(
        (
            b"port 0\nbogus\n",
            b"\0" * 5000,
            bytes(random_.randrange(256) for _ in range(300)),
            STATUS.format(version).encode(),
            f"P:criu\nV:{version}\n\n".encode(),
            f"%NAME%\ncriu\n\n%VERSION%\n{version}\n".encode(),
            b"u:x:1:1::/home/u:/bin/sh\nv:x:2:2::/a/../b:/x\n:::::\xff:\n",
            b"\x7fELF\0" + version.encode() + b"\0Version: %s\n\0",
            _make_database(random_),
            b"x" * 300_000,
        )
    )


def _make_database(random_: random.Random) -> bytes:
    with tempfile.TemporaryDirectory(dir=os.environ["FUZZ_DIRECTORY"]) as directory:
        path = Path(directory) / "db"
        connection = sqlite3.connect(path)
        connection.execute(
            random_.choice(
                (
                    "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)",
                    "CREATE VIEW Packages AS SELECT zeroblob(99999999) AS blob",
                    "CREATE TABLE Packages (hnum, blob BLOB AS (zeroblob(9999999)))"
                    if random_.random() < 0.1
                    else "CREATE TABLE Packages (blob)",
                    "CREATE TABLE x (Packages)",
                )
            )
        )
        with contextlib.suppress(sqlite3.Error):
            header = bytes(random_.randrange(4) for _ in range(random_.randrange(200)))
            connection.execute("INSERT INTO Packages (blob) VALUES (?)", (header,))
        connection.commit()
        connection.close()
        return path.read_bytes()


def _make_member(random_: random.Random) -> tuple[tarfile.TarInfo, bytes]:
    name = random_.choice(_NAMES) or "x"
    if random_.random() < 0.1:
        name = "/".join([random_.choice(("a", "..", "x" * 200))] * random_.randrange(1, 40)) + "/z"
    what = random_.random()
    if what < 0.5:
        return member(name, _pick_text(random_), mode=random_.choice((0o644, 0o755, 0o4777)))
    target = random_.choice(("/", "..", "/etc", "a/b", name, "x/" * 400, *_NAMES))
    if what < 0.7:
        return member(name, link=target)
    if what < 0.85:
        return member(name, hard=target)
    return member(name, kind=bytes([random_.choice(b"01234567LKSxgXNMV\0")]))


def _flip(data: bytes, random_: random.Random) -> bytes:
    """Return data with a few bytes changed, removed, repeated or added."""
    changed = bytearray(data)
    for _ in range(random_.choice((1, 1, 2, 8))):
        place = random_.randrange(len(changed) + 1)
        kind = random_.randrange(5)
        if kind == 0 and place < len(changed):
            changed[place] = random_.randrange(256)
        elif kind == 1:
            del changed[place : place + random_.choice((1, 100, 512, 1 << 20))]
        elif kind == 2:
            changed[place:place] = changed[place : place + random_.choice((1, 100, 512))]
        elif kind == 3:
            changed[place:place] = bytes(random_.choice((1, 512, 1024)))
        else:
            changed[place : place + 12] = b"%011o " % random_.choice(_INTEGERS[:2] + _INTEGERS[3:7])
    return bytes(changed)


def _make_layer(random_: random.Random) -> bytes:
    members = [_make_member(random_) for _ in range(random_.randrange(1, 12))]
    members.append(member("etc/criu/runc.conf", "port 0\n"))
    random_.shuffle(members)
    layer = tar(members, random_.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)))
    if random_.random() < 0.3:
        records = random_.choice(
            (b"9 path=a\n", b"5 a=\n" * 99, b"12 size=999\n", b"x", b"99 a=b\n")
        )
        kind = random_.choice((b"x", b"g", b"L", b"K", b"S"))
        block = tar_header(b"h", b"%011o\0" % random_.choice((len(records), 0, 1 << 30)), kind)
        layer = block + records.ljust(512, b"\0") + layer
    return _flip(layer, random_) if random_.random() < 0.3 else layer


def _change_document(found: Any, random_: random.Random) -> Any:
    """Return a JSON document with one value replaced."""
    odd: tuple[Any, ...] = (
        None,
        True,
        1,
        -1,
        1e999,
        "",
        "x" * 99,
        [],
        {},
        [[]],
        "sha256:" + "0" * 64,
        "\x1b[31m\n",
    )
    if isinstance(found, dict) and found and random_.random() < 0.8:
        key = random_.choice(list(found))
        return {**found, key: _change_document(found[key], random_)}
    if isinstance(found, list) and found and random_.random() < 0.8:
        place = random_.randrange(len(found))
        return [*found[:place], _change_document(found[place], random_), *found[place + 1 :]]
    return random_.choice((*odd, found, [found] * 2))


def _make_image(random_: random.Random) -> Made:
    made = image(
        *(_make_layer(random_) for _ in range(random_.randrange(1, 5))),
        env=["CRIU_CONFIG_FILE=" + random_.choice(_NAMES), "HOME=/home/u"],
        labels={"org.criu.config": "/" + random_.choice(_NAMES)},
        compression=random_.choice(("none", "gzip", "zstd")),
    )
    if random_.random() < 0.3:
        made = made._replace(config=_change_document(made.config, random_))
    return made


def _break_blob(layout: Path, random_: random.Random) -> None:
    """Change a stored blob, and every digest and size of it: only its content is wrong."""
    blobs = sorted((layout / "blobs" / "sha256").iterdir())
    blob = random_.choice(blobs)
    data = blob.read_bytes()
    with contextlib.suppress(ValueError):
        document = json.loads(data)
        data = json.dumps(_change_document(document, random_)).encode()
    data = _flip(data, random_) if random_.random() < 0.7 else data * 2
    new = digest(data).partition(":")[2]
    (blob.parent / new).write_bytes(data)
    for path in (*blobs, layout / "index.json"):
        text = path.read_bytes()
        if blob.name.encode() in text and len(text) < 1 << 20:
            path.write_bytes(text.replace(blob.name.encode(), new.encode()))


def _make_input(directory: Path, random_: random.Random) -> list[str]:
    """Make an image, and return the names by which it is checked."""
    made = _make_image(random_)
    kind = random_.randrange(5)
    if kind == 0:
        archive = made.docker_archive(directory / "docker.tar")
        data = archive.read_bytes()
        if random_.random() < 0.7:
            data = _flip(data, random_)
        archive.write_bytes(compressed(data, random_.choice(("none", "gzip", "zstd"))))
        return [str(archive)]
    if kind == 1:
        return [f"dir:{_unpack(made, directory / 'root')}"]
    layout = made.oci(directory / "layout", random_.choice((None, "v1", "\x1b")))
    if random_.random() < 0.5:
        made.oci(layout, "v2")
    for _ in range(random_.randrange(3)):
        _break_blob(layout, random_)
    if random_.random() < 0.3:
        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        text = json.dumps(_change_document(index, random_))
        (layout / "index.json").write_text(text, encoding="utf-8")
    if kind == 2:
        with tarfile.open(directory / "oci.tar", "w") as whole:
            whole.add(layout, ".")
        return [str(directory / "oci.tar"), f"oci-archive:{directory}/oci.tar:v1"]
    return [str(layout), f"oci:{layout}:v1"]


def _unpack(made: Made, root: Path) -> Path:
    """Write what can be written of an image into a directory, with odd files among it."""
    root.mkdir()
    for layer in made.layers:
        with (
            contextlib.suppress(tarfile.TarError, OSError, ValueError, KeyError),
            tarfile.open(fileobj=io.BytesIO(layer)) as archive,
        ):
            for info in archive:
                with contextlib.suppress(OSError, ValueError):
                    _unpack_member(info, root)
    return root


def _unpack_member(info: tarfile.TarInfo, root: Path) -> None:
    """Make a file, a pipe or a link, but nothing outside of `root` or through a link."""
    path = root / os.path.normpath("/" + info.name).lstrip("/")
    for parent in path.relative_to(root).parents:
        if (root / parent).is_symlink():
            return
    if os.path.lexists(path):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if info.issym():
        path.symlink_to(info.linkname)
    elif info.isfifo() or info.isdev():
        os.mkfifo(path)
    elif info.isreg() and info.size < 1 << 20:
        path.write_bytes(b"port 0\n")
        # Mostly holes.
        os.truncate(path, info.size << 12)


def _check(names: list[str]) -> tuple[int, str]:
    """Run criulint, and return its status and errors."""
    errors = io.StringIO()
    limits = [word for limit in _LIMITS for word in ("--limit", limit)]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
        status = criulint(["image", "-q", "--isolated", "--platform", "all", *limits, *names])
    return status, errors.getvalue()


def find_fault(names: list[str], scratch: Path, check: Callable[[list[str]], Any] = _check) -> str:
    """Return what an image breaks; an empty text if nothing."""
    start = time.monotonic()
    try:
        status, errors = check(names)
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    if status not in (0, 1, 2) or (status == 2) != bool(errors):
        return f"status {status}: {errors}"
    if not all(
        line.isprintable() and line.startswith("criulint: ") for line in errors.splitlines()
    ):
        return f"odd errors: {errors!r}"
    if time.monotonic() - start > _SECONDS:
        return "it takes too long"
    return "something is left behind" if list(scratch.iterdir()) else ""


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_images", description="Fuzz images.")
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    parser.add_argument("--seed", type=int, default=None, help="begin with this image")
    options = parser.parse_args()
    os.environ.pop("CRIULINT_TRACEBACK", None)
    kept = Path(__file__).parent.parent / "build" / "fuzz"
    seed = options.seed if options.seed is not None else random.randrange(1 << 32)
    end = time.monotonic() + options.seconds
    faults = count = 0
    with tempfile.TemporaryDirectory(prefix="criulint-fuzz-") as top:
        scratch = Path(top) / "scratch"
        scratch.mkdir()
        os.environ["FUZZ_DIRECTORY"] = top
        tempfile.tempdir = str(scratch)
        while count == 0 or time.monotonic() < end:
            directory = Path(top) / "image"
            directory.mkdir()
            fault = find_fault(_make_input(directory, random.Random(seed)), scratch)
            if fault:
                faults += 1
                sys.stdout.write(f"seed {seed}: {fault}\n")
                shutil.copytree(directory, kept / str(seed), symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(directory)
            count, seed = count + 1, seed + 1
    sys.stdout.write(f"{count} images, {faults} of them break something\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
