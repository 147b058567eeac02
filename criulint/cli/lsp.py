# SPDX-License-Identifier: MIT
"""``criulint lsp``: the language server."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from criulint.cli import UsageError

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint lsp`` to its parser."""
    parser.add_argument(
        "--stdio", action="store_true", help="use standard input and output (always the case)"
    )
    parser.description = (
        f"{parser.description} Editors start and stop the server. The editor's settings override"
        " criulint.toml: criu, runtime, role, commands, select, extendSelect, ignore, severity,"
        " and configuration, the path of a file to use instead of criulint.toml."
    )


def run(_args: argparse.Namespace) -> int:
    """Serve an editor; return 0 if it shut the server down, else 1."""
    try:
        import pygls.lsp.server  # noqa: F401
    except ImportError:
        raise UsageError(
            "the language server needs pygls: install criulint with the extra `lsp`"
        ) from None
    from criulint.lsp.features import serve
    from criulint.lsp.protocol import HeaderError

    if sys.stdin.isatty():
        print(
            "criulint: waiting for an editor on standard input; press Ctrl+C to stop",
            file=sys.stderr,
        )
    try:
        return serve()
    except HeaderError as error:
        raise UsageError(str(error)) from None
