# SPDX-License-Identifier: MIT
"""Which value of an option wins, and where it comes from.

CRIU reads several files over the same variables: a later value replaces an earlier one, lists add
up, a level rises. Over RPC the client's request comes between the default files and the client's
own file. Sources: criu/config.c, ``next_config`` and ``parse_options``; criu/cr-service.c,
``setup_opts_from_req`` (v4.1.1, v4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from criulint.criu import values
from criulint.criu.context import Role
from criulint.criu.options import option_table
from criulint.criu.paths import CONFIG_VARIABLE, DEFAULT_FILE, user_file
from criulint.criu.releases import Release
from criulint.criu.runtimes import (
    Engine,
    RequestField,
    Runtime,
    always_set,
    cannot_be_cleared,
    engine_of,
    in_range,
    is_replaced,
    runtimes_of,
)
from criulint.named_tuple import NamedTuple
from criulint.source import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from criulint.criu.context import Caller
    from criulint.criu.getopt import ParsedOption
    from criulint.criu.options import Option, OptionTable
    from criulint.criu.outcome import ReadError
    from criulint.criu.settings import Settings

OptionValue = bool | int | str | None

#: The level without any setting (criu/include/log.h).
_DEFAULT_LEVEL = 2

#: What makes CRIU crash at `find_crash`.
NO_ADDRESS = "every dump with `page-server` needs an `address`, and nothing sets one"


class Invocation(NamedTuple):
    """Who calls CRIU, with which command: a runtime, perhaps under an engine.

    `runtime` is None for CRIU's own command line.
    """

    runtime: Runtime | None
    version: str | None
    engine: Engine | None
    engine_version: str | None
    command: str
    #: Whether CRIU serves a request instead of reading a command line.
    rpc: bool

    @property
    def title(self) -> str:
        """The name of the runtime in running text; empty for the command line."""
        return self.runtime.title if self.runtime else ""

    def strips(self, variable: str) -> str:
        """Return why an environment variable does not reach CRIU; empty if it does."""
        if self.engine and self.engine.strips(variable, self.command, self.engine_version):
            return f"{self.engine.title} starts the runtime without {variable}"
        return ""


class GivenFlag(NamedTuple):
    """A flag that was given, with its value.

    `fields` are what the caller sends for it; `omitted` are the options that it then does not send.
    """

    flag: str
    value: str | None
    fields: tuple[RequestField, ...]
    omitted: frozenset[str]

    @property
    def is_known(self) -> bool:
        """Whether it changes a request, as far as criulint knows."""
        return bool(self.fields or self.omitted)


def make_invocation(named: Caller | None, command: str, *, rpc: bool = False) -> Invocation:
    """Return who calls CRIU, with the usual runtime of an engine; None is CRIU's command line.

    With `rpc` a client calls it, even one that is not a known runtime.
    """
    if named is None:
        return Invocation(None, None, None, None, command, rpc)
    runtime, version = runtimes_of(named)[0]
    engine = engine_of(named)
    engine_version = named.version if engine else None
    return Invocation(runtime, version, engine, engine_version, command, rpc or runtime.rpc)


class ConfigFile(NamedTuple):
    """A file that CRIU may read.

    `state` is ``read``, ``missing``, ``not-read``, or how CRIU stops at the file: ``refused``,
    ``exits`` or ``crashes``. `reason` says why it is not read to its end, `error` where CRIU stops;
    without it the caller refuses the file, and CRIU is not called.
    `settings` is set if it was read. `foreign` says what the file is if it is not CRIU's at all.
    """

    path: str
    role: Role
    state: str = "read"
    reason: str = ""
    error: ReadError | None = None
    settings: Settings | None = None
    foreign: str = ""


class FileNames(NamedTuple):
    """What names files to CRIU: the environment's values (or empty), and the command line's.

    `rpc` is the file that a container's annotation names; empty if the annotation is empty.
    """

    home: str
    variable: str
    config: str | None
    rpc: str | None


def candidate_files(
    names: FileNames, invocation: Invocation, release: str, exists: Callable[[str], bool]
) -> Iterator[ConfigFile]:
    """Yield the files in CRIU's order, including those that it does not read.

    `exists` returns whether there is a file at a path. Source: criu/config.c, ``next_config``.
    """
    replaced = f"--config {names.config} replaces it" if names.config else ""
    yield _candidate(DEFAULT_FILE, Role.DEFAULT, replaced)
    if names.home:
        path = user_file(names.home)
        yield _candidate(path, Role.USER, replaced or invocation.strips("HOME"))
    if names.variable:
        yield _candidate(names.variable, Role.ENV, invocation.strips(CONFIG_VARIABLE))
    if names.config:
        yield ConfigFile(names.config, Role.CLI)
    if names.rpc is not None:
        yield from _annotated_file(names.rpc, invocation.runtime, invocation.version, release)
    elif invocation.runtime:
        yield from _runtime_files(invocation.runtime, invocation.version, release, exists)


def _candidate(path: str, role: Role, reason: str) -> ConfigFile:
    return ConfigFile(path, role, "not-read" if reason else "read", reason)


def _annotated_file(
    path: str, runtime: Runtime | None, version: str | None, release: str
) -> Iterator[ConfigFile]:
    """Yield the file that the annotation names; crun fails if its libcriu cannot pass it on."""
    annotation = runtime.annotation if runtime else None
    if runtime and annotation and not in_range(version, annotation.since, None):
        reason = f"{runtime.title} passes the annotation on only since {annotation.since}"
        yield ConfigFile(path, Role.RPC, "not-read", reason)
    elif runtime and annotation and annotation.criu and Release(release) < annotation.criu:
        message = f"libcriu RPC config files supported in CRIU >= {annotation.criu}"
        reason = f"{runtime.title} fails: {message}"
        yield ConfigFile(path, Role.RPC, "refused", reason)
    elif path:
        yield ConfigFile(path, Role.RPC)


def _runtime_files(
    runtime: Runtime, version: str | None, release: str, exists: Callable[[str], bool]
) -> Iterator[ConfigFile]:
    for file in runtime.files:
        reason = ""
        if not runtime.reads(file.path, version, release):
            needs = f" and CRIU {file.criu}" if file.criu else ""
            reason = f"needs {runtime.title} {file.since}{needs} or later"
        elif file.only_without and exists(file.only_without):
            reason = f"{runtime.title} reads {file.only_without} instead"
        yield _candidate(file.path, Role.RPC, reason)


class ValueOrigin(NamedTuple):
    """Where a value comes from, in words; for a file, its path and the 1-based line."""

    what: str
    path: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.path else self.what


class Step(NamedTuple):
    """One setting of an option.

    `effect` says what became of it: ``wins``, ``adds``, ``overridden`` or ``ignored``. `name` is
    the option as it was set (``no-tcp-close``), `reason` says why it was ignored or what overrode
    it.
    """

    origin: ValueOrigin
    name: str
    value: OptionValue
    effect: str
    reason: str = ""


class Effective(NamedTuple):
    """An option with its final value, and the steps that led to it, first to last.

    The values of a list are in its steps.
    """

    option: str
    value: OptionValue
    is_list: bool
    steps: tuple[Step, ...]

    @property
    def winners(self) -> list[Step]:
        """The steps that count: those of a list, else one; empty for CRIU's default."""
        return [step for step in self.steps if step.effect in ("wins", "adds")]

    def steps_with(self, effect: str) -> list[Step]:
        """Return the steps with one effect, in order."""
        return [step for step in self.steps if step.effect == effect]


