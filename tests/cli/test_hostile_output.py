# SPDX-License-Identifier: MIT
"""Whatever names and contents strangers choose, a terminal or a log obeys nothing that is printed.

Every command and format runs over the same tree, whose names, contents, configurations and images
hold `tests.cli.harmless.PIECES`.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.cli import command_names
from criulint.report import FORMATS, Report, render_report
from criulint.source import Source, encode
from criulint.text import make_commands_safe, make_safe, to_json
from tests.cli.harmless import NAMES, PIECES, assert_harmless, run
from tests.image.make import image, member

if TYPE_CHECKING:
    from pathlib import Path

_IDS = range(len(NAMES))
_COMMANDS_OF = {"github", "azure"}


def _content(piece: str) -> bytes:
    lines = (
        f"tcp-close {piece}",
        f"{piece}",
        f"{piece} x",
        f"log-file {piece}",
        f"log-file '{piece}",
        f"external {piece}",
        f"tcp-close # {piece}",
        f"--{piece}",
        f"action-script {piece}",
        f"# criulint: ignore[{piece}]",
        f"# criulint: {piece}",
        f"tcp-closs {piece} # criulint: ignore[CRIU201] {piece}",
        "    indented",
    )
    return encode("\n".join(lines) + "\n")


def _yaml(piece: str) -> str:
    quoted = json.dumps(piece)
    inner = json.dumps(f"tcp-close {piece}\n")
    return (
        f"path: /etc/criu/runc.conf\ncontent: {inner}\n---\n{quoted}: 1\n"
        f"{json.dumps(f'criu-{piece}.conf')}: {inner}\n---\n"
        f"path: {json.dumps(f'/criu/{piece}.conf')}\n"
        f"encoding: b64\ncontent: {quoted}\n"
    )


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout by a stranger."""
    top = tmp_path_factory.mktemp("tree")
    for number, name in enumerate(NAMES):
        directory = top / name / "criu"
        directory.mkdir(parents=True)
        (directory / f"{name}.conf").write_bytes(_content(PIECES[number]))
        (top / name / f"{name}.yaml").write_bytes(encode(_yaml(name)))
    (top / "etc/criu").mkdir(parents=True)
    for piece, name in zip(PIECES, NAMES, strict=False):
        (top / f"etc/criu/{name}.conf").write_bytes(_content(piece))
    (top / "etc/criu/default.conf").write_bytes(b"".join(map(_content, PIECES)))
    (top / "etc/criu/runc.conf").write_bytes(
        b"log-file \x1b[31m::x\n ::add-mask::x\ntcp-close no\n"
    )
    (top / "::x/etc/criu").mkdir(parents=True)
    (top / "::x/etc/criu/crun.conf").write_bytes(b" ::add-mask::x\nport 0\n ::y::z\n")
    return top


