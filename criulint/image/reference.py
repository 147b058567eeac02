# SPDX-License-Identifier: GPL-2.0-only
"""The names of images, as skopeo and syft write them."""

from __future__ import annotations

import os
from typing import NamedTuple

from criulint.image import ImageError
from criulint.rules.words import visible

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
    "podman": "containers-storage",
    "containers-storage": "containers-storage",
    "registry": "registry",
}


class Reference(NamedTuple):
    """What a name means. `kind` is a value of `SCHEMES`; `tag` chooses among the images of an archive or a layout."""

    text: str
    kind: str
    location: str
    tag: str | None = None


def parse(text: str) -> Reference:
    """The source that a name means; a path without a scheme by what lies there. ImageError if it is none."""
    scheme, colon, rest = text.partition(":")
    if colon and scheme in SCHEMES:
        kind = SCHEMES[scheme]
        if not rest:
            raise ImageError(f"{visible(text)}: the name is missing behind the colon")
        if kind in ("oci", "oci-archive", "docker-archive"):
            location, tag = _split(rest)
            return Reference(text, kind, location, tag)
        return Reference(text, kind, rest.removeprefix("//") if kind == "registry" else rest)
    location, tag = _split(text)
    if os.path.lexists(location):
        return Reference(text, _recognised(location), location, tag)
    if "/" in text and text.startswith((".", "/")):
        raise ImageError(f"{visible(text)}: No such file or directory")
    return Reference(text, "name", text)


def _split(text: str) -> tuple[str, str | None]:
    """A path and the tag behind it; the path may hold colons itself."""
    if os.path.lexists(text):
        return text, None
    path, colon, tag = text.partition(":")
    return (path, tag or None) if colon else (text, None)


def _recognised(path: str) -> str:
    if not os.path.isdir(path):
        return "archive"
    if os.path.exists(os.path.join(path, "oci-layout")):
        return "oci"
    if os.path.exists(os.path.join(path, "config.json")) and os.path.isdir(os.path.join(path, "rootfs")):
        return "bundle"
    return "dir"