class Layer:
    """One source of settings, such as a file. `role` is None for a command line or a request."""

    def __init__(
        self,
        role: Role | None,
        settings: Sequence[tuple[ValueOrigin, Option, bytes | None]],
        sent: Sequence[RequestField] = (),
    ) -> None:
        self.role = role
        self.settings = settings
        self.sent = sent


def file_layer(file: ConfigFile) -> Layer:
    """Return the layer of a file that was read."""
    settings = file.settings.all if file.settings else ()
    origins = [
        (ValueOrigin("file", file.path, setting.line), setting.option, setting.value)
        for setting in settings
    ]
    return Layer(file.role, origins)


def command_line_layer(options: Iterable[ParsedOption]) -> Layer:
    """Return the layer of options on the command line, without refused ones."""
    origin = ValueOrigin("command line")
    taken = [(origin, each.option, each.value) for each in options if each.refusal is None]
    return Layer(None, taken)


def request_layer(invocation: Invocation, release: str, given: Sequence[GivenFlag] = ()) -> Layer:
    """Return the layer of what a caller sends; an engine's request replaces its runtime's.

    `given` are the flags with which it was called.
    """
    runtime, engine = invocation.runtime, invocation.engine
    sent = (
        list(runtime.all_sent(invocation.command, invocation.version, release)) if runtime else []
    )
    if engine:
        wishes = list(engine.all_sent(invocation.command, invocation.engine_version))
        sent = _replace_fields(sent, wishes)
    title = engine.title if engine else invocation.title
    for flag in given:
        kept = [field for field in sent if field.option not in flag.omitted]
        wanted = [field._replace(by=f"{title} {flag.flag}") for field in flag.fields]
        sent = _replace_fields(kept, wanted)
    return Layer(None, (), tuple(sent))


