# SPDX-License-Identifier: MIT
"""CRIU216: a value that CRIU reads only a part of, or that never means anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint import guesses
from criulint.finding import Severity
from criulint.rules.base import Problem, Rewrite, rule
from criulint.rules.line import write_text
from criulint.rules.misread.ignored_text import ignored_text
from criulint.rules.misread.quotes import has_outer_quote
from criulint.rules.misread.values import OwnValue, find_own_value, rewrite_value
from criulint.source import encode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from criulint.criu.options import Option
    from criulint.rules.line import Line

_EXTERNAL = r"(?s)(?P<type>[a-z]+)\[(?P<id>[^\]]*)\](?::(?P<value>.*))?"
_HEX_TYPES = frozenset(("file", "tty"))
_NOT_AS_CRIU_PRINTS = r"0[xX]|[A-F]"
# In bytes: what is longer can lose its end, since CRIU keeps 199 bytes of `veth[IN]:OUT`.
_MAX_VETH_PAIR = 191


# What people write for masters and shared mounts; CRIU reads one letter.
_BOTH_KINDS = (":ms", ":sm")


def external_mounts(line: Line, option: Option, value: str) -> Rewrite | None:
    """Return the fix that writes `mnt[]:ms` as the two lines that it takes; None for others."""
    if option.name != "external" or value.removeprefix("mnt[]") not in _BOTH_KINDS:
        return None
    masters, shared = line.rewrite(option, "mnt[]:m"), line.rewrite(option, "mnt[]:s")
    if not masters or not shared:
        return None
    return write_text(f"{masters}\n{shared}", safe=True)


@rule(
    "CRIU216",
    "partly-read-value",
    Severity.WARNING,
    bad="external mnt[]:ms\n",
    good="external mnt[]:m\nexternal mnt[]:s\n",
    fixable=True,
)
def partly_read_value(line: Line) -> Iterator[Problem]:
    """CRIU reads only a part of the value, or keeps a value that never has an effect.

    `external mnt[]:ms` enables masters only, because CRIU reads one letter. Numbers in
    `external file[...]` and `tty[...]` are lower-case hexadecimal without `0x`. Lists have no
    blanks. With a `cgroup-dump-controller` that does not exist CRIU dumps no controller.
    `cgroup-props` needs line breaks, which no value in a file can have. `address 10.0.0.1:27` is
    the name of a host that does not exist.
    """
    own = find_own_value(line)
    if not own:
        return
    claim = _CLAIMS.get(own.option.name)
    if claim:
        yield from claim(line, own)
    elif own.option.kind in ("list", "flag-list"):
        yield from blank_in_list(line, own)


def props_without_line_breaks(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report `cgroup-props`, whose value is YAML of several lines."""
    yield Problem(
        *line.value_span(own.parsed),
        "every dump fails: CRIU expects line breaks in this value, which a file cannot express",
        "put the properties into a separate file and name it with `cgroup-props-file`",
    )


