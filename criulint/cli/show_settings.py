# SPDX-License-Identifier: GPL-2.0-only
"""The settings of files as TOML, with the place that each comes from as a comment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from criulint.configuration.resolve import FileSettings, Origin, Resolver
from criulint.criu.context import inferred_role
from criulint.rules.registry import RULES

_WIDTH = 44


def render(paths: Iterable[str], resolver: Resolver) -> str:
    """A TOML table for each file, with a line for each key."""
    return "\n".join(
        "\n".join(_file(path, resolver.settings(path))) + "\n" for path in dict.fromkeys(paths)
    )


def _file(path: str, settings: FileSettings) -> Iterator[str]:
    yield f"[{_toml(path)}]"
    origins = dict(settings.origins)
    yield _line(
        "criu", settings.release, _places(origins.pop("criu", ())) or "default: the newest known"
    )
    runtime = origins.pop("runtime", ())
    if runtime:
        yield _line("runtime", runtime[-1].value, _places(runtime))
    else:
        yield "# runtime is not set: anybody may call CRIU"
    role = origins.pop("role", ())
    inferred = inferred_role(path)
    if role:
        yield _line("role", role[-1].value, _places(role))
    elif inferred:
        yield _line("role", inferred.value, "default: its path")
    else:
        yield "# role is not set: it may be any of CRIU's files"
    yield _line(
        "commands",
        list(settings.context.commands),
        _places(origins.pop("commands", ())) or "default",
    )
    for key in ("select", "extend-select"):
        if key in origins:
            yield _words(key, origins.pop(key))
    ignored = (*origins.pop("ignore", ()), *origins.pop("per-file-ignores", ()))
    if ignored:
        yield _words("ignore", ignored)
    codes = settings.codes
    told = [rule.code for rule in RULES if (rule.default if codes is None else rule.code in codes)]
    silent = [rule.code for rule in RULES if rule.code not in told]
    yield f"# {len(told)} of {len(RULES)} rules are reported" + (
        f", not {', '.join(silent)}" if silent else ""
    )
    yield _line(
        "fail-on",
        origins["fail-on"][-1].value if "fail-on" in origins else "warning",
        _places(origins.pop("fail-on", ())) or "default",
    )
    for key, several in origins.items():
        yield _line(key, several[-1].value, _places(several))


def _words(key: str, origins: tuple[Origin, ...]) -> str:
    """A line for a list to which several places add."""
    return _line(key, [word for origin in origins for word in origin.value], _places(origins))


def _places(origins: tuple[Origin, ...]) -> str:
    return ", ".join(origin.place for origin in origins)


def _line(key: str, value: object, place: str) -> str:
    return f"{f'{key} = {_toml(value)}':<{_WIDTH}}  # {place}"


def _toml(value: Any) -> str:
    """A value as TOML on one line."""
    if isinstance(value, dict):
        return (
            f"{{ {', '.join(f'{_toml(key)} = {_toml(entry)}' for key, entry in value.items())} }}"
        )
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    # A string of JSON is one of TOML, but for the character DEL and what is no Unicode at all.
    text = json.dumps(str(value).encode("utf-8", "replace").decode(), ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
