# SPDX-License-Identifier: GPL-2.0-only
"""Where images come from: OCI layouts, archives, and what `fetch` brings out of registries and local stores.

Sources: OCI image-spec (image-layout.md, image-index.md, manifest.md, config.md); Docker, image/spec (v1.2).
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO, NamedTuple, cast

from criulint.host.filesystem import Kind
from criulint.image import Budget, ImageError, Limits
from criulint.image.blob import (
    Blob,
    checked_digest,
    decompressed,
    is_compressed,
    json_object,
    pieces,
    read_document,
    read_whole,
)
from criulint.image.fetch import KINDS, Fetching, fetch
from criulint.image.filesystem import Layer
from criulint.image.layer import entries, plain_path
from criulint.image.reference import Reference, this_platform
from criulint.text import escape, shorten

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# An index may hold indexes, and a hostile one itself.
_DEEPEST = 4
_MOST_MANIFESTS = 1000


class Image(NamedTuple):
    """An image: what its documents say, and its layers from the first to the last.

    `digest` is that of its manifest; of its configuration, which is its ID, in an archive of Docker's or a local store.
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
        pairs = (
            [word.partition("=") for word in found if isinstance(word, str)]
            if isinstance(found, list)
            else []
        )
        return {name: value for name, _, value in pairs}

    @property
    def directory(self) -> str:
        """The directory in which its processes start."""
        found = self._container.get("WorkingDir")
        return found if isinstance(found, str) and found.startswith("/") else "/"

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


#: Opens a blob by its digest.
_Open = Callable[[str], BinaryIO]


@contextmanager
def images(
    reference: Reference, platform: str | None, limits: Limits, fetching: Fetching | None = None
) -> Iterator[Iterator[Image]]:
    """The images that a name means, for `platform` (None: this machine's; ``all``). ImageError if there are none.

    They can be read as long as the context lasts; what has to be put on disk for that is gone after it.
    """
    fetching = fetching or Fetching()
    with ExitStack() as stack:
        kind, location = reference.kind, reference.location
        if kind in KINDS:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="criulint-"))
            kind, location = fetch(reference, platform, limits, fetching, directory)
            reference = reference._replace(location=location)
        if kind in ("copied", "stored"):
            yield _copied(reference, _Copied(location), platform, limits, stored=kind == "stored")
        elif kind == "oci":
            yield _layout(reference, _Directory(location), platform, limits)
        else:
            archive = stack.enter_context(_archive(location, limits, fetching.progress))
            if kind == "archive":
                kind = "docker-archive" if "manifest.json" in archive.members else "oci-archive"
            _refuse_others(location, kind, archive)
            if kind == "oci-archive":
                yield _layout(reference, archive, platform, limits)
            else:
                yield _docker(reference, archive, platform, limits)


def _refuse_others(location: str, kind: str, archive: _Archive) -> None:
    if {"config.dump", "spec.dump"} <= archive.members.keys():
        raise ImageError(f"{escape(location)} is a checkpoint of a container, not an image")
    if "index.json" not in archive.members and (
        kind == "oci-archive" or "manifest.json" not in archive.members
    ):
        raise ImageError(
            f"{escape(location)} is no archive of an image: it has neither index.json nor manifest.json"
        )


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
        return open_file(os.path.join(self._directory, name))


def open_file(path: str) -> BinaryIO:
    """A file, and nothing else that can be opened. ImageError if it is none."""
    try:
        descriptor = os.open(
            path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        )
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise ImageError(f"{escape(path)} is not a file")
    except OSError as error:
        raise ImageError(f"{escape(path)}: {error.strerror or error}") from None
    return os.fdopen(descriptor, "rb")


class _Copied(_Directory):
    """What skopeo calls ``dir:``: blobs by the digits of their digests, and the manifests of a list beside."""

    def blob(self, digest: str) -> BinaryIO:
        """The content of a blob, or of a manifest."""
        name = digest.partition(":")[2]
        manifest = f"{name}.manifest.json"
        return self.open(
            manifest if os.path.lexists(os.path.join(self._directory, manifest)) else name
        )


