# SPDX-License-Identifier: MIT
"""The layers that made the content, the permissions and the name of a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from criulint.image.budget import Limits
from criulint.image.changes import Makers, find_makers
from criulint.image.fetch import FetchOptions
from criulint.image.filesystem import LayerReader
from criulint.image.images import open_images
from criulint.image.reference import parse_reference
from tests.image.make import image, member

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

_STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from("abc"), st.sampled_from([0o644, 0o600]), st.integers(0, 1)),
        st.just("link"),
        st.just("directory"),
        st.just("other"),
        st.sampled_from([f"removed {name}" for name in ("d/.wh.f", ".wh.d", "d/.wh..wh..opq")]),
    ),
    min_size=1,
    max_size=7,
)


def _entry(step: Any) -> Any:
    if step == "link":
        return member("d/f", link="/x")
    if step == "directory":
        return member("d/f/")
    if step == "other":
        return member("d/g")
    if isinstance(step, str):
        return member(step.removeprefix("removed "))
    content, mode, uid = step
    return member("d/f", content, mode=mode, uid=uid)


def _lowest(steps: list[Any], value: Any) -> int:
    """Return the first of the last steps for which a value is the same, from 1 on."""
    made = [(number, step) for number, step in enumerate(steps, 1) if step != "other"]
    lowest = 0
    for number, step in reversed(made):
        if _kind(step).startswith("removed") or value(step) != value(made[-1][1]):
            break
        lowest = number
    return lowest


def _kind(step: Any) -> str:
    return step if isinstance(step, str) else "file"


@given(_STEPS)
def test_makers(tmp_path_factory: pytest.TempPathFactory, steps: list[Any]) -> None:
    layout = image(*([_entry(step)] for step in steps)).oci(tmp_path_factory.mktemp("i") / "i")
    assert _find(layout)["/d/f"] == Makers(
        content=_lowest(steps, lambda step: (_kind(step), step[0])),
        access=_lowest(
            steps, lambda step: (_kind(step), step[1:] if _kind(step) == "file" else "")
        ),
        name=_lowest(steps, _kind),
    )


def _find(layout: Path) -> dict[str, Makers]:
    with open_images(parse_reference(str(layout)), None, Limits(), FetchOptions()) as images:
        found = next(images).read()
        nothing = (lambda _: False, lambda _: None, lambda _: None)
        reader = LayerReader(found.layers, found.budget, *nothing)
        return find_makers(reader.read(), found.layers, found.budget, ["/d/f", "/none"])
