# SPDX-License-Identifier: MIT
"""Where the files of an image come from: layer, build step, and line of the Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Aspect, Origin
from criulint.image.history import (
    BuildStep,
    Dockerfile,
    find_instruction,
    find_setting,
    find_step,
    group_steps,
    match_instructions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.finding import Finding
    from criulint.image.images import Image
    from criulint.image.naming import Naming


def choose_stage(image: Image, dockerfile: Dockerfile) -> Dockerfile:
    """Return the stage of a Dockerfile that an image was built from.

    It is the last one, unless that has none of the image's steps and another one has all of them.
    """
    groups = group_steps(image.history, len(image.layers))
    for stage in (dockerfile, *dockerfile.others):
        matched = match_instructions(groups, stage)
        count = sum(bool(step.line) for group in matched for step in group)
        if count and (stage is dockerfile or count == len(stage.instructions)):
            return stage
    return dockerfile


class Origins:
    """The origins of an image's files.

    `path` is the name of the Dockerfile that `dockerfile` was read from, if there is one.
    """

    def __init__(
        self, image: Image, path: str | None, dockerfile: Dockerfile | None, repository: str = ""
    ) -> None:
        self._image = image
        self._path = path
        self._dockerfile = dockerfile
        self._repository = repository
        groups = group_steps(image.history, len(image.layers))
        self._groups = match_instructions(groups, dockerfile) if dockerfile else groups
        #: Whether the Dockerfile, if there is one, has at least one of the image's steps.
        self.matches_dockerfile = (
            dockerfile is None
            or not any(groups)
            or any(step.line for group in self._groups for step in group)
        )

    @property
    def base_layers(self) -> int | None:
        """The number of layers below those of the Dockerfile; None if that is not certain."""
        dockerfile = self._dockerfile
        if dockerfile is None:
            return None
        steps = [step for group in self._groups for step in group if step.line]
        if not dockerfile.instructions or len(steps) != len(dockerfile.instructions):
            return None
        return next(
            number for number, group in enumerate(self._groups) if any(step.line for step in group)
        )

    def are_certain(self, findings: Iterable[Finding]) -> bool:
        """Return whether the lines are known for all of findings that the Dockerfile made."""
        base = self.base_layers
        if base is None:
            return False
        origins = (
            origin
            for finding in findings
            for origin in (finding.origin, *(place.origin for place in finding.related))
        )
        return all(origin is None or origin.line or origin.layer <= base for origin in origins)

    def find_origin(
        self, path: str, made: str, layer: int, aspect: Aspect = Aspect.CONTENT
    ) -> Origin:
        """Return where a file, shown as `path`, comes from, as far as that is known.

        `layer`, 1-based, made an aspect of the plain path `made`; it is 0 without layers.
        """
        step = None
        if layer and self._groups:
            step = find_step(self._groups[layer - 1], made, aspect)
        return self._make(path, layer, step)

    def find_setting(self, naming: Naming) -> Origin:
        """Return where the image names a configuration file: a step that makes no layer."""
        step = None
        if naming.instruction:
            step = find_setting(self._image.history, naming.instruction, naming.key)
            if self._dockerfile and self.matches_dockerfile:
                found = find_instruction(self._dockerfile, naming.instruction, naming.key)
                if found:
                    step = BuildStep(step.text if step else found.text, found)
        return self._make(naming.path, 0, step)

    def find_step(self, layer: int, path: str, aspect: Aspect) -> str:
        """Return the layer, step and line that made an aspect of a plain path, in a few words."""
        return str(self.find_origin(path, path, layer, aspect))

    def _make(self, path: str, layer: int, step: BuildStep | None) -> Origin:
        image = self._image
        stored = image.layers[layer - 1] if layer else None
        line = step.line if step else 0
        return Origin(
            image=image.name,
            digest=image.digest,
            platform=image.platform,
            path=path,
            layer=layer,
            layer_digest=stored.blob.digest if stored else "",
            diff_id=stored.diff_id if stored else "",
            step=step.text if step else "",
            dockerfile=self._path if line else None,
            line=line,
            repository=self._repository,
        )
