# SPDX-License-Identifier: MIT
"""``criulint image``: arguments, lists of images, and reports."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from criulint.cli import command_parser, full_parser, main
from criulint.report import FORMATS
from criulint.report.matcher import matcher
from tests.counting import count_lines
from tests.image.checks import (
    BAD_FILE,
    DOCKERFILE,
    check_image,
    image_with_history,
    run_image,
)
from tests.image.make import (
    image,
    member,
)

_TOP = Path(__file__).parents[2]


def test_five_mistakes_in_three_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run_image(
        capsys,
        "--runtime",
        "runc@1.3.0",
        "--format",
        "json",
        image_with_history().oci(tmp_path / "i"),
    )
    assert status == 1
    reported = [
        (
            one["code"],
            one["image"]["path"],
            one["line"],
            one["image"]["layer"],
            one["image"]["step"],
        )
        for one in json.loads(out)
    ]
    copied = "COPY default.conf /etc/criu/"
    assert [
        one for one in reported if one[0] in ("CRIU201", "CRIU502", "CRIU503", "CRIU404", "CRIU106")
    ] == [
        ("CRIU201", "/etc/criu/default.conf", 1, 1, copied),
        ("CRIU503", "/opt/hook.sh", 1, 1, copied),
        (
            "CRIU404",
            "/etc/criu/runc.conf",
            1,
            2,
            "RUN echo network-lock nftables > /etc/criu/runc.conf",
        ),
        ("CRIU106", "/root/.criu/default.conf", 1, 3, "RUN echo port 0 > /root/.criu/default.conf"),
    ]


def test_many_images_make_one_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        image([member("etc/criu/runc.conf", f"bad-{name}\n")]).oci(tmp_path / name)
    expected = [f"{name}:/etc/criu/runc.conf" for name in "abc"]
    status, out, _ = run_image(capsys, "--format", "json", "a", "b", "c")
    assert (status, [one["path"] for one in json.loads(out)]) == (1, expected)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"b\n\nc\n")))
    status, out, _ = run_image(capsys, "--format", "json", "a", "-")
    assert (status, [one["path"] for one in json.loads(out)]) == (1, expected)


def test_configuration_applies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    image_with_history().oci(tmp_path / "i")
    (tmp_path / "criulint.toml").write_text(
        'select = ["CRIU1"]\n[per-file-ignores]\n"root/" = ["CRIU106"]\n', encoding="utf-8"
    )
    assert main(["image", "--format", "concise", "--criu", "4.2", "i"]) == 0
    assert capsys.readouterr().out == ""
    assert (
        main(
            [
                "image",
                "--format",
                "concise",
                "--criu",
                "4.2",
                "--isolated",
                "--fail-on",
                "never",
                "i",
            ]
        )
        == 0
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--criu", "2.0", "x"], "no schema for CRIU 2.0"),
        (["--dockerfile", "/nonexistent", "x"], "/nonexistent: No such file or directory"),
        (["--format", "full", "--output", "json", "x"], "standard output takes one format"),
        (["--select", "nope", "x"], "nope"),
        (["--platform", "linux/", "x"], "expected OS/ARCH, OS/ARCH/VARIANT, or `all`"),
        (["--platform", "arm64", "x"], "or `all`; did you mean linux/arm64?"),
    ],
)
def test_usage_errors(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    ("word", "seconds"),
    [("90", 90), ("90s", 90), ("5m", 300), ("1h", 3600), ("5m0s", 300), ("1h2m3s", 3723)],
)
def test_timeout(word: str, seconds: int) -> None:
    parsed = full_parser().parse_args(["image", "--timeout", word, "x"])
    assert parsed.timeout == seconds


@pytest.mark.parametrize(
    "word", ["0", "m", "-1", "5d", "0x1", "1" * 30, "", "0m0s", "1s1h", "1.5h"]
)
def test_invalid_timeout(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["image", f"--timeout={word}", "x"])
    assert "is not a number of seconds" in capsys.readouterr().err


def test_options_of_other_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Each hint names options that exist, and the option itself does not."""
    parser = command_parser(full_parser(), "image")
    hints = parser.get_default("options_of_others")
    known = parser._option_string_actions
    assert not hints.keys() & known.keys()
    for option, hint in hints.items():
        assert all(word in known for word in re.findall("--[a-z-]+", hint))
        with pytest.raises(SystemExit):
            main(["image", option, "x"])
        assert capsys.readouterr().err.endswith(f"; {hint}\n")


@pytest.mark.parametrize(
    "file",
    ["x.tar", "i/index.json", "i/blobs/new", "Dockerfile", "config.json", "link", "rootfs/x.conf"],
)
def test_report_does_not_replace_inputs(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    image_with_history().docker_archive(tmp_path / "x.tar")
    image_with_history().oci(tmp_path / "i")
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "link").symlink_to("x.tar")
    (tmp_path / "rootfs" / "etc" / "criu").mkdir(parents=True)
    (tmp_path / "rootfs" / "x.conf").touch()
    (tmp_path / "rootfs" / "etc" / "criu" / "runc.conf").symlink_to("/x.conf")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert (
        main(
            [
                "image",
                "--dockerfile",
                "Dockerfile",
                "--output",
                f"json:{file}",
                "x.tar",
                "oci:i",
                "bundle:.",
                "dir:rootfs",
            ]
        )
        == 2
    )
    assert "would replace a file that is read" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_broken_images_in_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are checked, each once, and the report is complete."""
    monkeypatch.chdir(tmp_path)
    image([member("etc/criu/runc.conf", "bad\n")]).oci(tmp_path / "a b")
    (tmp_path / "none.tar").write_bytes(b"x" * 2000)
    names = b"# all\na b # one\r\n./gone\t#two\n\n none.tar\n\xff\xfe\n--help\na b"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(names)))
    status, out, err = run_image(capsys, "-q", "--format", "json", "-", "a b")
    assert (status, [one["path"] for one in json.loads(out)]) == (2, ["a b:/etc/criu/runc.conf"])
    assert [
        line.partition("criulint: error: ")[2].partition(":")[0] for line in err.splitlines()
    ] == [
        "./gone",
        "none.tar is a text file, not an image; `criulint image - < FILE` reads a list of names",
        "\\xff\\xfe",
        "--help",
    ]


@pytest.mark.parametrize(
    ("names", "data", "message"),
    [
        (["-"], b" \n\n", "standard input names no image"),
        (["-", "oci-archive:-"], b"", "standard input can be read only once"),
        # An archive without docker-archive:, and the output of find -print0.
        (["-"], b"manifest.json".ljust(512, b"\0"), "standard input is not a list of names"),
        (["-"], b"a\0b\0", "standard input is not a list of names"),
        (["-"], b"a\n" * (5 << 20), "standard input is not a list of names"),
    ],
)
def test_standard_input_without_names(
    names: list[str],
    data: bytes,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["image", *names]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_has_the_origin(
    format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    _, out, _ = run_image(
        capsys,
        "--dockerfile",
        tmp_path / "Dockerfile",
        "--format",
        format_,
        image_with_history().oci(tmp_path / "i"),
    )
    out = " ".join(out.split())
    assert "etc/criu/runc.conf" in out
    if format_ not in ("sarif", "json", "jsonl"):
        assert "layer 2, " in out
    if format_ != "junit":
        assert "Dockerfile" in out


def test_json_matches_its_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((_TOP / "schema" / "findings.schema.json").read_text(encoding="utf-8"))
    _, out, _ = run_image(capsys, "--format", "json", image_with_history().oci(tmp_path / "i"))
    Draft202012Validator(schema).validate(json.loads(out))
    assert "image" in schema["$defs"]["finding"]["properties"]


def test_problem_matcher_matches_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run_image(capsys, "--format", "concise", image_with_history().oci(tmp_path / "i"))
    patterns = [entry["pattern"][0]["regexp"] for entry in json.loads(matcher())["problemMatcher"]]
    assert all(any(re.search(pattern, line) for pattern in patterns) for line in out.splitlines())


def test_sarif_has_logical_locations_and_the_dockerfile(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    image_with_history().oci(tmp_path / "i")
    log = tmp_path / "x.sarif"
    main(
        [
            "image",
            "--isolated",
            "--criu",
            "4.2",
            "--dockerfile",
            "Dockerfile",
            "--output",
            f"sarif:{log}",
            "-q",
            "i",
        ]
    )
    capsys.readouterr()
    (run,) = json.loads(log.read_text(encoding="utf-8"))["runs"]
    result = next(result for result in run["results"] if result["ruleId"] == "CRIU404")
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"] == {
        "uri": "Dockerfile",
        "uriBaseId": "%SRCROOT%",
    }
    assert location["physicalLocation"]["region"]["startLine"] == 7
    assert location["logicalLocations"] == [
        {"fullyQualifiedName": "i:/etc/criu/runc.conf:1", "kind": "resource"}
    ]
    assert result["properties"]["layer"] == 2
    program = (
        _TOP
        / "tests"
        / "report"
        / "node_modules"
        / "@microsoft"
        / "sarif-multitool-linux"
        / "Sarif.Multitool"
    )
    if not program.exists():
        assert not os.environ.get("CI"), (
            "`npm install --prefix tests/report` fetches what reads the reports"
        )
        pytest.skip("the validator is missing")
    program.chmod(0o755)
    out = tmp_path / "out.sarif"
    subprocess.run(
        [program, "validate", "--rule-kind", "Sarif;Ghas", log, "--output", out],
        check=True,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)},
    )
    (validated,) = json.loads(out.read_text(encoding="utf-8-sig"))["runs"]
    assert [
        one for one in validated["results"] if one.get("level", "warning") in ("error", "warning")
    ] == []


def test_fingerprints_survive_a_rebuild(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They differ between images, and do not depend on digests."""
    prints = []
    for name, more in (("a", "1"), ("b", "1"), ("a", "2")):
        layout = tmp_path / more / name
        bad = image(
            [member("other", more)], [member("etc/criu/runc.conf", "\n" * int(more) + "bad\n")]
        ).oci(layout)
        before = os.getcwd()
        os.chdir(layout.parent)
        try:
            _, out, _ = run_image(capsys, "--format", "gitlab", bad.name)
        finally:
            os.chdir(before)
        prints += [one["fingerprint"] for one in json.loads(out)]
    assert len(prints) == 3
    assert prints[0] == prints[2] != prints[1]


