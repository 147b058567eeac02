# SPDX-License-Identifier: MIT
"""What ``criulint effective`` says of a request is what a real CRIU has in its variables after it.

CRIU reads its default file, that of its user and that of the environment, takes the fields of a
request, and reads the client's file. The library of ``preload.c`` writes its variables down when it
has read that file, which is the last thing.
"""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from criulint.criu.context import Context, Role
from criulint.criu.options import OptionTable, option_table
from criulint.criu.precedence import (
    ConfigFile,
    Effective,
    Invocation,
    Layer,
    effective,
    order_layers,
)
from criulint.criu.reading import Reading
from criulint.criu.runtimes import RequestField
from criulint.criu.settings import Settings
from criulint.source import Source
from tests.oracle import inside
from tests.oracle.oracle import Oracle, last_settings
from tests.oracle.roots import preload
from tests.oracle.sandbox import DEFAULT_FILE, HOME_FILE, RPC_FILE, Sandbox
from tests.oracle.test_values import place_of_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_PATHS = {
    Role.DEFAULT: DEFAULT_FILE,
    Role.USER: HOME_FILE,
    Role.ENV: "/root/criu.conf",
    Role.RPC: RPC_FILE,
}
_PRELOAD, _RECORD = "/run/preload.so", "/run/record"
_RECORD_SIZE = 1 << 20
_NO_PROCESS = 4_000_000
_NET = 0x40000000
_INTEGER = struct.Struct("=I")
#: criu/include/cr_options.h
_CAPABILITIES = {"none": 0, "fpu": 1, "cpu": 2, "ins": 4, "all": 7}
_DEFAULT_CAPABILITIES, _IN_IMAGE = 5, 8
#: images/rpc.proto, criu_cg_mode
_MODES = {"ignore": 0, "none": 1, "props": 2, "soft": 3, "full": 4, "strict": 5}
_NUMBERS = {"timeout": _INTEGER, "ghost-limit": struct.Struct("=Q")}

#: Option -> lines that set its variable.
_LINES = {
    **{
        name: (name, f"no-{name}")
        for name in (
            *("tcp-close", "shell-job", "link-remap", "file-locks", "track-mem", "auto-dedup"),
            *("force-irmap", "evasive-devices", "weak-sysctls", "skip-in-flight", "tls"),
            *("tcp-established", "display-stats", "skip-file-rwx-check"),
        )
    },
    **{
        name: (name,)
        for name in (
            *("lazy-pages", "unprivileged", "tls-no-cn-verify"),
            *("enable-external-sharing", "enable-external-masters"),
        )
    },
    "timeout": ("timeout 5", "timeout 0"),
    "ghost-limit": ("ghost-limit 1M",),
    "leave-running": ("leave-running", "leave-stopped"),
    "verbosity": ("verbosity", "verbosity=1", "verbosity=4", "verbosity=vv"),
    "empty-ns": ("empty-ns net",),
    "ext-unix-sk": ("ext-unix-sk", "ext-unix-sk=7"),
    "manage-cgroups": ("manage-cgroups=full", "manage-cgroups=ignore"),
    "cpu-cap": (
        *("cpu-cap", "cpu-cap=cpu", "cpu-cap=ins,fpu", "cpu-cap=none", "cpu-cap=all"),
        *("cpu-cap=fpu,none", "cpu-cap=none,cpu"),
    ),
}
#: Option -> the field of a request, and what may be in it.
_FIELDS: dict[str, tuple[str, Sequence[Any]]] = {
    **{
        name: (name.replace("-", "_"), (False, True))
        for name in (
            *(
                "leave-running",
                "leave-stopped",
                "tcp-established",
                "tcp-close",
                "shell-job",
                "file-locks",
            ),
            *("link-remap", "track-mem", "auto-dedup", "force-irmap", "evasive-devices"),
            *("weak-sysctls", "lazy-pages", "ext-unix-sk", "tls", "manage-cgroups"),
            *("display-stats", "skip-file-rwx-check", "unprivileged", "tls-no-cn-verify"),
        )
    },
    "skip-in-flight": ("tcp_skip_in_flight", (False, True)),
    "enable-external-sharing": ("ext_sharing", (False, True)),
    "enable-external-masters": ("ext_masters", (False, True)),
    "verbosity": ("log_level", range(5)),
    "timeout": ("timeout", (0, 1, 99)),
    "ghost-limit": ("ghost_limit", (0, 1, 1 << 30)),
    "empty-ns": ("empty_ns", (0, _NET)),
    "cpu-cap": ("cpu_cap", range(8)),
}


class Request(NamedTuple):
    """What a client sends, by option, and the texts of CRIU's files, by their roles."""

    fields: dict[str, Any]
    texts: dict[Role, str]


def _requests(count: int) -> Iterator[Request]:
    """Yield random requests, the same ones each time, about all options at once."""
    chance = random.Random(count)
    for _ in range(count):
        texts = {}
        for role in _PATHS:
            lines = [
                line
                for several in _LINES.values()
                for line in chance.choices(several, k=chance.choice((0, 0, 0, 1, 1, 2, 3)))
            ]
            texts[role] = "".join(f"{line}\n" for line in lines)
        sent = {
            name: chance.choice(values)
            for name, (_, values) in _FIELDS.items()
            if chance.random() < 0.6
        }
        yield Request(sent, texts)


def _shown(option: str, value: Any) -> Any:
    """Return a field's value as `runtimes.json` has it."""
    if option == "empty-ns":
        return "net" if value else False
    if option == "manage-cgroups":
        return "soft" if value else "ignore"
    return value


