# SPDX-License-Identifier: MIT
"""CRIU311: one function for each option."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, Scope, problem_at, rule
from criulint.rules.conflicts.breaks_other_commands import refuses_lazy_pages
from criulint.rules.conflicts.removal import remove_line
from criulint.rules.runtime.overridden_by_runtime import is_overridden
from criulint.rules.runtime.problems import problem_in_any_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings


def check_track_mem(settings: Settings) -> Iterator[FileProblem]:
    """From 3.18 on every command checks the kernel for it (criu/config.c, `check_options`)."""
    tracking = settings.switched_on("track-mem")
    if tracking and not is_overridden(settings, tracking):
        fails = "every command fails" if settings.release >= "3.18" else "every dump fails"
        yield problem_at(
            tracking,
            f"{fails} where the kernel cannot track memory: “Tracking memory is not available”",
            "remove the line: a pre-dump tracks memory by itself",
            remove_line(settings, tracking),
            scope=Scope.LINE,
            unwanted=True,
        )


def check_lazy_pages(settings: Settings) -> Iterator[FileProblem]:
    """A dump serves the pages itself, and a restore needs userfaultfd (criu/uffd.c).

    Where a pre-dump refuses the option it is CRIU305.
    """
    lazy = settings.last("lazy-pages")
    if not lazy or refuses_lazy_pages(settings) or is_overridden(settings, lazy):
        return
    effects = []
    if settings.on("dump"):
        effects.append("every dump hangs until a client has fetched the pages")
    if settings.on("restore"):
        effects.append("a restore needs userfaultfd and a running `criu lazy-pages`")
    if effects:
        message = ", and ".join(effects)
        yield problem_in_any_file(settings, lazy, message, "pass it on the command line")


@rule(
    "CRIU311",
    "needs-kernel",
    Severity.WARNING,
    bad="track-mem\n",
    good="# pre-dump tracks memory by itself\n",
    fixable=True,
    options=("track-mem", "lazy-pages"),
    about_option=True,
)
def needs_kernel(settings: Settings) -> Iterator[FileProblem]:
    """CRIU fails where the kernel lacks what the option needs, on any host that has the file.

    From 3.18 on `track-mem` makes each command fail, check and restore too, with “Tracking memory
    is not available. Consider omitting --track-mem option.” on a kernel without soft-dirty
    tracking. A pre-dump switches it on by itself.

    Source: criu/config.c, `check_options`; criu/cr-dump.c (v4.2).
    """
    yield from check_track_mem(settings)
    yield from check_lazy_pages(settings)