def _replace_fields(
    sent: Sequence[RequestField], wishes: Sequence[RequestField]
) -> list[RequestField]:
    replaced = {field.option for field in wishes if not field.adds}
    return [*(field for field in sent if field.option not in replaced), *wishes]


def order_layers(
    files: Sequence[ConfigFile],
    invocation: Invocation,
    words: Sequence[ParsedOption],
    release: Release,
    given: Sequence[GivenFlag] = (),
) -> list[Layer]:
    """Return all layers in CRIU's order: files, the request, the command line, the RPC file.

    `words` are CRIU's own command line, `given` the flags of the caller's.

    Up to 4.1.1 CRIU also reads the RPC file before the request. Only values that add up survive
    from that reading.
    """
    read = [file for file in files if file.settings]
    before = [file_layer(file) for file in read if file.role is not Role.RPC]
    after = [file_layer(file) for file in read if file.role is Role.RPC]
    early = after if release < "4.2" else []
    return [
        *before,
        *(_adding_up(layer) for layer in early),
        request_layer(invocation, release, given),
        command_line_layer(words),
        *after,
    ]


def _adding_up(layer: Layer) -> Layer:
    """Return the layer with only those options that CRIU keeps all values of."""
    settings = [setting for setting in layer.settings if setting[1].accumulates]
    return Layer(layer.role, settings)


# Which later values of an option that accumulates replace a step: any, those that make CRIU
# forget earlier ones, or none.
_Replaced = Literal["by any", "by some", "by none"]
_KINDS: tuple[_Replaced, ...] = get_args(_Replaced)


class _State:
    """What CRIU's variables hold while it reads layer after layer."""

    def __init__(self, table: OptionTable, rpc: bool) -> None:
        self._table = table
        self._rpc = rpc
        self._level = _DEFAULT_LEVEL
        #: The options that a request sets.
        self._sent: set[str] = set()
        #: By the option that stands for the variable.
        self._steps: dict[str, list[Step]] = {}
        #: Which of them count, by what a later value can replace.
        self._counting: dict[tuple[str, _Replaced], list[int]] = {}

    def steps(self) -> Iterator[tuple[str, list[Step]]]:
        """Yield the steps of each option that is set, by its name."""
        yield from sorted(self._steps.items())

    def apply_setting(
        self, role: Role | None, origin: ValueOrigin, option: Option, value: bytes | None
    ) -> None:
        """Apply an option of a file or of the command line."""
        reason = self._reason_ignored(role, option, value)
        shown = _shown_value(option, value)
        if option.name == "verbosity" and not reason:
            self._level = values.log_level(value, self._level)
            shown = self._level
        if not reason:
            self._override(option, origin, value)
        self._add(option, _make_step(option, origin, shown, reason), value)

    def apply_field(self, origin: ValueOrigin, sent: RequestField) -> None:
        """Apply a field of a request."""
        option = self._table.options.get(sent.option)
        if option is None:
            return
        reason = ""
        kept = sent.value is False and cannot_be_cleared(sent.option, self._table.release)
        if self._rpc and kept:
            reason = "CRIU uses a client's value only if it is true"
        self._sent.add(sent.option)
        if sent.option == "verbosity" and isinstance(sent.value, int):
            self._level = sent.value
        if not reason and not sent.adds:
            replaced = self._rpc and is_replaced(sent.option)
            self._override(option, origin, None, all_values=replaced)
        shown: OptionValue = sent.value if sent.description is None else sent.description
        self._add(option, _make_step(option, origin, shown, reason), None, stays=sent.adds)

    def _reason_ignored(self, role: Role | None, option: Option, value: bytes | None) -> str:
        """Return why a setting has no effect; empty if it has one."""
        name = option.name
        if name == "pre-dump-mode" and value == b"splice":
            return "CRIU accepts it, but does not undo an earlier `read`"
        if not self._rpc:
            return ""
        if role is Role.RPC and name == "verbosity" and self._table.release >= "4.2":
            return "since 4.2 CRIU uses the client's level"
        if role is Role.RPC and name == "prev-images-dir" and name in self._sent:
            # Up to 4.1.1 CRIU reads the file again after it has opened the images.
            return "CRIU uses the client's directory"
        if role is not Role.RPC and always_set(name):
            return "every request of a client sets it"
        return ""

    def _override(
        self, option: Option, origin: ValueOrigin, value: bytes | None, *, all_values: bool = False
    ) -> None:
        """Mark what a new value replaces: all of it, unless the option accumulates."""
        kinds = _KINDS[:1]
        if all_values or not option.accumulates:
            kinds = _KINDS
        elif option.replaces(value, None):
            kinds = _KINDS[:2]
        steps = self._steps.get(option.variable, [])
        for kind in kinds:
            for index in self._counting.pop((option.variable, kind), ()):
                steps[index] = steps[index]._replace(effect="overridden", reason=str(origin))

    def _add(self, option: Option, step: Step, value: bytes | None, *, stays: bool = False) -> None:
        steps = self._steps.setdefault(option.variable, [])
        if step.effect in ("wins", "adds"):
            kind: _Replaced = "by none"
            if step.value is False:
                kind = "by any"
            elif not stays and option.can_be_replaced(value):
                kind = "by some"
            self._counting.setdefault((option.variable, kind), []).append(len(steps))
        steps.append(step)


