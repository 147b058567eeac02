# SPDX-License-Identifier: GPL-2.0-only
"""Random Dockerfiles, built by a real Buildah: the line that is named is that of the instruction that wrote the file."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from criulint.cli import main

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(sys.platform != "linux", reason="the tools are those of Linux"),
]

_NAMES = ("default.conf", "runc.conf", "a.conf", "b.conf")


class _Writer:
    """A Dockerfile that grows; each instruction that writes a file of CRIU's puts a word of its own into it."""

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


def _dockerfile(seed: int, directory: Path, base: str) -> tuple[bytes, dict[str, int]]:
    chance = random.Random(seed)
    directory.mkdir()
    writer = _Writer(chance, directory)
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
            writer.lines.append(
                f"FROM {chance.choice(['first', 'first', base if base != 'scratch' else 'first'])} as s{number}"
            )
            writer.lines.append("ENV PLACE=/etc")
        for _ in range(chance.randint(1, 5)):
            writer.step()
    text = "\n".join(writer.lines) + "\n"
    if chance.random() < 0.2:
        text = text.replace("\n", "\r\n") if "\\\n" not in text else text
    return (b"\xef\xbb\xbf" if chance.random() < 0.2 else b"") + text.encode(), writer.written


@pytest.mark.parametrize("option", ["--layers", "--layers=false", "--squash"])
@pytest.mark.parametrize("seed", range(2))
def test_the_line_is_right_or_not_told(
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
        pytest.skip("Buildah's RUN takes root here")
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
        text, written = _dockerfile(10 * seed + (name == "above"), directory, base)
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
        told = {
            one["message"].split("`")[1]: one["image"]["line"]
            for one in json.loads(capsys.readouterr().out)
            if "`bad-" in one["message"]
        }
        assert told
        for word, line in told.items():
            right = written.get(word, 0)
            # With a layer for each step it is told, unless another image's step wrote it.
            assert line in ((right,) if option == "--layers" else (0, right)), (word, text.decode())
