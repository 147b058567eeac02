# SPDX-License-Identifier: MIT
"""Guesses at what people mean: misspelled and foreign names, yes and no, units, lists."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from criulint.criu.options import PATH_KINDS, Arity, Option, OptionTable, option_table
from criulint.criu.releases import latest_release
from criulint.named_tuple import NamedTuple
from criulint.source import WHITESPACE, encode
from criulint.text import find_closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_ON = frozenset(("1", "on", "true", "yes", "enable", "enabled", "y", "t"))
_OFF = frozenset(("0", "off", "false", "no", "disable", "disabled", "n", "f", "none"))

# Names that other programs use for CRIU's options.
_ELSEWHERE = {
    "image-path": "images-dir",  # runc checkpoint --image-path
    "image-dir": "images-dir",
    "images-directory": "images-dir",
    "work-path": "work-dir",  # runc checkpoint --work-path
    "parent-path": "prev-images-dir",  # runc checkpoint --parent-path
    "manage-cgroups-mode": "manage-cgroups",  # runc checkpoint --manage-cgroups-mode
    "tcp-skip-in-flight": "skip-in-flight",  # runc checkpoint --tcp-skip-in-flight
    "log-level": "verbosity",  # RPC log_level
    "loglevel": "verbosity",
    "verbose": "verbosity",
    "log": "log-file",
    "logfile": "log-file",
    "keep": "leave-running",  # podman container checkpoint --keep
    "pid": "tree",  # RPC pid
    "pid-file": "pidfile",
    "plugin-dir": "libdir",  # where CRIU looks for plugins
    "plugins-dir": "libdir",
    "plugin-path": "libdir",
    "tcp-est": "tcp-established",
}


# Characters that look like a space or a hyphen, and what an option's name has instead.
_LOOKALIKES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2013": "-"})
_LOOKALIKE = frozenset("\xa0\u200b\u2010\u2011\u2013\u2014")
_AROUND_NAMES = "\"' \t\r\v\f\xa0\u200b\ufeff-,:;\\"
# How similar a misspelled option has to be. A misspelled value may differ more: there are fewer
# values, and the option is known.
_OPTION_CUTOFF = 0.75
_OTHER_LETTER_CUTOFF = 0.85
_VALUE_CUTOFF = 0.6
_MIN_NAME_LENGTH = 3
_MAX_CHOICES = 12


class OptionGuess(NamedTuple):
    """The option that a name was meant to be, or None; `certain` leaves no room for doubt."""

    option: Option | None
    certain: bool


class ValueGuess(NamedTuple):
    """The value that a text was meant to be, or None; `certain` leaves no room for doubt."""

    value: str | None
    certain: bool


_NO_OPTION = OptionGuess(None, certain=False)
#: No value was meant, as far as one can tell.
NO_VALUE = ValueGuess(None, certain=False)


def parse_boolean(value: str) -> bool | None:
    """Return whether a word means on or off; None if neither."""
    word = value.strip("\"' \t\r,;").lower()
    if word in _ON:
        return True
    return False if word in _OFF else None


def switch_name(option: Option, *, on: bool) -> str:
    """Return the name that switches a flag on or off; no option may have that name.

    For a flag ``no-x``, `on` means ``no-x`` itself.
    """
    if option.negates is not None:
        return option.name if on else option.positive
    if on:
        return option.positive
    return option.negated_by or f"no-{option.positive}"


def flag_help(option: Option) -> str:
    """Return how to switch a flag on and off."""
    negated = option.negated_by
    if negated:
        return f"write `{option.name}` to switch it on, `{negated}` to switch it off"
    if option.negates is not None:
        return f"write `{option.name}` to switch `{option.negates}` off"
    return f"write `{option.name}` alone; to leave it off, remove the line"


def intended_option(name: str, table: OptionTable) -> OptionGuess:
    """Guess which option a name means that CRIU does not know.

    Certain for other spellings of the same name (case, ``_``, quotes around it), but not for
    misspellings and for the names that other programs use.
    """
    if name in table.options:
        return OptionGuess(table.options[name], certain=True)
    cleaned = name.strip(_AROUND_NAMES).replace("_", "-").replace(" ", "-").lower()
    cleaned = cleaned.translate(_LOOKALIKES)
    if cleaned in table.options:
        return OptionGuess(table.options[cleaned], certain=True)
    known = _ELSEWHERE.get(cleaned) or _rpc_names().get(cleaned)
    if known in table.options:
        return OptionGuess(table.options[known], certain=False)
    if len(cleaned) < _MIN_NAME_LENGTH:
        return _NO_OPTION
    # An option that makes CRIU print something and exit does not belong in a file.
    known_names = [name for name, option in table.options.items() if not option.exits]
    close = _closest_option(cleaned, known_names)
    return OptionGuess(table.options.get(close or ""), certain=False)


def _closest_option(word: str, known: Iterable[str]) -> str | None:
    """Return the option closest to a word; few people get the first letter wrong."""
    same_letter = [name for name in known if name[0] == word[:1]]
    return find_closest(word, same_letter, _OPTION_CUTOFF) or find_closest(
        word, known, _OTHER_LETTER_CUTOFF
    )


@cache
def _rpc_names() -> dict[str, str]:
    """Return the options that CRIU's RPC fields set, by the fields' names with dashes."""
    names: dict[str, str] = {}
    for name, option in option_table(latest_release()).options.items():
        if option.negates is None:
            for word in re.findall(r"[a-z]+(?:_[a-z]+)*", option.rpc_field):
                names.setdefault(word.replace("_", "-"), name)
    return names


def unknown_option_help(name: str) -> str:
    """Return what to do about a name that resembles no option."""
    if not _LOOKALIKE.isdisjoint(name):
        return "the name contains a character that only looks like a space or a hyphen"
    return "run `criulint schema show` to list the options"


def intended_value(value: str, option: Option) -> ValueGuess:
    """Guess which value that CRIU accepts is meant by one that it refuses."""
    cleaned = value.strip("\"' \t\r")
    if cleaned and _accepts(option, cleaned):
        return ValueGuess(cleaned, certain=True)
    lowered = cleaned.lower()
    if lowered in option.choices:
        return ValueGuess(lowered, certain=True)
    if option.kind == "flag-list" and _accepts(option, lowered):
        return ValueGuess(lowered, certain=True) if lowered else NO_VALUE
    if not option.choices or not lowered:
        return NO_VALUE
    completed = [choice for choice in option.choices if choice.startswith(lowered)]
    if len(completed) == 1:
        [only] = completed
        return ValueGuess(only, certain=False)
    return ValueGuess(find_closest(lowered, option.choices, _VALUE_CUTOFF), certain=False)


def _accepts(option: Option, value: str) -> bool:
    return option.refusal(encode(value)) is None


def value_help(option: Option, suggestion: str | None) -> str:
    """Return which values an option accepts, after a suggestion if there is one."""
    text = _accepted_values(option)
    if not suggestion:
        return text
    question = f"did you mean `{shorten(suggestion)}`?"
    return f"{question} {text[0].upper()}{text[1:]}" if text else question


def _accepted_values(option: Option) -> str:
    if option.choices:
        shown = option.choices[:_MAX_CHOICES]
        others = "" if shown == option.choices else ", ..."
        return "it accepts " + ", ".join(f"`{choice}`" for choice in shown) + others
    if option.range:
        return f"it accepts a number from {option.range[0]} to {option.range[1]}"
    if option.suggested:
        return "it accepts " + ", ".join(f"`{token}`" for token in option.suggested)
    return f"write it as `{option.form}`" if option.form else ""


_LIST_KINDS = frozenset(("list", "flag-list", "list-of-int"))
_LEVELS = {
    "error": "1",
    "err": "1",
    "warn": "2",
    "warning": "2",
    "info": "3",
    "debug": "4",
    "trace": "4",
}
_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
}


def meant_number(option: Option, text: str) -> ValueGuess:
    """Guess the number that a number with a unit means, in the option's own unit."""
    if option.kind == "verbosity":
        return ValueGuess(log_level(text), certain=False)
    match = re.fullmatch(r"([0-9]{1,12})\s*([A-Za-z]+)", text)
    if not match:
        return NO_VALUE
    number, unit = match[1], match[2].lower()
    if option.kind == "size" and re.fullmatch(r"[kmg](i?b)?|b|bytes", unit):
        suffix = "" if unit[0] == "b" else unit[0].upper()
        return ValueGuess(number + suffix, certain=True)
    factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if option.name == "timeout" and factor:
        return ValueGuess(str(int(number) * factor), certain=factor == 1)
    return NO_VALUE