@pytest.fixture
def work(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The checkout as working directory."""
    monkeypatch.chdir(tree)
    monkeypatch.setenv("HOME", str(tree / "home"))
    return tree


_CHECKS = (
    ["check", "."],
    ["check", "-v", "."],
    ["check", "--show-files", "."],
    ["check", "--show-settings", "."],
    ["check", "--statistics", "."],
    ["check", "--statistics", "--format", "json", "."],
    ["check", "--diff", "--unsafe-fixes", "."],
    ["check", "--diff", "--add-ignore", "."],
    ["check", "--root", "."],
    ["check", "--root", "::x"],
    ["check", "--root", NAMES[0]],
    ["check", "--max-findings", "1", "."],
    ["check", "--include", "*.yaml", "."],
    ["format", "--check", "."],
    ["format", "--diff", "."],
    ["effective", "--root", "."],
    ["effective", "--root", ".", "--format", "json"],
    ["effective", "--root", ".", "--runtime", "runc"],
    ["schema", "list"],
    ["rule"],
    ["help"],
)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("words", _CHECKS, ids=" ".join)
def test_output_of_each_command_is_harmless(words: list[str]) -> None:
    result = run(*words)
    assert result.status in (0, 1, 2)
    assert result.out or result.err
    assert_harmless(result.out)
    assert_harmless(result.err)


@pytest.mark.slow
@pytest.mark.usefixtures("work")
@pytest.mark.parametrize(("name", "colour"), [*product(FORMATS, ("never", "always"))])
def test_reports_are_harmless(name: str, colour: str, tmp_path: Path) -> None:
    file = tmp_path / "report"
    words = ["--include", "*.yaml", "--max-findings", "0", "--color", colour, "."]
    result = run("check", "--format", name, "--output", f"{name}:{file}", *words)
    assert result.status in (1, 2)
    for data in (result.out, file.read_bytes()):
        assert len(data) > 10_000
        assert_harmless(data, colours=colour == "always", commands=name in _COMMANDS_OF)
    assert_harmless(result.err)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("name", NAMES, ids=_IDS)
def test_commands_about_one_file_are_harmless(name: str) -> None:
    path = f"etc/criu/{name}.conf"
    for words in (
        ["read", path],
        ["read", "--format", "json", path],
        ["check", "--format", "concise", path],
        ["check", "--stdin-filename", path, "-"],
        ["check", f"{name}/{name}.yaml"],
        ["check", "--fix", "-"],
        ["schema", "validate", path],
        ["format", "--diff", f"./{name}/criu/{name}.conf"],
        ["set", "--diff", "shell-job", path],
        ["unset", "--check", "--diff", "shell-job", path],
        ["advise", path],
        ["advise", "--format", "md", path],
        ["advise", "--root", ".", "--diff", "-"],
    ):
        result = run(*words, stdin=b"port 0\n")
        assert_harmless(result.err)
        assert_harmless(result.out)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_logs_are_shown_harmlessly(piece: str) -> None:
    error = f"(00.000100) Error (criu/x.c:1): {piece} Can't dump half of stream {piece}\n"
    log = f"log file: /{piece}/dump.log\nParsing config file /{piece}.conf\n{error}"
    for format_ in ("text", "json", "md"):
        result = run("advise", "--root", ".", "--format", format_, "-", stdin=encode(log))
        assert_harmless(result.err)
        assert_harmless(result.out)


@pytest.mark.usefixtures("work")
def test_a_first_configuration_is_harmless() -> None:
    result = run("init", "--stdout")
    assert_harmless(result.out)
    assert_harmless(result.err)


@pytest.mark.usefixtures("work")
@pytest.mark.parametrize("word", NAMES, ids=_IDS)
def test_wrong_arguments_are_harmless(word: str) -> None:
    """A file's name can become an argument: ``criulint check *``."""
    for words in (
        [word],
        ["check", f"--{word}"],
        *(["check", f"--{option}", word, "."] for option in ("criu", "runtime", "role", "select")),
        *(["check", f"--{option}", word, "."] for option in ("config", "baseline", "format")),
        *(["check", f"--{option}", word, "."] for option in ("output", "exclude", "files-from")),
        ["check", "--add-ignore", "--reason", word, "etc/criu/runc.conf", "--diff"],
        ["check", f"{word}/gone.conf"],
        ["effective", "--root", ".", "--explain", word],
        ["effective", "--root", word],
        ["schema", "show", word],
        ["schema", "diff", word, word],
        ["rule", word],
        ["completion", word],
        ["help", word],
        ["image", word],
        ["image", f"dir:{word}"],
        ["image", "--limit", word, "x"],
        ["image", "--platform", word, "x"],
    ):
        result = run(*words)
        assert_harmless(result.err)
        assert_harmless(result.out)


def test_every_command_is_tried() -> None:
    tried = {words[0] for words in _CHECKS} | {"read", "completion", "image"}
    tried |= {"advise", "init", "set", "unset"}
    assert tried | {"lsp"} == {*command_names()}


@pytest.mark.parametrize("piece", PIECES, ids=range(len(PIECES)))
def test_configurations_and_baselines_are_shown_harmlessly(
    piece: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criu").mkdir()
    (tmp_path / "criu/a.conf").write_bytes(b"port 0\n")
    quoted = json.dumps(encode(piece).decode("utf-8", "replace"))
    for text in (
        f"{quoted} = 1\n",
        f"criu = {quoted}\n",
        f"runtime = {quoted}\n",
        f"include = [{quoted}]\n",
        f"files = {{ {quoted} = {{ role = {quoted} }} }}\n",
        f"per-file-ignores = {{ {quoted} = ['CRIU201'] }}\n",
        f"required-version = {quoted}\n",
        f"{piece}\n",
    ):
        (tmp_path / "criulint.toml").write_bytes(encode(text))
        for words in (["check", "."], ["check", "--show-settings", "."], ["check", "-v", "."]):
            result = run(*words)
            assert_harmless(result.err)
            assert_harmless(result.out)
    (tmp_path / "criulint.toml").unlink()
    for document in (piece, json.dumps({"version": piece, "findings": []}), json.dumps([piece])):
        (tmp_path / "base.json").write_bytes(encode(document))
        assert_harmless(run("check", "--baseline", "base.json", ".").err)


@pytest.mark.parametrize("name", FORMATS)
def test_reports_about_images_are_harmless(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = [
        member(f"etc/criu/{place.replace(chr(0xDC9B), 'x')}.conf", b"port 0\n") for place in NAMES
    ]
    shown = [piece.encode("utf-8", "replace").decode() for piece in PIECES]
    made = image(
        *([one] for one in members),
        [member("etc/criu/default.conf", b"port 0\n")],
        history=[{"created_by": f"RUN {shown[0]} {piece} \n::x::y"} for piece in shown],
        labels=dict(zip(shown, shown, strict=True)),
        env=[f"CRIU_CONFIG_FILE={shown[0]}"],
    )
    monkeypatch.chdir(tmp_path)
    summary = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    made.oci(tmp_path / "::i\x1b[31m")
    result = run("image", "--format", name, "::i\x1b[31m")
    assert result.status in (1, 2)
    assert_harmless(result.out, commands=name in _COMMANDS_OF)
    assert_harmless(result.err)
    if name == "github":
        assert_harmless(summary.read_bytes())


@given(st.lists(st.sampled_from([*PIECES, "#", "v", "[", " ", ":", "\n", "a", "\t"])).map("".join))
@settings(max_examples=400)
def test_text_is_made_safe_in_one_place(text: str) -> None:
    safe = make_safe(text)
    assert_harmless(encode(safe))
    assert make_safe(safe) == safe
    commands = make_commands_safe(text)
    assert_harmless(encode(commands), commands=True)
    assert make_commands_safe(commands) == commands
    assert json.loads(to_json(text)) == text
    assert make_safe(to_json([text, {text: text}], 2)) == to_json([text, {text: text}], 2)


@given(st.lists(st.sampled_from([*PIECES, "#", "v[", " ", ":", "\n", "log-file "])).map("".join))
@settings(max_examples=100)
def test_xml_is_left_as_it_is(text: str) -> None:
    from criulint.linter.linter import Linter

    findings = Linter().check(Source(encode(text), text.replace("\n", ""))).findings
    report = Report(findings, [text])
    for name in ("junit", "checkstyle", "sarif", "gitlab", "rdjson", "json"):
        document = render_report(name, report)
        assert_harmless(document.encode())
