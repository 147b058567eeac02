# SPDX-License-Identifier: MIT
"""Container images as sources. Nothing in them is run, and nothing is unpacked to disk.

Where images come from:

- `reference`, `identity`: what the name of an image means, and the name without tag and digest
- `fetch`: other programs that bring what is stored elsewhere
- `images`: the images that a name stands for
- `storage`: their files, in a directory or an archive
- `artifact`: what is offered as an image and is something else
- `directory`: root file systems and bundles, which have no layers
- `scratch`: temporary directories

What is in them:

- `budget`: how much an image may cost
- `blob`: the parts of an image, verified and decompressed
- `layer`: the entries of a layer's tar archive
- `filesystem`: the layers put together as the kernel would show them
- `naming`, `inspection`: which files are CRIU's, and what they hold
- `programs`, `packages`, `databases`, `binaries`, `installed`: the versions of CRIU and its callers

Whose fault a finding is:

- `changes`, `story`: which layer made which aspect of a path
- `history`: build steps, and the lines of the Dockerfile that they come from
- `origin`: the layer, step and line that wrote a file
- `base`: the layers that are the base image's
- `waivers`: comments in the Dockerfile that hide findings
- `check`: the findings in one image, with their places
"""

from __future__ import annotations


class ImageError(Exception):
    """An image that cannot be read, or must not be. The text gives the reason in one line."""
