# SPDX-License-Identifier: MIT
"""Build steps and Dockerfiles, also random ones built by a real Buildah."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from criulint.cli import main
from criulint.embedded.model import UNKNOWN
from criulint.finding import Aspect
from criulint.image import ImageError
from criulint.image.history import (
    BuildStep,
    extract_instruction,
    find_instruction,
    find_step,
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
    ("instruction", "created_by"),
    [
        # BuildKit
        ("COPY --chmod=777 a /b", "COPY --chmod=777 a /b # buildkit"),
        ("COPY --link --chown=1:1 --chmod=$M a /b", "COPY --chown=1:1 --chmod=644 a /b # buildkit"),
        ("COPY --parents ./a /b/", "COPY --parents ./a /b/ # buildkit"),
        ("COPY --from=x a /b", "COPY a /b # buildkit"),
        ("COPY <<-EOF /b\n\tx\n\tEOF", "COPY <<EOF /b # buildkit"),
        ('COPY <<"EOF" <<F /b/\nx\nEOF\ny\nF', "COPY <<EOF <<F /b/ # buildkit"),
        ('COPY ["a b", "/c"]', "COPY a b /c # buildkit"),
        ("ADD --checksum=sha256:ab http://h/a /b", "ADD http://h/a /b # buildkit"),
        ("RUN <<EOF\na\nb\nEOF", "RUN /bin/sh -c a\nb\n # buildkit"),
        ("RUN <<EOF\n#!/bin/sh\na\nEOF", "RUN /bin/sh -c /dev/pipes/EOF # buildkit"),
        ("RUN python3 <<EOF\na\nEOF", "RUN /bin/sh -c python3 <<EOF\na\nEOF # buildkit"),
        ("RUN --mount=type=cache,target=/x make", "RUN /bin/sh -c make # buildkit"),
        ('RUN ["make", "x"]', "RUN make x # buildkit"),
        # Buildah
        ("COPY --link a /b", "/bin/sh -c #(nop) COPY --link file:0123456789abcdef in /b "),
        ("RUN <<EOF\na\nb\nEOF", "/bin/sh -c <<EOF\na\nb"),
        ("RUN <<EOF\n#!/bin/sh\na\nEOF", "|1 A=b /bin/sh -c <<EOF\n#!/bin/sh\na"),
        ("RUN cat <<A <<B\na\nA\nb\nB", "/bin/sh -c cat <<A <<B\na\nb"),
        (
            "RUN --mount=type=bind,source=x,target=/x make",
            f"/bin/sh -c --mount=type=bind,source=x,target=/x make:{'0' * 64}",
        ),
    ],
)
def test_texts_of_builders(instruction: str, created_by: str, tmp_path: Path) -> None:
    """From their sources: those that run here are older than some of it."""
    file = tmp_path / "Dockerfile"
    file.write_text(f"FROM debian\nRUN first\n{instruction}\nRUN last\n", encoding="utf-8")
    texts = ("ADD rootfs.tar /", "RUN first", created_by, "RUN last")
    history = [{"created_by": text} for text in texts]
    groups = match_instructions(group_steps(history, 4), read_dockerfile(str(file)))
    last = 4 + instruction.count("\n")
    assert [step.line for (step,) in groups] == [0, 2, 3, last]


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
        # Layers that other programs have added.
        (["RUN x", "RUN a", "RUN b", "umoci insert"], [0, 2, 3, 0]),
        (["RUN x", "RUN a", "RUN b", "/bin/sh", "crane append"], [0, 2, 3, 0, 0]),
        (["RUN x", "RUN b", "umoci insert"], [0, 0, 0]),
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


@pytest.mark.parametrize("shell", ["/bin/sh", "bash", "/usr/local/bin/zsh"])
def test_a_container_that_was_committed(shell: str) -> None:
    """Its history has what the container ran, which may have done nothing."""
    (group,) = group_steps([{"created_by": shell, "comment": "FROM x"}], 1)
    assert find_step(group, "/etc/criu/runc.conf") == BuildStep("all steps in one layer")
    (group,) = group_steps([{"created_by": f"{shell} -c true"}], 1)
    assert find_step(group, "/etc/criu/runc.conf") == BuildStep("RUN true")


def test_a_layer_with_those_of_the_base_image() -> None:
    """Buildah's --squash leaves out the steps of the base, but names it in a comment."""
    copy: dict[str, Any] = {"created_by": "COPY a /etc/criu/runc.conf", "empty_layer": True}
    last: dict[str, Any] = {"created_by": "RUN true", "comment": "FROM localhost/base:latest"}
    for history, name in (([copy, last], "COPY"), ([last], "all")):
        (group,) = group_steps(history, 1)
        assert (find_step(group, "/etc/criu/runc.conf") or group[0]).name == name
        assert find_step(group, "/etc/criu/crun.conf") == BuildStep("all steps in one layer")
    # There is a layer of the base.
    first, second = group_steps([{"created_by": "ADD x /"}, last], 2)
    assert (first, second) == ([BuildStep("ADD x /")], [BuildStep("RUN true")])


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


