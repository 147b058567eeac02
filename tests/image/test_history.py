# SPDX-License-Identifier: MIT
"""Build steps and Dockerfiles, also random ones built by a real Buildah."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.cli import main
from criulint.image import ImageError
from criulint.image.history import (
    BuildStep,
    extract_instruction,
    group_steps,
    match_instructions,
    read_dockerfile,
    step_that_wrote,
)

if TYPE_CHECKING:
    from pathlib import Path


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
def test_extract_instruction(created_by: str, text: str) -> None:
    assert extract_instruction(created_by) == text


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
        (3, [0, 0, 0, 0, 0]),  # only the last one agrees, and it could be a squashed layer
        (1, [0, 0, 0, 14, 18]),
    ],
)
def test_heredocs_and_shells(change: int | None, lines: list[int], tmp_path: Path) -> None:
    """The texts are those of BuildKit's source: Debian's Docker is too old for heredocs."""
    file = tmp_path / "Dockerfile"
    file.write_text(_HEREDOC, encoding="utf-8")
    history = [
        {"created_by": text.replace("echo", "true") if n == change else text}
        for n, text in enumerate(_BY_BUILDKIT)
    ]
    if change == 1:
        history[1] = {"created_by": "COPY x /elsewhere # buildkit"}
    groups = match_instructions(group_steps(history, len(history)), read_dockerfile(str(file)))
    assert [step.line for group in groups for step in group] == lines


@pytest.mark.parametrize(
    ("built", "lines"),
    [
        # Earlier steps are not in this Dockerfile, even if they look the same.
        (["RUN a", "RUN a", "RUN b"], [0, 2, 3]),
        # A squashed layer has the name of its last step.
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
    groups = match_instructions(group_steps(history, len(history)), read_dockerfile(str(file)))
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
def test_step_that_wrote(texts: list[str], number: int | None) -> None:
    """It is only returned if no other step can have written the file."""
    group = [BuildStep(text) for text in texts]
    assert step_that_wrote(group, "/etc/criu/runc.conf") == (
        None if number is None else group[number]
    )


def test_mismatched_history_has_no_steps() -> None:
    assert group_steps([{"created_by": "RUN x"}], 2) == [[], []]
    assert step_that_wrote([], "/etc/criu/runc.conf") is None


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
def test_random_dockerfile_and_history(
    tmp_path: Path, text: str, reported: list[tuple[object, object]]
) -> None:
    """A reported line is in the Dockerfile and has the instruction of the step."""
    file = tmp_path / "Dockerfile"
    file.write_text(text, encoding="utf-8", newline="")
    try:
        recipe = read_dockerfile(str(file))
    except ImageError:
        return
    reported = [(f"{one.name} {one.value}", False) for one in recipe.instructions] + reported
    history = [{"created_by": created_by, "empty_layer": empty} for created_by, empty in reported]
    groups = match_instructions(
        group_steps(history, sum(empty is not True for _, empty in reported)), recipe
    )
    for group in groups:
        for step in group:
            name = step.instruction.name if step.instruction else ""
            assert name.lower() in text.split("\n")[step.line - 1].lower() if step.line else True
        for path in ("/etc/criu/runc.conf", "/ /\n", "/"):
            assert step_that_wrote(group, path) in (None, *group)


def test_what_a_script_writes_is_followed(tmp_path: Path) -> None:
    """Of the steps of one layer, the one whose code writes the file is found, however it does."""
    file = tmp_path / "Dockerfile"
    code = "D=/etc/criu; for f in runc crun; do echo x > $D/$f.conf; done"
    file.write_text(f"FROM scratch\nRUN {code}\nRUN true\nRUN make\n", encoding="utf-8")
    texts = [f"RUN {code}", "RUN true", "RUN make"]
    history = [{"created_by": text, "empty_layer": text != texts[-1]} for text in texts]
    (group,) = match_instructions(group_steps(history, 1), read_dockerfile(str(file)))
    step = step_that_wrote(group[:2], "/etc/criu/crun.conf")
    assert step is not None
    assert step.line == 2


_NAMES = ("default.conf", "runc.conf", "a.conf", "b.conf")


class _RandomDockerfile:
    """A Dockerfile that grows.

    Each instruction that writes a CRIU file writes a word of its own into it.
    """

    def __init__(self, chance: random.Random, directory: Path) -> None:
        self.chance = chance
        self.directory = directory
        self.lines: list[str] = []
        self.written: dict[str, int] = {}  # by the word: the line of its instruction
        self.count = 0

    def add(self, *lines: str, word: str | None = None) -> None:
        if word:
            self.written[word] = len(self.lines) + 1
        first = lines[0]
        if self.chance.random() < 0.2:
            name, _, rest = first.partition(" ")
            first = f"{name.lower()} {rest}"
        if self.chance.random() < 0.2:
            first = f"  {first}"
        self.lines += [first, *lines[1:]]
        self.lines += self.chance.choice([[], [], [""], ["# RUN echo x > /etc/criu/a.conf"]])

    def step(self) -> None:
        self.count += 1
        word, name = f"bad-{self.directory.name}-{self.count}", self.chance.choice(_NAMES)
        path = f"/etc/criu/{name}"
        kind = self.chance.choice(
            [
                "redirect",
                "long",
                "copy",
                "folder",
                "into",
                "archive",
                "append",
                "nothing",
                "exec",
                "relative",
            ]
        )
        source = self.directory / f"s{self.count}"
        source.mkdir()
        (source / name).write_text(f"{word}\n", encoding="utf-8")
        where = f"s{self.count}/{name}"
        if kind == "redirect":
            self.add(f"RUN echo {word} > {path}", word=word)
        elif kind == "append":
            self.add(
                f'RUN busybox rm -f {path}; cd /etc/criu; echo "{word}" >> {name} && true',
                word=word,
            )
        elif kind == "exec":
            self.add(f'RUN ["/bin/busybox", "sh", "-c", "echo {word} > {path}"]', word=word)
        elif kind == "long":
            self.add(
                "RUN true && \\",
                "    # a comment",
                f"    echo '{word}' \\",
                "",
                f"  > {path}",
                word=word,
            )
        elif kind == "copy":
            self.add(f"COPY --chown=0:0 {where} {path}", word=word)
        elif kind == "into":
            self.add(f'COPY ["{where}", "/etc/criu/"]', word=word)
        elif kind == "folder":
            self.add(f"COPY s{self.count} $PLACE/criu/", word=word)
        elif kind == "relative":
            self.add("WORKDIR /etc")
            self.add(f"COPY {where} criu/", word=word)
        elif kind == "archive":
            with tarfile.open(self.directory / f"t{self.count}.tar", "w") as archive:
                archive.add(source / name, f"criu/{name}")
            self.add(f"ADD t{self.count}.tar /etc", word=word)
        else:
            self.add(
                self.chance.choice(
                    [
                        "RUN true",
                        "LABEL a=b",
                        "ENV X=y",
                        "RUN busybox cat /etc/criu/* || true",
                        "USER 0",
                    ]
                )
            )


def _random_dockerfile(seed: int, directory: Path, base: str) -> tuple[bytes, dict[str, int]]:
    chance = random.Random(seed)
    directory.mkdir()
    writer = _RandomDockerfile(chance, directory)
    if chance.random() < 0.3:
        writer.lines.append("# escape=\\")
    if base != "scratch":
        writer.lines += ["ARG FROM=x", f"FROM {base} AS first", "ENV PLACE=/etc"]
    else:
        shutil.copy(str(shutil.which("busybox")), directory / "busybox")
        (directory / "keep").touch()
        writer.lines += [
            "FROM scratch AS first",
            "ENV PLACE=/etc PATH=/bin",
            "COPY busybox /bin/busybox",
        ]
        writer.lines += ["COPY busybox /bin/sh", "COPY keep /etc/criu/"]
    for number in range(chance.choice([1, 1, 2, 3])):
        if number:
            other = "first" if base == "scratch" else base
            writer.lines.append(f"FROM {chance.choice(['first', 'first', other])} as s{number}")
            writer.lines.append("ENV PLACE=/etc")
        for _ in range(chance.randint(1, 5)):
            writer.step()
    text = "\n".join(writer.lines) + "\n"
    if chance.random() < 0.2:
        text = text.replace("\n", "\r\n") if "\\\n" not in text else text
    return (b"\xef\xbb\xbf" if chance.random() < 0.2 else b"") + text.encode(), writer.written


@pytest.mark.programs
@pytest.mark.parametrize("option", ["--layers", "--layers=false", "--squash"])
@pytest.mark.parametrize("seed", range(2))
def test_reported_line_is_right(
    seed: int,
    option: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for program in ("buildah", "busybox"):
        if not shutil.which(program):
            assert not os.environ.get("CI"), f"{program} is missing"
            pytest.skip(f"{program} is missing")
    if os.geteuid() != 0:
        pytest.skip("Buildah's RUN needs root here")
    store = [
        "--root",
        str(tmp_path / "store"),
        "--runroot",
        str(tmp_path / "run"),
        "--storage-driver",
        "vfs",
    ]
    for name, base in (("below", "scratch"), ("above", "localhost/below")):
        directory = tmp_path / name
        text, written = _random_dockerfile(10 * seed + (name == "above"), directory, base)
        (directory / "Dockerfile").write_bytes(text)
        build = [
            "bud",
            "--isolation",
            "chroot",
            "--quiet",
            "--pull-never",
            option,
            "--tag",
            name,
            str(directory),
        ]
        for command in (build, ["push", "--quiet", name, f"oci:{tmp_path / 'layout'}:{name}"]):
            done = subprocess.run(
                ["buildah", *store, *command],
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert done.returncode == 0, done.stderr
        monkeypatch.chdir(directory)
        main(
            [
                "image",
                "--isolated",
                "--dockerfile",
                "Dockerfile",
                "--format",
                "json",
                f"oci:{tmp_path / 'layout'}:{name}",
            ]
        )
        reported = {
            one["message"].split("`")[1]: one["image"]["line"]
            for one in json.loads(capsys.readouterr().out)
            if "`bad-" in one["message"]
        }
        assert reported
        for word, line in reported.items():
            right = written.get(word, 0)
            # With a layer for each step it is reported, unless another image's step wrote it.
            assert line in ((right,) if option == "--layers" else (0, right)), (word, text.decode())
