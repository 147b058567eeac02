# SPDX-License-Identifier: MIT
"""What `criulint effective` says that a caller sends, to be compared with a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.criu.flags import read_flags
from criulint.criu.options import option_table
from criulint.criu.precedence import Invocation, OptionValue, effective, order_layers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.criu.releases import Release


def predict(
    caller: Invocation, release: Release, flags: Sequence[str] = ()
) -> dict[str, list[OptionValue]]:
    """Return the values of each option that a caller sends to a CRIU, as there are no files.

    `flags` are on the caller's command line.
    """
    table = option_table(release)
    layers = order_layers([], caller, [], release, read_flags(flags, caller, table))
    options = effective(table, layers, caller.title, rpc=caller.rpc)
    return {option.option: [step.value for step in option.steps] for option in options}


def unseen(caller: Invocation) -> set[str]:
    """Return what need not be in the request, although `effective` has it.

    Over RPC, CRIU sets restore-detached by itself (criu/cr-service.c). runc before 1.2 sends the
    cgroup of a restore only on cgroup v1.
    """
    assert caller.runtime
    fields = caller.runtime.all_sent(caller.command, caller.version)
    on_v1 = {field.option for field in fields if "cgroup v1" in field.words}
    return on_v1 | ({"restore-detached"} if caller.rpc else set())
