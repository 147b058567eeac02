# SPDX-License-Identifier: MIT
"""``criulint advise``: from CRIU's log to the line that helps.

The JSON report is a list of objects, one for each log: ``log``, ``log_path`` (the log that a
caller's error names, or null), ``criu``, ``runtime``, ``command`` (each null if unknown), ``files``
(``path``, ``role``, ``read``), and ``causes``, the likeliest first: ``id``, ``line``, ``text``,
``kind`` (``option``, ``no-option``, ``configuration``, ``unknown``), ``advice`` and ``remedies``
(``option``, ``line``, ``file``, ``flag``, ``commands``, ``persistent``, ``rank``, ``risk``).
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from criulint.advise.advice import Advice, advise, describe
from criulint.advise.logs import (
    find_anywhere,
    find_in_directory,
    find_named,
    read_log,
    read_log_stream,
)
from criulint.advise.messages import messages
from criulint.advise.situation import Situation
from criulint.cli import UsageError, add_format_argument
from criulint.cli.console import Console
from criulint.cli.context import choose_release, given_caller, require_root
from criulint.cli.diff import print_diff
from criulint.cli.inputs import add_release_argument, read_input, unknown_word
from criulint.criu.context import COMMANDS
from criulint.host.config_files import ConfigFiles
from criulint.text import escape, escape_markdown, shorten, to_json, to_markdown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from criulint.advise.advice import PlacedRemedy
    from criulint.advise.log import Log


class _NamedLog(NamedTuple):
    """A log with its name for people."""

    name: str
    log: Log


# Characters of a line of the log.
_MAX_MESSAGE = 300


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint advise`` to its parser."""
    add_release_argument(parser)
    parser.add_argument(
        "--runtime",
        metavar="NAME[@VERSION]",
        help="who called CRIU: runc, crun, youki, lxc, or an engine such as podman"
        " (default: what the log says, else the command line)",
    )
    parser.add_argument(
        "--for", dest="command_", choices=COMMANDS, help="the CRIU command that failed"
    )
    parser.add_argument("--root", metavar="DIR", help="use this directory as /")
    parser.add_argument("--config", metavar="FILE", help="the file given to `criu --config`")
    parser.add_argument("--rpc", metavar="FILE", help="the file that an RPC client named")
    add_format_argument(parser, "text", "json", "md")
    parser.add_argument(
        "--diff", action="store_true", help="show what --apply would write, without writing it"
    )
    parser.add_argument(
        "--apply",
        action="store_true",
        help="write the first choice into the file where it takes effect",
    )
    parser.add_argument("--explain", metavar="ID", help="explain a CRIU message")
    parser.add_argument("--list", action="store_true", help="list the known messages")
    parser.add_argument(
        "logs",
        nargs="*",
        metavar="LOG",
        help="logs, or directories with logs; - is standard input (default: the newest log where"
        " runtimes leave them)",
    )


def run(args: argparse.Namespace) -> int:
    """Print what to do; return 1 if a cause is unknown."""
    if args.list:
        print("\n".join(_list()))
        return 0
    if args.explain:
        print("\n".join(_explain(args.explain)))
        return 0
    require_root(args.root)
    release = choose_release(args.criu) if args.criu else None
    caller = given_caller(args.runtime)
    reports = []
    for each in _read_logs(args):
        host = ConfigFiles(args.root, args.config, args.rpc, read_input)
        situation = Situation(each.log, caller, release, host, args.command_)
        reports.append((each, situation, advise(each.log, situation)))
    _print(args, reports)
    if args.diff or args.apply:
        for _, situation, all_advice in reports:
            _apply(args, situation, all_advice)
    is_known = all(
        advice.kind != "unknown" for *_, all_advice in reports for advice in all_advice[:1]
    )
    return 0 if is_known else 1


# --- the logs


def _read_logs(args: argparse.Namespace) -> Iterator[_NamedLog]:
    for path in args.logs or [None]:
        read = _read_newest(args.root) if path is None else _read_named(path)
        yield _follow(read, args.root) or read


def _read_newest(root: str | None) -> _NamedLog:
    found = find_anywhere(root)
    if found is None:
        raise UsageError(
            "no log found where runtimes leave them; name a log, or `-` for standard input"
        )
    Console().note(f"reading {escape(found.name)}, the newest log")
    return _read(found.name, found.read)


