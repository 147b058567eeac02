# SPDX-License-Identifier: MIT
"""The files that are checked in an image, and the host that their rules look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from tests.image.checks import (
    ELF,
    find_in_image,
    run_image,
)
from tests.image.make import (
    STATUS,
    image,
    member,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("script", "codes"),
    [
        (member("opt/hook.sh", "#!/bin/sh\n", mode=0o755), set()),
        (member("opt/hook.sh", "#!/bin/sh\n", mode=0o644), {"CRIU502"}),
        (member("opt/hook.sh", "#!/bin/sh\n", mode=0o757), {"CRIU503"}),
        (member("opt/hook.sh", "#!/opt/none\n", mode=0o755), {"CRIU502"}),
        (member("opt/other"), {"CRIU501"}),
        (member("opt/hook.sh", link="/bin/sh"), set()),
        (member("opt/hook.sh", link="/gone"), {"CRIU501"}),
    ],
)
def test_host_rules_look_at_the_image(
    script: Any, codes: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image(
        [
            member("bin/sh", ELF, mode=0o755),
            script,
            member("etc/criu/default.conf", "action-script /opt/hook.sh\n"),
        ]
    )
    _, out, _ = run_image(capsys, "--select", "CRIU5", "--format", "json", made.oci(tmp_path / "i"))
    assert {one["code"] for one in json.loads(out)} == codes


def test_unread_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = [
        "etc/criu.conf",
        "etc/criu/default.d/x.conf",
        "etc/criu/podman.conf",
        "home/u/.criu/runc.conf",
        "usr/share/doc/criu/x.conf",
    ]
    made = image(
        [
            *(member(name, "shell-job\n") for name in names),
            member("etc/passwd", "u:x:1:1::/home/u:/bin/sh\n"),
        ]
    )
    _, out, _ = run_image(
        capsys, "--select", "CRIU402", "--format", "json", made.oci(tmp_path / "i")
    )
    assert sorted(one["image"]["path"][1:] for one in json.loads(out)) == sorted(names[:4])


def test_removed_files_are_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image([member("etc/criu/runc.conf", "nonsense\n")], [member("etc/criu/.wh.runc.conf")])
    status, out, err = run_image(capsys, made.oci(tmp_path / "i"))
    assert (status, out) == (0, "")
    assert "no CRIU configuration file in" in err


def test_hard_links_into_other_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As in images made by ostree: objects in many layers, and links to them in the last."""
    made = image(
        [
            member("objects/1", "tcp-close false\naction-script /usr/bin/hook\n"),
            member("objects/2", "#!/gone\n", mode=0o755),
        ],
        [member("objects/3", STATUS.format("3.17.1-2"))],
        [
            member("etc/criu/default.conf", hard="objects/1"),
            member("usr/bin/hook", hard="objects/2"),
            member("var/lib/dpkg/status", hard="objects/3"),
            member("usr/sbin/criu", ELF, mode=0o755),
        ],
    )
    assert (
        main(
            [
                *("image", "--isolated", "--format", "concise", "--select", "CRIU201,CRIU502"),
                str(made.oci(tmp_path / "i")),
            ]
        )
        == 1
    )
    captured = capsys.readouterr()
    assert "default.conf:1:11: warning: CRIU201" in captured.out
    assert "CRIU502" in captured.out
    assert "has CRIU 3.17.1" in captured.err


def _find_paths(
    capsys: pytest.CaptureFixture[str], layout: Path, tree: Path | None = None
) -> list[tuple[str, str]]:
    found = sorted(
        (path, code)
        for path, code, _ in find_in_image(capsys, "--select", "CRIU106,CRIU402", layout)
    )
    if tree:
        assert (
            sorted(
                (path, code)
                for path, code, _ in find_in_image(
                    capsys, "--select", "CRIU106,CRIU402", f"dir:{tree}"
                )
            )
            == found
        )
    return found


