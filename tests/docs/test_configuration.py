# SPDX-License-Identifier: MIT
"""The example of a configuration has every key, and the reference describes every key."""

from __future__ import annotations

import re
from pathlib import Path

from criulint.configuration.keys import KEYS
from criulint.configuration.load import load_configuration

_GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "configuration.md"


def test_the_example_is_a_configuration(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "criulint.toml"
    path.write_text(example, encoding="utf-8")
    configuration = load_configuration(str(path))
    assert configuration is not None
    # `select` replaces what `extend-select` adds to, and a role belongs to some files only.
    assert set(configuration.values) == {key.name for key in KEYS} - {"select", "role"}