_SHEBANG = """\
FROM scratch
RUN <<EOF
#!/usr/bin/env python3
open("/etc/criu/runc.conf", "w").write("tcp-close false")
EOF
RUN <<EOF
echo x > /y
EOF
"""


@pytest.mark.parametrize(
    ("first", "lines"),
    [
        # with and without the shell, as BuildKit writes it
        ("RUN /bin/sh -c /dev/pipes/EOF # buildkit", [2, 6]),
        ("RUN /dev/pipes/EOF # buildkit", [2, 6]),
        ("RUN |1 A=b /bin/sh -c /dev/pipes/EOF # buildkit", [2, 6]),
        ("RUN /bin/sh -c /dev/pipes/OTHER # buildkit", [0, 6]),
        ("RUN /bin/sh -c /dev/pipes/EOF x # buildkit", [0, 6]),
    ],
)
def test_heredocs_that_are_scripts(first: str, lines: list[int], tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(_SHEBANG, encoding="utf-8")
    history = [{"created_by": first}, {"created_by": "RUN /bin/sh -c echo x > /y\n # buildkit"}]
    groups = match_instructions(group_steps(history, 2), read_dockerfile(str(file)))
    # A single step that agrees may be a squashed layer.
    shown = [step.line for group in groups for step in group]
    assert shown == (lines if lines[0] else [0, 0])


@pytest.mark.parametrize(
    ("history", "step"),
    [
        (["RUN /bin/bash -o pipefail -c make # buildkit"], "RUN make"),
        (["/bin/bash -eo pipefail -c make"], "RUN make"),
        (["/bin/ash -x -c make"], "RUN make"),
        (["RUN |2 A=1 B=2 /usr/bin/zsh -c make # buildkit"], "RUN make"),
        (["SHELL [/usr/bin/env sh2 -x]", "RUN /usr/bin/env sh2 -x make # buildkit"], "RUN make"),
        (["/bin/sh -c #(nop)  SHELL [/opt/sh5 -k]", "/opt/sh5 -k make"], "RUN make"),
        (["RUN bashful -c make"], "RUN bashful -c make"),
        (["RUN make -c x"], "RUN make -c x"),
        (["COPY sh -c /x"], "COPY sh -c /x"),
    ],
)
def test_shells_are_unwrapped(history: list[str], step: str) -> None:
    entries = [
        {"created_by": text, "empty_layer": "SHELL" in text.partition("RUN")[0]} for text in history
    ]
    ((found,),) = group_steps(entries, 1)
    assert found.text == step


def test_a_long_shell_takes_no_longer() -> None:
    """The pattern of a shell cannot backtrack."""
    extract_instruction("/bin/sh" + " -o pipefail" * 5000 + " x")
    extract_instruction("|1 " + "/" * 60_000)
    extract_instruction("|1 " + "/bin/sh " * 8000)


_CONFIG, _SCRIPT = "/etc/criu/default.conf", "/opt/hook.sh"
_SQUASHED = [
    "COPY file:0123456789ab in /etc/criu/default.conf",
    "COPY file:0123456789ab in /opt/hook.sh",
    "RUN chmod 777 /opt/hook.sh",
    "RUN ln -s /etc/criu/default.conf /root/.criu/default.conf",
    'CMD ["/bin/sh"]',
]


@pytest.mark.parametrize(
    ("texts", "path", "aspect", "expected"),
    [
        (_SQUASHED, _CONFIG, Aspect.CONTENT, 0),
        (_SQUASHED, _SCRIPT, Aspect.CONTENT, 1),
        (_SQUASHED, _SCRIPT, Aspect.ACCESS, 2),
        (_SQUASHED, "/root/.criu/default.conf", Aspect.NAME, 3),
        (_SQUASHED, "/usr/x", Aspect.CONTENT, None),
        (["RUN a", "RUN b", "CMD x"], _CONFIG, Aspect.CONTENT, None),
        (["RUN a", "RUN b"], _CONFIG, Aspect.CONTENT, None),
        # One step can only be this one, unless it makes no layer.
        (["RUN a"], _CONFIG, Aspect.CONTENT, 0),
        (["RUN a", "CMD x"], _CONFIG, Aspect.CONTENT, 0),
        (["WORKDIR /x"], _CONFIG, Aspect.CONTENT, 0),
        (["CMD x"], _CONFIG, Aspect.CONTENT, None),
        (["ENTRYPOINT x"], _CONFIG, Aspect.CONTENT, None),
        # Docker's --squash: the last entry has no text.
        (["COPY file:0 in /etc/criu/default.conf", "RUN true", ""], _CONFIG, Aspect.CONTENT, 0),
        # chmod -R, of a directory above, and of others
        (["COPY a /opt/hook.sh", "RUN chmod -R a+w /opt"], _SCRIPT, Aspect.ACCESS, 1),
        (["COPY a /opt/hook.sh", "RUN chmod a+w /opt/other"], _SCRIPT, Aspect.ACCESS, 0),
        (["COPY a /opt/hook.sh", "RUN chown -R 1 /opt/hook.sh && true"], _SCRIPT, Aspect.ACCESS, 1),
        (["COPY a /opt/hook.sh", "RUN chmod a+w /opt"], _SCRIPT, Aspect.ACCESS, 0),
    ],
)
def test_find_step(texts: list[str], path: str, aspect: Aspect, expected: int | None) -> None:
    found = find_step([BuildStep(text) for text in texts], path, aspect)
    text = "all steps in one layer" if expected is None else texts[expected]
    assert found is not None
    assert found.text == text
    assert find_step([], path, aspect) is None


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("ENV CRIU_CONFIG_FILE=/x\n", "CRIU_CONFIG_FILE", 2),
        ("ENV CRIU_CONFIG_FILE /x\n", "CRIU_CONFIG_FILE", 2),
        ('ENV A=b \\\n    "CRIU_CONFIG_FILE"=/x\n', "CRIU_CONFIG_FILE", 2),
        ("ENV CRIU_CONFIG_FILE=/x\nRUN x\nENV CRIU_CONFIG_FILE=/y\n", "CRIU_CONFIG_FILE", 4),
        ("ENV MY_CRIU_CONFIG_FILE=/x\n", "CRIU_CONFIG_FILE", None),
        ("ENV A=CRIU_CONFIG_FILE\n", "CRIU_CONFIG_FILE", None),
        ("LABEL a=b\nLABEL org.criu.config=/x\n", "org.criu.config", 3),
        ("LABEL org-criu-config=/x\n", "org.criu.config", None),
        ("FROM x\nRUN y\n", "CRIU_CONFIG_FILE", None),
    ],
)
def test_instructions_that_set_something(
    text: str, key: str, line: int | None, tmp_path: Path
) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text(f"FROM scratch\n{text}", encoding="utf-8")
    instruction = "LABEL" if key.startswith("org") else "ENV"
    found = find_instruction(read_dockerfile(str(file)), instruction, key)
    assert (found.line if found else None) == line


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM Debian:Trixie\nRUN x\n", "Debian:Trixie"),
        ("FROM --platform=linux/arm64 debian AS b\nFROM b\n", "debian"),
        ("FROM scratch\nCOPY a b\n", ""),
        (
            "FROM golang AS build\nRUN x\nFROM host:5000/base@sha256:0\nCOPY --from=build a b\n",
            "host:5000/base@sha256:0",
        ),
        # Arguments before the first FROM, with their defaults.
        ("ARG BASE=debian:12\nFROM $BASE\n", "debian:12"),
        ("ARG A=d B='debian:12'\nFROM \"${B}\" AS b\nFROM B\n", "debian:12"),
        ("ARG A=debian\nARG B=${A}:12\nFROM --platform=$BUILDPLATFORM $B\n", "debian:12"),
        ("# escape=`\nARG A=debian\nFROM $A`\n:12\n", "debian:12"),
        ("ARG A=scratch\nFROM $A\n", ""),
        ("ARG A=1\nARG A\nFROM d:$A\n", "d:1"),
        # Without a default they are not set.
        ("ARG A\nFROM ${A}debian:12\n", "debian:12"),
        ("ARG A\nFROM ${A:-debian:12}\n", "debian:12"),
        ("ARG A=\nFROM d:${A:-1}\n", "d:1"),
        ("ARG A=\nFROM d:1${A-2}\n", "d:1"),
        ("FROM ${A-d:1}\n", "d:1"),
        ("ARG A=12\nFROM d:${A:-1}\n", "d:12"),
        ("ARG A=1\nFROM d:12${A:+-slim}\n", "d:12-slim"),
        ("ARG A=\nFROM d:12${A:+-slim}\n", "d:12"),
        ("ARG A=\nFROM d:12${A+-slim}\n", "d:12-slim"),
        ("ARG A\nFROM d:12${A+-slim}\n", "d:12"),
        ("ARG A=b\nFROM ${B:-${A:-c}}:1\n", "b:1"),
        ("ARG A=12\nFROM d:${A:?no}\n", "d:12"),
        # A stage
        ("ARG A=prod\nFROM x AS base-prod\nFROM y AS base-dev\nFROM base-$A\n", "x"),
        # What only the builder knows; no image has such a name.
        ("ARG A\nFROM $A\n", None),
        ("ARG A\nFROM d:$A\n", None),
        ("ARG A\nFROM $A/d\n", None),
        ("ARG A\nFROM h/$A/d\n", None),
        ("FROM d\nARG A=12\nFROM d:$A\n", None),
        ("ARG A\nFROM d:1${A:?no}\n", None),
        ("ARG A=12.3\nFROM d:${A%.*}\n", None),
        ("ARG A\nFROM d:${A\n", None),
        ("FROM d-$TARGETARCH\n", None),
        ("FROM\n", None),
    ],
)
def test_base_of_a_dockerfile(text: str, base: str | None, tmp_path: Path) -> None:
    """Arguments have the values that BuildKit gives them if it is told no others."""
    file = tmp_path / "Dockerfile"
    file.write_text(text, encoding="utf-8")
    found = read_dockerfile(str(file)).base
    assert (None if UNKNOWN in found else found) == base


def test_arguments_that_repeat_each_other_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "Dockerfile"
    file.write_text("ARG A=x\n" + "ARG A=$A$A\n" * 40 + "FROM $A\n", encoding="utf-8")
    with pytest.raises(ImageError, match="Dockerfile produces too much text to be followed"):
        read_dockerfile(str(file))
