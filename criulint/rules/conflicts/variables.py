# SPDX-License-Identifier: GPL-2.0-only
"""Which options set one variable of CRIU.

Source: criu/config.c, `parse_options`; criu/include/cr_options.h (v4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from criulint.criu.options import Option
    from criulint.criu.settings import Setting, Settings

# Two names of one flag.
_ALIASES = {"daemon": "restore-detached", "no-daemon": "no-restore-detached"}
# Two values of one variable, `final_state`.
_VALUES = {"leave-stopped": "leave-running"}


def canonical_name(option: Option) -> str:
    """Return the name of an option, the same one for all names of it."""
    return _ALIASES.get(option.name, option.name)


def variable_of(option: Option) -> str:
    """Return a name for the variable that an option sets, the same one for all that set it."""
    name = _ALIASES.get(option.positive, option.positive)
    return _VALUES.get(name, name)


def last_of_variable(settings: Settings, variable: str) -> Setting | None:
    """Return the last setting of a variable (`variable_of`), which is the one that counts."""
    names = [
        name
        for name, several in settings.by_name.items()
        if variable_of(several[0].option) == variable
    ]
    return settings.last(*names)


def detaching_setting(settings: Settings) -> Setting | None:
    """Return the setting that makes CRIU run detached, if a later one does not undo it."""
    last = last_of_variable(settings, "restore-detached")
    return last if last and last.option.negates is None else None
