# SPDX-License-Identifier: GPL-2.0-only
"""Where the files of an image come from: the layer, the build step, and its line in the Dockerfile."""

from __future__ import annotations

from criulint.finding import Origin
from criulint.image.history import Recipe, located, made, steps
from criulint.image.inspection import ImageFile
from criulint.image.source import Image


class Origins:
    """The origins of an image's files. `dockerfile` is the name of what `recipe` was read from, if there is one."""

    def __init__(self, image: Image, dockerfile: str | None, recipe: Recipe | None) -> None:
        self._image = image
        self._dockerfile = dockerfile
        groups = steps(image.history, len(image.layers))
        self._groups = located(groups, recipe) if recipe else groups
        #: Whether a Dockerfile was given that none of the steps stands in.
        self.strangers = bool(recipe and groups) and not any(
            step.line for group in self._groups for step in group
        )

    def of(self, file: ImageFile) -> Origin:
        """Where a file comes from, as far as that is known."""
        image = self._image
        layer = image.layers[file.layer - 1] if file.layer else None
        step = made(self._groups[file.layer - 1], file.place) if layer and self._groups else None
        line = step.line if step else 0
        return Origin(
            image.name,
            image.digest,
            image.platform,
            file.path,
            file.layer,
            layer.blob.digest if layer else "",
            layer.diff_id if layer else "",
            step.text if step else "",
            self._dockerfile if line else None,
            line,
        )
