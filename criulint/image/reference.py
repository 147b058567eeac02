# SPDX-License-Identifier: GPL-2.0-only
"""The names of images, as skopeo and syft write them."""

from __future__ import annotations

import os
import platform as host
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


class Reference(NamedTuple):
    """What a name means. `kind` is a value of `SCHEMES`, or ``archive`` (of either kind), ``copied`` (skopeo's ``dir:``), or
    ``name``, which local stores are asked for before a registry; `tag` chooses among the images of an archive or a layout.
    """

    text: str
    kind: str
    location: str
    tag: str | None = None


def parse(text: str) -> Reference:
    """The source that a name means; a path without a scheme by what lies there. ImageError if it is none."""
    scheme, colon, rest = text.partition(":")
    if "\0" in text:
        raise ImageError(f"{escape(text)} holds a NUL byte")
    if colon and scheme in SCHEMES:
        kind = SCHEMES[scheme]
        if not rest:
            raise ImageError(f"{escape(text)}: the name is missing behind the colon")
        if kind in ("oci", "oci-archive", "docker-archive"):
            location, tag = _split(rest)
            return Reference(text, kind, location, tag)
        if kind == "dir" and _recognised(rest) == "copied":
            kind = "copied"
        elif scheme == "docker" and rest.startswith("//"):
            kind = "registry"  # skopeo's name for it
        return Reference(text, kind, rest.removeprefix("//") if kind == "registry" else rest)
    location, tag = _split(text)
    if os.path.lexists(location):
        kind = _recognised(location)
        if tag is None or kind in ("oci", "archive"):
            return Reference(text, kind, location, tag)
        # A directory that happens to be called as an image is.
    if "/" in text and text.startswith((".", "/")):
        raise ImageError(f"{escape(text)}: No such file or directory")
    return Reference(text, "name", text)


def _split(text: str) -> tuple[str, str | None]:
    """A path and the tag behind it; both may hold colons, and the longest path that is there counts."""
    if os.path.lexists(text):
        return text, None
    pieces = text.split(":")
    for count in range(len(pieces) - 1, 0, -1):
        path = ":".join(pieces[:count])
        if os.path.lexists(path):
            return path, ":".join(pieces[count:]) or None
    return pieces[0], ":".join(pieces[1:]) or None


def _recognised(path: str) -> str:
    if not os.path.isdir(path):
        return "archive"
    if os.path.exists(os.path.join(path, "oci-layout")):
        return "oci"
    if os.path.isfile(os.path.join(path, "version")) and os.path.isfile(
        os.path.join(path, "manifest.json")
    ):
        return "copied"  # skopeo's ``dir:``
    if os.path.exists(os.path.join(path, "config.json")) and os.path.isdir(
        os.path.join(path, "rootfs")
    ):
        return "bundle"
    return "dir"


_MACHINES = {
    "x86_64": "amd64",
    "AMD64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i686": "386",
    "armv7l": "arm",
}


def this_platform() -> str:
    """The platform of this machine, as manifests name it."""
    return f"linux/{_MACHINES.get(host.machine(), host.machine().lower())}"
