# SPDX-License-Identifier: MIT
"""`criulint schema`: its five commands, from arguments to exit status."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from criulint.cli import UsageError
from criulint.cli import schema as command
from criulint.criu.releases import load_schema, releases
from criulint.schemagen.text import format_json

PAGES = Path(__file__).parents[1] / "schema" / "data" / "pages"
CASES = Path(__file__).parents[1] / "schema" / "data" / "validate"


def run(*arguments: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.configure(parser)
    return command.run(parser.parse_args([str(argument) for argument in arguments]))


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(releases())
    assert lines[0].split() == ["3.11", "88", "options,", "from", "help,", "man"]
    assert lines[-1].split() == ["4.3", "118", "options,", "from", "help,", "man,", "binary"]


def test_show_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--criu", "3.15") == 0
    text = capsys.readouterr().out
    for name in load_schema("3.15")["properties"]:
        assert f"\n{name}" in f"\n{text}"
    assert max(map(len, text.splitlines())) <= 110


def test_show_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--criu", "v3.12", "--", "manage-cgroups") == 0
    text = capsys.readouterr().out
    assert text.startswith("manage-cgroups[=none|props|soft|full|strict]\n")
    assert "refused with: Unknown cgroups mode `{value}' selected" in text
    assert "soft: restores" in text and "ignore" not in text


def test_show_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("show", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out) == load_schema(releases()[-1])
    assert run("show", "--format", "json", "tree") == 0
    assert json.loads(capsys.readouterr().out)["$defs"]["tree"]["x-criu-check"] == "tree"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "tcpclose"], "did you mean tcp-close"),
        (["show", "\ud800\n"], "has no option '\\\\ud800\\\\n'"),
        (["show", "--criu", "9.9"], "no schema for CRIU 9.9"),
        (["diff", "4.2", "x"], "no schema for CRIU x"),
        (["validate", "missing.json"], "missing.json: No such file"),
        (["validate", "."], "[.]: Is a directory"),
        (["generate", "--criu", "missing"], "cannot run .*missing: No such file"),
        (["generate", "--help-file", "missing"], "cannot read missing: No such file"),
        (["generate", "--help-file", str(PAGES / "small.help.txt")], "pass --release"),
        (
            ["generate", "--help-file", str(PAGES / "small.help.txt"), "--release", "new"],
            "'new' is not a release",
        ),
    ],
)
def test_errors_in_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        run(*arguments)
    assert "\n" not in str(caught.value)
    assert capsys.readouterr().out == ""


def test_diff(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("diff", "3.12", "3.14") == 0
    assert capsys.readouterr().out.splitlines() == [
        "~ join-ns: knows time:",
        "~ join-ns: check: join-ns-3.13 -> join-ns",
        "~ manage-cgroups: accepts ignore",
        "~ feature: accepts timens, clone3_set_tid",
        "~ enable-fs: documented in: help -> help, man",
        "+ tls-cacert FILE",
        "+ tls-cacrl FILE",
        "+ tls-cert FILE",
        "+ tls-key FILE",
        "+ tls",
        "+ no-tls",
        "+ tls-no-cn-verify",
        "+ cgroup-yard DIR",
        "+ pre-dump-mode splice|read",
    ]
    assert run("diff", "4.2", "4.1") == 0
    assert "- allow-uprobes\n- no-allow-uprobes\n" in capsys.readouterr().out
    assert run("diff", "3.11", "3.12") == 0
    assert "~ leave-running: value of -R: required -> none" in capsys.readouterr().out


def test_generate_from_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "criu.8.gz"
    page.write_bytes(gzip.compress((PAGES / "small.docbook.8").read_bytes()))
    output = tmp_path / "made.json"
    assert (
        run("generate", "--man", page, "--help-file", PAGES / "small.help.txt", "-o", output) == 0
    )
    text = output.read_text()
    schema = json.loads(text)
    assert format_json(schema) == text
    assert schema["x-criu-release"] == "9.1.2"
    assert schema["x-criu-made-from"] == ["help", "man"]
    # All that is known of the newest release, and what these documents add.
    known = [*load_schema(releases()[-1])["properties"]]
    assert [*schema["properties"]][: len(known)] == known
    assert schema["properties"]["cap"]["x-criu-arity"] == "optional"
    assert schema["properties"]["mode"]["x-criu-default"] == "slow"
    assert run("generate", "--man", PAGES / "small.asciidoctor.8", "--release", "4.2") == 0
    assert json.loads(capsys.readouterr().out)["$id"] == "urn:criulint:criu:4.2"


@pytest.mark.parametrize(
    "data",
    [b"\x1f\x8b", b"\x1f\x8b\x08\0\0\0\0\0\0\xffdamaged", gzip.compress(b"x" * 999, mtime=0)[:-9]],
)
def test_damaged_manual_pages(data: bytes, tmp_path: Path) -> None:
    page = tmp_path / "criu.8.gz"
    page.write_bytes(data)
    with pytest.raises(UsageError, match="cannot read"):
        run("generate", "--man", page)


def test_unwritable_output(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot write"):
        run("generate", "--man", PAGES / "small.docbook.8", "-o", tmp_path)


def test_validate(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    assert run("validate", "--criu", "4.2.1", "good.json") == 0
    assert capsys.readouterr().out == ""
    assert run("validate", "--criu", "4.2.1", "bad.json") == 1
    assert capsys.readouterr().out == Path("bad.json.out").read_text()
    assert run("validate", "--criu", "3.11", "good.json") == 0


@pytest.mark.parametrize(
    ("data", "arguments"),
    [(b'\n{"tls": 1}', []), (b"tls: 1\n", []), (b"{tls: 1}", ["--type", "yaml"])],
)
def test_validate_standard_input(
    data: bytes,
    arguments: list[str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not data.startswith(b"\n"):
        pytest.importorskip("yaml")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert run("validate", *arguments, "-") == 1
    line = 1 + data.startswith(b"\n")
    column = data.index(b"1") - data.startswith(b"\n") + 1
    assert (
        capsys.readouterr().out
        == f"<stdin>:{line}:{column}: error: tls: takes no value: write true instead of 1\n"
    )


def test_yaml_without_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(UsageError, match="install criulint with the extra `yaml`"):
        run("validate", CASES / "good.yaml")
