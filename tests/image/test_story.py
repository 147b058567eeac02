# SPDX-License-Identifier: MIT
"""What the layers of an image did to a path: ``criulint image --history``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import run_image
from tests.image.make import image, member

if TYPE_CHECKING:
    from pathlib import Path


def conf(data: str = "tcp-close\n", **more: Any) -> Any:
    return member("etc/criu/runc.conf", data, **more)


_CREATED = "created: file, 10 bytes, mode 0644, owner 0:0"


@pytest.mark.parametrize(
    ("layers", "changes"),
    [
        ([[conf()]], [(1, _CREATED)]),
        ([[member("x")], [conf()], [member("y")]], [(2, _CREATED)]),
        ([[conf()], [conf(mode=0o600)]], [(1, _CREATED), (2, "mode 0644 -> 0600")]),
        ([[conf()], [conf(uid=5, gid=6)]], [(1, _CREATED), (2, "owner 0:0 -> 5:6")]),
        (
            [[conf()], [conf("x\n", mode=0o600)]],
            [(1, _CREATED), (2, "content changed: 2 bytes, mode 0644 -> 0600")],
        ),
        ([[conf()], [conf()]], [(1, _CREATED), (2, "written again, unchanged")]),
        ([[conf()], [member("etc/criu/.wh.runc.conf")]], [(1, _CREATED), (2, "removed")]),
        ([[conf()], [member("etc/.wh.criu")]], [(1, _CREATED), (2, "removed")]),
        ([[conf()], [member("etc/criu/.wh..wh..opq")]], [(1, _CREATED), (2, "removed")]),
        ([[conf()], [member("etc/criu", "a file")]], [(1, _CREATED), (2, "removed")]),
        (
            [[conf()], [member("etc/criu/.wh.runc.conf")], [conf()]],
            [(1, _CREATED), (2, "removed"), (3, _CREATED)],
        ),
        (
            [[conf()], [member("etc/criu/.wh..wh..opq"), conf()]],
            [(1, _CREATED), (2, _CREATED)],
        ),
        (
            [[conf()], [member("etc/criu/runc.conf", link="x")]],
            [(1, _CREATED), (2, "replaced: a link to x")],
        ),
        (
            [[conf(), member("x", "")], [member("etc/criu/runc.conf", hard="x")]],
            [(1, _CREATED), (2, "a hard link to /x")],
        ),
    ],
)
def test_story(
    layers: list[list[Any]],
    changes: list[tuple[int, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    layout = image(*layers).oci(tmp_path / "i")
    path = "/etc/criu/runc.conf"
    status, out, _ = run_image(capsys, "--history", path, "--format", "json", layout)
    result = [(one["layer"], one["change"]) for one in json.loads(out) if one["path"] == path]
    assert (status, result) == (0, changes)


def test_links_and_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The links on the way come first; steps have the lines of the Dockerfile."""
    (tmp_path / "Dockerfile").write_text(
        "FROM scratch\nCOPY my.conf /opt/\nRUN ln -s /opt/my.conf /etc/criu/runc.conf\n",
        encoding="utf-8",
    )
    made = image(
        [member("opt/my.conf", "x\n")],
        [member("etc/criu/runc.conf", link="/opt/my.conf")],
        history=[
            {"created_by": "COPY my.conf /opt/ # buildkit"},
            {"created_by": "RUN /bin/sh -c ln -s /opt/my.conf /etc/criu/runc.conf # buildkit"},
        ],
    )
    dockerfile, layout = tmp_path / "Dockerfile", made.oci(tmp_path / "i")
    _, out, _ = run_image(
        capsys, "--history", "etc/criu/../criu/runc.conf", "--dockerfile", dockerfile, layout
    )
    assert out == (
        f"{layout}:/etc/criu/runc.conf\n"
        f"  layer 2, {dockerfile}:3: RUN ln -s /opt/my.conf /etc/criu/runc.conf\n"
        "    created: a link to /opt/my.conf\n"
        f"{layout}:/opt/my.conf\n"
        f"  layer 1, {dockerfile}:2: COPY my.conf /opt/\n"
        "    created: file, 2 bytes, mode 0644, owner 0:0\n"
    )


def test_no_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = image([member("x")]).oci(tmp_path / "i")
    status, out, err = run_image(capsys, "--history", "/gone", layout, f"dir:{tmp_path}")
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        f"criulint: error: {layout}: no layer has /gone",
        f"criulint: error: dir:{tmp_path}: --history needs layers, which a directory does not have",
    ]


def test_several_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They make one document, also with one that cannot be read."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        image([member("x", name)]).oci(tmp_path / name)
    status, out, _ = run_image(capsys, "--history=/x", "--format=json", "a", "./gone", "b")
    assert (status, [one["image"] for one in json.loads(out)]) == (2, ["a", "b"])
    status, out, _ = run_image(capsys, "--history=/x", "a", "b")
    assert (status, [line for line in out.splitlines() if line[0] != " "]) == (0, ["a:/x", "b:/x"])
    status, _, err = run_image(capsys, "--history=/x", "--format=sarif", "a")
    assert (status, "--history prints text, or with --format json JSON" in err) == (2, True)