def log_level(text: str) -> str | None:
    """Return the log level that a number, `vv` or a word such as `debug` means, if any."""
    if re.fullmatch(r"v+", text):
        # The command line's `-vv` adds two to the level 2; levels past 4 are the same as 4.
        return str(min(2 + len(text), 4))
    if re.fullmatch(r"-?[0-9]+", text):
        return text
    return _LEVELS.get(text.lower())


def page_server_lines(text: str) -> list[str]:
    """Return the options that `HOST:PORT`, `HOST` or `PORT` after `page-server` should be."""
    if parse_boolean(text) is not None:
        return []
    match = re.fullmatch(r"(?:\[?(?P<host>[^]\s]*?)\]?:)?(?P<port>[0-9]{1,5})", text)
    if match:
        host = match["host"]
        return [*([f"address {host}"] if host else []), f"port {match['port']}"]
    return [f"address {text}"] if re.fullmatch(r"[A-Za-z0-9.:-]+", text) else []


def page_server_help(options: Sequence[str]) -> str:
    """Return what to do about a value of the flag `page-server`."""
    parts = {option.partition(" ")[0]: option for option in options}
    address, port = parts.get("address", "address HOST"), parts.get("port", "port NUMBER")
    return f"write `{shorten(address)}` and `{port}` on lines of their own"