def _ours(table: OptionTable, request: Request) -> dict[str, Effective]:
    files = []
    for role, text in request.texts.items():
        reading = Reading(Source(text.encode(), role.value), table.release)
        assert reading.error is None
        files.append(ConfigFile(role.value, role, settings=Settings(reading, Context(role))))
    caller = Invocation(None, None, None, None, "dump", rpc=True)
    fields = tuple(
        RequestField(name, ("dump",), _shown(name, value)) for name, value in request.fields.items()
    )
    layers = order_layers(files, caller, [], table.release)
    # Nobody sends anything here but the test.
    place = next(i for i, layer in enumerate(layers) if layer.role is None)
    layers[place] = Layer(None, (), fields)
    return {option.option: option for option in effective(table, layers, "client", rpc=True)}


def _real(sandbox: Sandbox, request: Request) -> bytes:
    for role, text in request.texts.items():
        sandbox.write(_PATHS[role], text)
    sandbox.call(inside.write_bytes, _RECORD, bytes(_RECORD_SIZE))
    fields = {_FIELDS[name][0]: value for name, value in request.fields.items()}
    sandbox.ask(
        "dump",
        {"pid": _NO_PROCESS, "config_file": RPC_FILE, **fields},
        LD_PRELOAD=_PRELOAD,
        CRIULINT_RECORD=_RECORD,
        CRIU_CONFIG_FILE=_PATHS[Role.ENV],
    )
    return last_settings(sandbox.call(inside.read_bytes, _RECORD))


def _mask(option: Effective) -> int:
    """Return the bits of cpu-cap (criu/config.c, parse_cpu_cap)."""
    mask = _DEFAULT_CAPABILITIES
    for step in option.winners:
        if isinstance(step.value, int):
            mask = step.value | _IN_IMAGE
            continue
        for word in str(step.value or "all").split(","):
            mask = mask | _CAPABILITIES[word] if _CAPABILITIES[word] else 0
        mask |= _IN_IMAGE if mask else 0
    return mask


class _Places:
    """Where CRIU keeps what has no flag of its own: the first byte that an option changes."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._empty = oracle.read(b"").settings

    def value(self, real: bytes, line: str) -> int:
        """Return the number at the place of the option of a line."""
        return int(_INTEGER.unpack_from(real, self._place(line))[0])

    def value_of(self, line: str, at: str) -> int:
        """Return the number that a line alone leaves at the place of another one's option."""
        return self.value(self._oracle.read(f"{line}\n".encode()).settings, at)

    def byte(self, real: bytes, line: str) -> bool:
        """Return the flag at the place of the option of a line."""
        return bool(real[self._place(line)])

    def _place(self, line: str) -> int:
        changed = self._oracle.read(f"{line}\n".encode()).settings
        pairs = enumerate(zip(self._empty, changed, strict=True))
        first = next(offset for offset, (before, after) in pairs if before != after)
        return first - first % 4 if line != "ext-unix-sk" else first


@pytest.mark.parametrize("oracle", ["4.1.1", "4.2.1", "4.3"], indirect=True)
def test_requests_between_two_files(oracle: Oracle, sandboxes: Callable[[str], Sandbox]) -> None:
    sandbox = sandboxes(oracle.release)
    sandbox.clear()
    sandbox.call(inside.write_bytes, _PRELOAD, preload().read_bytes())
    table = option_table(oracle.release)
    places = _Places(oracle)
    numbers = {name: place_of_number(oracle, name, number) for name, number in _NUMBERS.items()}
    for request in _requests(60):
        real = _real(sandbox, request)
        ours = _ours(table, request)
        for entry in oracle.table:
            if entry.flag is not None and entry.value == 1 and entry.name in ours:
                result = (request, ours[entry.name])
                assert bool(real[entry.flag]) is ours[entry.name].value, result
        for name, number in _NUMBERS.items():
            if name in ours:
                kept = number.unpack_from(real, numbers[name])[0]
                assert kept == ours[name].value, (request, ours[name])
        _check_the_rest(places, real, ours, oracle)


def _check_the_rest(
    places: _Places, real: bytes, ours: Mapping[str, Effective], oracle: Oracle
) -> None:
    """Check what CRIU keeps as bits or as numbers for words."""
    if "verbosity" in ours and oracle.release in ("3.17.1", "4.1.1"):
        # Since 4.2 CRIU sets it after all of its reading.
        place = place_of_number(oracle, "verbosity", _INTEGER)
        assert _INTEGER.unpack_from(real, place)[0] == ours["verbosity"].value
    if "empty-ns" in ours:
        on = any(step.value for step in ours["empty-ns"].winners)
        assert bool(places.value(real, "empty-ns net")) is on
    if "ext-unix-sk" in ours:
        on = any(step.value is not False for step in ours["ext-unix-sk"].winners)
        assert places.byte(real, "ext-unix-sk") is on
    if "cpu-cap" in ours:
        assert places.value(real, "cpu-cap=none") == _mask(ours["cpu-cap"])
    if "manage-cgroups" in ours:
        value = ours["manage-cgroups"].value or "soft"
        expected = places.value_of(f"manage-cgroups={value}", "manage-cgroups=full")
        assert places.value(real, "manage-cgroups=full") == expected
    for name in ("leave-running", "leave-stopped"):
        if name in ours and ours[name].value:
            expected = places.value_of(name, "leave-running")
            assert places.value(real, "leave-running") == expected
