# SPDX-License-Identifier: MIT
"""Family 1xx: CRIU refuses the file while it reads it, prints something and exits, or crashes.

A rule that looks at several things (a line, a word, the file) has a check for each: see
`Rule.also`. This package is imported only for a file that CRIU does not read to its end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.refused.ambiguous_abbreviation import ambiguous_abbreviation
from criulint.rules.refused.blank_in_quotes import blank_in_quotes
from criulint.rules.refused.byte_order_mark import byte_order_mark
from criulint.rules.refused.carriage_return import carriage_return, refused_windows_file
from criulint.rules.refused.comment_glued import comment_glued
from criulint.rules.refused.foreign_syntax import foreign_file, foreign_syntax, goes_on
from criulint.rules.refused.invalid_value import invalid_value, invalid_word
from criulint.rules.refused.leading_dashes import leading_dashes
from criulint.rules.refused.missing_value import missing_value, missing_value_in_line
from criulint.rules.refused.nul_byte import nul_byte, utf16_file
from criulint.rules.refused.one_run import advise_removal, sets_for_one_run
from criulint.rules.refused.option_not_in_release import option_not_in_release
from criulint.rules.refused.stops_criu import exiting_word, stops_criu
from criulint.rules.refused.tab_before_space import tab_before_space
from criulint.rules.refused.unexpected_value import unexpected_value
from criulint.rules.refused.unknown_option import refused_word, unknown_option
from criulint.rules.refused.unsafe_read import buffer_overflow, crashing_word, unsafe_read
from criulint.rules.refused.unsupported_line import unexplained_line, unsupported_line

if TYPE_CHECKING:
    from criulint.rules.base import FileRule
    from criulint.rules.line import LineRule
    from criulint.rules.line_ends import WindowsRule
    from criulint.rules.refused.words import WordRule

__all__ = [
    "CRASH_RULES",
    "FILE_RULES",
    "FIXED_LINE_RULES",
    "LINE_RULES",
    "WHOLE_FILE_RULES",
    "WINDOWS_RULES",
    "WORD_RULES",
    "advise_removal",
    "goes_on",
    "sets_for_one_run",
]

#: For a file in an encoding that CRIU cannot read, or of another type: the first problem that is
#: found explains every line of it.
WHOLE_FILE_RULES: tuple[FileRule, ...] = (utf16_file, foreign_file)

#: For a file all of whose lines end with CR LF.
WINDOWS_RULES: tuple[WindowsRule, ...] = (refused_windows_file,)

#: For a line on which CRIU crashes: no other rule can say how CRIU reads it.
CRASH_RULES: tuple[LineRule, ...] = (unsafe_read,)

#: For a line that CRIU refuses. Only the first rule that finds something is used, so the order
#: matters: from what explains the most, such as another encoding or another format, to CRIU's own
#: message.
LINE_RULES: tuple[LineRule, ...] = (
    nul_byte,
    byte_order_mark,
    stops_criu,
    leading_dashes,
    foreign_syntax,
    tab_before_space,
    comment_glued,
    carriage_return,
    blank_in_quotes,
    unexpected_value,
    ambiguous_abbreviation,
    option_not_in_release,
    unknown_option,
    invalid_value,
    unsupported_line,
    unexplained_line,
)

#: For a line that CRIU would no longer refuse after a fix.
FIXED_LINE_RULES: tuple[LineRule, ...] = (missing_value_in_line,)

#: For the words of a line whose first word is not read as an option's name.
WORD_RULES: tuple[WordRule, ...] = (refused_word, invalid_word, crashing_word, exiting_word)

#: For problems that depend on more than one line.
FILE_RULES: tuple[FileRule, ...] = (buffer_overflow, missing_value)
