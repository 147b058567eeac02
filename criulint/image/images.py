# SPDX-License-Identifier: MIT
"""Where images come from: OCI layouts, archives, and what `fetch` copies from elsewhere.

Sources: OCI image-spec (image-layout.md, image-index.md, manifest.md, config.md); Docker,
image/spec (v1.2).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, BinaryIO, NamedTuple

from criulint.image import ImageError
from criulint.image.artifact import (
    describe_manifest,
    describe_members,
    is_attached,
)
from criulint.image.blob import (
    Blob,
    parse_digest,
    parse_json_object,
    read_document,
    read_whole,
)
from criulint.image.budget import Budget, Limits
from criulint.image.fetch import KINDS, FetchOptions, fetch
from criulint.image.filesystem import ImageLayer
from criulint.image.layer import plain_path
from criulint.image.reference import Reference, explain_missing, host_platform, list_names
from criulint.image.scratch import scratch_directory
from criulint.image.storage import (
    STANDARD_INPUT,
    CopiedDirectory,
    ImageArchive,
    ImageDirectory,
    ImageFiles,
    open_archive,
    show_path,
)
from criulint.text import escape, shorten

_INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_REF_NAME = "org.opencontainers.image.ref.name"
# The annotation that containerd and BuildKit write beside it; the other may only be a tag.
_IMAGE_NAME = "io.containerd.image.name"
# An index may contain indexes; hostile ones are nested or list manifests without end.
_MAX_INDEX_DEPTH = 4
_MAX_MANIFESTS = 1000
# How many names of images a message lists.
_MAX_LISTED = 10

#: Opens a blob by its digest.
_OpenBlob = Callable[[str], BinaryIO]


class Image(NamedTuple):
    """An image: its documents, and its layers from the first to the last.

    `digest` is that of its manifest; in a Docker archive or a local store, that of its
    configuration, which is the image ID there. All that is read of it is charged to `budget`.
    `tags` are the names, with a repository, that an archive or a layout gives it.
    """

    name: str
    digest: str
    platform: str
    config: Mapping[str, Any]
    annotations: Mapping[str, str]
    layers: list[ImageLayer]
    budget: Budget
    tags: tuple[str, ...] = ()

    @property
    def labels(self) -> dict[str, str]:
        """The labels of its configuration."""
        return string_items(self._container_config.get("Labels"))

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of its processes."""
        found = self._container_config.get("Env")
        if not isinstance(found, list):
            return {}
        pairs = [word.partition("=") for word in found if isinstance(word, str)]
        return {name: value for name, _, value in pairs}

    @property
    def working_directory(self) -> str:
        """The directory in which its processes start."""
        found = self._container_config.get("WorkingDir")
        return found if isinstance(found, str) and found.startswith("/") else "/"

    @property
    def history(self) -> list[dict[str, Any]]:
        """The build steps, the first one first."""
        found = self.config.get("history")
        return [step for step in found if isinstance(step, dict)] if isinstance(found, list) else []

    @property
    def _container_config(self) -> Mapping[str, Any]:
        found = self.config.get("config")
        return found if isinstance(found, dict) else {}


class ListedImage(NamedTuple):
    """An image that a name stands for. `read` returns it, or raises ImageError."""

    name: str
    read: Callable[[], Image]


def string_items(found: object) -> dict[str, str]:
    """Return the items of a JSON object whose values are strings; none for anything else."""
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


@contextmanager
def open_images(
    reference: Reference,
    platform: str | None,
    limits: Limits,
    options: FetchOptions | None = None,
) -> Iterator[Iterator[ListedImage]]:
    """Open the images that a name stands for.

    `platform` is ``os/architecture[/variant]``, ``all``, or None for this host's. The images
    can be read as long as the context lasts; temporary files are gone after it. Raise
    ImageError if there are none.
    """
    options = options or FetchOptions()
    budget = Budget(limits)
    with ExitStack() as stack:
        kind, location = reference.kind, reference.location
        if kind in KINDS:
            directory = stack.enter_context(scratch_directory())
            kind, location = fetch(reference, platform, budget, options, directory)
            reference = reference._replace(location=location)
        elif location not in STANDARD_INPUT and not os.path.lexists(location):
            raise ImageError(explain_missing(location, location))
        else:
            _check_source(kind, location)
        if kind in ("copied", "stored"):
            store = CopiedDirectory(location)
            yield _read_copied(reference, store, platform, budget, stored=kind == "stored")
        elif kind == "oci":
            yield _read_layout(reference, ImageDirectory(location), platform, budget)
        else:
            archive = stack.enter_context(open_archive(location, budget, options.progress))
            if kind == "archive":
                kind = "docker-archive" if "manifest.json" in archive.members else "oci-archive"
            _check_archive(location, kind, archive)
            if kind == "oci-archive":
                yield _read_layout(reference, archive, platform, budget)
            else:
                yield _read_docker_archive(reference, archive, platform, budget)


