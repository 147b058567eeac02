# SPDX-License-Identifier: MIT
"""Comments in a Dockerfile that hide findings."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from tests.image.checks import ELF, run_image
from tests.image.make import image, member

if TYPE_CHECKING:
    from pathlib import Path

_HISTORY: list[dict[str, Any]] = [
    {"created_by": "COPY default.conf /etc/criu/ # buildkit"},
    {"created_by": "RUN /bin/sh -c chmod 777 /opt/h # buildkit"},
    {"created_by": "ENV CRIU_CONFIG_FILE=/gone", "empty_layer": True},
]
_ALL = {"CRIU201", "CRIU503", "CRIU501"}


_CONFIG = "tcp-close false\naction-script /opt/h\n"


def _make(directory: Path, dockerfile: str, text: str = _CONFIG, **more: Any) -> Path:
    """Write a Dockerfile, and the image that its last stage makes."""
    text_of_file = dockerfile.replace("COPY a", "COPY default.conf")
    (directory / "Dockerfile").write_text(text_of_file, encoding="utf-8")
    more = {"history": _HISTORY, "env": ["CRIU_CONFIG_FILE=/gone"], **more}
    config = member("etc/criu/default.conf", text)
    return image(
        [config, member("bin/sh", ELF, mode=0o755)],
        [member("opt/h", "#!/bin/sh\n", mode=0o777)],
        **more,
    ).oci(directory / "i")


@pytest.mark.parametrize(
    ("dockerfile", "left"),
    [
        (
            "FROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\nENV CRIU_CONFIG_FILE=/gone\n",
            _ALL,
        ),
        (
            "FROM scratch\n# criulint: ignore[CRIU201]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {"CRIU503", "CRIU501"},
        ),
        # with other comments, and around a line of the instruction
        (
            "FROM scratch\n# criulint: ignore[value-ignored] why\n# more\nCOPY a \\\n  /etc/criu/\n"
            "RUN chmod \\\n  # criulint: ignore[CRIU503]\n  777 /opt/h\n",
            {"CRIU501"},
        ),
        # for all that an instruction makes, also where it is a related place
        (
            "FROM scratch\n# criulint: ignore\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {"CRIU501"},
        ),
        # an instruction that makes no layer
        (
            "FROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n"
            "# criulint: ignore[CRIU501]\nENV CRIU_CONFIG_FILE=/gone\n",
            {"CRIU201", "CRIU503"},
        ),
        # A blank line ends it, and other instructions are not meant.
        (
            "FROM scratch\n# criulint: ignore\n\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU901"},
        ),
        (
            "# criulint: ignore[CRIU201]\nFROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU901"},
        ),
        (
            "FROM scratch\nCOPY a /etc/criu/\n# criulint: ignore[CRIU201]\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU901"},
        ),
        # the whole file
        (
            "# criulint: ignore-file[CRIU2, CRIU5]\nFROM scratch\nCOPY a /etc/criu/\n"
            "RUN chmod 777 /opt/h\nENV CRIU_CONFIG_FILE=/gone\n",
            set(),
        ),
        # Text that is not a comment is not one.
        (
            "FROM scratch\nCOPY a /etc/criu/\n"
            'RUN chmod 777 /opt/h\nLABEL a="# criulint: ignore-file"\n',
            _ALL,
        ),
        # mistakes
        (
            "FROM scratch\n# criulint: ignroe[CRIU201]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU903"},
        ),
        (
            "FROM scratch\n# criulint: ignore[nope]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU902"},
        ),
    ],
)
def test_waivers(
    dockerfile: str, left: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = _make(tmp_path, dockerfile)
    status, out, _ = run_image(
        capsys, "--dockerfile", tmp_path / "Dockerfile", "--format", "json", layout
    )
    assert {one["code"] for one in json.loads(out)} == left
    assert status == int(bool(left))


_COPY, _RUN = "COPY a /etc/criu/\n", "RUN chmod 777 /opt/h\n"


def _find_unused(
    capsys: pytest.CaptureFixture[str], directory: Path, *arguments: object
) -> list[str]:
    """Return the places and messages of CRIU901."""
    dockerfile = directory / "Dockerfile"
    _, out, _ = run_image(
        capsys, "--dockerfile", dockerfile, "--format", "json", *(arguments or [directory / "i"])
    )
    return [
        f"{one['line']}:{one['column']}: {one['message']}"
        for one in json.loads(out)
        if one["code"] == "CRIU901" and one["path"] == str(dockerfile)
    ]


@pytest.mark.parametrize(
    ("dockerfile", "unused"),
    [
        (f"FROM scratch\n# criulint: ignore[CRIU201]\n{_COPY}{_RUN}", []),
        # Rules that look at what is around a file ran here.
        (
            f"FROM scratch\n# criulint: ignore[CRIU201, CRIU504] why\n{_COPY}{_RUN}",
            ["2:29: `CRIU504` hides nothing on line 3; remove it"],
        ),
        (
            f"FROM scratch\n# criulint: ignore[CRIU4]\n# and more\n{_COPY}{_RUN}",
            ["2:20: `CRIU4` hides nothing on line 4; remove it"],
        ),
        (
            f"FROM scratch\n{_COPY}{_RUN}# criulint: ignore-file[CRIU106]\n",
            ["4:25: `CRIU106` hides nothing in this file; remove it"],
        ),
        (
            f"FROM scratch\n{_COPY}{_RUN}# criulint: ignore\nCMD x\n",
            ["4:1: this suppression hides nothing on line 5; remove it"],
        ),
        # Other stages, and triggers, make other images.
        (
            f"FROM x AS other\n# criulint: ignore[CRIU404]\nRUN y\nFROM scratch\n{_COPY}{_RUN}",
            [],
        ),
        (f"FROM scratch\n# criulint: ignore[CRIU404]\nONBUILD RUN y\n{_COPY}{_RUN}", []),
        (
            f"FROM scratch AS b\n# criulint: ignore[CRIU404]\n{_COPY}FROM b\n{_RUN}",
            ["2:20: `CRIU404` hides nothing on line 3; remove it"],
        ),
        # One that is to stay says so.
        (f"FROM scratch\n# criulint: ignore[CRIU404, CRIU901]\n{_COPY}{_RUN}", []),
        # Not all of the instructions are found in the history.
        (f"FROM scratch\n# criulint: ignore[CRIU404]\nCOPY b /b\n{_COPY}{_RUN}", []),
    ],
)
def test_a_comment_that_hides_nothing(
    dockerfile: str, unused: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _make(tmp_path, dockerfile)
    assert _find_unused(capsys, tmp_path) == unused


def test_what_proves_nothing_of_a_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another image of the run, one that cannot be read, a rule that is left out."""
    (tmp_path / "other").mkdir()
    layout = _make(tmp_path, f"FROM scratch\n# criulint: ignore[CRIU106]\n{_COPY}{_RUN}")
    shutil.copy(tmp_path / "Dockerfile", tmp_path / "other")
    with_finding = _make(tmp_path / "other", "FROM scratch\n", f"{_CONFIG}port 0\n")
    assert _find_unused(capsys, tmp_path, layout)
    assert _find_unused(capsys, tmp_path, "--layers", "own", layout)
    assert not _find_unused(capsys, tmp_path, layout, with_finding)
    assert not _find_unused(capsys, tmp_path, with_finding, layout)
    assert not _find_unused(capsys, tmp_path, layout, "./gone")
    assert not _find_unused(capsys, tmp_path, "--ignore", "CRIU106", layout)
    assert not _find_unused(capsys, tmp_path, "--ignore", "CRIU901", layout)
    assert not _find_unused(capsys, tmp_path, "--min-severity", "error", layout)
    # All steps in one layer: it is not known which of them made the script.
    squashed = image(
        [member("etc/criu/default.conf", "port 0\n"), member("opt/h")],
        history=[{**step, "empty_layer": True} for step in _HISTORY[:2]],
    ).oci(tmp_path / "squashed")
    assert not _find_unused(capsys, tmp_path, squashed)


