# SPDX-License-Identifier: MIT
"""Container images as sources. Nothing in them is run, and nothing is unpacked to disk.

- `limits`: how much an image may cost
- `reference`: what the name of an image means
- `fetch`: other programs that bring what is stored elsewhere
- `source`: the images that a name stands for
- `directory`: root file systems and bundles, which have no layers
- `blob`: the parts of an image, verified and decompressed
- `layer`: the entries of a layer's tar archive
- `filesystem`: the layers put together as the kernel would show them
- `inspection`: CRIU's files in an image
- `packages`: the versions of CRIU and of the runtimes in it
- `history`: build steps, and the lines of the Dockerfile that they come from
- `origin`: the layer, step and line that wrote a file
"""

from __future__ import annotations


class ImageError(Exception):
    """An image that cannot be read, or must not be. The text gives the reason in one line."""
