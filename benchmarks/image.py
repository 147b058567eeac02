# SPDX-License-Identifier: MIT
"""``criulint image`` beside what else reads an image: time and peak memory, in the same run.

``python benchmarks/image.py [--megabytes 1000] [--layers 20]`` makes an image of this system's
own files, and runs criulint, ``skopeo copy`` with ``umoci unpack``, ``tar -tzf`` of every
layer, and ``gzip -dc`` of every layer, in turns. It prints the median of the seconds, the ratio
to decompressing, and the most memory of any process, in MiB.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _material(size: int) -> bytes:
    """Bytes that compress as a system's files do: programs and libraries of this one."""
    pieces, total = [], 0
    for directory in ("/usr/lib", "/usr/bin", "/usr/share"):
        for root, _, names in os.walk(directory):
            for name in sorted(names):
                path = os.path.join(root, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    with open(path, "rb") as file:
                        data = file.read(4 << 20)
                    pieces.append(data)
                    total += len(data)
                    if total > size:
                        return b"".join(pieces)
    return b"".join(pieces) * (size // max(total, 1) + 1)


def _make(directory: Path, megabytes: int, layers: int) -> None:
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    share = (megabytes << 20) // layers
    material = _material(megabytes << 20)
    described, diff_ids = [], []
    for number in range(layers):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:

            def add(name: str, data: bytes, archive: tarfile.TarFile = archive) -> None:
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(data), 0o755
                archive.addfile(info, io.BytesIO(data))

            chunk = material[number * share : (number + 1) * share]
            for start in range(0, len(chunk), 20_000):
                add(f"usr/l{number}/d{start // 2_000_000}/f{start}", chunk[start : start + 20_000])
            if number in (3, layers // 2, layers - 1):
                add(
                    f"etc/criu/{('default', 'runc', 'crun')[number % 3]}.conf", b"tcp-close false\n"
                )
        data = out.getvalue()
        stored = gzip.compress(data, 6)
        (blobs / _digest(stored)).write_bytes(stored)
        diff_ids.append(f"sha256:{_digest(data)}")
        media = "application/vnd.oci.image.layer.v1.tar+gzip"
        described.append(
            {"mediaType": media, "digest": f"sha256:{_digest(stored)}", "size": len(stored)}
        )

    def put(document: object, media: str) -> dict[str, object]:
        data = json.dumps(document).encode()
        (blobs / _digest(data)).write_bytes(data)
        return {"mediaType": media, "digest": f"sha256:{_digest(data)}", "size": len(data)}

    config = put(
        {
            "os": "linux",
            "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": diff_ids},
        },
        "application/vnd.oci.image.config.v1+json",
    )
    manifest = put(
        {"schemaVersion": 2, "config": config, "layers": described},
        "application/vnd.oci.image.manifest.v1+json",
    )
    manifest["annotations"] = {"org.opencontainers.image.ref.name": "v1"}
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [manifest]}))
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')


def _time_command(command: str, directory: Path) -> tuple[float, float]:
    """Seconds and peak MiB of a shell command."""
    shutil.rmtree(directory / "out", ignore_errors=True)
    started = time.perf_counter()
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise SystemExit(f"{command}: {process.stderr.read().decode() if process.stderr else ''}")
    return seconds, usage.ru_maxrss / 1024


def main() -> None:
    """Make the image, run all in turns, and print a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--layers", type=int, default=20)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="criulint-bench-") as scratch:
        directory = Path(scratch)
        # In a process of its own: a child's peak would begin at what this one holds.
        maker = multiprocessing.Process(
            target=_make, args=(directory / "image", args.megabytes, args.layers)
        )
        maker.start()
        maker.join()
        each = (
            "for blob in image/blobs/sha256/*;"
            " do [ $(stat -c %s $blob) -gt 100000 ] && {}; done; true"
        )
        commands = {
            "gzip -dc of every layer": each.format("gzip -dc $blob > /dev/null"),
            "criulint image": f"{sys.executable} -m criulint image --isolated --criu 4.2"
            " --fail-on never oci:image:v1",
            "tar -tzf of every layer": each.format("tar -tzf $blob > /dev/null"),
        }
        if shutil.which("skopeo") and shutil.which("umoci"):
            copy = "skopeo --insecure-policy copy -q oci:image:v1 oci:out/copy:v1"
            commands["skopeo copy + umoci unpack"] = (
                f"mkdir out && {copy} && umoci unpack --image out/copy:v1 out/bundle"
            )
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(args.runs):
            for name, command in commands.items():
                found[name].append(_time_command(command, directory))
        base = statistics.median(seconds for seconds, _ in found["gzip -dc of every layer"])
        print(f"{'':28}{'seconds':>9}{'ratio':>8}{'MiB':>7}")
        for name, runs in found.items():
            seconds = statistics.median(seconds for seconds, _ in runs)
            print(
                f"{name:28}{seconds:9.2f}{seconds / base:8.2f}"
                f"{max(memory for _, memory in runs):7.0f}"
            )


if __name__ == "__main__":
    main()
