# SPDX-License-Identifier: GPL-2.0-only
"""The README's example of a configuration is one."""

from __future__ import annotations

import re
from pathlib import Path

from criulint.configuration.keys import KEYS
from criulint.configuration.load import load

_README = Path(__file__).parents[1] / "README.md"


def test_the_configuration_is_right(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", _README.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path / "criulint.toml"
    path.write_text(example, encoding="utf-8")
    configuration = load(str(path))
    assert configuration is not None
    told = {key.name for key in KEYS} - {"select", "role"}
    assert set(configuration.values) == told
