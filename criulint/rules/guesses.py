# SPDX-License-Identifier: GPL-2.0-only
"""What people mean by the words they write: mistyped names, names from elsewhere, yes and no, units, lists."""

from __future__ import annotations

import re
from functools import cache

from criulint.criu.options import PATH_KINDS, Arity, Option, OptionTable, option_table
from criulint.criu.releases import latest_release
from criulint.text import shorten

_ON = frozenset(("1", "on", "true", "yes", "enable", "enabled", "y", "t"))
_OFF = frozenset(("0", "off", "false", "no", "disable", "disabled", "n", "f", "none"))

# Names that other programs around CRIU have for its options.
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
    "tcp-est": "tcp-established",
}


def parse_boolean(value: str) -> bool | None:
    """Whether a word means on or off; None if neither."""
    word = value.strip("\"' \t\r,;").lower()
    return True if word in _ON else False if word in _OFF else None


def switch_name(option: Option, *, on: bool) -> str:
    """The name that sets what the flag `option` is about on or off; the name may not exist."""
    positive: str = option.positive
    negated: str = option.negated_by or f"no-{positive}"
    if option.negates is not None:
        # `no-x true` asks for off, `no-x false` for on.
        return option.name if on else positive
    return positive if on else negated


def flag_help(option: Option) -> str:
    """How to switch a flag on and off."""
    twin = option.negated_by
    if twin:
        return f"write `{option.name}` to switch it on, `{twin}` to switch it off"
    if option.negates is not None:
        return f"write `{option.name}` to switch `{option.negates}` off"
    return f"write `{option.name}` alone; to leave it off, remove the line"


def intended_option(name: str, table: OptionTable) -> tuple[Option | None, bool]:
    """The option that a name which is none was meant to be, and whether that is beyond doubt."""
    if name in table.options:
        return table.options[name], True
    cleaned = (
        name.strip("\"' \t\r\v\f\xa0\u200b\ufeff-,:;\\").replace("_", "-").replace(" ", "-").lower()
    )
    cleaned = cleaned.replace("\u2010", "-").replace("\u2011", "-").replace("\u2013", "-")
    if cleaned in table.options:
        return table.options[cleaned], True
    known = _ELSEWHERE.get(cleaned) or _rpc_names().get(cleaned)
    if known in table.options:
        return table.options[known], False
    if len(cleaned) < 3:
        return None, False
    from difflib import get_close_matches

    close = get_close_matches(cleaned[:60], table.options, n=1, cutoff=0.75)
    if not close and cleaned.removeprefix("no-") != cleaned:
        close = [
            f"no-{match}"
            for match in get_close_matches(cleaned[3:], table.options, n=1, cutoff=0.75)
        ]
    return (table.options.get(close[0]), False) if close else (None, False)


@cache
def _rpc_names() -> dict[str, str]:
    """The names of CRIU's RPC fields, with dashes, and the options that they set."""
    names: dict[str, str] = {}
    for name, option in option_table(latest_release()).options.items():
        field = option.rpc_field
        for word in re.findall(r"[a-z]+(?:_[a-z]+)*", field.partition("(")[0]):
            if option.negates is None:
                names.setdefault(word.replace("_", "-"), name)
    return names


def no_option_help(name: str) -> str:
    """What to say of a name that is like no option."""
    if any(character in name for character in "\xa0\u200b\u2010\u2011\u2013\u2014"):
        return "the name holds a character that only looks like a blank or a dash"
    return "`criulint schema show` lists the options"


def intended_value(value: str, option: Option) -> tuple[str | None, bool]:
    """The value that CRIU takes and a refused one was meant to be, and whether that is beyond doubt."""
    cleaned = value.strip("\"' \t\r")
    if (
        cleaned
        and cleaned != value
        and option.refusal(cleaned.encode("utf-8", "surrogateescape")) is None
    ):
        return cleaned, True
    if cleaned.lower() in option.choices:
        return cleaned.lower(), True
    if (
        option.kind == "flag-list"
        and option.refusal(cleaned.lower().encode("utf-8", "surrogateescape")) is None
    ):
        return (cleaned.lower(), True) if cleaned else (None, False)
    if option.choices and cleaned:
        from difflib import get_close_matches

        close = get_close_matches(cleaned.lower()[:60], option.choices, n=1, cutoff=0.6)
        starts = [choice for choice in option.choices if choice.startswith(cleaned.lower())]
        if len(starts) == 1:
            return starts[0], False
        if close:
            return close[0], False
    return None, False


