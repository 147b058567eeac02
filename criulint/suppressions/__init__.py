# SPDX-License-Identifier: MIT
"""Suppressions: comments in a file that hide findings.

- ``# criulint: ignore[CRIU201] reason`` after an option is for its line. Alone on a line it is for
  the next one; comments may come between the two, a blank line may not.
- ``# criulint: ignore-file[CRIU201, value-ignored] reason`` is for the whole file, wherever it is.

The brackets hold codes, names, or beginnings of codes (``CRIU2``); without brackets all rules are
meant. Case does not matter, other text may stand before the ``#`` in the same comment, and the
reason is free text.

`comments` parses them, `matching` says which findings they hide, and `editing` writes them. None
of these imports a rule: they are given a `criulint.suppressions.index.RuleIndex`.
"""
