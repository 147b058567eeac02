# SPDX-License-Identifier: MIT
"""CRIU310."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.context import Role
from criulint.finding import Severity
from criulint.rules.base import FileProblem, Tag, problem_at, rule
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.options import Option
    from criulint.criu.settings import Setting, Settings

# Their defaults are not what a line with that value sets. CRIU trusts the authorities of the
# system unless it is given a `tls-cacert`, and insists on a `tls-cacrl` only if it is given one
# (criu/tls.c, `tls_x509_setup_creds`).
_NOT_COMPARABLE = ("cpu-cap", "libdir", "tls-cacert", "tls-cacrl", "verbosity")


@rule(
    "CRIU310",
    "no-effect-value",
    Severity.INFO,
    bad="timeout 10\npre-dump-mode splice\n",
    good="timeout 60\npre-dump-mode read\n",
    path="/etc/criu/default.conf",
    tag=Tag.UNNECESSARY,
)
def no_effect_value(settings: Settings) -> Iterator[FileProblem]:
    """The line sets what CRIU does anyway.

    `pre-dump-mode splice` does not even undo an earlier `read`: CRIU accepts the value and
    changes nothing. In the files that CRIU reads first, criulint also reports any line that sets
    an option to its default.

    Source: criu/config.c, `parse_options` and `init_opts` (v4.2).
    """
    is_first_file = settings.role in (Role.DEFAULT, Role.CLI)
    for setting in settings.all:
        if setting.name == "pre-dump-mode" and setting.value == b"splice":
            message = "`splice` is already CRIU's default, and does not undo an earlier `read`"
        elif is_first_file and is_default(settings, setting):
            message = "this is already CRIU's default"
        else:
            continue
        # No fix: that would remove what another fix, such as of `tcp-close false`, has written.
        yield problem_at(setting, message, "remove the line")


def is_default(settings: Settings, setting: Setting) -> bool:
    """Return whether a setting, the only one of its option, says what CRIU does without it."""
    option, value = setting.option, setting.value
    if len(settings.by_name[option.name]) > 1:
        return False
    if option.negates is not None:
        # After the positive form the line does something: CRIU303.
        positive = settings.table.options[option.negates]
        return positive.default is False and option.negates not in settings.by_name
    if option.default is True:
        return value is None
    return value is not None and _is_default_value(settings, option, value)


def _is_default_value(settings: Settings, option: Option, value: bytes) -> bool:
    if option.name in _NOT_COMPARABLE:
        return False
    if option.name == "network-lock" and settings.release >= "4.1":
        return False  # the default is chosen when CRIU is built
    number = option.number(value)
    return option.default == (decode(value) if number is None else number)