@pytest.mark.parametrize(
    ("passwd", "env", "file", "shown"),
    [
        ("a:x:1:1::/:/bin/sh", [], ".criu/default.conf", "/.criu/default.conf"),
        (
            "a:x:1:1::/h//./u/:/bin/sh\nb:x:1:1::/h/u:\n",
            [],
            "h/u/.criu/default.conf",
            "/h/u/.criu/default.conf",
        ),
        (
            "a:x:1:1::relative:/bin/sh\nb:x\n:::::\n\x0c:x:1:1::/h:x\n\0",
            [],
            "h/.criu/default.conf",
            "/h/.criu/default.conf",
        ),
        ("a:x:1:1::/link:", [], "real/.criu/default.conf", "/link/.criu/default.conf"),
        ("", [], "root/.criu/default.conf", "/root/.criu/default.conf"),
        ("", ["HOME=/srv"], "srv/.criu/default.conf", "/srv/.criu/default.conf"),
        ("", ["CRIU_CONFIG_FILE=x.conf"], "work/x.conf", "/work/x.conf"),
    ],
)
def test_homes(
    passwd: str,
    env: list[str],
    file: str,
    shown: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each home of /etc/passwd is searched once, and so is $HOME of the image."""
    made = image(
        [
            member("etc/passwd", passwd),
            member("link", link="real"),
            member(file, "shell-job\nport 0\n"),
        ],
        env=env,
    )
    made.config["config"]["WorkingDir"] = "/work"
    assert _find_paths(capsys, made.oci(tmp_path / "i")) == [(shown, "CRIU106")]


def test_linked_directory_and_unread_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A root file system has the same findings as an image with the same files."""
    tree = tmp_path / "tree"
    for name in ("opt/x/default.conf", "opt/x/podman.conf", "home/u/.criurc"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text("shell-job\nport 0\n", encoding="utf-8")
    (tree / "etc" / "criu.d").mkdir(parents=True)
    (tree / "etc" / "criu.d" / "x.conf").write_text("shell-job\nport 0\n", encoding="utf-8")
    (tree / "etc" / "criu").symlink_to("/opt/x")
    (tree / "etc" / "passwd").write_text("u:x:1:1::/home/u:/bin/sh\n", encoding="utf-8")
    members = [
        member(str(path.relative_to(tree)), link="/opt/x")
        if path.is_symlink()
        else member(str(path.relative_to(tree)), path.read_bytes())
        for path in sorted(tree.rglob("*"))
        if path.is_symlink() or path.is_file()
    ]
    found = _find_paths(capsys, image(members).oci(tmp_path / "i"), tree)
    assert [path for path, code in found if code == "CRIU402"] == [
        "/etc/criu.d/x.conf",
        "/etc/criu/podman.conf",
        "/home/u/.criurc",
    ]
    assert ("/etc/criu/default.conf", "CRIU106") in found


def test_usr_etc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """ostree deploys it as /etc, and its files are checked as if they were there."""
    layout = image([member("usr/etc/criu/runc.conf", "network-lock nftables\n")]).oci(
        tmp_path / "i"
    )
    assert find_in_image(capsys, "--criu", "4.2", layout) == [
        ("/usr/etc/criu/runc.conf", "CRIU404", 1)
    ]


@pytest.mark.parametrize("where", ["label", "annotation", "variable"])
def test_files_named_by_the_image(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "label": {"labels": {"org.criu.config": "/x/y"}},
        "annotation": {"annotations": {"org.criu.config": "/x/y"}},
        "variable": {"env": ["CRIU_CONFIG_FILE=/x/y"]},
    }
    made = image(
        [member("x/z", "network-lock nftables\n"), member("x/y", link="z")], **kinds[where]
    )
    found = find_in_image(capsys, "--criu", "4.2", made.oci(tmp_path / "i"))
    assert [code for _, code, _ in found] == (["CRIU408"] if where == "variable" else ["CRIU404"])


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ([member("x/q")], "`/x/y`, which does not exist"),
        ([member("q")], "`/x/y`, which does not exist (`/x` is missing)"),
        ([member("x", "")], "`/x/y`, which does not exist (`/x` is not a directory)"),
        ([member("x/y/")], "`/x/y`, which is a directory"),
        ([member("x/y", link="/gone")], "`/x/y`, which leads to `/gone`, which does not exist"),
        ([member("x/y", link="y")], "`/x/y`, which leads through too many links"),
    ],
)
@pytest.mark.parametrize(
    ("named", "step"),
    [
        ({"labels": {"org.criu.config": "/x/y"}}, "LABEL org.criu.config=/x/y"),
        ({"env": ["CRIU_CONFIG_FILE=/x/y"]}, "ENV CRIU_CONFIG_FILE=/x/y"),
        ({"annotations": {"org.criu.config": "/x/y"}}, ""),
    ],
)
def test_a_named_file_that_is_not_there_is_a_finding(
    members: list[Any],
    says: str,
    named: dict[str, Any],
    step: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is at the line of the Dockerfile, and is not a note, which `-q` would hide."""
    text = f"FROM scratch\nCOPY . /\n{step}\n"
    (tmp_path / "Dockerfile").write_text(text, encoding="utf-8")
    history: list[dict[str, Any]] = [
        {"created_by": "COPY . / # buildkit"},
        {"created_by": step or "CMD x", "empty_layer": True},
    ]
    layout = image(members, history=history, **named).oci(tmp_path / "i")
    status, out, err = run_image(
        capsys, "-q", "--format", "json", "--dockerfile", tmp_path / "Dockerfile", layout
    )
    (found,) = json.loads(out)
    assert (status, err) == (1, "")
    assert (found["code"], found["severity"], found["path"]) == (
        "CRIU501",
        "warning",
        f"{layout}:/x/y",
    )
    assert says in found["message"]
    assert (found["image"]["step"], found["image"]["line"]) == (step, 3 if step else 0)


@pytest.mark.parametrize("path", ["criu.conf", "a/../x", "./x", "//x", "/", "..", "/a//b/"])
def test_odd_paths_in_a_label(
    path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = image([member("y")], labels={"org.criu.config": path}).oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--format", "json", layout)
    assert [one["code"] for one in json.loads(out)] == ["CRIU501"]


def test_a_named_file_that_a_container_gets_when_it_starts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layout = image([member("x")], env=["CRIU_CONFIG_FILE=/run/criu.conf"]).oci(tmp_path / "i")
    status, out, _ = run_image(capsys, "--format", "json", layout)
    assert (status, [one["severity"] for one in json.loads(out)]) == (0, ["info"])


@pytest.mark.parametrize(
    ("name", "more", "severity", "says"),
    [
        ("/default.conf", {"link": "/gone"}, "warning", "leads to `/gone`, which does not exist"),
        ("/default.conf/", {}, "warning", "is a directory: CRIU runs without it"),
        ("/runc.conf", {"link": "crun.conf"}, "warning", "leads to `/etc/criu/crun.conf`"),
        ("/crun.conf", {"link": "crun.conf"}, "warning", "leads through too many links"),
        ("/runc.conf", {"kind": b"6"}, "warning", "is a special file"),
        ("", {"link": "/gone"}, "warning", "`/etc/criu` leads to `/gone`, which does not exist"),
        ("", {"kind": b"0"}, "warning", "`/etc/criu` is not a directory: CRIU runs without its"),
        ("/../../root/.criu", {"link": "/x"}, "warning", "`/root/.criu` is not a directory"),
    ],
)
def test_something_else_in_the_place_of_a_file(
    name: str,
    more: dict[str, Any],
    severity: str,
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """CRIU and the runtimes open these paths, whether or not the image names them."""
    layout = image([member("x")], [member(f"etc/criu{name}", **more)]).oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--format", "json", layout)
    (found,) = json.loads(out)
    assert (found["code"], found["severity"], found["image"]["layer"]) == ("CRIU501", severity, 2)
    assert says in found["message"]


@pytest.mark.parametrize(
    "entry",
    [
        member("etc/criu/"),
        member("etc/criu", link="/run/criu"),
        member("root", link="/gone"),
        # It may be there when a container starts.
        member("etc/criu/runc.conf", link="/run/secrets/criu"),
    ],
)
def test_a_default_file_need_not_exist(
    entry: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run_image(capsys, "-q", image([entry]).oci(tmp_path / "i"))
    assert (status, out) == (0, "")
