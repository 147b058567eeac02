# SPDX-License-Identifier: MIT
"""The base of an image: how many of its layers, from the first on, are another image's.

Source: OCI image-spec, annotations.md (``org.opencontainers.image.base``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.model import UNKNOWN
from criulint.image import ImageError
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.image.history import Dockerfile
    from criulint.image.images import Image

_NAME = "org.opencontainers.image.base.name"
_DIGEST = "org.opencontainers.image.base.digest"


def find_base_name(image: Image, dockerfile: Dockerfile | None) -> str:
    """Return the name of the base image that annotations, labels or FROM give.

    Raise ImageError if none do.
    """
    for labels in (image.annotations, image.labels):
        name = labels.get(_NAME, "")
        if name:
            digest = labels.get(_DIGEST, "")
            return f"{name.partition('@')[0]}@{digest}" if digest else name
    base = dockerfile.base if dockerfile else ""
    if base and UNKNOWN not in base:
        return base
    reason = (
        "FROM has a variable whose value is unknown"
        if base
        else "neither labels nor a Dockerfile name it"
    )
    raise ImageError(f"the base image is unknown: {reason} (--base IMAGE sets it)")


def count_base_layers(image: Image, base: Image) -> int:
    """Return how many layers of an image are those of its base.

    Raise ImageError if the image is not built on it.
    """
    own = [layer.diff_id for layer in image.layers]
    below = [layer.diff_id for layer in base.layers]
    if own[: len(below)] != below:
        raise ImageError(f"it is not built on {escape(base.name)}: their layers differ")
    return len(below)