def _read_named(path: str) -> _NamedLog:
    if path == "-":
        return _read(path, lambda: read_log_stream(sys.stdin.buffer))
    if not os.path.isdir(path):
        return _read(path, lambda: read_log(path))
    found = find_in_directory(path)
    if found is None:
        raise UsageError(f"{escape(path)}: no CRIU log in this directory")
    return _read(found.name, found.read)


def _read(name: str, read: Callable[[], Log]) -> _NamedLog:
    try:
        return _NamedLog(name, read())
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(f"{escape(name)}: {reason}") from None


def _follow(read: _NamedLog, root: str | None) -> _NamedLog | None:
    """Return the log that a caller's error names, if it is here and the error says nothing."""
    pointer = read.log.pointer
    if not pointer or any(entry.level for entry in read.log.entries):
        return None
    found = find_named(pointer, root)
    if found is None:
        return None
    Console().note(f"reading {escape(found.name)}, which {escape(read.name)} names")
    inner = _read(found.name, found.read)
    inner.log.called_in(read.log)
    return inner


# --- output


def _print(
    args: argparse.Namespace, reports: list[tuple[_NamedLog, Situation, list[Advice]]]
) -> None:
    """Print the reports, in the format that the arguments choose."""
    if args.format == "json":
        several = [
            describe(each.name, each.log, situation, all_advice)
            for each, situation, all_advice in reports
        ]
        print(to_json(several, indent=2))
        return
    render = _text if args.format == "text" else _markdown
    for index, (each, situation, all_advice) in enumerate(reports):
        if index:
            print()
        print("\n".join(render(each, situation, all_advice)))


def _headline(each: _NamedLog, situation: Situation) -> str:
    """Return the name of a log, and what is known about the run of CRIU that wrote it."""
    facts = []
    if situation.release:
        facts.append(f"CRIU {each.log.release or situation.release}")
    if situation.command:
        facts.append(situation.command)
    if situation.is_assumed:
        facts.append("called over RPC")
    elif situation.caller:
        facts.append(f"called by {situation.caller.name}")
    name = "standard input" if each.name == "-" else escape(each.name)
    return f"{name}: {', '.join(facts)}" if facts else name


def _text(each: _NamedLog, situation: Situation, all_advice: list[Advice]) -> Iterator[str]:
    yield _headline(each, situation)
    if not all_advice:
        yield ""
        yield "CRIU succeeded: there is nothing to do"
    for advice in all_advice:
        yield ""
        yield from _cause_text(advice)


def _cause_text(advice: Advice) -> Iterator[str]:
    """Yield what happened, what to do about it, and how certain that is."""
    entry, message = advice.cause.entry, advice.cause.message
    if entry:
        yield f"line {entry.line}: {shorten(entry.text, _MAX_MESSAGE)}"
    if message:
        yield f"  {message.id}: {message.means}"
    for note in advice.notes:
        yield f"  note: {escape(note)}"
    for number, placed in enumerate(advice.remedies, 1):
        yield ""
        yield from _remedy_text(number, placed)
    if advice.cause.advice:
        if message:
            yield ""
        label = "do" if message else "unknown"
        if advice.remedies:
            label = "or"
        yield f"  {label}: {advice.cause.advice.removeprefix('or ')}"
    if message and not message.remedies and advice.kind == "no-option":
        yield "  no CRIU option changes this"
    yield f"  confidence: {advice.cause.confidence}"


def _remedy_text(number: int, placed: PlacedRemedy) -> Iterator[str]:
    """Yield a line that helps, and where to write it."""
    remedy, place = placed.remedy, placed.place
    condition = f", if {remedy.when}" if remedy.when else ""
    yield f"  {number}. {remedy.line}{condition}"
    commands = " and ".join(remedy.commands)
    if place.flags:
        yield f"     run: {place.quoted_flags}"
    if placed.pending:
        yield f"     {escape(placed.pending.place)} already has it: try again"
    elif place.file:
        lead = "or write it" if place.flags else "write it"
        yield f"     {lead} into {place.file}, for {commands}"
    elif not remedy.persistent:
        yield "     do not write it into a file: the value is only valid for this dump"
    if place.note:
        yield f"     {place.note}"
    if remedy.risk:
        yield f"     cost: {remedy.risk}"


def _markdown(each: _NamedLog, situation: Situation, all_advice: list[Advice]) -> Iterator[str]:
    yield f"### {escape_markdown(_headline(each, situation))}"
    if not all_advice:
        yield ""
        yield "CRIU succeeded: there is nothing to do."
    for advice in all_advice:
        yield ""
        yield from _cause_markdown(advice)