def _copied(
    reference: Reference, store: _Copied, platform: str | None, limits: Limits, *, stored: bool
) -> Iterator[Image]:
    data = read_whole(Blob("", None, "manifest.json", lambda: store.open("manifest.json")), limits)
    document = json_object(data, "manifest.json")
    told = document.get("mediaType")
    media_type = told if isinstance(told, str) else _INDEXES[0] if "manifests" in document else ""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    entry = {"digest": digest, "size": len(data), "mediaType": media_type}

    def open_blob(wanted: str) -> BinaryIO:
        return store.open("manifest.json") if wanted == digest else store.blob(wanted)

    for image in _manifests(reference.text, [entry], open_blob, platform, limits):
        # The manifest is made anew, but the configuration is what it was: the image's ID, for Docker and Podman.
        yield (
            image._replace(digest=document["config"]["digest"])
            if stored and "config" in document
            else image
        )


def _layout(
    reference: Reference, store: _Store, platform: str | None, limits: Limits
) -> Iterator[Image]:
    index = read_document(Blob("", None, "index.json", lambda: store.open("index.json")), limits)

    def open_blob(digest: str) -> BinaryIO:
        algorithm, _, value = digest.partition(":")
        return store.open(f"blobs/{algorithm}/{value}")

    manifests = _listed(index, "manifests", "index.json")
    if reference.tag:
        wanted = [
            entry
            for entry in manifests
            if _strings(entry.get("annotations")).get(_REF_NAME) == reference.tag
        ]
        if not wanted:
            names = [_strings(entry.get("annotations")).get(_REF_NAME) for entry in manifests]
            known = ", ".join(escape(name) for name in names if name) or "no names"
            raise ImageError(
                f"{escape(reference.location)} has no image {shorten(reference.tag)!r}: it has {known}"
            )
        manifests = wanted
    yield from _manifests(reference.text, manifests, open_blob, platform, limits)


_REF_NAME = "org.opencontainers.image.ref.name"


class _Listed(NamedTuple):
    """A manifest that an index lists: the name and the platform that are told of it there."""

    tag: str
    platform: str
    blob: Blob


def _manifests(
    name: str, entries: list[dict[str, Any]], open_blob: _Open, platform: str | None, limits: Limits
) -> Iterator[Image]:
    """The images of an index's entries, those of other indexes among them."""
    found: list[_Listed] = []
    _gather(entries, "", open_blob, limits, found, 0)
    wanted = this_platform() if platform is None else platform
    if wanted == "all" or len(found) == 1:
        chosen = found
    else:
        chosen = [
            listed for listed in found if not listed.platform or _matches(listed.platform, wanted)
        ]
    if not chosen:
        known = (
            ", ".join(sorted({escape(listed.platform) for listed in found if listed.platform}))
            or "none"
        )
        raise ImageError(f"no image for {shorten(wanted)}; there is {known} (--platform)")
    for listed in chosen:
        image = _image(
            _full_name(name, listed, chosen), listed.blob, listed.platform, open_blob, limits
        )
        _check_platform(image, platform)
        yield image


def _full_name(name: str, one: _Listed, chosen: list[_Listed]) -> str:
    """The name of one of several images, with what tells it from the others."""
    tag = f":{one.tag}" if one.tag and any(other.tag != one.tag for other in chosen) else ""
    platform = (
        f"[{one.platform}]"
        if one.platform and any(other.platform != one.platform for other in chosen)
        else ""
    )
    return f"{name}{tag}{platform}"


def _check_platform(image: Image, platform: str | None) -> None:
    if (
        image.platform
        and platform not in (None, "all")
        and not _matches(image.platform, str(platform))
    ):
        raise ImageError(
            f"the image is for {escape(image.platform)}, not for {shorten(str(platform))} (--platform)"
        )


def _gather(
    entries: list[dict[str, Any]],
    tag: str,
    open_blob: _Open,
    limits: Limits,
    found: list[_Listed],
    depth: int,
) -> None:
    if depth > _DEEPEST:
        raise ImageError("the index holds indexes that hold indexes without end")
    for entry in entries:
        if len(found) > _MOST_MANIFESTS:
            raise ImageError(f"the index has more than {_MOST_MANIFESTS} images")
        blob = _described(entry, open_blob)
        annotations = _strings(entry.get("annotations"))
        own = annotations.get(_REF_NAME, tag)
        if blob.media_type in _INDEXES:
            inner = _listed(read_document(blob, limits), "manifests", blob.digest)
            _gather(inner, own, open_blob, limits, found, depth + 1)
        elif annotations.get("vnd.docker.reference.type") is None:  # no attestation
            found.append(_Listed(own, _platform(entry.get("platform")), blob))


