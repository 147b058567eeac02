# SPDX-License-Identifier: MIT
"""The public face of the package."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

import criulint


def test_all_names_exist() -> None:
    for name in criulint.__all__:
        assert getattr(criulint, name) is not None
        assert name in dir(criulint)
    # Each is looked up once.
    assert vars(criulint).keys() >= set(criulint.__all__)


def test_nothing_else_is_public() -> None:
    public = {
        name
        for name, value in vars(criulint).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public - {"TYPE_CHECKING"} <= set(criulint.__all__)
    with pytest.raises(AttributeError, match="no attribute 'lint'"):
        criulint.lint  # type: ignore[attr-defined]  # noqa: B018


def test_package_alone_imports_nothing() -> None:
    """A command imports what it needs; the names of the package are imported when used."""
    script = "import sys, criulint; print(*(n for n in sys.modules if n.startswith('criulint')))"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert run.stdout.split() == ["criulint"]


def test_check_gives_typed_findings() -> None:
    findings = criulint.check(b"tcp-close false\n", path="x.conf", criu="4.1.1")
    assert [(f.code, f.name, f.severity, f.path, f.span) for f in findings] == [
        (
            "CRIU201",
            "value-ignored",
            criulint.Severity.WARNING,
            "x.conf",
            criulint.Span(1, 11, 1, 16),
        )
    ]


def test_unknown_release_is_an_error() -> None:
    with pytest.raises(criulint.UnknownReleaseError, match="known releases: 3"):
        criulint.check(b"", criu="2.0")


def test_package_is_typed() -> None:
    assert (Path(criulint.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("module", ["lark", "jsonschema", "difflib", "subprocess"])
def test_clean_file_needs_none_of_the_big_imports(module: str, tmp_path: Path) -> None:
    """A one-file run is nearly all imports, so a clean one does without what only findings need."""
    file = tmp_path / "default.conf"
    file.write_text(
        "# all of it\ntcp-close\nlog-file /var/log/criu.log # c\nport 27\nmanage-cgroups=full\n",
        encoding="utf-8",
    )
    script = "import sys; from criulint.cli import main; status = main(sys.argv[2:]);"
    script += "assert sys.argv[1] not in sys.modules; sys.exit(status)"
    subprocess.run(
        [sys.executable, "-c", script, module, "check", str(file)], check=True, capture_output=True
    )
