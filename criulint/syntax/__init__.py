# SPDX-License-Identifier: MIT
"""View one of a file: what its author wrote, as a tree of lines that ``config.lark`` describes."""

from criulint.syntax.parser import parse_file, parse_line
from criulint.syntax.tree import ConfigTree, LineKind, LineTree, Token

__all__ = ["ConfigTree", "LineKind", "LineTree", "Token", "parse_file", "parse_line"]
