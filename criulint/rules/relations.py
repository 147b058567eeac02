# SPDX-License-Identifier: MIT
"""What rules have to do with each other and with what is not known, by their codes.

The linter leaves findings out by these sets, and knows no codes itself.
"""

from __future__ import annotations

#: Rules that judge a value, with those that say why CRIU reads it as another one than is meant.
EXPLAINED_BY = {
    "CRIU206": frozenset(("CRIU207",)),
    "CRIU216": frozenset(
        ("CRIU207", "CRIU208", "CRIU210", "CRIU211", "CRIU214", "CRIU215", "CRIU217")
    ),
}

#: What CRIU would do with a line that it reads.
OF_A_READ_LINE = frozenset(
    f"CRIU{number}" for number in (305, 306, 309, 310, 311, 401, 404, 405, 406, 407)
)
#: That a caller overrides a line is not worth a finding where another rule says at least as much.
OVERRIDDEN = "CRIU401"
SAY_ENOUGH = frozenset(("CRIU305", "CRIU306", "CRIU310", "CRIU311", "CRIU404", "CRIU407"))
#: And these are not worth one if that is what is wrong, and not only a note.
ABOUT_WHAT_COUNTS = frozenset(("CRIU310", "CRIU406"))

#: What a file whose name is not known is never said to be.
NEEDS_NAME = frozenset(("CRIU402",))
#: What may be wrong because of an option in a line that is not known.
NEEDS_ALL_LINES = frozenset(("CRIU304",))
