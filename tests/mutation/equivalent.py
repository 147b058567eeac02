# SPDX-License-Identifier: MIT
"""The changes that no test can notice, as ``equivalent.diff`` lists them."""

from __future__ import annotations

from pathlib import Path

_PATH = Path(__file__).with_name("equivalent.diff")


def _load() -> dict[str, set[str]]:
    """Return the changes by module.

    The file has blocks of the module's path, the reason in lines with a ``#``, and the change.
    """
    changes: dict[str, set[str]] = {}
    for block in _PATH.read_text(encoding="utf-8").split("\n\n"):
        lines = [line for line in block.strip().split("\n") if not line.startswith("#")]
        module, *change = lines
        changes.setdefault(module, set()).add("\n".join(change))
    return changes


EQUIVALENT = _load()
