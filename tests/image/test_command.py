# SPDX-License-Identifier: GPL-2.0-only
"""``criulint image`` as a user meets it: many images, reports, provenance, what the machine around a file is."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from criulint.cli import main
from criulint.image import ImageError
from criulint.image.history import Step, dockerfile, instruction_text, located, made, steps
from criulint.report import FORMATS
from criulint.report.matcher import matcher
from tests.image.make import STATUS, Made, image, member

_TOP = Path(__file__).parents[2]
_ELF = b"\x7fELF\x02\x01\x01" + bytes(60)


def _bad(**more: Any) -> Made:
    return image(
        [
            member("etc/criu/default.conf", "tcp-close false\naction-script /opt/hook.sh\n"),
            member("opt/hook.sh", "#!/bin/sh\n", mode=0o777),
            member("bin/sh", _ELF, mode=0o755),
        ],
        [member("etc/criu/runc.conf", "network-lock nftables\n")],
        [member("root/.criu/default.conf", "port 0\n")],
        history=[
            {"created_by": "ENV A=b", "empty_layer": True},
            {"created_by": "COPY default.conf /etc/criu/ # buildkit"},
            {
                "created_by": "RUN /bin/sh -c echo network-lock nftables > /etc/criu/runc.conf # buildkit"
            },
            {"created_by": "/bin/sh -c echo port 0 > /root/.criu/default.conf"},
        ],
        **more,
    )


def _run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["image", "--isolated", "--criu", "4.2", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_five_mistakes_in_three_layers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = _run(
        capsys, "--runtime", "runc@1.3.0", "--format", "json", _bad().oci(tmp_path / "i")
    )
    assert status == 1
    told = [
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
        one for one in told if one[0] in ("CRIU201", "CRIU502", "CRIU503", "CRIU404", "CRIU106")
    ] == [
        ("CRIU201", "/etc/criu/default.conf", 1, 1, copied),
        ("CRIU503", "/etc/criu/default.conf", 2, 1, copied),
        (
            "CRIU404",
            "/etc/criu/runc.conf",
            1,
            2,
            "RUN echo network-lock nftables > /etc/criu/runc.conf",
        ),
        ("CRIU106", "/root/.criu/default.conf", 1, 3, "RUN echo port 0 > /root/.criu/default.conf"),
    ]


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
def test_the_machine_is_the_image(
    script: Any, codes: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image(
        [
            member("bin/sh", _ELF, mode=0o755),
            script,
            member("etc/criu/default.conf", "action-script /opt/hook.sh\n"),
        ]
    )
    _, out, _ = _run(capsys, "--select", "CRIU5", "--format", "json", made.oci(tmp_path / "i"))
    assert {one["code"] for one in json.loads(out)} == codes


def test_files_that_nobody_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
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
    _, out, _ = _run(capsys, "--select", "CRIU402", "--format", "json", made.oci(tmp_path / "i"))
    assert sorted(one["image"]["path"][1:] for one in json.loads(out)) == sorted(names[:4])


def test_what_is_removed_again_is_not_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = image([member("etc/criu/runc.conf", "nonsense\n")], [member("etc/criu/.wh.runc.conf")])
    status, out, err = _run(capsys, made.oci(tmp_path / "i"))
    assert (status, out) == (0, "")
    assert "no configuration file of CRIU in" in err


def test_files_that_are_links_into_other_layers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So are those of an image that ostree made: objects in many layers, and links to them in the last one."""
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
            member("usr/sbin/criu", _ELF, mode=0o755),
        ],
    )
    assert (
        main(["image", "--isolated", "--select", "CRIU201,CRIU502", str(made.oci(tmp_path / "i"))])
        == 1
    )
    captured = capsys.readouterr()
    assert "default.conf:1:11: warning: CRIU201" in captured.out
    assert "CRIU502" in captured.out
    assert "for CRIU 3.17.1" in captured.err


# --- many images


def test_many_images_make_one_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in "abc":
        image([member("etc/criu/runc.conf", f"bad-{name}\n")]).oci(tmp_path / name)
    expected = [f"{name}:/etc/criu/runc.conf" for name in "abc"]
    status, out, _ = _run(capsys, "--format", "json", "a", "b", "c")
    assert (status, [one["path"] for one in json.loads(out)]) == (1, expected)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"b\n\nc\n")))
    status, out, _ = _run(capsys, "--format", "json", "a", "-")
    assert (status, [one["path"] for one in json.loads(out)]) == (1, expected)


