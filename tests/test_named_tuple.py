# SPDX-License-Identifier: MIT
"""criulint's `NamedTuple` makes the classes that `typing.NamedTuple` makes."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple as TypingNamedTuple

import pytest

import criulint
from criulint.named_tuple import NamedTuple


class Ours(NamedTuple):
    """A place."""

    line: int
    text: str = ""

    @property
    def shown(self) -> str:
        """What is shown."""
        return f"{self.line}: {self.text}"

    def moved(self, by: int) -> Ours:
        """Return another one."""
        return self._replace(line=self.line + by)


class Theirs(TypingNamedTuple):
    """A place."""

    line: int
    text: str = ""

    @property
    def shown(self) -> str:
        """What is shown."""
        return f"{self.line}: {self.text}"


def test_class_is_like_one_of_typing() -> None:
    assert (Ours._fields, Ours._field_defaults) == (Theirs._fields, Theirs._field_defaults)
    assert (Ours.__name__, Ours.__qualname__, Ours.__module__) == ("Ours", "Ours", __name__)
    assert Ours.__doc__ == Theirs.__doc__
    assert Ours.__match_args__ == Theirs.__match_args__
    assert Ours.__annotations__.keys() == Theirs.__annotations__.keys()


def test_object_is_a_tuple_with_names() -> None:
    place = Ours(3, text="x")
    assert place == (3, "x") == Theirs(3, "x")
    assert (place.line, place.shown, place.moved(2)) == (3, "3: x", Ours(5, "x"))
    assert repr(place) == "Ours(line=3, text='x')"
    assert Ours(1) == (1, "")
    assert hash(place) == hash((3, "x"))
    assert not hasattr(place, "__dict__")


def test_object_can_be_copied_and_pickled() -> None:
    place = Ours(3, "x")
    for same in (copy.deepcopy(place), pickle.loads(pickle.dumps(place))):
        assert type(same) is Ours
        assert same == place


@pytest.mark.parametrize("arguments", [(), (1, "x", 2)])
def test_fields_are_counted(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        Ours(*arguments)  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        Ours(1).line = 2  # type: ignore[misc]


def test_check_defines_no_other_named_tuples(tmp_path: Path) -> None:
    """All modules that a check imports use the one that is defined quickly."""
    file = tmp_path / "default.conf"
    file.write_text("tcp_close\ntcp-close false\nlog-file=a.log # c\n", encoding="utf-8")
    script = (
        "import sys; from criulint.cli import main; main(sys.argv[1:]);"
        "print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('criulint.')))"
    )
    command = [sys.executable, "-c", script, "check", str(file)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    modules = [Path(name) for name in run.stdout.splitlines()[-1].split()]
    own = Path(criulint.__file__).parent / "named_tuple.py"
    assert own in modules
    slow = [
        module.name
        for module in modules
        if module != own
        and any(
            line.startswith("from typing import") and "NamedTuple" in line
            for line in module.read_text(encoding="utf-8").splitlines()
        )
    ]
    assert slow == []
