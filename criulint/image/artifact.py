# SPDX-License-Identifier: MIT
"""What a file or manifest is that was given as an image and is something else.

Sources: OCI image-spec, manifest.md (``artifactType``, guidance for artifacts); the media types
of Helm, cosign, ORAS, in-toto and Docker; file(1) for the first bytes.
"""

from __future__ import annotations

from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any

from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_IMAGE_CONFIGS = frozenset(
    (
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
        "application/octet-stream",
        "application/json",
        "",
    )
)
#: The first bytes that `describe_content` needs: a block of a tar archive, which holds zeros.
HEAD_LENGTH = 512

_BUILD_FILES = frozenset(("Dockerfile", "Containerfile", "dockerfile"))
_BY_MEDIA_TYPE = {
    "application/vnd.cncf.helm.config.v1+json": "a Helm chart",
    "application/vnd.docker.plugin.v1+json": "a Docker plugin",
    "application/vnd.wasm.config.v0+json": "a WebAssembly module",
    "application/vnd.dev.cosign.simplesigning.v1+json": "a signature of cosign",
    "application/vnd.dev.sigstore.bundle.v0.3+json": "a signature of cosign",
    "application/vnd.cncf.notary.signature": "a signature of Notary",
    "application/vnd.in-toto+json": "an attestation",
    "application/spdx+json": "an SBOM",
    "application/vnd.cyclonedx+json": "an SBOM",
}
# What `cosign save` writes into an index: an image, an index, or what is attached to them.
_COSIGN_KIND = "dev.cosignproject.cosign/"
# Compressions that are not read: by the first bytes, the program that decompresses them.
_COMPRESSIONS = {
    b"\xfd7zXZ\0": "xz",
    b"BZh": "bzip2",
    b"\x04\x22\x4d\x18": "lz4",
    b"LZIP": "lzip",
}
_BY_HEAD = {
    b"PK\x03\x04": "a zip archive, not an image",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive, not an image",
    b"!<arch>\n": "a Debian package or another ar archive, not an image",
    b"\xed\xab\xee\xdb": "an RPM package, not an image",
    b"070701": "a cpio archive, not an image",
    b"QFI\xfb": "a QCOW2 disk image, not a container image",
    b"KDMV": "a VMDK disk image, not a container image",
    b"hsqs": "a SquashFS file system, not an image; unpack it with `unsquashfs`, and use `dir:`",
    b"SQLite format 3\0": "an SQLite database, not an image",
    b"\x7fELF": "a program, not an image",
    b"%PDF-": "a PDF document, not an image",
}


def describe_manifest(manifest: Mapping[str, Any]) -> str | None:
    """Return what a manifest describes if that is not an image, else None."""
    if "fsLayers" in manifest:
        return "has a manifest of the old schema 1, which is not supported"
    if isinstance(manifest.get("manifests"), list):
        return "is an index, but its descriptor says that it is a manifest"
    artifact = _get_text(manifest, "artifactType")
    config = manifest.get("config")
    config_type = _get_text(config, "mediaType") if isinstance(config, dict) else ""
    layers = manifest.get("layers")
    layers = layers if isinstance(layers, list) else []
    types = [_get_text(layer, "mediaType") for layer in layers if isinstance(layer, dict)]
    if any(media_type.endswith("+encrypted") for media_type in types):
        return "is encrypted"
    for media_type in (artifact, config_type, *types):
        if media_type in _BY_MEDIA_TYPE:
            return f"is {_BY_MEDIA_TYPE[media_type]}, not an image"
    if config_type in _IMAGE_CONFIGS:
        return None
    return f"is an artifact of the type {shorten(artifact or config_type)}, not an image"


def is_attached(descriptor: Mapping[str, Any]) -> bool:
    """Return whether an entry of an index is not an image, but belongs to one.

    Sources: BuildKit, docs/attestations/attestation-storage.md; OCI image-spec, descriptor.md
    (``artifactType``); cosign, pkg/oci/layout (``kind``).
    """
    found = descriptor.get("annotations")
    annotations = found if isinstance(found, dict) else {}
    platform = descriptor.get("platform")
    kind = _get_text(annotations, "kind")
    return (
        "vnd.docker.reference.type" in annotations
        or bool(_get_text(descriptor, "artifactType"))
        or (isinstance(platform, dict) and _get_text(platform, "architecture") == "unknown")
        or (kind.startswith(_COSIGN_KIND) and not kind.endswith("/image"))
    )


def find_compression(head: bytes) -> str | None:
    """Return the program that compressed data which begins with `head`, if it is not read."""
    return next((name for magic, name in _COMPRESSIONS.items() if head.startswith(magic)), None)


def describe_content(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, if that is known and not an image."""
    program = find_compression(head)
    if program:
        return f"compressed with {program}, which is not supported; run `{program} -d` on it first"
    if head.startswith(b"#!") and b"run-singularity" in head:
        return "a Singularity image, not supported; unpack it with `singularity build --sandbox`"
    known = next((what for magic, what in _BY_HEAD.items() if head.startswith(magic)), None)
    return known or (_describe_text(head) if head.strip() and b"\0" not in head else None)


def _describe_text(head: bytes) -> str | None:
    """Return what a file is that begins with `head`, if that is text."""
    try:
        # The last character may be cut.
        text = getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return None
    if not all(character.isprintable() or character.isspace() for character in text):
        return None
    if any(line.split()[:1] in (["FROM"], ["from"]) for line in text.splitlines()):
        return (
            "a Dockerfile, not an image; check it with `criulint check`, or give it to"
            " --dockerfile together with the image that it builds"
        )
    if text.lstrip().startswith(("{", "[")):
        return "a JSON document, not an image; name the directory or archive that it is in"
    return "a text file, not an image; `criulint image - < FILE` reads a list of names"


def describe_members(names: Collection[str]) -> str | None:
    """Return what an archive with these files holds, if that is known and not an image."""
    if "config.dump" in names and "spec.dump" in names:
        return "is a checkpoint of a container, not an image"
    if any(name.count("/") == 1 and name.endswith("/Chart.yaml") for name in names):
        return "is a Helm chart, not an image"
    if "etc/os-release" in names or "usr/lib/os-release" in names:
        return "is a root file system, not an image; unpack it, and use `dir:`"
    return None


def describe_directory(names: Collection[str]) -> str | None:
    """Return what a directory with these names is, if that is known and not an image."""
    if "Chart.yaml" in names:
        return "is a Helm chart, not an image"
    if not _BUILD_FILES.isdisjoint(names):
        return "is a build context, not an image; build it, and name the image"
    return None


def _get_text(found: Mapping[str, Any], key: str) -> str:
    value = found.get(key)
    return value if isinstance(value, str) else ""
