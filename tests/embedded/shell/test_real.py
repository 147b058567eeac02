# SPDX-License-Identifier: MIT
"""Real dash, bash and BusyBox are asked what criulint says that shells write."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.embedded.shell.real import SHELLS, Place, read_snippets
from tests.embedded.shell.strategies import SCRIPTS

pytestmark = pytest.mark.programs

_FOLDER = Path(__file__).parent
_SNIPPETS = {
    **read_snippets(_FOLDER / "snippets.txt"),
    **{f"bash:{name}": text for name, text in read_snippets(_FOLDER / "bash.txt").items()},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("shells"))


@pytest.mark.parametrize("name", _SNIPPETS)
def test_a_snippet_writes_what_real_shells_write(name: str, place: Place) -> None:
    text = place.text(_SNIPPETS[name])
    shells = ["bash"] if name.startswith("bash:") else [*SHELLS]
    assert [found for shell in shells for found in place.differences(text, shell)] == []


@given(SCRIPTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[*HealthCheck])
def test_random_code_writes_what_real_shells_write(place: Place, script: str) -> None:
    text = place.text(script)
    assert [found for shell in SHELLS for found in place.differences(text, shell)] == []


@given(SCRIPTS)
@settings(max_examples=30, deadline=None, suppress_health_check=[*HealthCheck])
def test_without_a_shell_all_agree_on_what_is_written(place: Place, script: str) -> None:
    text = place.text(script)
    assert [found for shell in SHELLS for found in place.differences(text, shell, "")] == []