def _cause_markdown(advice: Advice) -> Iterator[str]:
    cause = advice.cause
    if cause.entry:
        # A fence cannot end within one line of text that lacks its mark.
        yield from (
            "```text",
            shorten(cause.entry.text, _MAX_MESSAGE).replace("```", "'''"),
            "```",
            "",
        )
    if cause.message:
        link = f"[{cause.id}]({cause.message.url})"
        yield f"{to_markdown(_capitalize(cause.message.means))} ({link})."
    for note in advice.notes:
        yield f"\n{to_markdown(_capitalize(note))}."
    if advice.remedies:
        yield ""
    for number, placed in enumerate(advice.remedies, 1):
        yield f"{number}. {_remedy_markdown(placed)}"
    if cause.advice:
        yield f"\n{to_markdown(_capitalize(cause.advice.removeprefix('or ')))}."
    yield f"\nConfidence: {cause.confidence}."


def _remedy_markdown(placed: PlacedRemedy) -> str:
    remedy, place = placed.remedy, placed.place
    condition = f", if {remedy.when}" if remedy.when else ""
    sentences = [f"`{remedy.line}`{condition}"]
    if placed.pending:
        sentences.append(f"{placed.pending.place} already has it: try again")
    elif place.file:
        sentences.append(f"Write it into `{place.file}`, for {' and '.join(remedy.commands)}")
    if place.flags:
        sentences.append(f"{'Or run' if place.file else 'Run'} {place.quoted_flags}")
    if place.note:
        sentences.append(_capitalize(place.note))
    if remedy.risk:
        sentences.append(f"The cost: {remedy.risk}")
    return to_markdown(f"{'. '.join(sentences)}.")


def _capitalize(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _list() -> Iterator[str]:
    width = max(map(len, messages()))
    for name, message in messages().items():
        yield f"{name:{width}}  {message.kind:13}  {message.words[0]}"


def _explain(name: str) -> Iterator[str]:
    """Yield what is known about a message of CRIU."""
    message = messages().get(name)
    if message is None:
        raise unknown_word("message", name, messages())
    yield f"{message.id} ({message.kind}; {message.source})"
    yield ""
    yield from (f"  CRIU says: {words}" for words in message.words)
    yield f"  It means: {message.means}"
    if message.advice:
        yield f"  What to do: {message.advice.removeprefix('or ')}"
    for remedy in message.remedies:
        since = f", CRIU {remedy.since} or later" if remedy.since else ""
        condition = f", if {remedy.when}" if remedy.when else ""
        yield f"  {remedy.rank}. {remedy.line} ({', '.join(remedy.commands)}{since}){condition}"
        if remedy.risk:
            yield f"     cost: {remedy.risk}"


# --- applying


def _apply(args: argparse.Namespace, situation: Situation, all_advice: Iterable[Advice]) -> None:
    """Write the first choice of the likeliest cause, or show it with ``--diff``."""
    from criulint.advise.apply import ApplyError, prove_effect
    from criulint.assign import AssignError, assign_options, parse_assignment
    from criulint.cli.assigning import new_findings, open_target, write_target
    from criulint.cli.set import refuse
    from criulint.criu.options import option_table

    advice = next(iter(all_advice), None)
    placed = advice.first_choice if advice else None
    if placed is None:
        pending = advice and next((each.pending for each in advice.remedies if each.pending), None)
        if pending:
            name = f"{escape(pending.place)} already sets `{escape(pending.text)}`"
            Console().note(f"nothing written: {name}; try again")
        elif advice:
            Console().note("nothing written: no remedy is a complete line for a file")
        return
    remedy, path = placed.remedy, placed.place.file
    assert path
    release = situation.releases[-1]
    if situation.release is None:
        Console().note(
            f"the log does not name the CRIU release; assuming {release} (--criu sets it)"
        )
    target = open_target(path, args.root)
    try:
        wanted = parse_assignment(remedy.line, option_table(release))
        after = assign_options(target.source, release, [wanted], replace=False)
        refuse(new_findings(target, after, situation.caller, release, remedy.commands), target)
        prove_effect(situation, path, after, remedy)
    except (AssignError, ApplyError) as error:
        raise UsageError(f"{escape(path)}: not changed: {error}") from None
    if after.data == target.source.data:
        Console().note(f"{escape(target.name)} already sets `{remedy.line}`")
        return
    # Standard output is JSON alone.
    stream = sys.stderr if args.format == "json" else None
    print_diff(target.name, target.source.data, after.data, stream=stream)
    if args.apply:
        write_target(target, after)
        Console().note(f"wrote `{remedy.line}` into {escape(target.name)}")
