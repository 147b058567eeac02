# SPDX-License-Identifier: MIT
"""The layers of the base image, and those of the image itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import ELF, run_image
from tests.image.make import image, member, several

if TYPE_CHECKING:
    from pathlib import Path

_BELOW = [
    member("etc/criu/default.conf", "tcp-close false\n"),
    member("bin/sh", ELF, mode=0o755),
    member("opt/hook.sh", "#!/bin/sh\n", mode=0o777),
]
_OWN = [member("etc/criu/runc.conf", "tcp-close false\naction-script /opt/hook.sh\n")]
_HISTORY = [{"created_by": "ADD base"}, {"created_by": "COPY runc.conf /etc/criu/"}]
_OF_BASE = {"/etc/criu/default.conf"}
# A script of the base that the image itself names is its own affair.
_OF_IMAGE = {"/etc/criu/runc.conf", "/opt/hook.sh"}


def _make(directory: Path, **more: Any) -> Path:
    image(_BELOW).oci(directory / "base", "v1")
    image([member("x")]).oci(directory / "other", "v1")
    (directory / "Dockerfile").write_text(
        "FROM registry.invalid/base AS b\nFROM b\nCOPY runc.conf /etc/criu/\n", encoding="utf-8"
    )
    return image(_BELOW, _OWN, history=_HISTORY, **more).oci(directory / "i", "v1")


def _name_base(directory: Path, *first: str) -> list[str]:
    """Return the options for a Dockerfile that begins with these lines.

    It has a step that the image does not have: FROM says what its base is.
    """
    text = "\n".join((*first, "RUN --mount=type=cache,target=/c true", "COPY runc.conf /etc/criu/"))
    (directory / "Dockerfile").write_text(text, encoding="utf-8")
    return ["--dockerfile", "Dockerfile"]


def _paths(out: str) -> set[str]:
    return {one["image"]["path"] for one in json.loads(out)}


@pytest.mark.parametrize(
    ("layers", "expected"), [("all", _OF_BASE | _OF_IMAGE), ("own", _OF_IMAGE), ("base", _OF_BASE)]
)
@pytest.mark.parametrize("how", ["base", "label", "annotation", "dockerfile", "configuration"])
def test_layers(
    how: str,
    layers: str,
    expected: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    name = {"org.opencontainers.image.base.name": "oci:base:v1"}
    more = {"label": {"labels": name}, "annotation": {"annotations": name}}.get(how, {})
    _make(tmp_path, **more)
    arguments = {"base": ["--base", "oci:base:v1"], "dockerfile": ["--dockerfile", "Dockerfile"]}
    if how == "configuration":
        (tmp_path / "criulint.toml").write_text(
            f'[images."i"]\nlayers = "{layers}"\nbase = "oci:base:v1"\n', encoding="utf-8"
        )
        given = ["--config", "criulint.toml"]
    else:
        given = ["--isolated", "--layers", layers, *arguments.get(how, [])]
    from criulint.cli import main

    select = "--select=CRIU201,CRIU503"
    status = main(["image", "-q", "--criu=4.2", select, "--format=json", *given, "oci:i:v1"])
    assert status == 1
    assert _paths(capsys.readouterr().out) == expected


def test_arguments_in_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _make(tmp_path)
    arguments = ["--layers", "own", "--select=CRIU201", "oci:i:v1"]
    given = _name_base(tmp_path, "ARG TAG=v1", "ARG BASE=oci:base:$TAG", "FROM $BASE")
    status, out, _ = run_image(capsys, "-q", "--format=json", *given, *arguments)
    assert (status, _paths(out)) == (1, {"/etc/criu/runc.conf"})
    given = _name_base(tmp_path, "ARG BASE", "FROM $BASE")
    status, out, err = run_image(capsys, "-q", *given, *arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.endswith(
        "the base image is unknown: FROM has a variable whose value is unknown"
        " (--base IMAGE sets it)"
    )


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"architecture": "arm64"}, ""),
        ({"architecture": "arm64", "variant": "v8"}, ""),
        ({"architecture": "riscv64"}, "no image for linux/riscv64"),
    ],
)
def test_a_base_for_several_platforms(
    more: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """That for the image's own platform counts, whatever this host is."""
    several(tmp_path / "base", "v1")
    below = [member("etc/criu/runc.conf", f"bad-{more['architecture']}\n")]
    layout = image(below, _OWN, history=_HISTORY, **more).oci(tmp_path / "i", "v1")
    base = f"oci:{tmp_path / 'base'}:v1"
    status, _, err = run_image(capsys, "-q", "--layers=own", "--base", base, f"oci:{layout}:v1")
    assert status == (2 if message else 1)
    assert message in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the base image is unknown"),
        (["--base", "oci:other:v1"], "it is not built on oci:other:v1: their layers differ"),
        (["--base", "./gone"], "the base image ./gone: ./gone: No such file or directory"),
    ],
)
def test_an_unknown_base_is_an_error(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A gate must not let an image pass because its layers could not be told apart."""
    monkeypatch.chdir(tmp_path)
    _make(tmp_path)
    status, out, err = run_image(capsys, "-q", "--layers", "own", *arguments, "oci:i:v1")
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_directory_has_no_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run_image(capsys, "-q", "--layers", "own", f"dir:{tmp_path}")
    assert (status, "--layers needs layers" in err) == (2, True)


def test_the_digest_of_a_base_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Annotations give it beside the tag, which may be another image by now."""
    _make(tmp_path)
    base = tmp_path / "base"
    (entry,) = json.loads((base / "index.json").read_text(encoding="utf-8"))["manifests"]
    key = "org.opencontainers.image.base"
    for digest, status in ((entry["digest"], 1), (f"sha256:{'0' * 64}", 2)):
        more = {f"{key}.name": f"oci:{base}:v1", f"{key}.digest": digest}
        layout = image(_BELOW, _OWN, annotations=more).oci(tmp_path / digest[:9])
        assert run_image(capsys, "--layers", "own", layout)[0] == status
