# SPDX-License-Identifier: MIT
"""Shells, make, just, Bats, Ansible, Packer, Ruby and Buildah write what criulint says they do.

Each case in ``cases`` is run for real, in a directory that takes the place of ``/``. What is
written there, at the end and whenever the program `runc` is run, must be what criulint says, with
any text for what criulint does not know.
"""

from __future__ import annotations

import json
import os
import re
import sys
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.embedded.dockerfile.parse import parse_dockerfile
from criulint.embedded.hosts import follow_host, kind_of
from criulint.embedded.model import UNKNOWN, HostedText
from criulint.embedded.vagrantfile import find_scripts
from criulint.source import Source
from tests.image.tools import needs, run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

pytestmark = pytest.mark.programs

_CASES = Path(__file__).with_name("cases")
# A path, and the content of the file.
_File = tuple[str, str]

# The last words of the commands that make a case's files; each begins without any.
_MAKE = {
    "conditional.mk": ("setup", "setup DEBUG=1"),
    "continued.mk": ("a",),
    "define.mk": ("setup",),
    "directory.mk": ("criu-conf",),
    "foreach.mk": ("all",),
    "loop.mk": ("setup",),
    "pattern.mk": ("all",),
    "oneshell.mk": ("setup",),
    "recipe.mk": ("install",),
    "separate-shells.mk": ("setup",),
    "target.mk": ("all",),
    "target-variable.mk": ("conf",),
    "targets.mk": ("one", "two"),
    "traps.mk": ("install",),
    "variables.mk": ("setup",),
}
_JUST = {
    "arguments.just": ("all",),
    "bash.just": ("setup",),
    "environment.just": ("setup",),
    "parameter.just": ("setup",),
    "dependencies.just": ("one", "two"),
    "export.just": ("setup",),
    "python-shebang.just": ("setup",),
    "recipe.just": ("setup",),
    "shebang.just": ("default",),
}
_ANSIBLE = (
    "ansible-for.yml",
    "ansible-items.yml",
    "ansible-joined.yml",
    "ansible-loop.yml",
    "ansible-old.yml",
    "ansible-vars.yml",
    "traps-ansible.yml",
    "traps-jinja.yml",
)
# Values of variables for which a script is run, so that each of its branches is.
_VARIABLES: dict[str, tuple[dict[str, str], ...]] = {
    "correlated.sh": ({"MODE": "keep"}, {"MODE": "close"}, {"MODE": "none"}, {"MODE": "x"}),
    "default-mode.sh": ({}, {"TCP": "close"}, {"TCP": "no"}),
    "default-flags.sh": ({}, {"DEBUG": "true"}, {"N": "4"}, {"DEBUG": "true", "N": "4"}),
    "default-test.sh": ({}, {"GPU": "1"}),
}
_PACKER = ("heredoc.pkr.hcl", "inline.pkr.hcl")
_BUILDAH = tuple(
    path.name
    for path in sorted((_CASES / "dockerfile").iterdir())
    # Buildah does not know `escape`; the images here have neither Python nor users, and with
    # `chroot` it runs no here-document that has a `#!` line.
    if path.suffix == ".Dockerfile"
    and not re.search(rb"# escape|python|--chown|--network|<<\S+\n#!", path.read_bytes())
)
# The first Buildah that knows here-documents.
_KNOWS_HEREDOCS = (1, 33)
# Arguments with which an image is built, so that each branch is.
_ARGUMENTS: dict[str, tuple[str, ...]] = {"arg-branch.Dockerfile": ("WITH_GPU=0", "WITH_GPU=1")}
# What these write is not there when the image is built.
_LATER = {
    "cmd.Dockerfile": {("/etc/criu/runc.conf", "shell_job\n")},
    "entrypoint.Dockerfile": {("/etc/criu/runc.conf", "shell_job\n")},
    "onbuild.Dockerfile": {("/etc/criu/runc.conf", "tcp-established\ntcp-established\n")},
}


class _Root:
    """A directory that takes the place of ``/``."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "root"
        self._seen = directory / "seen"
        programs = directory / "bin"
        for folder in (self._seen, programs, *(self.path / "etc" / name for name in _FOLDERS)):
            folder.mkdir(parents=True)
        runc = programs / "runc"
        runc.write_text(
            f"#!/bin/sh\ncd {self.path} && mkdir {self._seen}/$$ &&"
            f" find . -path '*criu/*.conf' -exec cp --parents {{}} {self._seen}/$$ ';'\n",
            encoding="utf-8",
        )
        runc.chmod(0o755)
        sudo = programs / "sudo"
        sudo.write_text('#!/bin/sh\nexec "$@"\n', encoding="utf-8")
        sudo.chmod(0o755)
        self.environment = {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "DESTDIR": str(self.path),
            "BATS_TMPDIR": str(self.path),
            "HOME": str(directory),
        }

    def move(self, text: str) -> str:
        """Return the text of a host, with this directory for ``/``."""
        return text.replace("/etc/", f"{self.path}/etc/").replace(
            f"$(DESTDIR){self.path}", "$(DESTDIR)"
        )

    def files(self) -> set[_File]:
        """Return CRIU's files, at the end and before."""
        found = set()
        for top in (self.path, *self._seen.iterdir()):
            for path in top.rglob("*criu/*.conf"):
                text = path.read_bytes().decode("utf-8").replace(str(self.path), "")
                found.add((f"/{path.relative_to(top)}", text))
        return found


_FOLDERS = ("criu", "init", "modules-load.d")


def _expected_files(path: Path) -> set[_File]:
    """Return the files that criulint finds in a case."""
    data = path.read_bytes()
    kind = kind_of(path.name, data)
    assert kind
    return {
        (file.path, file.content.text) for file in follow_host(Source(data, path.name), kind).files
    }


def _agrees(expected: _File, real: _File) -> bool:
    """Return whether a file may be one that criulint knows in part, perhaps not from ``/`` on."""
    path = expected[0].removeprefix(UNKNOWN)
    path = path if path.startswith("/") else f"/{path}"
    pattern = ".*".join(map(re.escape, expected[1].split(UNKNOWN)))
    return real[0].endswith(path) and re.fullmatch(pattern, real[1], re.DOTALL) is not None


def _compare(expected: Iterable[_File], real: Iterable[_File]) -> None:
    expected, real = list(expected), list(real)
    assert not [one for one in real if not any(_agrees(other, one) for other in expected)]
    assert not [one for one in expected if not any(_agrees(one, other) for other in real)]


def _run_all(
    path: Path,
    directory: Path,
    commands: Iterable[list[str]],
    text: str | None = None,
    variables: Mapping[str, str] = {},
) -> set[_File]:
    """Return what the commands write, each in its own directory; ``FILE`` is the case."""
    found: set[_File] = set()
    for number, command in enumerate(commands):
        root = _Root(directory / str(number))
        root.environment.update(variables)
        case = root.path / path.name
        case.write_text(root.move(text or path.read_bytes().decode()), encoding="utf-8")
        words = [str(case) if word == "FILE" else word for word in command]
        run(*words, cwd=root.path, **root.environment)
        found |= root.files()
    return found


@pytest.mark.parametrize(
    "path", sorted((_CASES / "shell").glob("*.sh")), ids=lambda path: path.name
)
def test_shells(path: Path, tmp_path: Path) -> None:
    needs("dash", "busybox", "bash")
    is_bash = "bash" in path.read_text(encoding="utf-8").partition("\n")[0]
    shells = [["bash"]] if is_bash else [["dash"], ["busybox", "sh"]]
    for number, shell in enumerate(shells):
        real: set[_File] = set()
        for index, variables in enumerate(_VARIABLES.get(path.name, ({},))):
            directory = tmp_path / f"{number}-{index}"
            real |= _run_all(path, directory, [[*shell, "FILE"]], variables=variables)
        _compare(_expected_files(path), real)


@pytest.mark.parametrize("name", _MAKE)
def test_make(name: str, tmp_path: Path) -> None:
    needs("make")
    path = _CASES / "make" / name
    (tmp_path / "Makefile").touch()
    commands = [["make", "-sf", "FILE", *words.split()] for words in _MAKE[name]]
    text = path.read_text(encoding="utf-8").replace(": Makefile", ":").replace("install -m", ": ")
    _compare(_expected_files(path), _run_all(path, tmp_path, commands, text))


@pytest.mark.parametrize("name", _JUST)
def test_just(name: str, tmp_path: Path) -> None:
    path = _CASES / "just" / name
    just = str(Path(sys.executable).with_name("just"))
    commands = [[just, "--quiet", "--justfile", "FILE", word] for word in _JUST[name]]
    _compare(_expected_files(path), _run_all(path, tmp_path, commands))


@pytest.mark.parametrize(
    "path", sorted((_CASES / "bats").glob("*.bats")), ids=lambda path: path.name
)
def test_bats(path: Path, tmp_path: Path) -> None:
    needs("bats")
    _compare(
        _expected_files(path), _run_all(path, tmp_path, [["bats", "--tempdir", "tmp", "FILE"]])
    )


@pytest.mark.parametrize("name", _ANSIBLE)
def test_ansible(name: str, tmp_path: Path) -> None:
    needs("ansible-playbook")
    path = _CASES / "yaml" / name
    text = path.read_text(encoding="utf-8")
    if "hosts:" not in text:
        tasks = "".join(f"    {line}\n" for line in text.splitlines())
        text = f"- hosts: all\n  vars: {{criu_dir: ''}}\n  tasks:\n{tasks}"
    text = text.replace("hosts: all", "hosts: localhost\n  gather_facts: false").replace(
        "when: foo", "when: true"
    )
    text = re.sub(r"service: .*", "ping:", text)
    commands = [["ansible-playbook", "-c", "local", "-i", "localhost,", "FILE"]]
    _compare(_expected_files(path), _run_all(path, tmp_path, commands, text))


@pytest.mark.parametrize("name", _PACKER)
def test_packer(name: str, tmp_path: Path) -> None:
    """Packer runs the code on this machine; it cannot write the files that it copies there."""
    needs("packer")
    path = _CASES / "packer" / name
    text = path.read_text(encoding="utf-8").replace(
        'provisioner "shell"', 'provisioner "shell-local"'
    )
    text = re.sub(r'^  provisioner "file".*?^  \}\n', "", text, flags=re.DOTALL | re.MULTILINE)
    if "source " not in text:
        text = 'source "null" "x" { communicator = "none" }\n' + text.replace(
            "build {", 'build {\n  sources = ["null.x"]', 1
        )
    expected = {file for file in _expected_files(path) if file[0] != "/etc/criu/default.conf"}
    _compare(expected, _run_all(path, tmp_path, [["packer", "build", "FILE"]], text))


@pytest.mark.parametrize("path", sorted((_CASES / "vagrant").iterdir()), ids=lambda path: path.name)
def test_ruby(path: Path) -> None:
    """Ruby reads the same code in the file, and the same variables."""
    needs("ruby")
    if path.suffix == ".expected":
        return
    provisioners = json.loads(run("ruby", Path(__file__).with_name("vagrantfile.rb"), path))
    machines = {machine for machine, *_ in provisioners if machine} or {None}
    real = []
    for machine in sorted(machines, key=str):
        lines = [
            (code, variables, arguments)
            for outer in (True, False)
            for owner, code, variables, arguments in provisioners
            if (owner is None) == outer and owner in (None, machine)
        ]
        real.append(
            "".join(
                "".join(f"{name}={_quote(value)} " for name, value in variables.items())
                + " ".join(
                    [
                        *map(_quote, ["bash", "-c", code]),
                        *map(_quote, ["vagrant-shell", *arguments] if arguments else []),
                    ]
                )
                + " \n"
                for code, variables, arguments in lines
            )
        )
    expected = [script.text.text for script in find_scripts(path.read_bytes().decode())]
    assert len(expected) == len(real)
    for one, other in zip(expected, real, strict=True):
        assert _agrees(("/", one), ("/", other))


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Options for Buildah, with images that have BusyBox and Bash under the names of the cases."""
    needs("buildah", "busybox", "bash-static")
    if os.geteuid() != 0:
        pytest.skip("Buildah's RUN needs root here")
    directory = tmp_path_factory.mktemp("buildah")
    options = ["--root", f"{directory}/store", "--runroot", f"{directory}/run"]
    options += ["--storage-driver", "vfs"]
    base = directory / "base"
    base.mkdir()
    run("cp", "/bin/busybox", "/bin/bash-static", base)
    (base / "Dockerfile").write_text(
        "FROM scratch\nCOPY busybox /bin/busybox\nCOPY bash-static /bin/bash\n"
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]\n'
        f"RUN mkdir -p /tmp /dev {' '.join(f'/etc/{name}' for name in _FOLDERS)}\n",
        encoding="utf-8",
    )
    build = ("bud", "--isolation", "chroot", "--quiet", "--tag", "base", base)
    run("buildah", *options, *build)
    for name in ("debian:12", "fedora", "alpine"):
        run("buildah", *options, "tag", "base", name)
    return options


def _version_of_buildah() -> tuple[int, ...]:
    found = re.search(r"(\d+)\.(\d+)", run("buildah", "--version"))
    assert found
    return int(found[1]), int(found[2])


@pytest.mark.parametrize("name", _BUILDAH)
def test_buildah(name: str, store: list[str], tmp_path: Path) -> None:
    """Each stage is built, and its image has the files that criulint says."""
    path = _CASES / "dockerfile" / name
    (tmp_path / "criu.conf").write_text("tcp-established\n", encoding="utf-8")
    instructions = parse_dockerfile(HostedText.of(path.read_bytes().decode())).instructions
    froms = [each.value.text.split() for each in instructions if each.name == "FROM"]
    targets = [words[2] if len(words) > 2 else str(number) for number, words in enumerate(froms)]
    if b"<<" in path.read_bytes() and _version_of_buildah() < _KNOWS_HEREDOCS:
        pytest.skip("needs a newer Buildah")
    real: set[_File] = set()
    for target, argument in product(targets, _ARGUMENTS.get(name, ("X=",))):
        build = ["bud", "--isolation", "chroot", "--quiet", "--pull-never", "--target", target]
        build += ["--build-arg", argument]
        run("buildah", *store, *build, "--tag", "out", "--file", path, tmp_path)
        container = run("buildah", *store, "from", "--pull-never", "out").strip()
        top = Path(run("buildah", *store, "mount", container).strip())
        for file in top.rglob("*criu/*.conf"):
            real.add((f"/{file.relative_to(top)}", file.read_bytes().decode()))
        run("buildah", *store, "rm", container)
    _compare(_expected_files(path), real | _LATER.get(name, set()))


def test_each_case_is_run() -> None:
    """A case of a kind that has a program is in its list."""
    for folder, names in (("make", _MAKE), ("just", _JUST)):
        cases = {path.name for path in (_CASES / folder).iterdir() if path.suffix != ".expected"}
        assert cases == names.keys()
