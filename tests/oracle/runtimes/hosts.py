# SPDX-License-Identifier: MIT
"""Sandboxes with runtimes and engines of Debian's suites, in which a stub stands in for CRIU."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.criu.options import option_table
from criulint.criu.releases import find_release
from tests.criu.wire import predict, unseen
from tests.oracle import rpc
from tests.oracle.roots import RootError, stub, unpacked
from tests.oracle.runtimes import container
from tests.oracle.runtimes.groups import remove_group
from tests.oracle.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.precedence import Invocation

    #: A request, and the names of the variables in the environment of the CRIU that it asks.
    RequestOfEngine = tuple[rpc.Asked, Sequence[str]]

#: Fields that have an option's meaning under another name, or none at all.
_RENAMED = {"ext_mnt": "external", "manage_cgroups": "manage-cgroups", "ps": "page-server"}
_NO_OPTION = {"pid", "notify_scripts", "orphan_pts_master", "config_file"}
_MODES = {0: "ignore", 3: "soft", 4: "full", 5: "strict", 6: "soft"}
_LOCKS = {1: "iptables", 2: "nftables", 3: "skip"}


class Packages(NamedTuple):
    """Packages of a suite; the stub answers as CRIU `release`, which libcriu is of, too."""

    names: tuple[str, ...]
    suite: str
    release: str


@contextmanager
def sandboxed(packages: Packages, runtime: str) -> Iterator[Sandbox]:
    """A sandbox with packages and the stub; the test is skipped if it can't be had."""
    group = f"criulint-{os.getpid()}-{packages.suite}-{runtime}"
    try:
        root = unpacked(packages.names[0], packages.suite, *packages.names[1:], "busybox-static")
        with Sandbox(packages.release, root, container.__name__) as sandbox:
            sandbox.call(container.set_up, stub().read_bytes(), group)
            yield sandbox
    except RootError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no {runtime} to ask: {error}")
    finally:
        remove_group(group)


def sent_options(asked: rpc.Asked) -> dict[str, Any]:
    """Return the options of a request by CRIU's names."""
    names = {option.rpc_field: name for name, option in option_table("4.2.1").options.items()}
    sent: dict[str, Any] = {}
    for field, value in asked.options.items():
        if field in _NO_OPTION:
            continue
        name = _RENAMED.get(field) or names[field]
        if field == "manage_cgroups":
            value = "soft" if value else "ignore"
        elif field == "manage_cgroups_mode":
            value = _MODES[value]
        elif field == "network_lock":
            value = _LOCKS[value]
        elif field == "empty_ns":
            value = "net"
        sent[name] = value
    return sent


def last_request(asked: container.Record, command: str, output: str) -> RequestOfEngine:
    """Return the last request, which is for `command`, and CRIU's variables there.

    `output` is what the engine printed, for a test that fails.
    """
    assert asked.requests, output
    request = rpc.decode(asked.requests[-1])
    assert request.kind.removeprefix("single ") == command, output
    return request, asked.variables[-1]


def assert_predicted(asked: RequestOfEngine, caller: Invocation, release: str) -> None:
    """Check that an engine sends the options, and passes the variables, that criulint predicts."""
    request, variables = asked
    sent = sent_options(request)
    predicted = predict(caller, find_release(release))
    assert set(predicted) ^ set(sent) <= unseen(caller)
    for option, value in sent.items():
        ours = predicted[option][-1]
        is_text = isinstance(ours, str) and " " in ours  # what it is, in words
        assert is_text or ours == value, option
    for variable in ("HOME", "CRIU_CONFIG_FILE"):
        assert (variable in variables) is not bool(caller.strips(variable)), variable