def _check_source(kind: str, location: str) -> None:
    """Raise ImageError for a directory in place of an archive, or the other way round."""
    is_archive = kind.endswith("archive")
    if location in STANDARD_INPUT or os.path.isdir(location) != is_archive:
        return
    if is_archive:
        raise ImageError(f"{escape(location)} is a directory; oci: and dir: read directories")
    raise ImageError(
        f"{escape(location)} is not a directory; docker-archive: and oci-archive: read archives"
    )


def _check_archive(location: str, kind: str, archive: ImageArchive) -> None:
    """Raise ImageError if an archive holds something other than an image."""
    wanted = "index.json" if kind == "oci-archive" else "manifest.json"
    if wanted in archive.members:
        return
    what = describe_members(archive.members)
    location = show_path(location)
    if what:
        raise ImageError(f"{location} {what}")
    for other, scheme in (("index.json", "oci-archive"), ("manifest.json", "docker-archive")):
        if other in archive.members:
            raise ImageError(f"{location} has no {wanted}; use {scheme}:")
    raise ImageError(
        f"{location} is not an image archive: it has neither index.json nor manifest.json"
    )


# --- OCI layouts and skopeo's directories


def _read_copied(
    reference: Reference,
    store: CopiedDirectory,
    platform: str | None,
    budget: Budget,
    *,
    stored: bool,
) -> Iterator[ListedImage]:
    """Yield the images in skopeo's directory; `stored` if they come from a local store."""
    data = read_whole(Blob("", None, "manifest.json", lambda: store.open("manifest.json")), budget)
    document = parse_json_object(data, "manifest.json")
    media_type = document.get("mediaType")
    if not isinstance(media_type, str):
        media_type = _INDEXES[0] if "manifests" in document else ""
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    descriptor = {"digest": digest, "size": len(data), "mediaType": media_type}

    def open_blob(wanted: str) -> BinaryIO:
        return store.open("manifest.json") if wanted == digest else store.open_blob(wanted)

    config = document.get("config")
    # The manifest of a local store was newly made. The configuration was not, and its digest
    # is the image ID of Docker and Podman.
    shown = config.get("digest") if stored and isinstance(config, dict) else None
    reader = _ManifestReader(open_blob, platform, budget, shown)
    yield from reader.list_images(reference.text, [descriptor])


def _read_layout(
    reference: Reference, store: ImageFiles, platform: str | None, budget: Budget
) -> Iterator[ListedImage]:
    """Yield the images of an OCI layout."""
    index = read_document(Blob("", None, "index.json", lambda: store.open("index.json")), budget)

    def open_blob(digest: str) -> BinaryIO:
        algorithm, _, value = digest.partition(":")
        return store.open(f"blobs/{algorithm}/{value}")

    descriptors = _get_objects(index, "manifests", "index.json")
    if reference.tag:
        names = [string_items(entry.get("annotations")).get(_REF_NAME) for entry in descriptors]
        if reference.tag not in names:
            raise _unknown_name(reference, [name for name in names if name])
        descriptors = [
            descriptor
            for descriptor, name in zip(descriptors, names, strict=True)
            if name == reference.tag
        ]
    reader = _ManifestReader(open_blob, platform, budget)
    if reference.digest:
        descriptors = reader.find_digest(descriptors, reference)
    yield from reader.list_images(reference.text, descriptors)


def _unknown_name(reference: Reference, known: Iterable[str]) -> ImageError:
    """Return the error for a tag that an archive or a layout does not have."""
    return ImageError(
        f"{escape(reference.location)} has no image {shorten(reference.tag or '')!r};"
        f" it has {list_names(known, reference.tag or '')}"
    )


