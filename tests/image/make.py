# SPDX-License-Identifier: MIT
"""Makes images, good and bad ones, byte by byte."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import tarfile
from typing import TYPE_CHECKING, Any, NamedTuple

import zstandard

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def member(
    name: str,
    data: bytes | str = b"",
    *,
    mode: int = 0o644,
    uid: int = 0,
    gid: int = 0,
    link: str | None = None,
    hard: str | None = None,
    kind: bytes | None = None,
) -> tuple[tarfile.TarInfo, bytes]:
    """Return an entry of a layer.

    It is a file, or a directory if the name ends with a slash, or what `link`, `hard` or
    `kind` say.
    """
    info = tarfile.TarInfo(name.rstrip("/") or name)
    data = data.encode() if isinstance(data, str) else data
    info.mode, info.uid, info.gid = mode, uid, gid
    if kind is not None:
        info.type = kind
    elif link is not None:
        info.type, info.linkname, data = tarfile.SYMTYPE, link, b""
    elif hard is not None:
        info.type, info.linkname, data = tarfile.LNKTYPE, hard, b""
    elif name.endswith("/"):
        info.type, data = tarfile.DIRTYPE, b""
        info.mode = 0o755 if mode == 0o644 else mode
    info.size = len(data)
    return info, data


def read_tree(root: Path) -> list[tuple[tarfile.TarInfo, bytes]]:
    """Return what is in a directory as the entries of a layer."""
    found = []
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found.append(member(name, link=os.readlink(path)))
        elif path.is_dir():
            found.append(member(f"{name}/", mode=path.stat().st_mode & 0o7777))
        elif path.is_file():
            found.append(member(name, path.read_bytes(), mode=path.stat().st_mode & 0o7777))
    return found


def write_tree(members: Iterable[tuple[tarfile.TarInfo, bytes]], root: Path) -> Path:
    """Write the entries of a layer, without whiteouts, into a directory."""
    root.mkdir(parents=True, exist_ok=True)
    for info, data in members:
        path = root / info.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if info.issym():
            path.symlink_to(info.linkname)
        elif info.islnk():
            path.hardlink_to(root / info.linkname)
        elif info.isdir():
            path.mkdir(exist_ok=True)
        else:
            path.write_bytes(data)
        if not info.issym():
            path.chmod(info.mode)
    return root


def tar(
    members: Iterable[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.PAX_FORMAT
) -> bytes:
    """Return a tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def compressed(data: bytes, how: str) -> bytes:
    """Return a layer as it is stored."""
    if how == "gzip":
        return gzip.compress(data, 6, mtime=0)
    return zstandard.ZstdCompressor().compress(data) if how == "zstd" else data


_SUFFIXES = {"none": "", "gzip": "+gzip", "zstd": "+zstd"}


class Made(NamedTuple):
    """An image: its layers as tar archives, and its documents."""

    layers: list[bytes]
    config: dict[str, Any]
    annotations: dict[str, str]
    compression: str = "gzip"

    def oci(self, directory: Path, tag: str | None = None, **changes: Any) -> Path:
        """Write an OCI layout. `changes` replace parts of the manifest."""
        blobs = directory / "blobs" / "sha256"
        blobs.mkdir(parents=True, exist_ok=True)

        def put(data: bytes, media: str) -> dict[str, Any]:
            (blobs / digest(data).partition(":")[2]).write_bytes(data)
            return {"mediaType": media, "digest": digest(data), "size": len(data)}

        media = f"application/vnd.oci.image.layer.v1.tar{_SUFFIXES[self.compression]}"
        manifest = {
            "schemaVersion": 2,
            "config": put(
                json.dumps(self.config).encode(), "application/vnd.oci.image.config.v1+json"
            ),
            "layers": [put(compressed(layer, self.compression), media) for layer in self.layers],
            "annotations": self.annotations,
            **changes,
        }
        entry = put(json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
        if tag:
            entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
        index_file = directory / "index.json"
        index = (
            json.loads(index_file.read_text(encoding="utf-8"))
            if index_file.exists()
            else {"manifests": []}
        )
        index["manifests"].append(entry)
        index_file.write_text(json.dumps({"schemaVersion": 2, **index}), encoding="utf-8")
        (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}', encoding="utf-8")
        return directory

    def oci_archive(self, path: Path, tag: str | None = None) -> Path:
        """Write the layout into an archive."""
        directory = self.oci(path.with_suffix(".dir"), tag)
        with tarfile.open(path, "w") as archive:
            archive.add(directory, ".")
        return path

    def docker_archive(
        self, path: Path, tags: tuple[str, ...] = ("x:latest",), **changes: Any
    ) -> Path:
        """Write what ``docker save`` does."""
        config = json.dumps(self.config).encode()
        name = f"{digest(config).partition(':')[2]}.json"
        layers = [f"{digest(layer).partition(':')[2]}.tar" for layer in self.layers]
        manifest = [{"Config": name, "RepoTags": list(tags), "Layers": layers, **changes}]
        members = [
            member(name, config),
            *(member(one, data) for one, data in zip(layers, self.layers, strict=True)),
        ]
        path.write_bytes(tar([*members, member("manifest.json", json.dumps(manifest))]))
        return path


def image(
    *layers: Iterable[tuple[tarfile.TarInfo, bytes]] | bytes,
    env: Iterable[str] = (),
    labels: dict[str, str] | None = None,
    history: list[dict[str, Any]] | None = None,
    annotations: dict[str, str] | None = None,
    compression: str = "gzip",
    architecture: str = "amd64",
    **config: Any,
) -> Made:
    """Return an image with these layers."""
    archives = [layer if isinstance(layer, bytes) else tar(layer) for layer in layers]
    document = {
        "os": "linux",
        "architecture": architecture,
        "config": {"Env": list(env), "Labels": labels or {}},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in archives]},
        "history": history
        if history is not None
        else [{"created_by": f"RUN step {n}"} for n in range(1, len(layers) + 1)],
        **config,
    }
    return Made(archives, document, annotations or {}, compression)


STATUS = "Package: criu\nStatus: install ok installed\nVersion: {}\n\n"


def several(directory: Path, tag: str | None = None) -> Path:
    """Write an OCI layout with a multi-platform image."""
    architectures = ("amd64", "arm64", "s390x")
    for architecture in architectures:
        image(
            [member("etc/criu/runc.conf", f"bad-{architecture}\n")], architecture=architecture
        ).oci(directory)
    index = json.loads((directory / "index.json").read_text(encoding="utf-8"))
    for entry, architecture in zip(index["manifests"], architectures, strict=True):
        entry["platform"] = {"os": "linux", "architecture": architecture}
    media = "application/vnd.oci.image.index.v1+json"
    inner = json.dumps(
        {"schemaVersion": 2, "mediaType": media, "manifests": index["manifests"]}
    ).encode()
    (directory / "blobs" / "sha256" / digest(inner).partition(":")[2]).write_bytes(inner)
    outer: dict[str, Any] = {"mediaType": media, "digest": digest(inner), "size": len(inner)}
    if tag:
        outer["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (directory / "index.json").write_text(
        json.dumps({"schemaVersion": 2, "manifests": [outer]}), encoding="utf-8"
    )
    return directory


def tar_header(name: bytes, size: bytes, kind: bytes = b"0") -> bytes:
    """Return a block with a header that may claim anything."""
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
