# SPDX-License-Identifier: MIT
"""Short options of the command line, written with their long names."""

from __future__ import annotations

import pytest

from criulint.rules.refused.short_options import spell_out
from tests.rules.misread.report import line


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("-j", ("shell-job", True)),
        ("  -j  # x", ("  shell-job # x", True)),
        ("-D /srv", ("images-dir /srv", True)),
        ("-D/srv", ("images-dir /srv", True)),
        ("-D=/srv", ("images-dir /srv", False)),
        ("-DXen", ("images-dir Xen", True)),
        ("-D", None),
        ("-v", ("verbosity=3", True)),
        ("-vv", ("verbosity=4", True)),
        ("-vvvvv", ("verbosity=4", True)),
        ("-v2", ("verbosity=2", True)),
        ("-v 1", ("verbosity=1", False)),
        ("-v=1", ("verbosity=1", False)),
        ("-vx", None),
        ("-v x", None),
        ("-j x", None),
        ("-jx", None),
        ("-D/srv /mnt", None),
        ("-D/srv =", None),
        ("-D/srv = /mnt", None),
    ],
)
def test_spelling(text: str, spelling: tuple[str, bool] | None) -> None:
    start = text.index("-") + 1
    assert spell_out(line(text), start) == spelling