class _ListedManifest(NamedTuple):
    """A manifest in an index, with the tag, the platform and the names that the index gives it."""

    tag: str
    platform: str
    blob: Blob
    names: tuple[str, ...] = ()


class _ManifestFinder:
    """Collects the manifests of an index, and of the indexes in it."""

    def __init__(self, open_blob: _OpenBlob, budget: Budget) -> None:
        self._open_blob = open_blob
        self._budget = budget
        self._images: list[_ListedManifest] = []
        # Signatures, attestations and the like, which belong to images.
        self._attached: list[_ListedManifest] = []

    @property
    def found(self) -> list[_ListedManifest]:
        """The images; if there are none, what else there is."""
        return self._images or self._attached

    def collect(
        self,
        descriptors: list[dict[str, Any]],
        tag: str = "",
        names: tuple[str, ...] = (),
        depth: int = 0,
    ) -> None:
        """Add the described manifests; `tag` and `names` are for those without their own.

        Raise ImageError if there are too many, or indexes cannot be read.
        """
        if depth > _MAX_INDEX_DEPTH:
            raise ImageError("the index contains indexes that are nested too deeply")
        for descriptor in descriptors:
            self._budget.charge_work(1)
            if len(self._images) + len(self._attached) > _MAX_MANIFESTS:
                raise ImageError(f"the index has more than {_MAX_MANIFESTS} images")
            blob = _parse_descriptor(descriptor, self._open_blob)
            annotations = string_items(descriptor.get("annotations"))
            own_tag = annotations.get(_REF_NAME, tag)
            own_names = _find_names(annotations) or names
            if blob.media_type in _INDEXES:
                index = read_document(blob, self._budget)
                inner = _get_objects(index, "manifests", blob.digest)
                self.collect(inner, own_tag, own_names, depth + 1)
                self._budget.release_document(blob.size or 0)
                continue
            platform = _format_platform(descriptor.get("platform"))
            found = self._attached if is_attached(descriptor) else self._images
            found.append(_ListedManifest(own_tag, platform, blob, own_names))


