# SPDX-License-Identifier: MIT
"""What FROM says, with the values of the arguments before it.

Sources: BuildKit, frontend/dockerfile/dockerfile2llb/convert.go (buildMetaArgs, and where base
names are expanded) and platform.go (defaultArgs).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.embedded.dockerfile.expand import expand, split_words
from criulint.embedded.model import UNKNOWN

if TYPE_CHECKING:
    from criulint.embedded.dockerfile.expand import Variables
    from criulint.embedded.dockerfile.parse import Instruction
    from criulint.embedded.model import HostedText

# They differ from one platform to the other, and from one machine to the other.
_OF_PLATFORMS = tuple(
    f"{side}{what}"
    for side in ("BUILD", "TARGET")
    for what in ("PLATFORM", "OS", "OSVERSION", "ARCH", "VARIANT")
)
# No image is called that: an argument without a default has to be given.
_NO_NAME = re.compile(r"\A\Z|\A/|//|[:/@]\Z|\$")


class StageHead(NamedTuple):
    """What FROM says: the image or stage that a stage is based on, and its own name.

    `base` is one `UNKNOWN` character, or has some, if it is not known; `name` is in lower case, and
    empty if there is none.
    """

    base: str
    name: str


class GlobalArguments:
    """The arguments before the first FROM, as if the builder is given no others."""

    def __init__(self, escape: str) -> None:
        self._escape = escape
        #: Their values, None for one that is not known.
        self.values: Variables = dict.fromkeys((*_OF_PLATFORMS, "TARGETSTAGE"))

    def add(self, instruction: Instruction) -> None:
        """Add what ARG declares; without a default it changes nothing."""
        for word in split_words(instruction.value, self._escape):
            name, has_default, _ = word.text.partition("=")
            if has_default:
                self.values[name] = self._expand(word[len(name) + 1 :])

    def read_head(self, instruction: Instruction) -> StageHead:
        """Return what FROM says."""
        words = split_words(instruction.value, self._escape)
        base = self._expand(words[0]).text if words else ""
        has_name = len(words) > 2 and words[1].text.lower() == "as"
        name = words[2].text.lower() if has_name else ""
        return StageHead(UNKNOWN if _NO_NAME.search(base) else base, name)

    def _expand(self, word: HostedText) -> HostedText:
        return expand(word, self.values, self._escape, others_are_unset=True)
