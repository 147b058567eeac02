# SPDX-License-Identifier: MIT
"""``criulint completion``: a script that lets a shell complete criulint's arguments."""

from __future__ import annotations

import argparse
from typing import Any

from criulint.cli import full_parser

_SHELLS = ("bash", "fish", "powershell", "tcsh", "zsh")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint completion`` to its parser."""
    parser.add_argument("shell", choices=_SHELLS, metavar="SHELL", help="the shell")


def run(args: argparse.Namespace) -> int:
    """Print the script, made from the argument parser."""
    import shtab

    parser = full_parser()
    _describe(
        parser,
        _words(),
        {
            "FILE": shtab.FILE,
            "PATH": shtab.FILE,
            "IMAGE": shtab.FILE,
            "LOG": shtab.FILE,
            "DIR": shtab.DIRECTORY,
        },
    )
    print(shtab.complete(parser, args.shell))
    return 0


def _describe(
    parser: argparse.ArgumentParser, words: dict[str, list[str]], places: dict[str, Any]
) -> None:
    """Set what shtab completes each argument to, by its metavar."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                _describe(command, words, places)
        elif isinstance(action.metavar, str) and not action.choices:
            if action.metavar in words:
                action.choices = words[action.metavar]
            elif action.metavar in places:
                action.complete = places[action.metavar]  # type: ignore[attr-defined]
            # In zsh, a colon would end the name of the value.
            action.metavar = action.metavar.replace(":", "\\:")


def _words() -> dict[str, list[str]]:
    """Return the words for each metavar."""
    from criulint.advise.messages import messages
    from criulint.criu.context import COMMANDS
    from criulint.criu.options import option_table
    from criulint.criu.releases import latest_release, releases
    from criulint.criu.runtimes import engines, runtimes
    from criulint.report import FORMATS
    from criulint.rules.registry import RULES

    options = list(option_table(latest_release()).options)
    rules = [word for rule in RULES for word in (rule.code, rule.name)]
    known = [*map(str, releases())]
    return {
        "RULES": ["ALL", *rules],
        "CODE|NAME": rules,
        "RELEASE": ["installed", *known],
        "OLD": known,
        "NEW": known,
        "NAME[@VERSION]": [*runtimes(), *engines()],
        "COMMANDS": list(COMMANDS),
        "FORMAT[:FILE]": list(FORMATS),
        "ID": list(messages()),
        **dict.fromkeys(("OPTION", "OPTION[=VALUE]", "OPTION..."), options),
    }
