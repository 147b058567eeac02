# SPDX-License-Identifier: MIT
"""The name that identifies an image over time: without scheme, tag and digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.image.reference import SCHEMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.image.reference import Reference

# The suffix that distinguishes images of one name for several platforms.
_PLATFORM = re.compile(r"\[[\w./-]+\]\Z")
# An image without a name is called by its ID, which looks like one with a tag.
_ID = re.compile(r"sha256:[0-9a-f]{64}")
_PATHS = frozenset(("archive", "docker-archive", "oci-archive", "oci", "copied", "dir", "bundle"))


def name_repository(reference: Reference, image_name: str, tags: Sequence[str] = ()) -> str:
    """Return the name of an image that is the same for all of its tags and digests.

    `image_name` is the name of one of the images that the reference stands for, and `tags` are the
    names that its archive gives it, which take precedence over the archive's path.
    """
    platform = _PLATFORM.search(image_name)
    name = reference.location
    if reference.kind not in _PATHS:
        name = _strip_tag(name.partition("@")[0])
    elif tags:
        name = min(map(_strip_tag, tags))
    return f"{name}{platform[0] if platform else ''}"


def names_of(reference: Reference, image_name: str, tags: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the names that a pattern may match: with scheme, tag and digest, and without.

    The arguments are those of `name_repository`.
    """
    scheme, colon, rest = image_name.partition(":")
    plain = rest.removeprefix("//") if colon and scheme in SCHEMES else image_name
    names = [image_name, plain, plain.partition("@")[0], name_repository(reference, image_name)]
    names += [*tags, *map(_strip_tag, tags)]
    return tuple(dict.fromkeys(name.lstrip("/") for name in names if name.strip("/")))


def _strip_tag(name: str) -> str:
    if _ID.fullmatch(name):
        return name
    path, slash, last = name.rpartition("/")
    return f"{path}{slash}{last.partition(':')[0]}"
