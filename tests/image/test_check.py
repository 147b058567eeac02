# SPDX-License-Identifier: MIT
"""Where findings are reported: the layer that is at fault, the step, and the other places."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import ELF, run_image
from tests.image.make import image, member, write_tree

if TYPE_CHECKING:
    from pathlib import Path

_PATH = "etc/criu/default.conf"
_SHELL = member("bin/sh", ELF, mode=0o755)
_SCRIPT = b"#!/bin/sh\n"


def config(text: str = "tcp-close false\n", **more: Any) -> Any:
    return member(_PATH, text, **more)


def hook(**more: Any) -> Any:
    return member("opt/hook.sh", more.pop("data", _SCRIPT), **{"mode": 0o755, **more})


def find(
    capsys: pytest.CaptureFixture[str], directory: Path, layers: list[list[Any]], *arguments: str
) -> list[dict[str, Any]]:
    layout = image(*layers).oci(directory / "i")
    _, out, _ = run_image(
        capsys,
        "--select=CRIU2,CRIU4,CRIU5",
        "--ignore=CRIU406",
        "--format",
        "json",
        *arguments,
        layout,
    )
    found: list[dict[str, Any]] = json.loads(out)
    return found


def places(found: list[dict[str, Any]]) -> list[tuple[str, str, int, list[tuple[str, int]]]]:
    """Return code, path and layer of each finding, and path and layer of the related places."""
    return [
        (
            one["code"],
            one["image"]["path"],
            one["image"]["layer"],
            [(place["image"]["path"], place["image"]["layer"]) for place in one.get("related", ())],
        )
        for one in found
    ]


_NAMES_HOOK = [[config("action-script /opt/hook.sh\n"), _SHELL]]
_DEFAULT, _HOOK = "/etc/criu/default.conf", "/opt/hook.sh"


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # Content belongs to the lowest layer with the same bytes.
        ([[config()], [config(mode=0o600)]], [("CRIU201", _DEFAULT, 1, [])]),
        ([[config()], [config(uid=1)], [config(mode=0o600)]], [("CRIU201", _DEFAULT, 1, [])]),
        ([[config("x\n")], [config()], [config(mode=0o600)]], [("CRIU201", _DEFAULT, 2, [])]),
        ([[config()], [config("x\n")], [config()]], [("CRIU201", _DEFAULT, 3, [])]),
        # One that was removed in between is new.
        (
            [[config()], [member("etc/criu/.wh.default.conf")], [config()]],
            [("CRIU201", _DEFAULT, 3, [])],
        ),
        ([[config()], [member("x")], [config(mode=0o600)]], [("CRIU201", _DEFAULT, 1, [])]),
        ([[member("x")], [config(mode=0o600)]], [("CRIU201", _DEFAULT, 2, [])]),
        # A file after a link or a directory of the same name is new.
        ([[member(_PATH, link="/x")], [config()]], [("CRIU201", _DEFAULT, 2, [])]),
        ([[member(f"{_PATH}/")], [config()]], [("CRIU201", _DEFAULT, 2, [])]),
        # A script stands where it was made, or where its permissions were changed.
        (
            [*_NAMES_HOOK, [hook(mode=0o777)]],
            [("CRIU503", _HOOK, 2, [(_DEFAULT, 1)])],
        ),
        (
            [*_NAMES_HOOK, [hook()], [hook(mode=0o777)]],
            [("CRIU503", _HOOK, 3, [(_DEFAULT, 1)])],
        ),
        (
            [*_NAMES_HOOK, [hook()], [hook(uid=7)], [hook(uid=7, data=b"#!/bin/sh\n:\n")]],
            [("CRIU503", _HOOK, 3, [(_DEFAULT, 1)])],
        ),
        (
            [*_NAMES_HOOK, [hook()], [hook(mode=0o644)]],
            [("CRIU502", _HOOK, 3, [(_DEFAULT, 1)])],
        ),
        (
            [*_NAMES_HOOK, [hook(data=b"#!/gone\n")], [hook(data=b"#!/gone\n", mode=0o700)]],
            [("CRIU502", _HOOK, 2, [(_DEFAULT, 1)])],
        ),
        # So does a directory on the way.
        (
            [[hook(), *_NAMES_HOOK[0]], [member("opt/", mode=0o777)]],
            [("CRIU503", "/opt", 2, [(_DEFAULT, 1)])],
        ),
        # The permissions of the configuration itself
        (
            [[config("ghost-limit 1M\n")], [config("ghost-limit 1M\n", mode=0o666)]],
            [("CRIU503", _DEFAULT, 2, [(_DEFAULT, 1)])],
        ),
        # A key, a plugin
        (
            [
                [config("tls\ntls-key /k\ntls-cert /c\n"), member("c")],
                [member("k", mode=0o600)],
                [member("k", mode=0o644)],
            ],
            [("CRIU504", "/k", 3, [(_DEFAULT, 1)])],
        ),
        (
            [[config("libdir /p\n"), member("p/a.so", ELF)], [member("p/b.so", "text")]],
            [("CRIU507", "/p/b.so", 2, [(_DEFAULT, 1)])],
        ),
        # A place that everyone can write to everywhere is the choice of the configuration.
        (
            [[member("var/tmp/", mode=0o1777)], [config("work-dir /var/tmp\n")]],
            [("CRIU505", _DEFAULT, 2, [])],
        ),
        (
            [[member("srv/", mode=0o777)], [config("work-dir /srv\n")]],
            [("CRIU505", "/srv", 1, [(_DEFAULT, 2)])],
        ),
        # A path that is missing
        ([[config("action-script /gone\n")]], [("CRIU501", _DEFAULT, 1, [])]),
        # A link that leads nowhere, since a later layer
        (
            [[*_NAMES_HOOK[0], hook()], [member("opt/hook.sh", link="/gone")]],
            [("CRIU501", _HOOK, 2, [(_DEFAULT, 1)])],
        ),
        # A name that nothing opens is the fault of the link, if there is one.
        (
            [
                [member("opt/my.conf", "ghost-limit 1M\n")],
                [member("etc/criu.conf", link="/opt/my.conf")],
            ],
            [("CRIU402", "/etc/criu.conf", 2, [("/etc/criu.conf", 1)])],
        ),
        (
            [
                [member("etc/criu.conf", "ghost-limit 1M\n")],
                [member("etc/criu.conf", "ghost-limit 2M\n")],
            ],
            [("CRIU402", "/etc/criu.conf", 1, [("/etc/criu.conf", 2)])],
        ),
        # What a file says is not, but the link is shown.
        (
            [[member("opt/my.conf", "tcp-close false\n")], [member(_PATH, link="/opt/my.conf")]],
            [("CRIU201", _DEFAULT, 1, [(_DEFAULT, 2)])],
        ),
        # Hard links
        (
            [[member("x", "tcp-close false\n")], [member(_PATH, hard="x")]],
            [("CRIU201", _DEFAULT, 1, [(_DEFAULT, 2)])],
        ),
    ],
)
def test_places(
    layers: list[list[Any]],
    expected: list[Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert places(find(capsys, tmp_path, layers)) == expected


_LINE = "tcp-close false\n"


@pytest.mark.parametrize(
    ("members", "more", "expected"),
    [
        # a link between the default file and a runtime's
        ([config(_LINE), member("etc/criu/runc.conf", link="default.conf")], {}, ["default.conf"]),
        ([config(_LINE), member("etc/criu/runc.conf", hard=_PATH)], {}, ["default.conf"]),
        # The file's own name says more than that of the link.
        (
            [member("etc/criu/runc.conf", _LINE), member("etc/criu/crun.conf", link="runc.conf")],
            {},
            ["runc.conf"],
        ),
        # a label
        ([config(_LINE)], {"labels": {"org.criu.config": f"/{_PATH}"}}, ["default.conf"]),
        # homes
        (
            [
                member("etc/passwd", "a:x:1:1::/a:\nb:x:2:2::/b:\n"),
                member("srv/default.conf", _LINE),
                member("a/.criu", link="/srv"),
                member("b/.criu", link="/srv"),
            ],
            {},
            ["/a/.criu/default.conf"],
        ),
        # two files with the same content
        ([config(_LINE), member("etc/criu/runc.conf", _LINE)], {}, ["default.conf", "runc.conf"]),
    ],
)
def test_equal_findings_of_one_file_are_merged(
    members: list[Any],
    more: dict[str, Any],
    expected: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    layout = image(members, **more).oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--select", "CRIU201", "--format", "json", layout)
    found = [one["image"]["path"] for one in json.loads(out)]
    assert len(found) == len(expected)
    assert all(path.endswith(name) for path, name in zip(found, expected, strict=True))


@pytest.mark.parametrize(
    ("members", "more", "code", "path"),
    [
        # Only a file for RPC clients makes CRIU crash at this line.
        ([member("etc/criu/runc.conf", link="default.conf")], {}, "CRIU404", "/etc/criu/runc.conf"),
        ([], {"labels": {"org.criu.config": f"/{_PATH}"}}, "CRIU404", f"/{_PATH}"),
        ([], {"annotations": {"org.criu.config": f"/{_PATH}"}}, "CRIU404", f"/{_PATH}"),
        (
            [member("my.conf", link=_PATH)],
            {"env": ["CRIU_CONFIG_FILE=/my.conf"]},
            "CRIU408",
            "/my.conf",
        ),
        (
            [member("root/.criu/default.conf", link=f"/{_PATH}")],
            {},
            "CRIU408",
            "/root/.criu/default.conf",
        ),
    ],
)
def test_one_file_is_checked_for_each_of_its_roles(
    members: list[Any],
    more: dict[str, Any],
    code: str,
    path: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    layout = image([config("network-lock nftables\n"), *members], **more).oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--select", "CRIU404,CRIU408", "--format", "json", layout)
    assert [(one["code"], one["image"]["path"]) for one in json.loads(out)] == [(code, path)]


def test_help_is_about_the_dockerfile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [
        [config("action-script /opt/hook.sh\nlibdir /gone\n"), _SHELL],
        [hook(mode=0o646)],
    ]
    messages = [one["message"] for one in find(capsys, tmp_path, layers)]
    assert any("add `RUN chmod +x /opt/hook.sh` to the Dockerfile" in each for each in messages)
    assert any("add `RUN chmod o-w /opt/hook.sh` to the Dockerfile" in each for each in messages)
    assert any("create the directory in the Dockerfile" in each for each in messages)


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("", "info"),
        ("# tcp-close\n", "info"),
        ("nonsense\n", "warning"),
        ("ghost-limit = 64M\n", "warning"),
        ("tcp-close\n", "warning"),
    ],
)
def test_files_that_nothing_reads(
    text: str, severity: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without lines they lose nothing so far, and do not stop a gate."""
    packages = member("lib/apk/db/installed", "P:crun\nV:1.20-r0\n\n")
    files = [member("etc/criu.conf", text), member("etc/criu/crun.conf", text)]
    found = find(capsys, tmp_path, [[packages], files])
    assert [(one["code"], one["severity"], one["image"]["layer"]) for one in found] == [
        ("CRIU402", severity, 2),
        ("CRIU403", severity, 2),
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("etc/criu/default", "CRIU402"),
        ("etc/criu/config", "CRIU402"),
        ("etc/criu/default.cfg", "CRIU402"),
        ("root/.criu/criu", "CRIU402"),
        ("root/.criu/dump.conf", "CRIU402"),
        ("etc/criu/README", None),
        ("etc/criu/default.conf.bak", None),
        ("opt/app/etc/config", None),
        ("usr/share/etc/criu/default", None),
    ],
)
@pytest.mark.parametrize("is_directory", [False, True])
def test_names_that_seem_to_be_read(
    path: str,
    code: str | None,
    is_directory: bool,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """An image is searched for the names that the rule knows, in CRIU's directories."""
    layer = [member(path, "tcp-close\n")]
    source = f"dir:{write_tree(layer, tmp_path / 'r')}" if is_directory else None
    name = source or image(layer).oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--select=CRIU402", "--format=json", name)
    assert [one["code"] for one in json.loads(out)] == ([code] if code else [])


def test_no_empty_origin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A directory has no layers and no steps."""
    (tmp_path / "etc" / "criu").mkdir(parents=True)
    (tmp_path / "etc" / "criu" / "runc.conf").write_text("tcp-close false\n", encoding="utf-8")
    for format_ in (
        "full",
        "concise",
        "github",
        "gitlab",
        "azure",
        "checkstyle",
        "junit",
        "rdjson",
    ):
        _, out, _ = run_image(capsys, "--format", format_, f"dir:{tmp_path}")
        assert "CRIU201" in out or format_ == "azure"
        assert " []" not in out
        assert "= from:" not in out


def test_a_chmod_costs_no_second_look_at_other_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only layers that have a file of the same name are read again."""
    from criulint.image.filesystem import LayerReader

    read: list[int] = []
    real = LayerReader.read_layer

    def read_layer(self: LayerReader, number: int) -> Any:
        read.append(number)
        return real(self, number)

    monkeypatch.setattr(LayerReader, "read_layer", read_layer)
    find(capsys, tmp_path / "a", [[member("x")], [config()], [member("y")]])
    assert read == []
    find(capsys, tmp_path / "b", [[member("x")], [config()], [member("y")], [config(mode=0o600)]])
    assert read == [2, 4]
