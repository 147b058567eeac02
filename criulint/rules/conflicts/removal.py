# SPDX-License-Identifier: MIT
"""The fix that most rules of the family share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.rules.base import Rewrite

if TYPE_CHECKING:
    from criulint.criu.settings import Setting, Settings


def remove_line(settings: Settings, setting: Setting) -> Rewrite | None:
    """Return the fix that removes the line of a setting.

    None if the line holds anything else, such as a comment, or if the value is on the next line,
    which would become an option of its own.
    """
    text = settings.reading.source.text(setting.line)
    is_alone = text.strip() == text[setting.start : setting.end].strip()
    if setting.takes_next_line or not is_alone:
        return None
    return Rewrite("Remove the line", None, safe=False)
