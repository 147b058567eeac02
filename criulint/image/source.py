# SPDX-License-Identifier: GPL-2.0-only
"""Where images come from: OCI layouts, archives, and what skopeo brings out of registries and local stores.

Sources: OCI image-spec (image-layout.md, image-index.md, manifest.md, config.md); Docker, image/spec (v1.2).
"""

from __future__ import annotations

import io
import os
import platform as host
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, NamedTuple, cast

from criulint.image import Budget, ImageError, Limits
from criulint.image.blob import (
    Blob,
    checked_digest,
    decompressed,
    is_compressed,
    json_object,
    pieces,
    read_document,
)
from criulint.image.filesystem import Layer
from criulint.image.layer import entries, plain_path
from criulint.image.reference import Reference
from criulint.rules.words import shown, visible
from criulint.surroundings import Kind

_INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i686": "386", "armv7l": "arm"}
# An index may hold indexes, and a hostile one itself.
_DEEPEST = 4
_MOST_MANIFESTS = 1000


class Image(NamedTuple):
    """An image: what its documents say, and its layers from the first to the last.

    `digest` is that of its manifest, or of its configuration in a docker archive.
    """

    name: str
    digest: str
    platform: str
    config: Mapping[str, Any]
    annotations: Mapping[str, str]
    layers: list[Layer]

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its configuration."""
        return _strings(self._container.get("Labels"))

    @property
    def environment(self) -> dict[str, str]:
        """The variables that its processes get."""
        found = self._container.get("Env")
        pairs = [word.partition("=") for word in found if isinstance(word, str)] if isinstance(found, list) else []
        return {name: value for name, _, value in pairs}

    @property
    def history(self) -> list[dict[str, Any]]:
        """The build steps, the first one first."""
        found = self.config.get("history")
        return [step for step in found if isinstance(step, dict)] if isinstance(found, list) else []

    @property
    def _container(self) -> Mapping[str, Any]:
        found = self.config.get("config")
        return found if isinstance(found, dict) else {}


def _strings(found: object) -> dict[str, str]:
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


def this_platform() -> str:
    """The platform of this machine, as manifests name it."""
    return f"linux/{_MACHINES.get(host.machine(), host.machine().lower())}"


#: Opens a blob by its digest.
_Open = Callable[[str], BinaryIO]


@contextmanager
def images(
    reference: Reference, platform: str | None, limits: Limits, *, plain_http: bool = False
) -> Iterator[Iterator[Image]]:
    """The images that a name means, for `platform` (None: this machine's; ``all``). ImageError if there are none.

    They can be read as long as the context lasts; what has to be put on disk for that is gone after it.
    """
    with ExitStack() as stack:
        kind, location = reference.kind, reference.location
        if kind in ("registry", "docker-daemon", "containers-storage", "name"):
            location = _fetched(reference, platform, stack, plain_http=plain_http)
            kind = "oci"
        if kind == "oci":
            yield _layout(reference, _Directory(location), platform, limits)
        else:
            archive = stack.enter_context(_archive(location, limits))
            if kind == "archive":
                kind = "docker-archive" if "manifest.json" in archive.members else "oci-archive"
            if kind == "oci-archive" and "index.json" not in archive.members:
                raise ImageError(
                    f"{visible(location)} is no archive of an image: it has neither index.json nor manifest.json"
                )
            if kind == "oci-archive":
                yield _layout(reference, archive, platform, limits)
            else:
                yield _docker(reference, archive, limits)


# --- OCI layouts


class _Store:
    """Files by their names."""

    def open(self, name: str) -> BinaryIO:
        """The content of a file. ImageError if it is not there."""
        raise NotImplementedError


class _Directory(_Store):
    def __init__(self, directory: str) -> None:
        self._directory = directory

    def open(self, name: str) -> BinaryIO:
        path = os.path.join(self._directory, name)
        try:
            descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise ImageError(f"{visible(path)} is not a file")
        except OSError as error:
            raise ImageError(f"{visible(path)}: {error.strerror or error}") from None
        return os.fdopen(descriptor, "rb")


def _layout(reference: Reference, store: _Store, platform: str | None, limits: Limits) -> Iterator[Image]:
    index = read_document(Blob("", None, "index.json", lambda: store.open("index.json")), limits)

    def open_blob(digest: str) -> BinaryIO:
        algorithm, _, value = digest.partition(":")
        return store.open(f"blobs/{algorithm}/{value}")

    manifests = _listed(index, "manifests", "index.json")
    if reference.tag:
        wanted = [entry for entry in manifests if _strings(entry.get("annotations")).get(_REF_NAME) == reference.tag]
        if not wanted:
            names = [_strings(entry.get("annotations")).get(_REF_NAME) for entry in manifests]
            known = ", ".join(visible(name) for name in names if name) or "no names"
            raise ImageError(f"{visible(reference.location)} has no image {shown(reference.tag)!r}: it has {known}")
        manifests = wanted
    yield from _manifests(reference.text, manifests, open_blob, platform, limits)


_REF_NAME = "org.opencontainers.image.ref.name"


def _manifests(
    name: str, entries: list[dict[str, Any]], open_blob: _Open, platform: str | None, limits: Limits
) -> Iterator[Image]:
    """The images of an index's entries, those of other indexes among them."""
    found: list[tuple[str, Blob]] = []
    _gather(entries, open_blob, limits, found, 0)
    wanted = this_platform() if platform is None else platform
    if wanted == "all" or len(found) == 1:
        chosen = found
    else:
        chosen = [(told, blob) for told, blob in found if not told or _matches(told, wanted)]
    if not chosen:
        known = ", ".join(sorted({visible(told) for told, _ in found if told})) or "none"
        raise ImageError(f"no image for {shown(wanted)}; there is {known} (--platform)")
    for told, blob in chosen:
        image = _image(name, blob, told, open_blob, limits)
        if image.platform and platform not in (None, "all") and not _matches(image.platform, wanted):
            raise ImageError(f"the image is for {visible(image.platform)}, not for {shown(wanted)} (--platform)")
        yield image


def _gather(
    entries: list[dict[str, Any]], open_blob: _Open, limits: Limits, found: list[tuple[str, Blob]], depth: int
) -> None:
    if depth > _DEEPEST:
        raise ImageError("the index holds indexes that hold indexes without end")
    for entry in entries:
        if len(found) > _MOST_MANIFESTS:
            raise ImageError(f"the index has more than {_MOST_MANIFESTS} images")
        blob = _described(entry, open_blob)
        if blob.media_type in _INDEXES:
            _gather(_listed(read_document(blob, limits), "manifests", blob.digest), open_blob, limits, found, depth + 1)
        elif _strings(entry.get("annotations")).get("vnd.docker.reference.type") is None:  # no attestation
            found.append((_platform(entry.get("platform")), blob))


def _described(entry: dict[str, Any], open_blob: _Open) -> Blob:
    """The blob that a descriptor describes."""
    digest = checked_digest(entry.get("digest"))
    size, media_type = entry.get("size"), entry.get("mediaType")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ImageError(f"{digest} has {shown(str(size))} for a size")
    return Blob(digest, size, media_type if isinstance(media_type, str) else "", lambda: open_blob(digest))


def _listed(document: Mapping[str, Any], key: str, what: str) -> list[dict[str, Any]]:
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ImageError(f"{what} has no list of {key}")
    return found


def _platform(found: object) -> str:
    """``os/architecture[/variant]``, or nothing if that is not told."""
    parts = _strings(found)
    words = [parts.get("os", ""), parts.get("architecture", ""), parts.get("variant", "")]
    return "/".join(word for word in words if word) if words[0] and words[1] else ""


def _matches(told: str, wanted: str) -> bool:
    """Whether a platform is the wanted one; a variant need not be named."""
    return told == wanted or told.startswith(f"{wanted}/") or wanted.startswith(f"{told}/")


def _image(name: str, blob: Blob, platform: str, open_blob: _Open, limits: Limits) -> Image:
    manifest = read_document(blob, limits)
    described = manifest.get("config")
    if not isinstance(described, dict):
        raise ImageError(f"{blob.digest} is no manifest of an image: it names no configuration")
    config = read_document(_described(described, open_blob), limits)
    blobs = [_described(entry, open_blob) for entry in _listed(manifest, "layers", blob.digest)]
    layers = _layers(blobs, config)
    return Image(name, blob.digest, platform or _platform(config), config, _strings(manifest.get("annotations")), layers)


def _layers(blobs: list[Blob], config: Mapping[str, Any]) -> list[Layer]:
    """The layers, each with the digest that its content has to have."""
    rootfs = config.get("rootfs")
    ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(ids, list):
        raise ImageError("the image's configuration names no layers")
    if len(ids) != len(blobs):
        raise ImageError(f"the manifest has {len(blobs)} layers, and the configuration {len(ids)}")
    return [
        Layer(number, blob, checked_digest(diff_id))
        for number, (blob, diff_id) in enumerate(zip(blobs, ids, strict=True), 1)
    ]


# --- archives


class _Archive(_Store):
    """A tar archive of an image, whose members are read where they are."""

    def __init__(self, name: str, file: BinaryIO, limits: Limits) -> None:
        self._name = name
        self._file = file
        #: Offset and size of each member, or the name of the member that it links to.
        self.members: dict[str, tuple[int, int] | str] = {}
        stream = _Seekable(file)
        for entry, _ in entries(stream, visible(name), Budget(limits)):
            path = entry.path[1:]
            if entry.hard is not None:
                self.members[path] = entry.hard[1:]
            elif entry.kind is Kind.LINK:
                self.members[path] = plain_path(f"{os.path.dirname(path)}/{entry.link}")[1:]
            elif entry.kind is Kind.FILE:
                self.members[path] = stream.position, entry.size

    def open(self, name: str) -> BinaryIO:
        for _ in range(10):
            found = self.members.get(name)
            if isinstance(found, str):
                name = found
                continue
            break
        if not isinstance(found, tuple):
            raise ImageError(f"{visible(self._name)} has no {shown(name)}")
        return cast("BinaryIO", _Part(self._file, *found))


class _Seekable:
    """A file as `criulint.image.layer` wants it; what is skipped is not read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.position = file.seek(0)

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.position += len(data)
        return data

    def skip(self, size: int, /) -> bool:
        if self.position + size > self._size:
            return False
        self.position = self._file.seek(self.position + size)
        return True


class _Part(io.RawIOBase):
    """A part of a file; several can be read in turns."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        self._file = file
        self._offset = offset
        self._left = size

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        self._file.seek(self._offset)
        data = self._file.read(size)
        self._offset += len(data)
        self._left -= len(data)
        return data


@contextmanager
def _archive(path: str, limits: Limits) -> Iterator[_Archive]:
    """An archive; a compressed one is decompressed into a temporary file."""
    with _Directory("").open(path) if path != "-" else _spooled(limits) as file:
        head = file.read(4)
        file.seek(0)
        if is_compressed(head):
            with tempfile.TemporaryFile(prefix="criulint-") as whole:
                for data in decompressed(pieces(file, visible(path)), visible(path), limits, Budget(limits)):
                    whole.write(data)
                whole.seek(0)
                yield _Archive(path, cast("BinaryIO", whole), limits)
        else:
            yield _Archive(path, file, limits)


@contextmanager
def _spooled(limits: Limits) -> Iterator[BinaryIO]:
    """Standard input, which can be read once only, in a temporary file."""
    import sys

    with tempfile.TemporaryFile(prefix="criulint-") as whole:
        budget = Budget(limits)
        while data := sys.stdin.buffer.read(1 << 20):
            budget.decompressed(len(data))
            whole.write(data)
        whole.seek(0)
        yield cast("BinaryIO", whole)


def _docker(reference: Reference, archive: _Archive, limits: Limits) -> Iterator[Image]:
    with archive.open("manifest.json") as file:
        data = file.read(limits.document + 1)
    if len(data) > limits.document:
        raise ImageError(f"manifest.json has more than {limits.document} bytes (--limit document=N allows more)")
    manifests = _listed(json_object(b'{"images": ' + data + b"}", "manifest.json"), "images", "manifest.json")
    if reference.tag:
        wanted = _familiar(reference.tag)
        manifests = [entry for entry in manifests if wanted in map(_familiar, _tags(entry))]
    if not manifests:
        raise ImageError(f"{visible(reference.location)} has no image {shown(reference.tag or '')!r}")
    for manifest in manifests:
        names = manifest.get("Layers")
        config_name = manifest.get("Config")
        if not isinstance(config_name, str) or not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise ImageError("manifest.json names no configuration, or no layers")
        config = read_document(_member(archive, config_name), limits)
        blobs = [_member(archive, name) for name in names]
        digest = config_name.removesuffix(".json").rpartition("/")[2]
        tags = [tag for tag in _tags(manifest) if tag]
        text = reference.text if len(manifests) == 1 or not tags else f"{reference.text}:{tags[0]}"
        yield Image(text, f"sha256:{digest}", _platform(config), config, {}, _layers(blobs, config))


def _member(archive: _Archive, name: str) -> Blob:
    return Blob("", None, name, lambda: archive.open(plain_path(name)[1:]))


def _familiar(tag: str) -> str:
    """A name without what Docker leaves out of it."""
    tag = tag.removeprefix("docker.io/").removeprefix("library/")
    return tag if ":" in tag.rpartition("/")[2] else f"{tag}:latest"


def _tags(entry: Mapping[str, Any]) -> list[str]:
    found = entry.get("RepoTags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []


# --- other programs


def _fetched(reference: Reference, platform: str | None, stack: ExitStack, *, plain_http: bool) -> str:
    """Copy an image, as it is stored, into a private directory; skopeo knows tokens, credentials and stores."""
    skopeo = shutil.which("skopeo")
    if not skopeo:
        raise ImageError(f"{visible(reference.text)}: skopeo is needed for it, and is not installed")
    directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="criulint-"))
    last = None
    for source in _sources(reference):
        command = [skopeo, "--insecure-policy", "copy", "--quiet"]
        if platform == "all" and source.startswith("docker://"):
            command.append("--all")
        elif platform:
            system, _, rest = platform.partition("/")
            architecture, _, variant = rest.partition("/")
            command[2:2] = ["--override-os", system, "--override-arch", architecture]
            command[2:2] = ["--override-variant", variant] if variant else []
        if plain_http:
            command.append("--src-tls-verify=false")
        target = os.path.join(directory, "image")
        done = subprocess.run(
            [*command, source, f"oci:{target}"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        if done.returncode == 0:
            return target
        last = last or done.stderr
    raise ImageError(f"{visible(reference.text)}: {_reason(last or '')}")


def _sources(reference: Reference) -> list[str]:
    """What skopeo calls it; a bare name may lie in a local store or in a registry."""
    location = reference.location
    named = location if "@" in location or ":" in location.rpartition("/")[2] else f"{location}:latest"
    if reference.kind == "registry":
        return [f"docker://{location}"]
    if reference.kind == "name":
        return [f"docker://{location}", f"containers-storage:{named}", f"docker-daemon:{named}"]
    return [f"{reference.kind}:{named}"]


def _reason(complaint: str) -> str:
    """The last line of skopeo's complaint, without its time and level."""
    line = (complaint.strip().splitlines() or ["skopeo failed"])[-1]
    _, found, message = line.partition(' msg="')
    return visible(message.removesuffix('"').replace('\\"', '"') if found else line)
