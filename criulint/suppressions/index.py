# SPDX-License-Identifier: MIT
"""What suppressions need to know about the rules."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = re.compile(r"CRIU[0-9]+", re.IGNORECASE)


class RuleIndex(NamedTuple):
    """The rules, as suppressions see them.

    `names` are the rules' names by code, `default` the codes of the rules that run without being
    selected, `host_dependent` those whose findings depend on more than the file, and
    `about_suppressions` those that report suppressions themselves.
    """

    names: Mapping[str, str]
    default: frozenset[str]
    host_dependent: frozenset[str]
    about_suppressions: frozenset[str]

    def matching(self, text: str) -> frozenset[str]:
        """Return the codes that `text` names: a code, a name, or a beginning such as ``CRIU2``.

        Upper and lower case are the same. Empty if there is no such rule.
        """
        code, name = text.upper(), text.lower()
        if code in self.names:
            return frozenset((code,))
        if _PREFIX.fullmatch(text):
            return frozenset(known for known in self.names if known.startswith(code))
        return frozenset(known for known, known_name in self.names.items() if known_name == name)
