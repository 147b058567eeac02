# SPDX-License-Identifier: MIT
"""GitLab's report."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from criulint.cli import main

if TYPE_CHECKING:
    import pytest


def test_fingerprints_differ_and_do_not_move_with_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prints = []
    for before in ("", "# a\n\n# b\n"):
        Path("a.conf").write_text(f"{before}tcp-close no\ntcp-close no\nport 0\n", encoding="utf-8")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            main(["check", "--isolated", "--format", "gitlab", "--ignore", "CRIU3", "a.conf"])
        prints.append([issue["fingerprint"] for issue in json.loads(out.getvalue())])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3
