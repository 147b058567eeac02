# SPDX-License-Identifier: MIT
"""Family 9xx: comments that suppress findings (`criulint.suppressions`)."""

from __future__ import annotations

from criulint.rules.suppression.malformed_suppression import malformed_suppression
from criulint.rules.suppression.unknown_rule_in_suppression import unknown_rule_in_suppression
from criulint.rules.suppression.unused_suppression import unused_suppression

#: For the suppressions of a file; their order does not matter.
SUPPRESSIONS_RULES = (malformed_suppression, unknown_rule_in_suppression, unused_suppression)
