# SPDX-License-Identifier: MIT
"""Baselines: what they know, what they survive, and how they are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.criu.releases import latest_release
from criulint.fingerprint import fingerprints
from criulint.linter.baseline import BaselineError, load_baseline, write_baseline
from criulint.linter.linter import Linter
from criulint.source import Source

if TYPE_CHECKING:
    from criulint.finding import Finding

TEXT = b"# c\ntcp-close false\ntimeout 10m\nshell-job no # x\n"


def find(data: bytes, path: str = "a.conf") -> list[Finding]:
    return Linter("4.2.1").check(Source(data, path)).findings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("a.conf").write_bytes(TEXT)
    return tmp_path


@pytest.mark.parametrize(
    "changed",
    [
        b"\n\n\nlog-file x\n" + TEXT,
        TEXT.replace(b"# c\n", b""),
        TEXT.replace(b"tcp-close false", b"  tcp-close \t false   # on purpose"),
        b"shell-job no\n# c\ntcp-close false\ntimeout 10m\n",
    ],
)
def test_known_findings_stay_known(
    folder: Path, changed: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--write-baseline=known.json", "a.conf"]) == 0
    Path("a.conf").write_bytes(changed)
    capsys.readouterr()
    assert main(["check", "--baseline", "known.json", "a.conf"]) == 0
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err == (
        f"criulint: 1 file checked for CRIU {latest_release()}: nothing new, 3 hidden\n"
    )
    assert sorted(fingerprints(find(changed), ".")) == sorted(fingerprints(find(TEXT), "."))


def test_new_findings_are_reported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--write-baseline=known.json", "a.conf"]) == 0
    Path("a.conf").write_bytes(TEXT + b"ghost-limit 10m\ntcp-close false\n")
    Path("b.conf").write_bytes(TEXT)
    capsys.readouterr()
    assert main(["check", "--format", "concise", "--baseline", "known.json", "a.conf"]) == 1
    assert [line.split(": ")[2] for line in capsys.readouterr().out.splitlines()] == [
        "CRIU206 number-misread",
        "CRIU201 value-ignored",
    ]
    assert main(["check", "--baseline", "known.json", "b.conf"]) == 1


def test_entries_without_a_finding_are_mentioned_once(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("b.conf").write_bytes(TEXT)
    assert main(["check", "--write-baseline=known.json", "a.conf", "b.conf"]) == 0
    Path("a.conf").write_bytes(b"tcp-close false\n")
    capsys.readouterr()
    assert main(["check", "--baseline", "known.json", "a.conf"]) == 0
    message = "2 in the baseline no longer found"
    assert message in capsys.readouterr().err
    assert main(["check", "--select", "CRIU206", "--baseline", "known.json", "a.conf"]) == 0
    assert "1 in the baseline no longer found" in capsys.readouterr().err
    assert main(["check", "--baseline", "known.json", "b.conf"]) == 0
    assert "no longer" not in capsys.readouterr().err
    Path("b.conf").unlink()
    assert main(["check", "--baseline", "known.json", "a.conf"]) == 0
    assert "5 in the baseline no longer found" in capsys.readouterr().err


def test_known_findings_are_not_fixed(folder: Path) -> None:
    assert main(["check", "--write-baseline=known.json", "a.conf"]) == 0
    Path("a.conf").write_bytes(TEXT + b"file-locks yes\n")
    assert main(["check", "--fix", "--baseline", "known.json", "a.conf"]) == 0
    assert Path("a.conf").read_bytes() == TEXT + b"file-locks\n"


def test_paths_count_from_the_baseline_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ci").mkdir()
    assert main(["check", "--write-baseline=known.json", str(folder / "a.conf")]) == 0
    assert {
        entry["path"]
        for entry in json.loads(Path("known.json").read_text(encoding="utf-8"))["findings"]
    } == {"a.conf"}
    monkeypatch.chdir("ci")
    assert main(["check", "--baseline", "../known.json", "../a.conf"]) == 0


def test_the_file_is_sorted_and_the_same_each_time(folder: Path) -> None:
    assert (
        write_baseline("one.json", find(TEXT))
        == write_baseline("two.json", reversed(find(TEXT)))
        == 3
    )
    first = Path("one.json").read_bytes()
    assert first == Path("two.json").read_bytes()
    assert json.loads(first) == {
        "version": 1,
        "findings": [
            {"path": "a.conf", "code": "CRIU201", "line": "shell-job no", "count": 1},
            {"path": "a.conf", "code": "CRIU201", "line": "tcp-close false", "count": 1},
            {"path": "a.conf", "code": "CRIU206", "line": "timeout 10m", "count": 1},
        ],
    }
    assert write_baseline("one.json", []) == 0
    assert load_baseline("one.json").filter_known(find(TEXT)) == (find(TEXT), [])


def test_a_baseline_is_written_if_something_changes(folder: Path) -> None:
    known = Path("known.json")
    known.touch()
    assert write_baseline("known.json", find(TEXT)) == 3
    assert load_baseline("known.json").filter_known(find(TEXT)) == ([], find(TEXT))
    before = known.stat()
    assert write_baseline("known.json", find(TEXT)) == 3
    assert known.stat() == before


@pytest.mark.skipif(not Path("/dev/fd").exists(), reason="what shells write for <(COMMAND)")
def test_a_baseline_can_come_from_a_pipe(folder: Path) -> None:
    write_baseline("known.json", find(TEXT))
    reader, writer = os.pipe()
    os.write(writer, Path("known.json").read_bytes())
    os.close(writer)
    baseline = load_baseline(f"/dev/fd/{reader}")
    os.close(reader)
    assert baseline.count_resolved({}, frozenset(["CRIU201"])) == 2


def test_any_bytes_can_be_kept(folder: Path) -> None:
    data = b'tcp-close \xff\xe9 "\\\n'
    assert write_baseline("known.json", find(data)) > 0
    found = find(data)
    assert load_baseline("known.json").filter_known(found) == ([], found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 1}',
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": [{"path": "a"}]}',
        '{"version": 1, "findings": [3]}',
        *(
            json.dumps({"version": 1, "findings": [{**entry, **wrong}]})
            for entry in [{"path": "a", "code": "b", "line": "c", "count": 1}]
            for wrong in (
                *({"path": 1}, {"code": None}, {"line": ["c"]}),
                *({"count": "1"}, {"count": 1.0}, {"count": True}),
            )
        ),
        "[" * 100_000,
        "tcp-close false\n",
    ],
)
def test_other_files_are_one_line_and_never_replaced(
    folder: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("x.json").write_text(text, encoding="utf-8")
    assert main(["check", "--baseline", "x.json", "a.conf"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    if text:
        assert main(["check", "--write-baseline=x.json", "a.conf"]) == 2
        assert Path("x.json").read_text(encoding="utf-8") == text


def test_each_known_finding_is_filtered_as_often_as_it_is_known(folder: Path) -> None:
    once, more = find(b"tcp-close no\n"), find(b"tcp-close no\n" * 3)
    write_baseline("known.json", once)
    new, known = load_baseline("known.json").filter_known(more)
    assert [finding.span.line for finding in known] == [1]
    assert [(f.code, f.span.line) for f in new if f.code == "CRIU201"] == [
        ("CRIU201", 2),
        ("CRIU201", 3),
    ]
    baseline = load_baseline("known.json")
    assert baseline.count_resolved({"a.conf": more}, frozenset(["CRIU201"])) == 0
    assert baseline.count_resolved_below("a", more) == 0


def test_resolved_findings_are_those_of_checked_and_of_deleted_files(folder: Path) -> None:
    for name in ("b.conf", "c.conf"):
        Path(name).write_bytes(TEXT)
    write_baseline("known.json", [each for name in "abc" for each in find(TEXT, f"{name}.conf")])
    baseline = load_baseline("known.json")
    codes = frozenset(["CRIU201", "CRIU206"])
    found = {"a.conf": find(b"tcp-close false\n"), str(folder / "b.conf"): find(TEXT, "b.conf")}
    assert baseline.count_resolved(found, codes) == 2
    assert baseline.count_resolved(found, frozenset(["CRIU206"])) == 1
    Path("c.conf").unlink()
    assert baseline.count_resolved(found, codes) == 5
    write_baseline("known.json", find(TEXT, "<stdin>"))
    assert load_baseline("known.json").count_resolved(found, codes) == 0


def test_resolved_findings_are_counted_below_a_path(folder: Path) -> None:
    known = [each for name in ("a", "b") for each in find(TEXT, f"images/{name}/runc.conf")]
    write_baseline("known.json", known)
    baseline = load_baseline("known.json")
    assert baseline.count_resolved_below("images/a/", known) == 0
    assert baseline.count_resolved_below("images/a/", []) == 3
    assert baseline.count_resolved_below("images/", known[:1]) == 5
    assert baseline.count_resolved_below("images/c/", []) == 0


def test_what_can_not_be_read_or_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--baseline", "missing.json", "a.conf"]) == 2
    assert "missing.json: No such file" in capsys.readouterr().err
    assert main(["check", "--write-baseline", "a.conf"]) == 2
    assert Path("a.conf").read_bytes() == TEXT
    os.mkdir("criu")
    assert main(["check", "--write-baseline", "criu"]) == 2
    assert "criu is a directory; write --write-baseline=FILE" in capsys.readouterr().err
    with pytest.raises(
        BaselineError, match=r"cannot write the baseline none/x\.json: No such file"
    ):
        write_baseline("none/x.json", [])


def test_the_default_name(folder: Path) -> None:
    assert main(["check", "a.conf", "--write-baseline"]) == 0
    assert main(["check", "--baseline", ".criulint-baseline.json", "a.conf"]) == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_is_not_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words, message in (
        (["--write-baseline=/dev/full"], "/dev/full is not a baseline: not a file"),
        (["--baseline", "/dev/full"], "cannot read the baseline /dev/full: not a file"),
    ):
        assert main(["check", *words, "a.conf"]) == 2
        assert capsys.readouterr().err == f"criulint: error: {message}\n"


def test_findings_between_two_files_are_known_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("default.conf", "runc.conf"):
        Path(name).write_bytes(b"skip-mnt /a\nskip-mnt /a\n")
    paths = ["default.conf", "runc.conf"]
    assert main(["check", "--write-baseline=known.json", *paths]) == 0
    capsys.readouterr()
    assert main(["check", "--baseline", "known.json", *paths]) == 0
    assert "no longer found" not in capsys.readouterr().err