@pytest.mark.parametrize(
    ("table", "unused"),
    [
        ('[images."i"]\nignore = ["CRIU201"]\n', []),
        ('[images."i"]\nignore = ["CRIU2"]\n', []),
        (
            '[images."i"]\nignore = ["CRIU106",\n "CRIU201", \'crashes-criu\']\n',
            [
                "2:12: `CRIU106` hides nothing in this image; remove it",
                "3:14: `crashes-criu` hides nothing in this image; remove it",
            ],
        ),
        (
            '[images."j"]\nignore = ["CRIU106"]\n[images."i"]\nignore = ["CRIU106"]\n',
            ["4:12: `CRIU106` hides nothing in this image; remove it"],
        ),
        # It runs nowhere; it is for several images; it is for another one.
        ('ignore = ["CRIU106"]\n[images."i"]\nignore = ["CRIU106"]\n', []),
        ('[images."*"]\nignore = ["CRIU106"]\n', []),
        ('[images."j"]\nignore = ["CRIU106"]\n', []),
        ('[images."i"]\nignore = ["CRIU106", "CRIU901"]\n', []),
    ],
)
def test_a_configuration_that_hides_nothing(
    table: str,
    unused: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    _make(tmp_path, "FROM scratch\n")
    (tmp_path / "criulint.toml").write_text(table, encoding="utf-8")
    main(["image", "--criu", "4.2", "--format", "json", "oci:i"])
    found = [one for one in json.loads(capsys.readouterr().out) if one["code"] == "CRIU901"]
    assert all(one["path"] == "criulint.toml" for one in found)
    assert sorted(f"{one['line']}:{one['column']}: {one['message']}" for one in found) == unused
    main(["image", "--criu", "4.2", "--format", "json", "oci:i", "./gone"])
    assert "CRIU901" not in capsys.readouterr().out


def test_what_a_configuration_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is counted as hidden; a selection on the command line counts more."""
    monkeypatch.chdir(tmp_path)
    _make(tmp_path, "FROM scratch\n")
    table = '[images."i"]\nignore = ["CRIU201", "CRIU501", "CRIU503"]\n'
    (tmp_path / "criulint.toml").write_text(table, encoding="utf-8")
    assert main(["image", "--criu", "4.2", "oci:i"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "nothing new, 3 hidden" in captured.err
    assert main(["image", "--criu", "4.2", "--select", "CRIU201", "oci:i"]) == 1