def _make_step(option: Option, origin: ValueOrigin, shown: OptionValue, reason: str) -> Step:
    """Return a step that counts for now, unless there is a reason to ignore it."""
    effect = "adds" if option.accumulates else "wins"
    return Step(origin, option.name, shown, "ignored" if reason else effect, reason)


def _shown_value(option: Option, value: bytes | None) -> OptionValue:
    """Return the value to show for a setting: a switch, a number, or text."""
    if value is None:
        if option.negates:
            return False
        return True if option.is_flag else None
    number = option.number(value)
    return decode(value) if number is None else number


def effective(
    table: OptionTable, layers: Sequence[Layer], caller: str, *, rpc: bool
) -> list[Effective]:
    """Return the options that are set after all `layers`, by name.

    `layers` are in CRIU's order; `caller` says in words who sends a request. With `rpc` CRIU serves
    a client.
    """
    state = _State(table, rpc)
    for layer in layers:
        for origin, option, value in layer.settings:
            state.apply_setting(layer.role, origin, option, value)
        for sent in layer.sent:
            state.apply_field(ValueOrigin(sent.by or caller), sent)
    return [_outcome(table, name, steps) for name, steps in state.steps()]


def find_effective(
    files: Sequence[ConfigFile],
    invocation: Invocation,
    release: Release,
    words: Sequence[ParsedOption] = (),
    given: Sequence[GivenFlag] = (),
) -> list[Effective]:
    """Return the options that are set in the end, by name; for the arguments see `order_layers`."""
    layers = order_layers(files, invocation, words, release, given)
    return effective(option_table(release), layers, invocation.title, rpc=invocation.rpc)


def _outcome(table: OptionTable, name: str, steps: list[Step]) -> Effective:
    option = table.options[name]
    last = next((step for step in reversed(steps) if step.effect in ("wins", "adds")), None)
    value: OptionValue = option.default
    if last:
        value = last.value
    elif option.is_flag:
        value = bool(option.default)
    if last and last.name == "leave-stopped":
        name = last.name
    return Effective(name, value, option.accumulates, tuple(steps))


def sharing_variable(options: Mapping[str, Option], name: str) -> frozenset[str]:
    """Return the names of all options that set the variable of option `name`."""
    variable = options[name].variable
    return frozenset(other for other, option in options.items() if option.variable == variable)


def find_crash(options: Sequence[Effective], command: str) -> Step | None:
    """Return the step that makes every dump crash: ``page-server`` without an ``address``.

    Other commands do not crash. Sources: criu/page-xfer.c, ``connect_to_page_server``;
    criu/util.c, ``setup_tcp_client``.
    """
    if command not in ("dump", "pre-dump"):
        return None
    by_name = {option.option: option for option in options}
    server = by_name.get("page-server")
    if server is None or server.value is not True:
        return None
    if any(name in by_name and by_name[name].winners for name in ("address", "ps-socket")):
        return None
    return next((step for step in server.winners if step.origin.path), None)