def _find_names(annotations: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of an image in an index that are more than a tag."""
    found = (annotations.get(key, "") for key in (_IMAGE_NAME, _REF_NAME))
    return tuple(dict.fromkeys(name for name in found if "/" in name or ":" in name))


class _ManifestReader:
    """Reads the images that manifests describe.

    `digest` is what is reported instead of the digest of a manifest, if it is given.
    """

    def __init__(
        self,
        open_blob: _OpenBlob,
        platform: str | None,
        budget: Budget,
        digest: object = None,
    ) -> None:
        self._open_blob = open_blob
        self._platform = platform
        self._budget = budget
        self._digest = digest

    def find_digest(
        self, descriptors: list[dict[str, Any]], reference: Reference
    ) -> list[dict[str, Any]]:
        """Return the descriptors with a reference's digest, directly or in an index."""
        same = [one for one in descriptors if one.get("digest") == reference.digest]
        if same:
            return same[:1]
        finder = _ManifestFinder(self._open_blob, self._budget)
        finder.collect(descriptors)
        for listed in finder.found:
            blob = listed.blob
            if blob.digest == reference.digest:
                return [{"digest": blob.digest, "size": blob.size, "mediaType": blob.media_type}]
        raise ImageError(f"{escape(reference.location)} has no image {reference.digest}")

    def list_images(self, name: str, descriptors: list[dict[str, Any]]) -> Iterator[ListedImage]:
        """Yield the described images for the platform, directly or in an index."""
        finder = _ManifestFinder(self._open_blob, self._budget)
        finder.collect(descriptors)
        chosen = _choose_platform(finder.found, self._platform)
        for listed in chosen:
            full_name = _disambiguate(name, listed, chosen)
            yield ListedImage(full_name, partial(self._read, full_name, listed))

    def _read(self, name: str, listed: _ListedManifest) -> Image:
        image = _read_image(name, listed, self._open_blob, self._budget.for_image())
        _check_platform(image, self._platform)
        return image._replace(digest=parse_digest(self._digest)) if self._digest else image


def _choose_platform(found: list[_ListedManifest], platform: str | None) -> list[_ListedManifest]:
    """Return the manifests for a platform. Raise ImageError if there are none."""
    if not found:
        raise ImageError("the index has no images")
    wanted = host_platform() if platform is None else platform
    chosen = found
    if wanted != "all" and len(found) != 1:
        chosen = [
            listed
            for listed in found
            if not listed.platform or _matches_platform(listed.platform, wanted)
        ]
    if not chosen:
        platforms = sorted({escape(listed.platform) for listed in found if listed.platform})
        known = ", ".join(platforms[:_MAX_LISTED]) or "none"
        raise ImageError(f"no image for {shorten(wanted)}; available: {known} (--platform)")
    return chosen


def _disambiguate(name: str, listed: _ListedManifest, chosen: list[_ListedManifest]) -> str:
    """Return the name of one of several images, with the tag and platform that it needs."""
    if listed.tag and any(other.tag != listed.tag for other in chosen):
        name = f"{name}:{listed.tag}"
    if listed.platform and any(other.platform != listed.platform for other in chosen):
        name = f"{name}[{listed.platform}]"
    return name


def _check_platform(image: Image, platform: str | None) -> None:
    """Raise ImageError if an image is for another platform than the one asked for."""
    if not image.platform or platform is None or platform == "all":
        return
    if not _matches_platform(image.platform, platform):
        raise ImageError(
            f"the image is for {escape(image.platform)}, not for {shorten(platform)} (--platform)"
        )


def _parse_descriptor(descriptor: Mapping[str, Any], open_blob: _OpenBlob) -> Blob:
    """Return the blob that a descriptor describes. Raise ImageError if it is malformed."""
    digest = parse_digest(descriptor.get("digest"))
    size, media_type = descriptor.get("size"), descriptor.get("mediaType")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ImageError(f"{digest} has the size {shorten(str(size))}")
    return Blob(
        digest, size, media_type if isinstance(media_type, str) else "", lambda: open_blob(digest)
    )


def _get_objects(document: Mapping[str, Any], key: str, label: str) -> list[dict[str, Any]]:
    """Return the list of JSON objects at a key. Raise ImageError for anything else."""
    found = document.get(key)
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise ImageError(f"{label} has no list of {key}")
    return found


def _format_platform(found: object) -> str:
    """Return ``os/architecture[/variant]``; empty if one of the first two is missing."""
    parts = string_items(found)
    words = [parts.get("os", ""), parts.get("architecture", ""), parts.get("variant", "")]
    return "/".join(word for word in words if word) if words[0] and words[1] else ""


def _matches_platform(platform: str, wanted: str) -> bool:
    """Return whether two platforms are the same; either may leave out the variant."""
    return (
        platform == wanted or platform.startswith(f"{wanted}/") or wanted.startswith(f"{platform}/")
    )


def _read_image(name: str, listed: _ListedManifest, open_blob: _OpenBlob, budget: Budget) -> Image:
    """Return the image of a manifest. Raise ImageError if it is something else."""
    blob = listed.blob
    manifest = read_document(blob, budget)
    what = describe_manifest(manifest)
    if what:
        raise ImageError(f"{escape(name)} {what}")
    descriptor = manifest.get("config")
    if not isinstance(descriptor, dict):
        raise ImageError(f"{blob.digest} is not an image manifest: it names no configuration")
    config = read_document(_parse_descriptor(descriptor, open_blob), budget)
    blobs = [
        _parse_descriptor(layer, open_blob)
        for layer in _get_objects(manifest, "layers", blob.digest)
    ]
    layers = _make_layers(blobs, config)
    return Image(
        name,
        blob.digest,
        listed.platform or _format_platform(config),
        config,
        string_items(manifest.get("annotations")),
        layers,
        budget,
        listed.names,
    )


def _make_layers(blobs: list[Blob], config: Mapping[str, Any]) -> list[ImageLayer]:
    """Return the layers, each with the digest of its content that the configuration gives."""
    rootfs = config.get("rootfs")
    diff_ids = rootfs.get("diff_ids") if isinstance(rootfs, dict) else None
    if not isinstance(diff_ids, list):
        raise ImageError("the image's configuration names no layers")
    if len(diff_ids) != len(blobs):
        raise ImageError(
            f"the manifest has {len(blobs)} layers, but the configuration has {len(diff_ids)}"
        )
    return [
        ImageLayer(number, blob, parse_digest(diff_id))
        for number, (blob, diff_id) in enumerate(zip(blobs, diff_ids, strict=True), 1)
    ]


# --- Docker archives


def _read_docker_archive(
    reference: Reference, archive: ImageArchive, platform: str | None, budget: Budget
) -> Iterator[ListedImage]:
    """Yield the images of a Docker archive."""
    manifests = _select_docker_manifests(reference, archive, budget)

    def read(name: str, manifest: Mapping[str, Any]) -> Image:
        image = _read_docker_image(name, manifest, archive, budget.for_image())
        _check_platform(image, platform)
        return image

    for manifest in manifests:
        tags = [tag for tag in _repo_tags(manifest) if tag]
        needs_tag = len(manifests) > 1 and tags
        name = f"{reference.text}:{tags[0]}" if needs_tag else reference.text
        yield ListedImage(name, partial(read, name, manifest))


def _select_docker_manifests(
    reference: Reference, archive: ImageArchive, budget: Budget
) -> list[dict[str, Any]]:
    """Return what manifest.json says about the images that a reference names.

    Raise ImageError if there are none, or too many.
    """
    data = read_whole(_member_blob(archive, "manifest.json"), budget)
    document = parse_json_object(b'{"images": ' + data + b"}", "manifest.json")
    manifests = _get_objects(document, "images", "manifest.json")
    if reference.tag:
        wanted = _normalize_tag(reference.tag)
        known = [tag for manifest in manifests for tag in _repo_tags(manifest)]
        manifests = [
            manifest
            for manifest in manifests
            if wanted in map(_normalize_tag, _repo_tags(manifest))
        ]
        if not manifests:
            raise _unknown_name(reference, known)
    if reference.digest:
        manifests = [
            manifest
            for manifest in manifests
            if _read_docker_config(manifest, archive, budget)[1] == reference.digest
        ]
        if not manifests:
            raise ImageError(
                f"{escape(reference.location)} has no image with the ID {reference.digest}"
            )
    if not manifests:
        raise ImageError(f"{escape(reference.location)} has no images")
    if len(manifests) > _MAX_MANIFESTS:
        raise ImageError(f"manifest.json has more than {_MAX_MANIFESTS} images")
    return manifests


def _read_docker_image(
    name: str, manifest: Mapping[str, Any], archive: ImageArchive, budget: Budget
) -> Image:
    layer_names = manifest.get("Layers")
    if not isinstance(layer_names, list) or not all(isinstance(each, str) for each in layer_names):
        raise ImageError("manifest.json names no layers")
    config, digest = _read_docker_config(manifest, archive, budget)
    blobs = [_member_blob(archive, layer_name) for layer_name in layer_names]
    layers = _make_layers(blobs, config)
    tags = tuple(filter(None, _repo_tags(manifest)))
    return Image(name, digest, _format_platform(config), config, {}, layers, budget, tags)


def _read_docker_config(
    manifest: Mapping[str, Any], archive: ImageArchive, budget: Budget
) -> tuple[dict[str, Any], str]:
    """Return the configuration of an image, and its digest, which is the image's ID."""
    name = manifest.get("Config")
    if not isinstance(name, str):
        raise ImageError("manifest.json names no configuration")
    data = read_whole(_member_blob(archive, name), budget)
    return parse_json_object(data, escape(name)), f"sha256:{hashlib.sha256(data).hexdigest()}"


def _member_blob(archive: ImageArchive, name: str) -> Blob:
    return Blob("", None, escape(name), lambda: archive.open(plain_path(name)[1:]))


def _normalize_tag(tag: str) -> str:
    """Return a name with a tag, and without the registry and directory that Docker omits."""
    tag = tag.removeprefix("docker.io/").removeprefix("library/")
    return tag if ":" in tag.rpartition("/")[2] else f"{tag}:latest"


def _repo_tags(manifest: Mapping[str, Any]) -> list[str]:
    found = manifest.get("RepoTags")
    return [tag for tag in found if isinstance(tag, str)] if isinstance(found, list) else []
