# SPDX-License-Identifier: MIT
"""Family 2xx: CRIU starts, but does not do what the line says.

The linter runs these on lines that CRIU does not refuse: `VALUE_RULES` on all of them,
`SHAPE_RULES` only on those that are not written in the plainest way (`Line.is_unambiguous`),
since only these can be read differently than they look.
"""

from __future__ import annotations

from criulint.rules.misread.abbreviation import abbreviation
from criulint.rules.misread.blank_in_value import blank_in_value, misread_windows_file
from criulint.rules.misread.empty_value import empty_value
from criulint.rules.misread.equals_in_value import equals_in_value
from criulint.rules.misread.equals_required import equals_required
from criulint.rules.misread.ignored_in_file import ignored_in_file
from criulint.rules.misread.literal_backslash import literal_backslash
from criulint.rules.misread.literal_quotes import literal_quotes
from criulint.rules.misread.next_line_swallowed import next_line_swallowed
from criulint.rules.misread.not_expanded import not_expanded
from criulint.rules.misread.number_misread import number_misread
from criulint.rules.misread.partly_read_value import partly_read_value
from criulint.rules.misread.rest_ignored import rest_ignored
from criulint.rules.misread.trailing_punctuation import trailing_punctuation
from criulint.rules.misread.value_ignored import value_ignored
from criulint.rules.misread.value_lost import value_lost
from criulint.rules.misread.value_truncated import value_truncated
from criulint.rules.misread.word_ignored import unread_file, word_ignored

# The order of the tuples does not affect what is found in a line itself, but the safe fix of an
# earlier rule is applied first when the linter looks for further problems in the line.

#: For a file all of whose lines end with CR LF.
WINDOWS_RULES = (misread_windows_file,)

#: For a file that CRIU reads nothing of: a problem explains every line of it.
WHOLE_FILE_RULES = (unread_file,)

#: For lines that are not written in the plainest way.
SHAPE_RULES = (
    value_ignored,
    equals_required,
    value_truncated,
    word_ignored,
    equals_in_value,
    abbreviation,
)

#: For every line with an option.
VALUE_RULES = (
    number_misread,
    literal_quotes,
    not_expanded,
    ignored_in_file,
    blank_in_value,
    empty_value,
    literal_backslash,
    partly_read_value,
    trailing_punctuation,
)

#: For the reading of the whole file.
FILE_RULES = (rest_ignored, next_line_swallowed)

#: For what the file sets.
SETTINGS_RULES = (value_lost,)
