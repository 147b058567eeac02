# SPDX-License-Identifier: MIT
"""The names of images, as skopeo and syft write them."""

from __future__ import annotations

import os
import platform
from typing import NamedTuple

from criulint.image import ImageError
from criulint.text import escape

#: Schemes, and the kinds of sources that they name.
SCHEMES = {
    "docker-archive": "docker-archive",
    "oci-archive": "oci-archive",
    "oci-dir": "oci",
    "oci": "oci",
    "dir": "dir",
    "bundle": "bundle",
    "docker": "docker-daemon",
    "docker-daemon": "docker-daemon",
    "podman": "podman",
    "containers-storage": "containers-storage",
    "registry": "registry",
}

_ARCHITECTURES = {
    "x86_64": "amd64",
    "AMD64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i686": "386",
    "armv7l": "arm",
}


class Reference(NamedTuple):
    """What the name `text` stands for.

    `kind` is a value of `SCHEMES`, or ``archive`` (Docker's or OCI's), ``copied`` (skopeo's
    ``dir:``), or ``name``, which is looked up in local stores before a registry. `tag`
    selects among the images of an archive or a layout.
    """

    text: str
    kind: str
    location: str
    tag: str | None = None


def parse_reference(text: str) -> Reference:
    """Return the source that a name stands for; without a scheme, what is at that path.

    Raise ImageError if it stands for nothing.
    """
    scheme, colon, rest = text.partition(":")
    if "\0" in text:
        raise ImageError(f"{escape(text)} contains a NUL byte")
    if colon and scheme in SCHEMES:
        return _parse_with_scheme(text, scheme, rest)
    location, tag = _split_tag(text)
    if os.path.lexists(location):
        kind = _detect_kind(location)
        if tag is None or kind in ("oci", "archive"):
            return Reference(text, kind, location, tag)
        # A directory that happens to have the name of an image.
    if "/" in text and text.startswith((".", "/")):
        raise ImageError(f"{escape(text)}: No such file or directory")
    return Reference(text, "name", text)


def _parse_with_scheme(text: str, scheme: str, rest: str) -> Reference:
    kind = SCHEMES[scheme]
    if not rest:
        raise ImageError(f"{escape(text)}: there is no name after the colon")
    if kind in ("oci", "oci-archive", "docker-archive"):
        location, tag = _split_tag(rest)
        return Reference(text, kind, location, tag)
    if kind == "dir" and _detect_kind(rest) == "copied":
        kind = "copied"
    elif scheme == "docker" and rest.startswith("//"):
        # skopeo's name for a registry
        kind = "registry"
    return Reference(text, kind, rest.removeprefix("//") if kind == "registry" else rest)


def _split_tag(text: str) -> tuple[str, str | None]:
    """Return a path and the tag after it.

    Both may contain colons: the longest path that exists is chosen.
    """
    if os.path.lexists(text):
        return text, None
    pieces = text.split(":")
    for count in range(len(pieces) - 1, 0, -1):
        path = ":".join(pieces[:count])
        if os.path.lexists(path):
            return path, ":".join(pieces[count:]) or None
    return pieces[0], ":".join(pieces[1:]) or None


def _detect_kind(path: str) -> str:
    """Return the kind of source that is at a path."""
    if not os.path.isdir(path):
        return "archive"
    if os.path.exists(os.path.join(path, "oci-layout")):
        return "oci"
    if all(os.path.isfile(os.path.join(path, name)) for name in ("version", "manifest.json")):
        return "copied"
    has_rootfs = os.path.isdir(os.path.join(path, "rootfs"))
    if has_rootfs and os.path.exists(os.path.join(path, "config.json")):
        return "bundle"
    return "dir"


def host_platform() -> str:
    """Return the platform of this host, as manifests name it."""
    machine = platform.machine()
    return f"linux/{_ARCHITECTURES.get(machine, machine.lower())}"
