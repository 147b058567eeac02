# SPDX-License-Identifier: MIT
"""Family 4xx: which file it is, who reads it, and what the runtime above CRIU does with it.

The role of a file (`criulint.criu.context.Role`) comes from its path or from the user. Where the
runtime is unknown, a rule reports all runtimes that are affected in one finding.
"""

from __future__ import annotations

from criulint.rules.runtime.cannot_be_undone import cannot_be_undone
from criulint.rules.runtime.crashes_criu import crashes_criu
from criulint.rules.runtime.environment_stripped import environment_stripped
from criulint.rules.runtime.file_never_read import file_never_read
from criulint.rules.runtime.needs_both_sides import needs_both_sides
from criulint.rules.runtime.not_read_by_runtime import not_read_by_runtime
from criulint.rules.runtime.overridden_by_runtime import overridden_by_runtime
from criulint.rules.runtime.repeated_across_files import repeated_across_files
from criulint.rules.runtime.shared_output import shared_output

#: What they report holds even if CRIU refuses every line of the file, or it has none.
FILE_RULES = (file_never_read, not_read_by_runtime, environment_stripped)

#: By code. The order means nothing: findings are sorted by place and code.
SETTINGS_RULES = (
    overridden_by_runtime,
    file_never_read,
    not_read_by_runtime,
    crashes_criu,
    repeated_across_files,
    shared_output,
    cannot_be_undone,
    environment_stripped,
    needs_both_sides,
)
