# SPDX-License-Identifier: GPL-2.0-only
"""Container images as sources: nothing of them is run, and nothing is unpacked to disk.

`reference` says what a name means, `source` finds the images behind it, `blob` reads and verifies what they consist of,
`layer` reads a layer's entries, `filesystem` puts the layers together as the kernel would show them, `packages` and
`history` tell what is in them and who wrote it, and `inspection` brings all of that together.
"""

from __future__ import annotations

from typing import NamedTuple


class ImageError(Exception):
    """An image that can't be read, or must not be; the text says why in one line."""


class Limits(NamedTuple):
    """How much of an image is looked at before it is refused; sizes are bytes."""

    #: What all layers of an image may be, decompressed.
    size: int = 64 << 30
    #: How many times larger a layer may become by decompressing it, from 256 MiB on.
    ratio: int = 300
    #: The files, directories and links of all layers.
    entries: int = 2_000_000
    layers: int = 1_000
    #: A manifest, an index, an image's configuration.
    document: int = 8 << 20
    #: A configuration file of CRIU; larger ones are not checked.
    file: int = 1 << 20
