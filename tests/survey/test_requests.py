# SPDX-License-Identifier: MIT
"""What each caller sends with each command, and what its own options change in that."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from criulint.criu.context import COMMANDS
from criulint.criu.flags import read_flags
from criulint.criu.options import option_table
from criulint.criu.precedence import FileNames, Invocation, candidate_files, make_invocation
from criulint.criu.runtimes import find_caller
from tests.survey.blocks import document, merge
from tests.survey.files import RELEASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from criulint.criu.runtimes import RequestField
    from tests.golden import Golden

_HERE = Path(__file__).parent
_CALLERS = (
    *("runc", "runc@1.1.15", "crun", "crun@1.18", "youki", "lxc", "lxc@4.0", "podman@3.4.4"),
    *("podman", "podman@5.4.2+crun@1.26", "podman+runc", "cri-o", "containerd", "docker", "incus"),
)


def _flags(invocation: Invocation) -> list[str]:
    """Return the caller's own options that criulint knows."""
    version = invocation.engine_version if invocation.engine else invocation.version
    known = invocation.engine or invocation.runtime
    assert known
    command = invocation.command
    sent = known.all_sent(command, version)
    runtime = invocation.runtime.name if invocation.runtime else None
    asked = known.flags(command, version, runtime)
    flags = [*(field.flag for field in sent), *(flag.flag for flag in asked)]
    return list(dict.fromkeys(filter(None, flags)))


def _field(field: RequestField) -> str:
    value = field.description or str(field.value).lower()
    by = f" (by {field.by})" if field.by else ""
    return f"{'adds ' if field.adds else ''}{field.option} {value}{by}"


def _files(invocation: Invocation) -> Iterator[str]:
    """Yield which files CRIU reads, with two releases, and with and without an annotation."""
    hosts = ((None, "/etc/criu/crun.conf"), (None, ""), ("", ""), ("/a", ""))
    for criu, (rpc, there) in product((RELEASE, "3.15"), hosts):
        names = FileNames("/root", "/env.conf", None, rpc)
        files = candidate_files(names, invocation, criu, there.__eq__)
        yield "; ".join(f"{file.path} {file.state} {file.reason}".rstrip() for file in files)


def _changes(words: Sequence[str], invocation: Invocation) -> str:
    """Return what the words of the caller's command line change."""
    try:
        given = read_flags(words, invocation, option_table(RELEASE))
    except ValueError as error:
        return str(error)
    changes = [_field(field) for each in given for field in each.fields]
    changes += [f"no {option}" for each in given for option in sorted(each.omitted)]
    changes += [f"{each.flag} is not known" for each in given if not each.is_known]
    return ", ".join(changes) or "no change"


def _describe(invocation: Invocation) -> Iterator[str]:
    known = invocation.engine or invocation.runtime
    assert known
    version = invocation.engine_version if invocation.engine else invocation.version
    yield from dict.fromkeys(_files(invocation))
    sent = known.all_sent(invocation.command, version)
    yield f"sends {', '.join(map(_field, sent)) or 'nothing'}"
    for flag in _flags(invocation):
        yield f"{flag}: {_changes([flag], invocation)}"
        yield f"{flag} 10.0.0.1:8 --x: {_changes([flag, '10.0.0.1:8', '--x'], invocation)}"


def test_requests(golden: Golden) -> None:
    outputs = []
    for caller, command in product(_CALLERS, COMMANDS):
        said = _describe(make_invocation(find_caller(caller), command))
        outputs.append((f"{caller}, {command}", document(said)))
    golden(_HERE / "requests.expected", merge(outputs))
