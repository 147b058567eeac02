# SPDX-License-Identifier: MIT
"""The settings of files as TOML, with comments that say where each comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from criulint.criu.paths import inferred_role
from criulint.rules.registry import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from criulint.configuration.resolve import FileSettings, SettingOrigin

_WIDTH = 44


def render_settings(paths: Iterable[str], settings_of: Callable[[str], FileSettings]) -> str:
    """Return a TOML table for each file, with a line for each key."""
    return "\n".join(
        "\n".join(_file(path, settings_of(path))) + "\n" for path in dict.fromkeys(paths)
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
        yield "# runtime is not set: anything may call CRIU"
    role = origins.pop("role", ())
    inferred = inferred_role(path)
    if role:
        yield _line("role", role[-1].value, _places(role))
    elif inferred:
        yield _line("role", inferred.value, "default: its path")
    else:
        yield "# role is not set: the file may have any role"
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
    disabled = [
        rule.code for rule in RULES if not (rule.default if codes is None else rule.code in codes)
    ]
    enabled = f"# {len(RULES) - len(disabled)} of {len(RULES)} rules are reported"
    yield f"{enabled}, not {', '.join(disabled)}" if disabled else enabled
    yield _line(
        "fail-on",
        origins["fail-on"][-1].value if "fail-on" in origins else "warning",
        _places(origins.pop("fail-on", ())) or "default",
    )
    for key, several in origins.items():
        yield _line(key, several[-1].value, _places(several))


def _words(key: str, origins: tuple[SettingOrigin, ...]) -> str:
    """Return a line for a list to which several places add."""
    return _line(key, [word for origin in origins for word in origin.value], _places(origins))


def _places(origins: tuple[SettingOrigin, ...]) -> str:
    return ", ".join(origin.place for origin in origins)


def _line(key: str, value: object, place: str) -> str:
    return f"{f'{key} = {_toml(value)}':<{_WIDTH}}  # {place}"


def _toml(value: Any) -> str:
    """Return a value as TOML on one line."""
    if isinstance(value, dict):
        entries = (f"{_toml(key)} = {_toml(entry)}" for key, entry in value.items())
        return f"{{ {', '.join(entries)} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, int):
        return str(value).lower()
    # A JSON string is a TOML string, but for the character DEL and lone surrogates.
    text = json.dumps(str(value).encode("utf-8", "replace").decode(), ensure_ascii=False)
    return text.replace("\x7f", "\\u007f")