def _described(entry: dict[str, Any], open_blob: _Open) -> Blob:
    """The blob that a descriptor describes."""
    digest = checked_digest(entry.get("digest"))
    size, media_type = entry.get("size"), entry.get("mediaType")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ImageError(f"{digest} has {shorten(str(size))} for a size")
    return Blob(
        digest, size, media_type if isinstance(media_type, str) else "", lambda: open_blob(digest)
    )


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
    return Image(
        name,
        blob.digest,
        platform or _platform(config),
        config,
        _strings(manifest.get("annotations")),
        layers,
    )


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
        for entry, _ in entries(stream, escape(name), Budget(limits)):
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
            raise ImageError(f"{escape(self._name)} has no {shorten(name)}")
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
def _archive(path: str, limits: Limits, progress: Callable[[int], None]) -> Iterator[_Archive]:
    """An archive; a compressed one is decompressed into a temporary file."""
    with open_file(path) if path != "-" else _spooled(limits, progress) as file:
        head = file.read(4)
        file.seek(0)
        if is_compressed(head):
            with tempfile.TemporaryFile(prefix="criulint-") as whole:
                for data in decompressed(pieces(file, escape(path)), escape(path), Budget(limits)):
                    whole.write(data)
                    progress(len(data))
                whole.seek(0)
                yield _Archive(path, cast("BinaryIO", whole), limits)
        else:
            yield _Archive(path, file, limits)


@contextmanager
def _spooled(limits: Limits, progress: Callable[[int], None]) -> Iterator[BinaryIO]:
    """Standard input, which can be read once only, in a temporary file."""
    import sys

    with tempfile.TemporaryFile(prefix="criulint-") as whole:
        budget = Budget(limits)
        while data := sys.stdin.buffer.read(1 << 20):
            budget.decompressed(len(data))
            whole.write(data)
            progress(len(data))
        whole.seek(0)
        yield cast("BinaryIO", whole)


def _docker(
    reference: Reference, archive: _Archive, platform: str | None, limits: Limits
) -> Iterator[Image]:
    data = read_whole(_member(archive, "manifest.json"), limits)
    manifests = _listed(
        json_object(b'{"images": ' + data + b"}", "manifest.json"), "images", "manifest.json"
    )
    if reference.tag:
        wanted = _familiar(reference.tag)
        manifests = [entry for entry in manifests if wanted in map(_familiar, _tags(entry))]
    if not manifests:
        raise ImageError(
            f"{escape(reference.location)} has no image {shorten(reference.tag or '')!r}"
        )
    for manifest in manifests:
        names = manifest.get("Layers")
        config_name = manifest.get("Config")
        if (
            not isinstance(config_name, str)
            or not isinstance(names, list)
            or not all(isinstance(n, str) for n in names)
        ):
            raise ImageError("manifest.json names no configuration, or no layers")
        config_data = read_whole(_member(archive, config_name), limits)
        config = json_object(config_data, escape(config_name))
        digest = f"sha256:{hashlib.sha256(config_data).hexdigest()}"
        blobs = [_member(archive, name) for name in names]
        tags = [tag for tag in _tags(manifest) if tag]
        text = reference.text if len(manifests) == 1 or not tags else f"{reference.text}:{tags[0]}"
        image = Image(text, digest, _platform(config), config, {}, _layers(blobs, config))
        _check_platform(image, platform)
        yield image


def _member(archive: _Archive, name: str) -> Blob:
    return Blob("", None, escape(name), lambda: archive.open(plain_path(name)[1:]))


def _familiar(tag: str) -> str:
    """A name without what Docker leaves out of it."""
    tag = tag.removeprefix("docker.io/").removeprefix("library/")
    return tag if ":" in tag.rpartition("/")[2] else f"{tag}:latest"


def _tags(entry: Mapping[str, Any]) -> list[str]:
    found = entry.get("RepoTags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []
