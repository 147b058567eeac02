# SPDX-License-Identifier: MIT
"""``criulint image`` as a gate: baselines, fingerprints, settings for images, nothing to check."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from criulint.image.identity import name_repository, names_of
from criulint.image.reference import Reference, parse_reference
from tests.image.checks import run_image
from tests.image.make import STATUS, image, member

if TYPE_CHECKING:
    from pathlib import Path

_BAD = "tcp-close false\n"


def _config(text: str = _BAD, name: str = "runc.conf") -> list[Any]:
    return [member(f"etc/criu/{name}", text)]


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layout with the images v1 and v2, which has a new finding in it, and others."""
    monkeypatch.chdir(tmp_path)
    image(_config()).oci(tmp_path / "node", "v1")
    image([member("x")], _config("\n" + _BAD)).oci(tmp_path / "node", "v2")
    image(_config(_BAD + "port 0\n")).oci(tmp_path / "node", "v3")
    image(_config("tcp-close\n")).oci(tmp_path / "node", "fixed")
    image(_config()).docker_archive(tmp_path / "node.tar")
    return tmp_path


def test_yesterdays_findings_are_known_under_another_tag(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run_image(capsys, "--write-baseline", "known.json", "oci:node:v1")
    assert (status, out) == (0, "")
    assert "1 finding written to known.json" in err
    baseline = ["--baseline", "known.json", "--format", "json"]
    for name, codes, expected in (
        ("oci:node:v1", [], 0),
        ("oci:node:v2", [], 0),
        ("oci-dir:node:v2", [], 0),
        ("./node:v2", ["CRIU201"], 1),
        ("oci:node:v3", ["CRIU106"], 1),
        ("docker-archive:node.tar", ["CRIU201"], 1),
    ):
        status, out, _ = run_image(capsys, *baseline, name)
        assert ([one["code"] for one in json.loads(out)], status) == (codes, expected), name
    _, _, err = run_image(capsys, *baseline, "oci:node:fixed")
    assert "1 in the baseline no longer found in node; update it with --write-baseline" in err


def test_baseline_errors(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (images / "text").write_text("text", encoding="utf-8")
    for arguments, message in (
        (["--baseline", "gone.json"], "cannot read the baseline gone.json"),
        (["--baseline", "text"], "text is not a baseline"),
        (["--write-baseline", "text"], "text is not a baseline"),
        (["--write-baseline=a", "--baseline=b"], "--write-baseline cannot be combined"),
        (["--write-baseline=a", "--output=json:x"], "--write-baseline cannot be combined"),
    ):
        assert main(["image", *arguments, "oci:node:v1"]) == 2
        assert message in capsys.readouterr().err
    # Nothing is written if an image could not be read.
    assert run_image(capsys, "-q", "--write-baseline", "new.json", "oci:node:v1", "./gone")[0] == 2
    assert not (images / "new.json").exists()


def test_fingerprints_hold_no_tag_and_no_digest(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prints = set()
    for name in ("oci:node:v1", "oci:node:v2", "oci-dir:node:v1"):
        _, out, _ = run_image(capsys, "--format", "gitlab", name)
        prints |= {one["fingerprint"] for one in json.loads(out)}
    assert len(prints) == 1


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        (f"docker:sha256:{'0' * 64}", f"sha256:{'0' * 64}"),
        ("podman:0123456789ab", "0123456789ab"),
        ("registry:host:5000/a/b:v1", "host:5000/a/b"),
        ("docker://host/a/b@sha256:" + "0" * 64, "host/a/b"),
        ("registry:host/a/b:v1@sha256:" + "0" * 64, "host/a/b"),
        ("podman:localhost/x:1", "localhost/x"),
        ("docker:x:1", "x"),
        ("containers-storage:x", "x"),
        ("x/y", "x/y"),
        ("oci:some/where:v1", "some/where"),
        ("docker-archive:a.tar:x:1", "a.tar"),
        ("dir:root", "root"),
    ],
)
def test_names(name: str, repository: str) -> None:
    reference = parse_reference(name)
    assert name_repository(reference, name) == repository
    assert name_repository(reference, f"{name}[linux/arm64]") == f"{repository}[linux/arm64]"
    names = names_of(reference, name)
    assert name.lstrip("/") in names
    assert repository in names


def test_names_in_an_archive_or_a_layout(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An image's name in an archive counts more than the path, which may change or hold several."""
    made = image(_config())
    made.docker_archive(images / "a.tar", ("acme/node:41", "acme/node:latest"))
    made.docker_archive(images / "b.tar", ("acme/node:42",))
    made.docker_archive(images / "web.tar", ("acme/web:42",))
    made.oci(images / "layout", "registry.example:5000/acme/node:42")
    assert run_image(capsys, "--write-baseline", "known.json", "docker-archive:a.tar")[0] == 0
    for name, status in (("b.tar", 0), ("web.tar", 1), ("layout", 1)):
        assert run_image(capsys, "-q", "--baseline", "known.json", name)[0] == status, name
    names = ("a.tar", "b.tar", "web.tar", "layout")
    for pattern, matching in (
        ("acme/node", ["a.tar", "b.tar"]),
        ("acme/node:4?", ["a.tar", "b.tar"]),
        ("**/node", ["a.tar", "b.tar", "layout"]),
        ("registry.example:5000/acme/*", ["layout"]),
        ("a.tar", ["a.tar"]),
    ):
        settings = f'[images."{pattern}"]\nignore = ["CRIU201"]\n'
        (images / "criulint.toml").write_text(settings, encoding="utf-8")
        found = [name for name in names if main(["image", "-q", "--criu", "4.2", name]) == 0]
        assert found == matching, pattern
    capsys.readouterr()


def test_a_pattern_that_matches_no_image_is_said(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / "criulint.toml").write_text(
        '[images."nod?"]\nlayers = "all"\n[images."nodes"]\nlayers = "all"\n', encoding="utf-8"
    )
    note = "criulint.toml: no image of this run matches nodes\n"
    main(["image", "oci:node:v1"])
    assert note in capsys.readouterr().err
    image(_config()).oci(images / "nodes")
    for arguments in (["oci:node:v1", "nodes"], ["-q", "oci:node:v1"], ["oci:node:v1", "./gone"]):
        main(["image", *arguments])
        assert "no image of this run" not in capsys.readouterr().err


def test_names_of_odd_references() -> None:
    for kind in ("name", "oci", "archive", "registry"):
        for text in ("", "/", ":", "@", "a:", "a@", "a/:b", "[x]"):
            reference = Reference(text, kind, text)
            assert isinstance(name_repository(reference, text), str)
            assert all(names_of(reference, text))


def test_severities_and_status(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, codes, expected in (
        ([], ["CRIU201", "CRIU106"], 1),
        (["--min-severity", "error"], ["CRIU106"], 1),
        (["--exit-zero"], ["CRIU201", "CRIU106"], 0),
        (["--fail-on", "never"], ["CRIU201", "CRIU106"], 0),
    ):
        status, out, _ = run_image(capsys, "--format", "json", *arguments, "oci:node:v3")
        assert ([one["code"] for one in json.loads(out)], status) == (codes, expected)
    # What cannot be read is still an error.
    assert run_image(capsys, "-q", "--exit-zero", "oci:node:v1", "./gone")[0] == 2


def test_require_file(images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    image([member("x")]).oci(images / "empty")
    assert run_image(capsys, "empty")[0] == 0
    status, _, err = run_image(capsys, "-q", "--require-file", "empty", "oci:node:fixed")
    assert status == 2
    assert err == "criulint: error: empty has no CRIU configuration file (--require-file)\n"


@pytest.mark.parametrize(
    "pattern", ["node", "/node", "oci:node:v1", "nod?", "node:v1", "**/node", "node:*"]
)
def test_settings_for_images(
    pattern: str, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = f'[images."{pattern}"]\nignore = ["CRIU201"]\n'
    (images / "criulint.toml").write_text(settings, encoding="utf-8")
    assert main(["image", "-q", "--criu", "4.2", "oci:node:v1"]) == 0
    assert main(["image", "-q", "--criu", "4.2", "docker-archive:node.tar"]) == 1
    capsys.readouterr()


def test_settings_for_images_override_what_they_say(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line overrides both; of several tables the last one wins, lists add up."""
    status = STATUS.format("3.17.1-2") + STATUS.format("1.1.5").replace("criu", "runc")
    image(
        [member("var/lib/dpkg/status", status), *_config("tcp-established\n", "default.conf")]
    ).oci(images / "app")
    (images / "criulint.toml").write_text(
        'criu = "4.3"\n'
        '[images."app"]\ncriu = "4.1.1"\nruntime = "youki"\nignore = ["CRIU201"]\n'
        '[images."a*"]\nfail-on = "never"\nrequire-file = true\n',
        encoding="utf-8",
    )
    status_code, out, _ = _run_with_configuration(capsys, "app")
    (found,) = [one for one in json.loads(out) if one["code"] == "CRIU401"]
    assert (status_code, found["image"]["release"], found["image"]["runtime"]) == (
        0,
        "4.1.1",
        "youki",
    )
    assert "youki" in found["message"]
    _, out, _ = _run_with_configuration(capsys, "--criu", "4.2", "--runtime", "crun", "app")
    (found,) = [one for one in json.loads(out) if one["code"] == "CRIU401"]
    assert (found["image"]["release"], found["image"]["runtime"]) == ("4.2", "crun")
    image([member("x")]).oci(images / "also")
    assert _run_with_configuration(capsys, "also")[0] == 2


def _run_with_configuration(
    capsys: pytest.CaptureFixture[str], *arguments: str
) -> tuple[int, str, str]:
    status = main(["image", "--format", "json", *arguments])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[images."x"]\nrole = "rpc"\n', "no key 'role'"),
        ('[images."x"]\nlayers = "mine"\n', "layers: unknown value 'mine'"),
        ('[images."x"]\nrequire-file = "yes"\n', "must be true or false"),
        ("images = 1\n", "images: must be a table"),
    ],
)
def test_wrong_settings(
    text: str, message: str, images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (images / "criulint.toml").write_text(text, encoding="utf-8")
    assert main(["image", "oci:node:v1"]) == 2
    assert message in capsys.readouterr().err


def test_the_dockerfile_of_a_configuration_is_relative_to_it(
    images: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (images / "below").mkdir()
    (images / "criulint.toml").write_text(
        '[images."**/app"]\ndockerfile = "Dockerfile"\n', encoding="utf-8"
    )
    (images / "Dockerfile").write_text(
        "FROM scratch\nCOPY runc.conf /etc/criu/\n", encoding="utf-8"
    )
    history = [{"created_by": "COPY runc.conf /etc/criu/ # buildkit"}]
    image(_config(), history=history).oci(images / "app")
    monkeypatch.chdir(images / "below")
    _, out, _ = _run_with_configuration(capsys, "../app")
    (found,) = json.loads(out)
    assert found["image"]["line"] == 2


def test_an_image_that_fails_is_in_the_inventory(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each image has one record, even if only part of it could not be examined."""
    large = image(_config("#" * 400_000), _config(name="default.conf"))
    large.oci(images / "large")
    layout = image(_config()).oci(images / "broken")
    for blob in (layout / "blobs" / "sha256").iterdir():
        data = blob.read_bytes()
        if data[:2] == b"\x1f\x8b":
            blob.write_bytes(data[:-1] + b"x")
    status, out, _ = run_image(
        capsys, "-q", "--format", "inventory", "oci:node:v1", "large", "broken", "./gone"
    )
    records = json.loads(out)["images"]
    assert status == 2
    assert [record["name"] for record in records] == ["oci:node:v1", "large", "broken", "./gone"]
    assert [len(record["errors"]) for record in records] == [0, 1, 1, 1]
    assert [bool(record["digest"]) for record in records] == [True, True, True, False]
    assert [len(record["findings"]) for record in records] == [1, 1, 0, 0]
