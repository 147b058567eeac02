# SPDX-License-Identifier: MIT
"""View one of a file: what its author wrote, as a tree of lines that ``config.lark`` describes."""

from criulint.syntax.parser import parse, parse_line
from criulint.syntax.tree import LineKind, LineTree, Token, Tree

__all__ = ["LineKind", "LineTree", "Token", "Tree", "parse", "parse_line"]