def test_settings_hold(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _bad().oci(tmp_path / "i")
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
        (["--platform", "linux", "x"], "it takes OS/ARCH"),
    ],
)
def test_what_the_user_has_to_mend(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["image", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize(
    "file",
    ["x.tar", "i/index.json", "i/blobs/new", "Dockerfile", "config.json", "link", "rootfs/x.conf"],
)
def test_a_report_does_not_replace_what_is_read(
    file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _bad().docker_archive(tmp_path / "x.tar")
    _bad().oci(tmp_path / "i")
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
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
    assert "is read, and would be replaced" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_one_broken_image_among_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever stands in the list: the others are checked, each once, and the report is whole."""
    monkeypatch.chdir(tmp_path)
    image([member("etc/criu/runc.conf", "bad\n")]).oci(tmp_path / "a b")
    (tmp_path / "none.tar").write_bytes(b"x" * 2000)
    names = b"a b\r\n./gone\n\n none.tar\n\xff\xfe\n--help\na b"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(names)))
    status, out, err = _run(capsys, "-q", "--format", "json", "-", "a b")
    assert (status, [one["path"] for one in json.loads(out)]) == (2, ["a b:/etc/criu/runc.conf"])
    assert [
        line.partition("criulint: error: ")[2].partition(":")[0] for line in err.splitlines()
    ] == [
        "./gone",
        "none.tar is no tar archive",
        "\\xff\\xfe",
        "--help",
    ]


@pytest.mark.parametrize(
    ("names", "data", "message"),
    [
        (["-"], b" \n\n", "standard input names no image"),
        (["-", "oci-archive:-"], b"", "standard input can be read once only"),
        # What somebody pipes who forgot docker-archive:, or find -print0.
        (["-"], b"manifest.json".ljust(512, b"\0"), "standard input is no list of names"),
        (["-"], b"a\0b\0", "standard input is no list of names"),
        (["-"], b"a\n" * (5 << 20), "standard input is no list of names"),
    ],
)
def test_standard_input_that_names_nothing(
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


# --- the Dockerfile

_DOCKERFILE = """\
FROM debian AS build
RUN make
FROM scratch
ENV A=b
COPY default.conf /etc/criu/

RUN echo network-lock nftables \\
    > /etc/criu/runc.conf
RUN echo port 0 > /root/.criu/default.conf
CMD ["x"]
"""


def _mapped(
    capsys: pytest.CaptureFixture[str], directory: Path, text: str, **more: Any
) -> dict[str, int]:
    file = directory / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    _, out, _ = _run(
        capsys, "--dockerfile", file, "--format", "json", _bad(**more).oci(directory / "i")
    )
    return {one["image"]["path"]: one["image"]["line"] for one in json.loads(out)}


def test_the_lines_of_the_dockerfile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _mapped(capsys, tmp_path, _DOCKERFILE) == {
        "/etc/criu/default.conf": 5,
        "/etc/criu/runc.conf": 7,
        "/root/.criu/default.conf": 9,
    }


def test_lines_are_told_as_far_as_the_two_agree(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """But not of the first layer that agrees: a squashed one is called after its last step."""
    text = _DOCKERFILE.replace("COPY default.conf /etc/criu/", "COPY default.conf /etc/elsewhere/")
    assert _mapped(capsys, tmp_path, text) == {
        "/etc/criu/default.conf": 0,
        "/etc/criu/runc.conf": 0,
        "/root/.criu/default.conf": 9,
    }


@pytest.mark.parametrize("text", ["", "RUN x\n", "\0\0\n", "FROM\n", "# only\n"])
def test_a_dockerfile_that_is_none(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    status, out, err = _run(capsys, "-q", "--dockerfile", file, _bad().oci(tmp_path / "i"))
    assert status in (1, 2)
    assert len(err.splitlines()) == (1 if status == 2 else 0)
    assert bool(out) == (status == 1)


@pytest.mark.parametrize(
    ("created_by", "text"),
    [
        ('/bin/sh -c #(nop)  CMD ["x"]', 'CMD ["x"]'),
        ("/bin/sh -c apt-get update", "RUN apt-get update"),
        ("|1 V=2 /bin/sh -c echo $V", "RUN echo $V"),
        ("RUN /bin/sh -c make # buildkit", "RUN make"),
        ("RUN |1 V=2 /bin/sh -c make # buildkit", "RUN make"),
        ("COPY a /b # buildkit", "COPY a /b"),
        ("/bin/sh -c #(nop) COPY file:" + "a" * 64 + " in /x ", "COPY file:aaaaaaaaaaaa in /x"),
        ("|2 V=a b W= /bin/sh -c echo $V", "RUN echo $V"),
        ("/bin/bash -c #(nop) WORKDIR /x", "WORKDIR /x"),
        ("umoci raw add-layer", "umoci raw add-layer"),
        ("", ""),
    ],
)
def test_steps_in_a_dockerfiles_words(created_by: str, text: str) -> None:
    assert instruction_text(created_by) == text


_HEREDOC = """\
# syntax=docker/dockerfile:1
ARG BASE=debian
FROM scratch AS first
COPY busybox /bin/sh
FROM first
COPY <<EOF <<"OTHER" /etc/criu/
RUN echo this is no instruction
EOF
FROM neither
OTHER
run <<-EOF
\techo 'network-lock nftables' > /etc/criu/runc.conf
\tEOF
RUN cat <<X > /x && echo $((1<<2)) >> /y
COPY a b
X
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo port 0 > /root/.criu/default.conf
"""
_BY_BUILDKIT = [
    "COPY busybox /bin/sh # buildkit",
    "COPY <<EOF <<OTHER /etc/criu/ # buildkit",
    "RUN /bin/sh -c echo 'network-lock nftables' > /etc/criu/runc.conf\n # buildkit",
    "RUN /bin/sh -c cat <<X > /x && echo $((1<<2)) >> /y\nCOPY a b\nX # buildkit",
    "RUN /bin/bash -o pipefail -c echo port 0 > /root/.criu/default.conf # buildkit",
]


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        (None, [4, 6, 11, 14, 18]),
        (3, [0, 0, 0, 0, 0]),  # the last one alone agrees, and could be a squashed layer
        (1, [0, 0, 0, 14, 18]),
    ],
)
def test_heredocs_and_shells(change: int | None, lines: list[int], tmp_path: Path) -> None:
    """As BuildKit writes them: from its source, for Debian's is too old for heredocs."""
    file = tmp_path / "Dockerfile"
    file.write_text(_HEREDOC, encoding="utf-8")
    history = [
        {"created_by": text.replace("echo", "true") if n == change else text}
        for n, text in enumerate(_BY_BUILDKIT)
    ]
    if change == 1:
        history[1] = {"created_by": "COPY x /elsewhere # buildkit"}
    groups = located(steps(history, len(history)), dockerfile(str(file)))
    assert [step.line for group in groups for step in group] == lines


@pytest.mark.parametrize(
    ("built", "lines"),
    [
        # What was there before is no step of this Dockerfile, whatever it is called.
        (["RUN a", "RUN a", "RUN b"], [0, 2, 3]),
        # A squashed layer is called after its last step.
        (["RUN b"], [0]),
        (["ADD file:0123456789ab in /", "RUN b"], [0, 0]),
        (["RUN a", "RUN b"], [0, 3]),
        (["RUN x", "RUN a", "umoci raw add-layer", "RUN b"], [0, 0, 0, 0]),
    ],
)
def test_steps_of_the_base_image(built: list[str], lines: list[int], tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("FROM debian\nRUN a\nRUN b\n", encoding="utf-8")
    history = [{"created_by": text} for text in built]
    groups = located(steps(history, len(history)), dockerfile(str(file)))
    assert [step.line for group in groups for step in group] == lines


@pytest.mark.parametrize(
    ("texts", "number"),
    [
        (["RUN echo x > /etc/criu/runc.conf", "RUN chmod 644 /etc/criu/runc.conf", "RUN true"], 0),
        (["RUN echo x > /etc/criu/runc.conf", "RUN sed -i s/x/y/ /etc/criu/runc.conf"], None),
        (["RUN cat /etc/criu/runc.conf", "RUN ./install"], None),
        (["COPY a /etc/criu/runc.conf", "RUN rm -r /etc/criu/other.conf"], 0),
        (["COPY dir:0123456789ab in /etc", "RUN ./install"], None),
        (["COPY dir:0123456789ab in /etc", "COPY file:0123456789ab in /opt"], 0),
        (["RUN cp /x/runc.conf /etc/criu"], 0),
    ],
)
def test_one_of_several_steps(texts: list[str], number: int | None) -> None:
    """It is named if it is the only one that can have written the file."""
    group = [Step(text) for text in texts]
    assert made(group, "/etc/criu/runc.conf") == (None if number is None else group[number])


def test_a_history_that_does_not_fit_tells_nothing() -> None:
    assert steps([{"created_by": "RUN x"}], 2) == [[], []]
    assert made([], "/etc/criu/runc.conf") is None


_PIECES = (
    *(
        "FROM scratch",
        "FROM a AS b\n",
        "FROM\n",
        "\nRUN x",
        "COPY a /etc/criu/",
        'ADD ["a", "b"]',
        " \\\n",
        "# escape=`\n",
        "`\n",
    ),
    *(
        "<<EOF",
        "\nEOF\n",
        "<<-'X Y'",
        'SHELL [""]',
        "ONBUILD RUN x",
        "\xef\xbb\xbf",
        "\r\n",
        "\0",
        "$",
        "${",
        "|1 A=b ",
        "/bin/sh -c ",
    ),
    *(
        "#(nop) ",
        "> /etc/criu/runc.conf",
        "--from=",
        "busybox",
        "cp ",
        " ",
        "&&",
        "\u2028",
        "\x0c",
        "\xff",
    ),
)
_TEXT = st.lists(st.sampled_from(_PIECES), max_size=20).map("".join)


@given(
    _TEXT,
    st.lists(
        st.tuples(
            st.one_of(_TEXT, st.none(), st.integers()), st.sampled_from([True, False, None, "x"])
        ),
        max_size=6,
    ),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_a_dockerfile_and_a_history_hold(
    tmp_path: Path, text: str, told: list[tuple[object, object]]
) -> None:
    """A line that is named is one of the Dockerfile's, and the instruction on it is the step's."""
    file = tmp_path / "Dockerfile"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        recipe = dockerfile(str(file))
    except ImageError:
        return
    told = [(f"{one.name} {one.value}", False) for one in recipe.instructions] + told
    history = [{"created_by": created_by, "empty_layer": empty} for created_by, empty in told]
    groups = located(steps(history, sum(empty is not True for _, empty in told)), recipe)
    for group in groups:
        for step in group:
            name = step.instruction.name if step.instruction else ""
            assert name.lower() in text.split("\n")[step.line - 1].lower() if step.line else True
        for path in ("/etc/criu/runc.conf", "/ /\n", "/"):
            assert made(group, path) in (None, *group)


# --- reports


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_tells_where_it_comes_from(
    format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    _, out, _ = _run(
        capsys,
        "--dockerfile",
        tmp_path / "Dockerfile",
        "--format",
        format_,
        _bad().oci(tmp_path / "i"),
    )
    assert "etc/criu/runc.conf" in out
    if format_ not in ("sarif", "json", "jsonl"):
        assert "layer 2, " in out
    if format_ != "junit":
        assert "Dockerfile" in out


def test_json_fits_its_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    schema = json.loads((_TOP / "schema" / "findings.schema.json").read_text(encoding="utf-8"))
    _, out, _ = _run(capsys, "--format", "json", _bad().oci(tmp_path / "i"))
    Draft202012Validator(schema).validate(json.loads(out))
    assert "image" in schema["$defs"]["finding"]["properties"]


def test_the_problem_matcher_knows_images(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = _run(capsys, "--format", "concise", _bad().oci(tmp_path / "i"))
    patterns = [entry["pattern"][0]["regexp"] for entry in json.loads(matcher())["problemMatcher"]]
    assert all(any(re.search(pattern, line) for pattern in patterns) for line in out.splitlines())


def test_sarif_has_logical_locations_and_the_dockerfiles_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    _bad().oci(tmp_path / "i")
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


def test_fingerprints_outlive_a_rebuild(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They tell images apart, and hold no digest."""
    prints = []
    for name, more in (("a", "1"), ("b", "1"), ("a", "2")):
        layout = tmp_path / more / name
        bad = image(
            [member("other", more)], [member("etc/criu/runc.conf", "\n" * int(more) + "bad\n")]
        ).oci(layout)
        monkey = os.getcwd()
        os.chdir(layout.parent)
        try:
            _, out, _ = _run(capsys, "--format", "gitlab", bad.name)
        finally:
            os.chdir(monkey)
        prints += [one["fingerprint"] for one in json.loads(out)]
    assert len(prints) == 3
    assert prints[0] == prints[2] != prints[1]


def test_annotations_on_github(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = _bad().oci(tmp_path / "i")
    _, out, _ = _run(capsys, "--format", "github", layout)
    assert not any(
        ",file=" in line for line in out.splitlines()
    )  # a file in an image is none of the repository
    assert "[layer 2: RUN echo network-lock" in out


# --- without what is optional


def test_without_isal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "isal", None)
    assert _run(capsys, "--format", "concise", _bad().oci(tmp_path / "i"))[0] == 1


def test_without_zstandard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    assert _run(capsys, _bad().oci(tmp_path / "i"))[0] == 1
    status, _, err = _run(capsys, _bad(compression="zstd").oci(tmp_path / "j"))
    assert status == 2
    assert "install criulint with the extra `image`" in err


def test_a_progress_bar_needs_a_terminal(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "criulint", "image", str(_bad().oci(tmp_path / "i"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "\r" not in done.stderr + done.stdout
