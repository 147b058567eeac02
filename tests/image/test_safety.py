# SPDX-License-Identifier: GPL-2.0-only
"""Hostile and broken images: each is one line of error, or harmless; nothing hangs, grows, or is written."""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.cli import main
from criulint.image import ImageError
from criulint.image.layer import read_entries
from criulint.image.limits import Budget, Limits
from criulint.image.reference import parse_reference
from criulint.image.source import open_images
from tests.image.make import Made, compressed, digest, image, member, tar

_BAD = member("etc/criu/runc.conf", "port 0\n")


@pytest.fixture(autouse=True)
def _nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Temporary files go into a directory that is empty afterwards."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield
    assert list(scratch.iterdir()) == []


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(
        ["image", "--isolated", "--format", "concise", "--criu", "4.2.1", *map(str, arguments)]
    )
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def _refused(capsys: pytest.CaptureFixture[str], message: str, *arguments: object) -> None:
    status, out, err = _run(capsys, "-q", *arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("criulint: error: ")
    assert message in line


@pytest.mark.parametrize(
    "extra",
    [
        [member("../../../../tmp/evil", "x"), member("/../etc/criu/../../x", "x")],
        [member("etc/passwd", link="/etc/shadow"), member("root", link="/root")],
        [member("loop", link="loop"), member("a", link="b"), member("b", link="a")],
        [member("etc/criu/default.conf", link="../../../../../../../../etc/hostname")],
        [member("etc/criu/default.conf", link="/proc/self/environ")],
        [member("x", hard="/etc/passwd"), member("y", hard="../../etc/shadow")],
        [
            member("dev/mem", kind=tarfile.CHRTYPE),
            member("dev/sda", kind=tarfile.BLKTYPE),
            member("p", kind=tarfile.FIFOTYPE),
        ],
        [member("etc/criu/default.conf", kind=tarfile.FIFOTYPE)],
        [member("etc/criu/default.conf/"), member("etc/criu/default.conf/x.conf", "y")],
        [member("odd\n\x1b[31mname", "x"), member("b\udcffd", "x"), member("a" * 200, "x")],
        [member("x", "y")] * 50,
        [member("/".join(["d"] * 1500), "x")],
        [member("setuid", "x", mode=0o7777, uid=2**40)],
        [member("weird", "x", kind=b"Z")],
    ],
)
def test_harmless_oddities(
    extra: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an unpacker has to be careful with is only looked at, and the one bad line is found."""
    made = image([_BAD, *extra])
    status, out, _ = _run(capsys, made.oci(tmp_path / "i"))
    assert status == 1
    assert out.splitlines()[0].count("CRIU106") == 1


def test_links_stay_inside_of_the_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = tmp_path / "outside.conf"
    outside.write_text("nonsense\n", encoding="utf-8")
    made = image(
        [
            member("etc/criu/runc.conf", link=f"../../../../../..{outside}"),
            member("etc/criu/default.conf", link=str(outside)),
        ]
    )
    assert _run(capsys, made.oci(tmp_path / "i"))[:2] == (0, "")
    tree = tmp_path / "tree" / "etc" / "criu"
    tree.mkdir(parents=True)
    (tree / "runc.conf").symlink_to(outside)
    assert _run(capsys, f"dir:{tmp_path / 'tree'}")[:2] == (0, "")


# --- what lies about itself


def _with_blob(made: Made, directory: Path, number: int, data: bytes) -> Path:
    """The layout with the stored bytes of a layer replaced."""
    made.oci(directory)
    name = digest(compressed(made.layers[number], made.compression)).partition(":")[2]
    (directory / "blobs" / "sha256" / name).write_bytes(data)
    return directory


@pytest.mark.parametrize("compression", ["none", "gzip", "zstd"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("flip", ""),
        ("cut", ""),
        ("longer", "is larger than its descriptor says"),
        ("empty", "is truncated: 0 of"),
        ("other", ""),
    ],
)
def test_a_layer_is_verified(
    change: str, message: str, compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([_BAD, member("x", os.urandom(5000))], compression=compression)
    stored = compressed(made.layers[0], compression)
    data = {
        "flip": stored[:-700] + bytes([stored[-700] ^ 1]) + stored[-699:],
        "cut": stored[:-700],
        "longer": stored + b"\0" * 512,
        "empty": b"",
        "other": compressed(tar([member("etc/criu/runc.conf", "tcp-close\n")]), compression),
    }[change]
    _refused(capsys, message, _with_blob(made, tmp_path / "i", 0, data))


def test_a_wrong_diff_id_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image([_BAD])
    made.config["rootfs"]["diff_ids"] = [digest(b"something else")]
    _refused(capsys, "decompressed, does not match its digest", made.oci(tmp_path / "i"))


def test_a_docker_archives_layer_is_verified_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([_BAD])
    made.config["rootfs"]["diff_ids"] = [digest(b"something else")]
    _refused(capsys, "does not match its digest", made.docker_archive(tmp_path / "x.tar"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"not a tar archive" * 100, "is not a tar archive"),
        (b"\x1f\x8b\x08\0garbage", "cannot be decompressed"),
        (b"\x28\xb5\x2f\xfdgarbage", "cannot be decompressed"),
        (
            gzip.compress(tar([member("a", os.urandom(20_000))]))[:-5000],
            "cannot be decompressed: it is truncated",
        ),
        (tar([member("a", "x" * 2000)])[:1500], "does not match its digest"),
    ],
)
def test_layers_that_are_none(
    data: bytes, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([_BAD])
    made.oci(tmp_path / "i")
    name = digest(data)
    (tmp_path / "i" / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(data)
    layers = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": name, "size": len(data)}
    ]
    directory = tmp_path / "j"
    (tmp_path / "i" / "blobs").rename(tmp_path / "blobs")
    made.oci(directory, layers=layers)
    for blob in (tmp_path / "blobs" / "sha256").iterdir():
        blob.rename(directory / "blobs" / "sha256" / blob.name)
    _refused(capsys, message, directory)


def _header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    block = bytearray(512)
    block[: len(name)] = name
    block[100:108] = b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124 : 124 + len(size)] = size
    block[136:148] = b"00000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\x0000"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        assert size <= 2 << 20, "nobody asks for more at once, whatever a header says"
        return self._file.read(size)

    def skip(self, size: int, /) -> bool:
        left = len(self._file.getbuffer()) - self._file.tell()
        self._file.seek(min(size, left), os.SEEK_CUR)
        return size <= left


@pytest.mark.parametrize(
    "data",
    [
        _header(b"huge", b"\x80\0\0\0\x7f" + b"\xff" * 7),
        _header(b"huge", b"77777777777\0"),
        _header(b"negative", b"\xff" * 12),
        _header(b"pax", b"77777777777\0", b"x") + b"12 path=aaa\n",
        _header(b"long", b"77777777777\0", b"L") + b"x" * 600,
        _header(b"pax", b"00000000024\0", b"x") + b"99999999 path=x\n".ljust(512, b"\0"),
        _header(b"pax", b"00000000024\0", b"x") + b"-5 path=xxxxxxxxxxxx".ljust(512, b"\0"),
        _header(b"pax", b"00000000024\0", b"x") + b"20 size=-1\n         ".ljust(512, b"\0"),
        _header(b"sparse", b"00000000000\0", b"S")[:482] + b"\1" + b"\0" * 29,
        b"\0" * 100,
    ],
)
def test_headers_that_lie(data: bytes) -> None:
    with pytest.raises(ImageError):
        list(read_entries(_Bytes(data), "layer 1", Budget(Limits())))


def _pax_header(kind: bytes, record: bytes) -> bytes:
    return _header(b"pax", b"%011o\0" % len(record), kind) + record.ljust(512, b"\0")


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        (_pax_header(b"x", b"12 path=pax\n"), "/pax"),
        (_pax_header(b"g", b"12 path=all\n"), "/name"),
        (_pax_header(b"x", b"12 path=one\n") + _pax_header(b"x", b"12 path=two\n"), "/two"),
        (_header(b"long", b"00000000005\0", b"L") + b"long\0".ljust(512, b"\0"), "/long"),
        (
            _header(b"long", b"00000000005\0", b"L")
            + b"long\0".ljust(512, b"\0")
            + _pax_header(b"x", b"12 path=pax\n"),
            "/long",
        ),
        (_pax_header(b"x", b"8 path=\n"), "/name"),
    ],
)
def test_names_are_those_that_unpackers_take(headers: bytes, path: str) -> None:
    (entry,) = (
        entry
        for entry, _ in read_entries(
            _Bytes(headers + _header(b"name", b"00000000000\0")), "layer 1", Budget(Limits())
        )
    )
    assert entry.path == path


@settings(max_examples=300)
@given(st.binary(max_size=2000), st.integers(0, 1023))
def test_random_bytes_in_a_layer(data: bytes, offset: int) -> None:
    """Entries or an error, and never anything else."""
    whole = tar([member("etc/criu/runc.conf", "x"), member("l" * 150, link="y"), member("é", "z")])
    mutated = whole[:offset] + data + whole[offset + len(data) :]
    try:
        for entry, content in read_entries(_Bytes(mutated), "layer 1", Budget(Limits())):
            assert entry.path.startswith("/")
            assert ".." not in entry.path.split("/")
            content.read(10)
    except ImageError as error:
        told = str(error)
    else:
        told = "layer 1"
    assert told.startswith("layer 1")


# --- bombs


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_a_decompression_bomb(
    compression: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Zeros that shrink a thousand times and more are refused once they are many."""
    directory = tmp_path / "i"
    made = image([_BAD])
    made.oci(directory)
    size = 400 << 20
    info = tarfile.TarInfo("zeros")
    info.size = size
    path = tmp_path / "bomb"
    chunk = bytes(1 << 20)
    with gzip.open(path, "wb", 6) if compression == "gzip" else zstandard.open(path, "wb") as file:
        file.write(info.tobuf())
        for _ in range(size >> 20):
            file.write(chunk)
        file.write(bytes(1024))
    data = path.read_bytes()
    assert len(data) < size // 900
    name = digest(data)
    (directory / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(data)
    entry = [
        {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": name, "size": len(data)}
    ]
    (directory / "index.json").unlink()
    made.oci(directory, layers=entry)
    _refused(
        capsys,
        "grows more than 300 times when decompressed (--limit ratio=N allows more)",
        directory,
    )


def test_a_zstd_window_that_is_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x01\x00\x00"
    made = image([_BAD])
    directory = tmp_path / "i"
    made.oci(directory)
    name = digest(frame)
    (directory / "blobs" / "sha256" / name.partition(":")[2]).write_bytes(frame)
    (directory / "index.json").unlink()
    made.oci(directory, layers=[{"mediaType": "x", "digest": name, "size": len(frame)}])
    _refused(capsys, "cannot be decompressed", directory)


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("size=1K", "the layers have more than 1024 bytes"),
        ("entries=3", "the layers have more than 3 entries"),
        ("layers=1", "the image has 2 layers"),
        ("document=10", "has more than 10 bytes"),
        ("memory=1K", "reading it takes more than 1024 bytes"),
        ("file=3", "/etc/criu/runc.conf has more than 3 bytes"),
    ],
)
def test_limits(
    limit: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([_BAD, member("a"), member("b")], [member("c", "x" * 2000)])
    layout = made.oci(tmp_path / "i")
    _refused(capsys, message, "--limit", limit, layout)
    assert _run(capsys, layout)[0] == 1


def test_files_that_are_read_later_count_with_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What links lead to is read in a second round; the limit is for both."""
    large = "#" * 200_000 + "\n"
    here = [_BAD, member("etc/criu/default.conf", large)]
    linked = [member("root/.criu/default.conf", link="/data/x"), member("data/x", large)]
    limit = ("-q", "--limit", "memory=300K")
    for number, members in enumerate((here, [_BAD, *linked])):
        assert _run(capsys, *limit, image(members).oci(tmp_path / str(number)))[0] == 1
    _refused(
        capsys,
        "reading it takes more than",
        *limit,
        image([*here, *linked]).oci(tmp_path / "both"),
    )


def test_a_file_with_too_many_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first ones are told, those of files before it too, and the other images are checked."""
    many = image([_BAD, member("root/.criu/default.conf", "port 0\n" * 30)]).oci(tmp_path / "many")
    few = image([_BAD]).oci(tmp_path / "few")
    arguments = ("-q", "--select", "CRIU106", "--limit", "findings=5", many, few)
    status, out, err = _run(capsys, *arguments)
    assert status == 2
    assert (
        err == f"criulint: error: {many}: more than 5 findings (--limit findings=N allows more)\n"
    )
    assert [
        line.partition(": error")[0].partition(f"{tmp_path}/")[2] for line in out.splitlines()
    ] == [
        "many:/etc/criu/runc.conf:1:6",
        *(f"many:/root/.criu/default.conf:{line}:6" for line in range(1, 5)),
        "few:/etc/criu/runc.conf:1:6",
    ]


@pytest.mark.parametrize("kind", ["layers", "dir"])
def test_users_that_are_too_many(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whose homes are not known is said."""
    users = "app:x:1:1::/home/app:/bin/sh\n" * 10_000
    layout = image([_BAD, member("etc/passwd", users)]).oci(tmp_path / "layout")
    if kind == "dir":
        layout = tmp_path / "root"
        (layout / "etc").mkdir(parents=True)
        (layout / "etc" / "passwd").write_text(users, encoding="utf-8")
    status, out, err = _run(capsys, "-q", layout)
    assert status == 2
    assert (
        err
        == f"criulint: error: {layout}: /etc/passwd has more than 262144 bytes (--limit file=N allows more)\n"
    )
    assert ("runc.conf" in out) == (kind == "layers")


@pytest.mark.parametrize("word", ["size", "size=", "size=x", "speed=1", "=1", "size=-1"])
def test_a_limit_that_is_none(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--limit", word, "x"]) == 2
    assert "expected NAME=N" in capsys.readouterr().err


def _header_of(number: int) -> bytes:
    record = b"1000012 comment=".ljust(1_000_011, b"%d" % (number % 10)) + b"\n"
    return _header(b"pax", b"%011o\0" % len(record), b"x") + record.ljust(
        -(-len(record) // 512) * 512, b"\0"
    )


def _bare(*members: Any) -> bytes:
    """Entries without the end of an archive."""
    out = io.BytesIO()
    for info, data in members:
        out.write(info.tobuf(tarfile.GNU_FORMAT) + data.ljust(-(-len(data) // 512) * 512, b"\0"))
    return out.getvalue()


_MEASURED = """
import sys
from criulint.cli import main
status = main(sys.argv[1:])
with open("/proc/self/status", encoding="ascii") as told:
    (peak,) = (int(line.split()[1]) for line in told if line.startswith("VmHWM:"))
print(peak >> 10)
sys.exit(status)
"""


@pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="nobody tells the memory of a process"
)
@pytest.mark.parametrize(
    ("count", "make", "status"),
    [
        (20_000, lambda number: _bare(member(f"{number}/" + "/".join(["d" * 200] * 19), "x")), 2),
        (20_000, lambda number: _bare(member(f"l{number}", link="t" * 4000)), 2),
        (
            100,
            lambda number: _bare(member(f"etc/criu/{number}.conf", b"# %d\n" % number * 140_000)),
            2,
        ),
        (100, _header_of, 1),
        (
            20_000,
            lambda number: _bare(member(f"b{number}", f"#!/{'x' * 240}{number}\n", mode=0o755)),
            2,
        ),
    ],
    ids=["names", "links", "files", "headers", "scripts"],
)
def test_memory_is_bounded(
    count: int, make: Callable[[int], bytes], status: int, tmp_path: Path
) -> None:
    """What would have to be kept is refused beyond the limit, and what is not kept takes nothing."""
    layer = b"".join(map(make, range(count))) + tar([_BAD])
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
        *([[member(f"f{number % 7}", "x")] for number in range(999)] + [[_BAD]]), compression="none"
    )
    assert _run(capsys, made.oci(tmp_path / "i"))[0] == 1
    more = image(*([[_BAD]] * 1001), compression="none")
    _refused(capsys, "the image has 1001 layers", more.oci(tmp_path / "j"))


# --- documents


def _index(directory: Path, document: object) -> Path:
    directory.mkdir()
    (directory / "oci-layout").write_text("{}", encoding="utf-8")
    text = document if isinstance(document, str) else json.dumps(document)
    (directory / "index.json").write_text(text, encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "index.json is not JSON"),
        ("[]", "index.json is not a JSON object"),
        ("{}", "index.json has no list of manifests"),
        ({"manifests": {}}, "index.json has no list of manifests"),
        ({"manifests": [1]}, "index.json has no list of manifests"),
        ({"manifests": []}, "no image for"),
        ({"manifests": [{}]}, "'None' is not a digest"),
        ({"manifests": [{"digest": "sha256:../../etc/passwd", "size": 1}]}, "is not a digest"),
        ({"manifests": [{"digest": "md5:" + "0" * 32, "size": 1}]}, "is not a digest"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64}]}, "has the size None"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": -1}]}, "has the size -1"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": True}]}, "has the size True"),
        (
            {"manifests": [{"digest": "sha256:" + "0" * 64, "size": 10**12}]},
            "more than the 8388608 allowed",
        ),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": 5}]}, "No such file or directory"),
        ("[" * 200_000, "index.json is not JSON"),
        ('{"manifests": ' + "[" * 100_000, "index.json is not JSON"),
    ],
)
def test_documents_that_are_wrong(
    document: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(capsys, message, _index(tmp_path / "i", document))


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["all", "gzip"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def _with(document: Any, path: list[int], value: Any) -> Any:
    """A document with something in it replaced; the numbers choose the way there."""
    if not path or not isinstance(document, (dict, list)) or not document:
        return value
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = keys[path[0] % len(keys)]
    changed = document.copy()
    changed[key] = _with(document[key], path[1:], value)
    return changed


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    which=st.sampled_from(["config", "manifest", "index"]),
    path=st.lists(st.integers(0, 20), max_size=5),
    value=_JSON,
)
def test_whatever_the_documents_say(
    which: str, path: list[int], value: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mistake in a document, with digests that are right, is one line of error at the most."""
    made = image(
        [_BAD],
        env=["CRIU_CONFIG_FILE=/etc/criu/runc.conf"],
        labels={"org.criu.config": "/x"},
        annotations={"a": "b"},
    )
    with tempfile.TemporaryDirectory(dir=tmp_path) as scratch:
        layout = Path(scratch)
        blobs = layout / "blobs" / "sha256"
        made.oci(layout)

        def put(document: Any, changed: bool) -> dict[str, Any]:
            data = json.dumps(_with(document, path, value) if changed else document).encode()
            (blobs / digest(data).partition(":")[2]).write_bytes(data)
            return {"digest": digest(data), "size": len(data)}

        index = json.loads((layout / "index.json").read_text(encoding="utf-8"))
        manifest = json.loads(
            (blobs / index["manifests"][0]["digest"].partition(":")[2]).read_text(encoding="utf-8")
        )
        manifest["config"] |= put(made.config, which == "config")
        index["manifests"][0] |= put(manifest, which == "manifest") | {
            "platform": {"os": "linux", "architecture": "amd64"}
        }
        index = _with(index, path, value) if which == "index" else index
        (layout / "index.json").write_text(json.dumps(index), encoding="utf-8")
        status, _, err = _run(capsys, "-q", "--platform", "linux/amd64", layout)
        assert status in (0, 1, 2), err
        assert len(err.splitlines()) == int(status == 2)


def test_an_index_that_holds_itself_is_impossible_but_a_deep_one_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "i"
    image([_BAD]).oci(directory)
    entry = json.loads((directory / "index.json").read_text(encoding="utf-8"))["manifests"][0]
    for _ in range(8):
        inner = json.dumps({"manifests": [entry]}).encode()
        (directory / "blobs" / "sha256" / digest(inner).partition(":")[2]).write_bytes(inner)
        entry = {
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "digest": digest(inner),
            "size": len(inner),
        }
    (directory / "index.json").write_text(json.dumps({"manifests": [entry]}), encoding="utf-8")
    _refused(capsys, "indexes that are nested", directory)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layers": 5}, "has no list of layers"),
        ({"config": None}, "names no configuration"),
        ({"layers": []}, "the manifest has 0 layers, but the configuration has 1"),
    ],
)
def test_manifests_that_are_wrong(
    change: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(capsys, message, image([_BAD]).oci(tmp_path / "i", **change))


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({"config": 5}, 1),
        ({"config": {"Env": 5, "Labels": []}}, 1),
        ({"config": {"Env": [1, None, "X"], "Labels": {"org.criu.config": 5}}}, 1),
        ({"history": 5}, 1),
        ({"history": [1, {"created_by": 5}, {"empty_layer": "x"}]}, 1),
        ({"os": 5, "architecture": []}, 1),
        ({"rootfs": 5}, 2),
        ({"rootfs": {"diff_ids": "x"}}, 2),
        ({"rootfs": {"diff_ids": [5]}}, 2),
    ],
)
def test_odd_types_in_the_configuration(
    config: dict[str, Any], status: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(capsys, "-q", image([_BAD], **config).oci(tmp_path / "i"))[0] == status


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Layers": 5}, "names no configuration, or no layers"),
        ({"Layers": ["gone.tar"]}, "has no gone.tar"),
        ({"Layers": ["../../../etc/passwd"]}, "has no etc/passwd"),
        ({"Config": "/etc/passwd"}, "has no etc/passwd"),
        ({"Config": 5}, "names no configuration"),
    ],
)
def test_docker_archives_that_are_wrong(
    changes: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _refused(
        capsys,
        message,
        f"docker-archive:{image([_BAD]).docker_archive(tmp_path / 'x.tar', **changes)}",
    )


def test_a_docker_archives_layer_may_be_a_link_to_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old versions of Docker write equal layers that way."""
    made = image([_BAD], [_BAD])
    config = json.dumps(made.config).encode()
    manifest = [{"Config": "c.json", "RepoTags": None, "Layers": ["a/layer.tar", "b/layer.tar"]}]
    path = tmp_path / "x.tar"
    path.write_bytes(
        tar(
            [
                member("c.json", config),
                member("a/layer.tar", made.layers[0]),
                member("b/layer.tar", link="../a/layer.tar"),
                member("manifest.json", json.dumps(manifest)),
            ]
        )
    )
    assert _run(capsys, path)[0] == 1


@pytest.mark.parametrize("link", ["../../etc/passwd", "/etc/passwd", "b/layer.tar"])
def test_a_docker_archives_link_does_not_lead_out(
    link: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([_BAD])
    manifest = [{"Config": "c.json", "Layers": ["b/layer.tar"]}]
    members = [
        member("c.json", json.dumps(made.config)),
        member("b/layer.tar", link=link),
        member("manifest.json", json.dumps(manifest)),
    ]
    path = tmp_path / "x.tar"
    path.write_bytes(tar(members))
    _refused(capsys, "has no ", path)


def test_names_in_a_docker_archive_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "\x1b[2Jc.json"
    manifest = [{"Config": name, "Layers": []}]
    path = tmp_path / "x.tar"
    path.write_bytes(tar([member(name, "nonsense"), member("manifest.json", json.dumps(manifest))]))
    _refused(capsys, r"\x1b[2Jc.json is not JSON", path)


def test_a_skopeo_directory_with_a_manifest_that_is_too_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "version").write_text("Directory Transport Version: 1.1\n", encoding="utf-8")
    (tmp_path / "manifest.json").write_text(json.dumps({"schemaVersion": 2}), encoding="utf-8")
    _refused(capsys, "manifest.json has more than 10 bytes", "--limit", "document=10", tmp_path)


def test_archives_that_are_no_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    _refused(capsys, "is not a file", f"docker-archive:{fifo}")
    _refused(capsys, "is not a file", f"oci-archive:{tmp_path}")
    _refused(capsys, "No such file or directory", f"docker-archive:{tmp_path}/gone")
    (tmp_path / "text").write_text("hello\n", encoding="utf-8")
    _refused(capsys, "text", tmp_path / "text")
    (tmp_path / "empty").touch()
    _refused(capsys, "is not an image archive", tmp_path / "empty")


def test_a_compressed_archive_that_is_a_bomb(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.tar.gz"
    with gzip.open(path, "wb", 6) as file:
        for _ in range(300):
            file.write(bytes(1 << 20))
    _refused(capsys, "grows more than 300 times", path)


def test_one_bad_image_does_not_hide_the_findings_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = image([_BAD]).oci(tmp_path / "i")
    status, out, err = _run(capsys, "-q", tmp_path / "gone.tar", good)
    assert status == 2
    assert "CRIU106" in out
    assert len(err.splitlines()) == 1


def test_the_context_closes_what_it_opened(tmp_path: Path) -> None:
    path = image([_BAD]).docker_archive(tmp_path / "x.tar")
    with open_images(parse_reference(str(path)), None, Limits()) as found:
        assert [len(one.layers) for one in found] == [1]
