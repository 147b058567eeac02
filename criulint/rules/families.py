# SPDX-License-Identifier: MIT
"""The families of rules: what the first digit of a code says."""

from __future__ import annotations

from criulint.named_tuple import NamedTuple

_READING = (
    "Sources: criu/config.c, `parse_config` and `parse_options` (v4.2);"
    " the GNU C library, posix/getopt.c."
)


class Family(NamedTuple):
    """A family of rules.

    `prefix` is what its codes begin with, `tag` a word for machines, `title` a heading, and
    `summary` a sentence for lists. `sources` is for rules that name no sources of their own.
    `depends_on_host`: what its rules find depends on the runtime, the host or the other
    suppressions, so that a run without findings proves nothing. `options`: its rules about settings
    find nothing unless one of these is set, so that most files need not import the family; empty if
    they depend on no option.
    """

    prefix: str
    tag: str
    title: str
    summary: str
    sources: str = ""
    depends_on_host: bool = False
    options: frozenset[str] = frozenset()


REFUSED = Family(
    "CRIU1",
    "refused",
    "CRIU refuses the file",
    "CRIU refuses the file, or prints something and exits.",
    _READING,
)
MISREAD = Family(
    "CRIU2",
    "misread",
    "CRIU reads the line differently than it looks",
    "CRIU starts, but does not do what the line says.",
    _READING,
    options=frozenset(
        (
            "action-script",
            "cgroup-root",
            "external",
            "inherit-fd",
            "irmap-scan-path",
            "join-ns",
            "libdir",
        )
    ),
)
CONFLICTS = Family(
    "CRIU3",
    "conflict",
    "Options that conflict, miss a companion, or do not belong in a file",
    "Options that conflict, miss a companion, break other commands, or do not belong in a file.",
    "Source: criu/config.c, `parse_options` (v4.2).",
)
RUNTIME = Family(
    "CRIU4",
    "runtime",
    "Which file, and which runtime",
    "The right line in the wrong file: never read, overridden by a runtime, or a crash.",
    depends_on_host=True,
)
ENVIRONMENT = Family(
    "CRIU5",
    "environment",
    "The host or image around the file",
    "What is missing, cannot run, or is open to others on the host or in the image.",
    depends_on_host=True,
    options=frozenset(("page-server", "tls-no-cn-verify")),
)
FORMATTING = Family("CRIU6", "style", "Layout", "The layout of the file. Off unless selected.")
SUPPRESSION = Family(
    "CRIU9",
    "suppression",
    "Comments that hide findings",
    "Comments that hide findings: unused, malformed, or naming no rule.",
    depends_on_host=True,
)

#: All families, by prefix.
FAMILIES = (REFUSED, MISREAD, CONFLICTS, RUNTIME, ENVIRONMENT, FORMATTING, SUPPRESSION)


def family_of(code: str) -> Family:
    """Return the family of a rule's code."""
    return next(family for family in FAMILIES if code.startswith(family.prefix))
