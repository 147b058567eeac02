# SPDX-License-Identifier: MIT
"""Redirections: what the descriptors of a command read and write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import HostedText, join
from criulint.embedded.shell.expansion import Expansion
from criulint.embedded.shell.syntax import Simple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.embedded.shell.state import Evaluation, State, Unit
    from criulint.embedded.shell.syntax import CommandList, Redirect


def redirect(
    evaluator: Evaluation, redirects: Sequence[Redirect], unit: Unit, state: State
) -> bool:
    """Apply redirections to a state; return whether that worked."""
    for each in redirects:
        offset = unit.text.offsets[each.start]
        if each.operator == "<<<" and unit.shells != ("bash",):
            evaluator.problem(offset, "a here-string, which only some shells support")
            return False
        apply_redirect(evaluator, each, unit, state)
        if each.operator.startswith("&") and "dash" in unit.shells:
            # There, it is a command in the background, and an empty file.
            key = state.descriptors["1"]
            state.descriptors["1"] = state.descriptors["2"] = None
            if key:
                state.put(key, evaluator.unknowns.text(("&>", offset), offset, offset), offset)
    return True


def apply_redirect(evaluator: Evaluation, redirect: Redirect, unit: Unit, state: State) -> None:
    """Let a descriptor read or write what a redirection names."""
    expansion = Expansion(evaluator, unit, state)
    offset = unit.text.offsets[redirect.start]
    operator = redirect.operator
    is_input = operator.startswith("<") and operator != "<>"
    descriptor = redirect.descriptor or ("0" if operator.startswith("<") else "1")
    if redirect.heredoc or operator == "<<<":
        if redirect.heredoc:
            text = expansion.heredoc(redirect.heredoc)
        else:
            text = expansion.text(redirect.target, is_assigned=True)
            end = text.offsets[-1]
            text = join([text, HostedText("\n", (end, end))])
        evaluator.provide(state, text, offset, descriptor)
        return
    target = expansion.target(redirect.target)
    if operator in ("<&", ">&") and re.fullmatch(r"\d+-?|-", target.text):
        source = target.text.rstrip("-")
        state.descriptors[descriptor] = state.descriptors.get(source)
        return
    path = target.text
    if is_input:
        _open_input(evaluator, path, descriptor, state, offset)
        return
    key = _special(path, state) if path.startswith("/dev/") else state.key(path)
    if key and not path.startswith("/dev/"):
        state.open(key, offset, adds=operator in (">>", "&>>", "<>"))
    state.descriptors[descriptor] = key
    if operator.startswith("&") or (operator == ">&" and not redirect.descriptor):
        state.descriptors["2"] = key


def _open_input(
    evaluator: Evaluation, path: str, descriptor: str, state: State, offset: int
) -> None:
    if path in ("/dev/stdin", "/dev/fd/0"):
        return
    text = state.read(state.key(path), offset) if path else None
    if text is None:
        text = evaluator.unknowns.text(("content", path), offset, offset)
    evaluator.provide(state, text, offset, descriptor)


def _special(path: str, state: State) -> tuple[str, str] | None:
    """Return what an output device, such as ``/dev/stdout``, stands for."""
    number = {"/dev/stdout": "1", "/dev/stderr": "2"}.get(path) or path.removeprefix("/dev/fd/")
    return state.descriptors.get(number)


def printed_file(root: CommandList) -> Redirect | None:
    """Return the redirection of ``$(< FILE)``, which prints the file."""
    if len(root.items) == 1 and isinstance(command := root.items[0], Simple):
        is_input = [each.operator for each in command.redirects] == ["<"]
        if is_input and not command.words and not command.assignments:
            return command.redirects[0]
    return None
