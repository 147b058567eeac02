# SPDX-License-Identifier: MIT
"""How rules relate to each other and to unknown parts of a file, by code.

The linter drops findings by these sets, and knows no codes itself.
"""

from __future__ import annotations

#: Rules that judge a value, with the rules that say why CRIU does not read it as meant.
EXPLAINED_BY = {
    "CRIU206": frozenset(("CRIU207",)),
    "CRIU216": frozenset(
        ("CRIU207", "CRIU208", "CRIU210", "CRIU211", "CRIU214", "CRIU215", "CRIU217")
    ),
}

#: Rules about what CRIU would do with a line that it reads.
OF_A_READ_LINE = frozenset(
    f"CRIU{number}" for number in (305, 306, 309, 310, 311, 401, 404, 405, 406, 407)
)
#: That a caller overrides a line is not reported where another rule says at least as much.
OVERRIDDEN = frozenset(("CRIU401",))
SAY_ENOUGH = frozenset(("CRIU305", "CRIU306", "CRIU310", "CRIU311", "CRIU404", "CRIU407"))
#: These are not reported on an overridden line, unless the override is only a note.
ABOUT_WHAT_COUNTS = frozenset(("CRIU310", "CRIU406"))

#: Rules that are never reported for a file whose name is not known.
NEEDS_NAME = frozenset(("CRIU402",))
#: Rules whose findings may be wrong because of an option on a line that is not known.
NEEDS_ALL_LINES = frozenset(("CRIU304",))
#: Rules whose findings may be wrong because of what was not checked.
NEEDS_ALL_FILES = frozenset(("CRIU901",))
