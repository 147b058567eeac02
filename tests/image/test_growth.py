# SPDX-License-Identifier: MIT
"""What an image costs grows as it does, or there is a limit: work and memory, counted."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest

from tests.counting import count_lines
from tests.image.attacks import LAYOUTS
from tests.image.checks import check_image

if TYPE_CHECKING:
    from pathlib import Path

_SIZE = 10
# In bytes, for an image of `4 * _SIZE`; most of it is what Python imports.
_MEMORY = 24 << 20


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_work_grows_as_the_image_does(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def check(size: int) -> None:
        layout = tmp_path / str(size)
        if not layout.exists():
            layout.mkdir()
            LAYOUTS[name](size, layout)
        status, _, err = check_image(capsys, "-q", layout)
        assert (status, err) == (1, "") or (status == 2 and len(err.splitlines()) == 1)

    check(1)  # what is only done once
    counts = []
    for size in (_SIZE, 4 * _SIZE):
        check(size)
        counts.append(count_lines(lambda size=size: check(size)))  # type: ignore[misc]
    assert counts[1] < 5 * counts[0] + 5000


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_memory_is_small(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    LAYOUTS[name](4 * _SIZE, tmp_path)
    tracemalloc.start()
    try:
        check_image(capsys, "-q", tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < _MEMORY
