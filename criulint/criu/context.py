# SPDX-License-Identifier: MIT
"""Who reads a file, and for what: its role, the runtime that calls CRIU, and CRIU's command."""

from __future__ import annotations

from enum import Enum

from criulint.named_tuple import NamedTuple


class Role(str, Enum):
    """Which of CRIU's configuration files a file is, in the order in which CRIU reads them.

    Sources: criu/config.c, ``next_config`` and ``parse_options``; criu/cr-service.c,
    ``setup_opts_from_req`` (v4.2).
    """

    #: /etc/criu/default.conf
    DEFAULT = "default"
    #: ~/.criu/default.conf
    USER = "user"
    #: the file that $CRIU_CONFIG_FILE names
    ENV = "env"
    #: the file that --config names, which replaces the default ones
    CLI = "cli"
    #: the file that an RPC client names: runc.conf, crun.conf, the annotation org.criu.config
    RPC = "rpc"


#: CRIU's commands that a file is for; the file cannot choose among them.
COMMANDS = ("dump", "pre-dump", "restore")


class Caller(NamedTuple):
    """Who calls CRIU: a runtime or an engine.

    `name` is its name (``"runc"``, ``"podman"``), `version` its version (``"1.3.0"``) if known.
    `runtime` is the one that an engine uses, None for its usual ones.
    """

    name: str
    version: str | None = None
    runtime: Caller | None = None

    def __str__(self) -> str:
        """Return the caller as users write it: ``podman@5.4.2+runc@1.1.15``."""
        own = f"{self.name}@{self.version}" if self.version else self.name
        return f"{own}+{self.runtime}" if self.runtime else own


class Context(NamedTuple):
    """Who reads a file, and for what.

    `role`: None for the role that its path implies. `caller`: None for any. `commands`: those of
    CRIU's commands that count. `any_release`: whether no release was chosen, so that the newest is
    only an assumption. `present`: the runtimes and engines that are installed, if that is known; no
    others count, unless `caller` names one. `by_annotation`: whether an annotation, which a runtime
    has to know, names the file.
    """

    role: Role | None = None
    caller: Caller | None = None
    commands: tuple[str, ...] = COMMANDS
    any_release: bool = False
    present: tuple[Caller, ...] = ()
    by_annotation: bool = False
