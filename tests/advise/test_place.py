# SPDX-License-Identifier: MIT
"""Where each remedy takes effect: ``remedies.txt``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from criulint.advise.log import Log
from criulint.advise.messages import Remedy, messages
from criulint.advise.place import find_place
from criulint.advise.situation import Situation
from criulint.criu.releases import Release
from criulint.criu.runtimes import find_caller

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.golden import Golden

_FILE = Path(__file__).with_name("remedies.txt")
_CALLERS = (
    *((name, None) for name in (None, "runc", "crun", "podman", "docker", "lxc")),
    *(("runc", release) for release in ("3.19", "4.1.1", "4.3")),
    *(("crun@1.18", release) for release in ("4.1.1", "4.3")),
    *((name, "4.3") for name in ("podman+runc", "cri-o", "incus", "youki")),
)


def test_where_each_remedy_takes_effect(golden: Golden) -> None:
    golden(_FILE, "".join(f"{line}\n" for line in _describe_all()))


def test_the_place_is_for_the_runtimes_that_an_engine_is_known_to_use() -> None:
    remedy = Remedy("link-remap", ("dump",), 1, persistent=True)
    releases = (Release("4.1.1"),)
    notes = {
        names: find_place(remedy, find_caller("podman"), releases, names).note
        for names in ((), ("crun",), ("runc",))
    }
    assert notes[()].startswith("with crun: /etc/criu/default.conf; with runc: /etc/criu/runc.conf")
    assert "with " not in notes[("crun",)]
    assert notes[("runc",)].startswith("works with all versions")


def _describe_all() -> Iterator[str]:
    several = {
        (remedy.line, remedy.commands, remedy.persistent): remedy
        for message in messages().values()
        for remedy in message.remedies
    }
    for key, remedy in sorted(several.items()):
        line, commands, persistent = key
        yield f"{line} ({', '.join(commands)}{'' if persistent else '; for one dump'})"
        for name, release in _CALLERS:
            where = _describe(remedy, name, release)
            yield f"  {name or 'criu'}{f', CRIU {release}' if release else ''}: {where}"


def _describe(remedy: Remedy, name: str | None, release: str | None) -> str:
    caller = find_caller(name) if name else None
    situation = Situation(Log(""), caller, Release(release) if release else None, None)
    place = find_place(remedy, situation.caller, situation.releases, situation.runtimes)
    parts = (place.file or "no file", place.quoted_flags, place.note)
    return "; ".join(part for part in parts if part)
