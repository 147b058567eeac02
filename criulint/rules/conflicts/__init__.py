# SPDX-License-Identifier: MIT
"""Family 3xx: options that conflict, miss a companion, or do not belong in a file.

CRIU accepts all of these lines. The trouble comes later: with another command, or another option.
"""

from __future__ import annotations

from criulint.rules.conflicts.breaks_other_commands import breaks_other_commands
from criulint.rules.conflicts.conflicting_options import conflicting_options
from criulint.rules.conflicts.contradicted_option import contradicted_option
from criulint.rules.conflicts.deprecated_option import deprecated_option
from criulint.rules.conflicts.duplicate_option import duplicate_option
from criulint.rules.conflicts.missing_companion import missing_companion
from criulint.rules.conflicts.needs_kernel import needs_kernel
from criulint.rules.conflicts.no_effect_value import no_effect_value
from criulint.rules.conflicts.not_for_a_file import not_for_a_file
from criulint.rules.conflicts.risky_option import risky_option
from criulint.rules.conflicts.undocumented_option import undocumented_option

#: By code. The order means nothing: findings are sorted by place and code.
SETTINGS_RULES = (
    duplicate_option,
    conflicting_options,
    contradicted_option,
    missing_companion,
    breaks_other_commands,
    not_for_a_file,
    deprecated_option,
    undocumented_option,
    risky_option,
    no_effect_value,
    needs_kernel,
)