def value_help(option: Option, suggestion: str | None) -> str:
    """What an option takes, with a suggestion if there is one."""
    form = option.form
    limits = option.range
    if option.choices:
        shown_choices = (
            option.choices if len(option.choices) <= 12 else (*option.choices[:12], "...")
        )
        text = "it takes " + ", ".join(
            f"`{choice}`" if choice != "..." else choice for choice in shown_choices
        )
    elif limits:
        text = f"it takes a number from {limits[0]} to {limits[1]}"
    elif option.suggested:
        text = "it takes " + ", ".join(f"`{token}`" for token in option.suggested)
    elif form:
        text = f"write it as `{form}`"
    else:
        text = ""
    if suggestion:
        return f"did you mean `{shorten(suggestion)}`?" + (
            f" {text[0].upper()}{text[1:]}" if text else ""
        )
    return text


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


def meant_number(option: Option, text: str) -> tuple[str | None, bool]:
    """What a number with a unit was meant to be in the option's own terms, and whether that is beyond doubt."""
    match = re.fullmatch(r"([0-9]{1,12})\s*([A-Za-z]+)", text)
    if not match:
        return None, False
    unit = match[2].lower()
    if option.kind == "size" and re.fullmatch(r"[kmg](i?b)?|b|bytes", unit):
        return match[1] + (unit[0].upper() if unit[0] != "b" else ""), True
    factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
    if option.name == "timeout" and factor:
        return str(int(match[1]) * factor), factor == 1
    return None, False


def joined_value(option: Option, value: str, rest: str) -> tuple[str | None, bool]:
    """One value out of several words, if they can have been meant as one, and whether that is beyond doubt."""
    words = rest.split()
    if option.kind in ("list", "flag-list", "list-of-int"):
        parts = [part for part in ",".join([value, *words]).split(",") if part]
        return ",".join(parts), True
    if option.kind in ("size", "int"):
        return meant_number(option, value + rest)
    if option.kind in PATH_KINDS and option.name != "action-script" and not option.accumulates:
        if value in ("=", ""):
            return None, False
        joined = (value + rest).strip().replace("\\ ", " ")
        return (None if re.search(r"[\\\"']", joined) else joined), False
    return None, False


def is_repeatable(option: Option) -> bool:
    """Whether CRIU takes the option several times and keeps all values."""
    return option.accumulates


def split_options(text: str, table: OptionTable) -> list[str] | None:
    """The lines that several options on one line should be, if `text` is nothing else."""
    if '"' in text or "#" in text:
        return None
    lines: list[str] = []
    words = iter(re.findall(r"[^ \t\v\f\r]+", text))
    for word in words:
        option = table.options.get(word.partition("=")[0])
        if option is None:
            return None
        if option.arity is Arity.REQUIRED and "=" not in word:
            value = next(words, None)
            if value is None:
                return None
            word = f"{word} {value}"
        lines.append(word)
    return lines if len(lines) > 1 else None


def several_words_help(option: Option, *, quotes_work: bool) -> str:
    """What to say of an option with several words behind it."""
    if option.kind in ("list", "flag-list", "list-of-int"):
        return "write the list with commas and without blanks"
    if option.name == "action-script":
        return "CRIU calls the script without arguments; an option takes one value"
    if option.accumulates:
        return "an option takes one value, without blanks; repeat the option to give several"
    if option.kind in PATH_KINDS and quotes_work:
        return "an option takes one value; put one with blanks in double quotes"
    return "an option takes one value, without blanks"