def user_without_user_namespace(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report `join-ns net:1234,0,0`: a user and group for another type than `user`."""
    if own.text.startswith("user:") or "," not in own.text:
        return
    start, end = line.value_span(own.parsed)
    yield Problem(
        line.text.find(",", start, end),
        end,
        "CRIU ignores the user and group: it reads them for the type `user` only",
        "remove them",
    )


def long_veth_pair(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report names of a `veth-pair` that do not fit into CRIU's buffer."""
    if len(encode(own.text)) > _MAX_VETH_PAIR:
        yield Problem(
            *line.value_span(own.parsed),
            "CRIU cuts the value: it keeps 199 bytes of `veth[IN]:OUT`",
            "use shorter names",
        )


def unknown_controller(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report a `cgroup-dump-controller` that the kernel does not have."""
    known = own.option.suggested
    # Some are mounted together, such as `cpu,cpuacct`.
    if own.text.startswith("name=") or set(own.text.split(",")) <= set(known):
        return
    yield Problem(
        *line.value_span(own.parsed),
        "CRIU dumps no cgroup controller at all: none has this name",
        f"the controllers are {', '.join(known)}",
    )


def blank_in_list(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report a list with blanks: CRIU reads the part before the first one."""
    ignored = ignored_text(line)
    if not ignored:
        return
    joined, certain = guesses.joined_value(own.option, own.text, " " + ignored.text)
    yield Problem(
        ignored.start,
        ignored.end,
        f"CRIU sets `{own.option.name}` to `{shorten(own.text)}`"
        f" and ignores `{shorten(ignored.text)}`",
        guesses.several_words_help(own.option, quotes_work=line.quotes_work),
        rewrite_value(line, own.option, joined, safe=certain, whole=True) if joined else None,
    )


def external_resource(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report an `external` value with the first of its mistakes."""
    if own.text.startswith("mnt[]"):
        yield from all_mounts_with_more(line, own)
        return
    match = re.fullmatch(_EXTERNAL, own.text)
    if not match or match["type"] not in _external_types(own):
        yield from unknown_resource_type(line, own)
    elif match["type"] in _HEX_TYPES and not match["value"]:
        yield from numbers_unlike_criu(line, own, match["type"], match["id"])
    elif match["type"] == "unix" and not match["id"].isdigit():
        yield Problem(
            *line.value_span(own.parsed),
            "this never matches a socket: CRIU compares the inode as a decimal number",
            "write `unix[INODE]`",
        )


def all_mounts_with_more(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report `mnt[]:ms`: of `mnt[]` CRIU reads one letter, `m` or `s`."""
    rest = own.text.removeprefix("mnt[]")
    if rest in ("", ":", ":m", ":s"):
        return
    is_both = rest in _BOTH_KINDS
    yield Problem(
        *line.value_span(own.parsed),
        f"CRIU reads only `mnt[]{rest[:2] if rest.startswith(':') else ''}` of this value",
        "write `external mnt[]:m` and `external mnt[]:s` on two lines"
        if is_both
        else "remove the rest",
        external_mounts(line, own.option, own.text) if is_both else None,
    )


def unknown_resource_type(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report an `external` value whose type CRIU never asks for."""
    if own.text.startswith("macvlan") or has_outer_quote(own.text):
        return  # CRIU115, CRIU207
    yield Problem(
        *line.value_span(own.parsed),
        "CRIU accepts this value, but it never matches a resource",
        "write `TYPE[ID]` or `TYPE[ID]:VALUE`; the types are "
        + ", ".join(sorted(_external_types(own))),
    )


def _external_types(own: OwnValue) -> set[str]:
    return {form.partition("[")[0] for form in own.option.suggested}


def numbers_unlike_criu(
    line: Line, own: OwnValue, resource_type: str, numbers: str
) -> Iterator[Problem]:
    """Report `file[0x1F:2]`: CRIU compares the text with numbers as it prints them itself."""
    if not re.search(_NOT_AS_CRIU_PRINTS, numbers):
        return
    fixed = f"{resource_type}[{re.sub('0[xX]', '', numbers).lower()}]"
    yield Problem(
        *line.value_span(own.parsed),
        "this never matches a file: CRIU compares the numbers"
        " as lower-case hexadecimal without `0x`",
        f"write `{own.option.name} {shorten(fixed)}`",
        rewrite_value(line, own.option, fixed, safe=True),
    )


def address_with_port(line: Line, own: OwnValue) -> Iterator[Problem]:
    """Report `address HOST:PORT`, which is the name of a host to CRIU (criu/util.c)."""
    match = re.fullmatch(r"(?P<host>[^\s:/]+|\[[^\s\]]+\]):(?P<port>[0-9]{1,5})", own.text)
    if not match:
        return
    lines = [f"address {match['host'].strip('[]')}", f"port {match['port']}"]
    can_write = not line.tree.comment and all(map(line.accepts, lines))
    yield Problem(
        *line.value_span(own.parsed),
        f"CRIU looks for a host called `{shorten(own.text)}`, and finds none: a dump to it"
        " crashes, after “Failed to resolve hostname”",
        f"write `{lines[0]}` and `{lines[1]}` on lines of their own",
        line.write_lines(lines, safe=False) if can_write else None,
    )


#: The claims about single options; all other lists are looked at for blanks.
_CLAIMS: dict[str, Callable[[Line, OwnValue], Iterator[Problem]]] = {
    "address": address_with_port,
    "cgroup-props": props_without_line_breaks,
    "external": external_resource,
    "join-ns": user_without_user_namespace,
    "veth-pair": long_veth_pair,
    "cgroup-dump-controller": unknown_controller,
}
