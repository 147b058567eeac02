# SPDX-License-Identifier: MIT
"""Where the files of an image come from: layer, build step, and line of the Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Origin
from criulint.image.history import Dockerfile, group_steps, match_instructions, step_that_wrote

if TYPE_CHECKING:
    from criulint.image.inspection import ImageFile
    from criulint.image.source import Image


class Origins:
    """The origins of an image's files.

    `path` is the name of the Dockerfile that `dockerfile` was read from, if there is one.
    """

    def __init__(self, image: Image, path: str | None, dockerfile: Dockerfile | None) -> None:
        self._image = image
        self._path = path
        groups = group_steps(image.history, len(image.layers))
        self._groups = match_instructions(groups, dockerfile) if dockerfile else groups
        #: Whether the Dockerfile, if there is one, has at least one of the image's steps.
        self.matches_dockerfile = (
            dockerfile is None
            or not groups
            or any(step.line for group in self._groups for step in group)
        )

    def origin_of(self, file: ImageFile) -> Origin:
        """Return where a file comes from, as far as that is known."""
        image = self._image
        layer = image.layers[file.layer - 1] if file.layer else None
        step = None
        if layer and self._groups:
            step = step_that_wrote(self._groups[file.layer - 1], file.resolved)
        line = step.line if step else 0
        return Origin(
            image=image.name,
            digest=image.digest,
            platform=image.platform,
            path=file.path,
            layer=file.layer,
            layer_digest=layer.blob.digest if layer else "",
            diff_id=layer.diff_id if layer else "",
            step=step.text if step else "",
            dockerfile=self._path if line else None,
            line=line,
        )