def test_github_annotations(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = image_with_history().oci(tmp_path / "i")
    _, out, _ = run_image(capsys, "--format", "github", layout)
    # A file in an image is not in the repository.
    assert not any(",file=" in line for line in out.splitlines())
    assert "[layer 2: RUN echo network-lock" in out


def test_a_progress_bar_needs_a_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "criulint", "image", str(image_with_history().oci(tmp_path / "i"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "\r" not in done.stderr + done.stdout


def test_links_do_not_multiply_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file of many names is checked under each, but not without end."""

    def count_work(links: int) -> int:
        names = (
            member(f"etc/criu/{number}.conf", hard="etc/criu/x.conf") for number in range(links)
        )
        made = image([member("etc/criu/x.conf", "port 0\n" * 20), *names])
        path = made.oci(tmp_path / str(links))
        words = ("-q", "--select", "CRIU106", "--limit", "findings=30", path)

        def check() -> None:
            status, out, err = check_image(capsys, *words)
            assert (status, out) == (2, "")
            assert err.endswith("more than 30 findings (--limit findings=N allows more)\n")

        check()
        return count_lines(check)

    small, large = count_work(40), count_work(120)
    assert large < 1.8 * small


def test_too_many_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first ones are reported, and the other images are still checked."""
    many = image([BAD_FILE, member("root/.criu/default.conf", "port 0\n" * 30)]).oci(
        tmp_path / "many"
    )
    few = image([BAD_FILE]).oci(tmp_path / "few")
    arguments = ("-q", "--select", "CRIU106", "--limit", "findings=5", many, few)
    status, out, err = check_image(capsys, *arguments)
    assert status == 2
    assert (
        err == f"criulint: error: {many}: more than 5 findings (--limit findings=N allows more)\n"
    )
    assert [
        line.partition(": error")[0].partition(f"{tmp_path}/")[2] for line in out.splitlines()
    ] == [
        "many:/etc/criu/runc.conf:1:6",
        *(f"many:/root/.criu/default.conf:{line}:6" for line in range(1, 5)),
        "few:/etc/criu/runc.conf:1:6",
    ]


@pytest.mark.parametrize("word", ["size", "size=", "size=x", "speed=1", "=1", "size=-1"])
def test_invalid_limit(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["image", "--limit", word, "x"]) == 2
    assert "expected NAME=N" in capsys.readouterr().err


def test_broken_image_does_not_hide_findings_of_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = image([BAD_FILE]).oci(tmp_path / "i")
    status, out, err = check_image(capsys, "-q", tmp_path / "gone.tar", good)
    assert status == 2
    assert "CRIU106" in out
    assert len(err.splitlines()) == 1
