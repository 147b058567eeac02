# SPDX-License-Identifier: MIT
"""``criulint unset``: remove options, and what switches them off, from the file that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.assign import find_option, remove_options
from criulint.cli.set import Change, add_common_arguments, change

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from criulint.criu.options import OptionTable


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint unset`` to its parser."""
    add_common_arguments(parser, "OPTION")


def run(args: argparse.Namespace) -> int:
    """Remove the options; return 1 if ``--check`` finds something to change."""
    return change(args, _unset)


def _unset(_args: argparse.Namespace, words: Sequence[str], table: OptionTable) -> Change:
    options = [find_option(word.removeprefix("--"), table) for word in words]
    return Change(
        [option.name for option in options],
        lambda source: remove_options(source, table.release, options),
    )
