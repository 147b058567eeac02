# SPDX-License-Identifier: MIT
"""Which setting of a variable counts, where several options set it (`Option.variable`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.criu.settings import Setting, Settings


def last_of_variable(settings: Settings, variable: str) -> Setting | None:
    """Return the last setting of a variable (`Option.variable`), which is the one that counts."""
    options = settings.table.options
    return settings.last(*(name for name in settings.by_name if options[name].variable == variable))


def detaching_setting(settings: Settings) -> Setting | None:
    """Return the setting that makes CRIU run detached, if a later one does not undo it."""
    last = last_of_variable(settings, "restore-detached")
    return last if last and last.option.negates is None else None