def joined_value(option: Option, value: str, rest: str) -> ValueGuess:
    """Guess the single value that a value and the text after it were meant to be."""
    if option.kind in _LIST_KINDS:
        parts = [part for part in ",".join([value, *rest.split()]).split(",") if part]
        return ValueGuess(",".join(parts), certain=True)
    if option.kind in ("size", "int"):
        return meant_number(option, value + rest)
    is_path = option.kind in PATH_KINDS and option.name != "action-script"
    if not is_path or option.accumulates or value in ("=", ""):
        return NO_VALUE
    joined = (value + rest.rstrip()).replace("\\ ", " ")
    return ValueGuess(None if re.search(r"[\\\"']", joined) else joined, certain=False)


def split_options(text: str, table: OptionTable) -> list[str] | None:
    """Return the lines that several options on one line should be; None for other `text`."""
    if '"' in text or "#" in text:
        return None
    lines: list[str] = []
    words = iter(re.findall(rf"[^{WHITESPACE}]+", text))
    for word in words:
        option = table.options.get(word.partition("=")[0])
        if option is None:
            return None
        if option.arity is not Arity.REQUIRED or "=" in word:
            lines.append(word)
            continue
        value = next(words, None)
        if value is None:
            return None
        lines.append(f"{word} {value}")
    return lines if len(lines) > 1 else None


def several_words_help(option: Option, *, quotes_work: bool) -> str:
    """Return what to do about an option with several words after it."""
    if option.kind in _LIST_KINDS:
        return "write the list with commas and without spaces"
    if option.name == "action-script":
        return "an option takes one value, and CRIU calls the script without arguments"
    if option.accumulates:
        return "an option takes one value, without spaces; repeat the option for each value"
    if option.kind in PATH_KINDS and quotes_work:
        return "an option takes one value; put a value with spaces in double quotes"
    return "an option takes one value, without spaces"
