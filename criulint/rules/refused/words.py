# SPDX-License-Identifier: MIT
"""Rules that look at single words of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from criulint.criu.getopt import ParsedOption, ParseError
    from criulint.criu.reading import Reading
    from criulint.rules.base import Problem, Rule

#: A rule that sees a reading, and how ``getopt_long`` reads one of its words.
WordRule: TypeAlias = "Rule[[Reading, ParsedOption | ParseError], Problem]"
