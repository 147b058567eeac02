# SPDX-License-Identifier: MIT
"""CRIU's files inside YAML, JSON and scripts.

``files/NAME.expected`` holds what criulint finds in ``NAME`` (`tests.golden`).
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
import yaml
from hypothesis import assume, example, given
from hypothesis import strategies as st

import criulint
from criulint.cli import main
from criulint.embedded import hosts
from criulint.embedded.hosts import HEAD, HostError, kind_of
from criulint.embedded.manifest.follow import follow
from criulint.embedded.model import UNKNOWN
from criulint.linter.embedded_files import HostFile, Mover, check_embedded_files
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.checking import finder, fix
from tests.golden import CASES, Case, Golden, describe

if TYPE_CHECKING:
    from criulint.embedded.model import WrittenFile

_FILES = Path(__file__).with_name("files")
_CASES = sorted(path for path in _FILES.iterdir() if path.suffix != ".expected")


def _found(case: Path) -> str:
    data = case.read_bytes()
    return describe(_check_with(Linter("4.2.1"), data, case.name), data)


def _check_with(linter: Linter, data: bytes, path: str) -> list[criulint.Finding]:
    source = Source(data, path)
    kind = kind_of(path, data[:HEAD])
    assert kind
    files = hosts.follow_host(source, kind).files
    return check_embedded_files(
        source, files, linter.check, lambda after: hosts.follow_host(after, kind).files
    ).findings


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_findings_are_the_expected_ones(case: Path, golden: Golden) -> None:
    found = _found(case)
    assert UNKNOWN not in found
    golden(case.with_name(f"{case.name}.expected"), found)


_LINTER = Linter()
_FIND_ALONE = finder(_LINTER, "x/runc.conf")


def _find(data: bytes, path: str = "") -> list[WrittenFile]:
    return follow(Source(data, path)).files


def _check(data: bytes, path: str) -> list[criulint.Finding]:
    """What is found in the files inside."""
    return _check_with(_LINTER, data, path or "x.yaml")


def _zipped(data: bytes, cut: int = 0) -> str:
    zipped = gzip.compress(data, mtime=0)
    content = base64.b64encode(zipped[: len(zipped) - cut]).decode()
    return f"{{path: /criu/x.conf, encoding: gz+b64, content: {content}}}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("runc.conf: [", "not YAML"),
        ("runc.conf: \t- x", "not YAML"),
        ("runc.conf: " + "[" * 600 + "]" * 600, "nested too deeply"),
        (
            "runc.conf: " + "[" * 200_000,
            "nest",
        ),  # newer versions of libyaml have a limit of their own
        ("runc.conf: {{ x }}\n  y:\n", "check the rendered template"),
        ("runc.conf: \x01", "not YAML"),
        ("runc.conf: &a [*a, *b]", "not YAML: found undefined alias"),
        ("# criu\nkind: Secret\ndata:\n  runc.conf: abcde\n", "line 4: runc.conf is not base64"),
        (
            "{path: /criu/x.conf, encoding: gz+b64, content: YWJj}",
            "line 1: /criu/x.conf is not gzip",
        ),
        (_zipped(b"#", cut=4), "/criu/x.conf is truncated, or too large"),
        (_zipped(b"#" * (1 << 21)), "/criu/x.conf is truncated, or too large"),
    ],
)
def test_what_is_not_yaml_is_one_line(
    text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["check", "-q", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(f"criulint: error: {path}: ")
    assert message in line


def test_yaml_of_powershell_is_not_taken_for_one_without_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufeffrunc.conf: tcp-close no\r\n".encode("utf-16-le"))
    assert main(["check", "-q", str(path)]) == 2
    assert capsys.readouterr().err == f"criulint: error: {path}: not UTF-8\n"


@pytest.mark.parametrize(
    ("texts", "summary"),
    [
        (
            ["criu: y\n"],
            "warning: no CRIU configuration found in 0.yaml, YAML or JSON; name the file that CRIU"
            " reads",
        ),
        (
            ["", "runc.conf: [tcp-close]\n"],
            "warning: no CRIU configuration found in 2 files",
        ),
        (
            ["", "runc.conf: tcp-close\n"],
            "1 file checked: CRIU 4.2.1 reads the configuration in it as written; no CRIU"
            " configuration in 1 other file",
        ),
        (
            ["a: b", "", "runc.conf: tcp-close no\n"],
            "1 file checked for CRIU 4.2.1: 1 warning; 1 fixable with --fix; no CRIU configuration"
            " in 2 other files",
        ),
    ],
)
def test_nobody_reads_a_file_that_is_not_there(
    texts: list[str],
    summary: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """That nothing was found must not sound as if something had been looked at."""
    monkeypatch.chdir(tmp_path)
    names = [f"{number}.yaml" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        Path(name).write_text(text, encoding="utf-8")
    main(["check", "--criu", "4.2.1", *names])
    assert capsys.readouterr().err == f"criulint: {summary}\n"


def test_a_file_that_can_not_be_decoded_hides_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.yaml"
    other = "- {path: /criu/y.conf, content: port 0}\n"
    path.write_text(f"- {_zipped(b'#', cut=4)}\n{other}", encoding="utf-8")
    assert main(["check", "-q", "--fix", "--format", "concise", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out.startswith(f"{path}:2:38: error: CRIU106")
    assert (
        captured.err
        == f"criulint: error: {path}: line 1: /criu/x.conf is truncated, or too large\n"
    )


def test_a_file_that_names_nothing_of_criu_is_not_parsed(tmp_path: Path) -> None:
    """Helm's templates are no YAML, and most of them are none of our business."""
    path = tmp_path / "x.yaml"
    path.write_text("a: {{ .Values.criu }}\n  b:\n", encoding="utf-8")
    assert main(["check", "-q", str(path)]) == 0


_LINE = st.sampled_from(
    [
        "tcp-close",
        "tcp-close no",
        "verbosity 4",
        "log-file /é𝄞 x",
        "# c",
        "",
        "port 0",
        "log_file\t/x",
        "  shell-job yes",
        "x'y",
    ]
) | st.text(st.characters(max_codepoint=0x17F, categories=["L", "N", "P", "Zs"]), max_size=20)


_FILE = st.lists(_LINE, min_size=1, max_size=6).map("\n".join)


_YAML_CASES = [case for case in _CASES if case.suffix in (".yaml", ".json")]


@pytest.mark.parametrize("case", _YAML_CASES, ids=lambda case: case.name)
def test_without_libyaml_the_findings_are_the_same(case: Path) -> None:
    """PyYAML has a C library in its wheels, but not everywhere."""
    found = _found(case)
    with patch.object(yaml, "CSafeLoader", yaml.SafeLoader):
        assert _found(case) == found


@given(
    st.lists(_LINE, min_size=1, max_size=6),
    st.sampled_from(["|", '"', "'", ">", None]),
    st.booleans(),
    st.integers(1, 4),
    st.sampled_from([20, 10**6]),
)
def test_findings_are_on_the_same_characters(
    lines: list[str], style: str | None, nested: bool, indent: int, width: int
) -> None:
    """What a finding marks in the YAML file is what it marks in the file inside, in whatever
    way YAML writes that.
    """
    content = "\n".join(lines) + "\n"
    document: object = {"a": 1, "runc.conf": content}
    whole: object = [{"k": document}] if nested else document
    outer = yaml.dump(
        whole, default_style=style, allow_unicode=True, width=width, indent=indent + 1
    ).encode()
    assume(
        style != ">" or yaml.safe_load(outer) == whole
    )  # PyYAML folds indented lines, which does not make them again
    (file,) = _find(outer)
    assert file.data == content.encode()
    inner = criulint.check(content.encode(), path="x/runc.conf")
    found = _check(outer, "x.yaml")
    assert sorted(finding.code for finding in found) == sorted(finding.code for finding in inner)
    if not file.content.is_placed:
        return
    literal = Mover(file, HostFile(Source(outer))).is_block
    result = sorted((finding.code, _message(finding), _marked(outer, finding)) for finding in found)
    meant = sorted(
        (finding.code, _message(finding), _marked(content.encode(), finding)) for finding in inner
    )
    if literal:
        assert result == meant
    else:
        assert [entry[:2] for entry in result] == [entry[:2] for entry in meant]


@given(_FILE, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_is_read_however_it_is_written(
    content: str, escaped: bool, indent: int | str | None
) -> None:
    """With tabs, with characters in two escapes, and in one line; each finding is on a line
    that holds its text.
    """
    outer = json.dumps(
        {"a/b": "\\ud834 𝄞", "runc.conf": content}, ensure_ascii=escaped, indent=indent
    ).encode()
    (file,) = _find(outer, "x.json")
    # Half of a character each, where JSON has two escapes.
    meant = content.replace("𝄞", "\ufffd\ufffd") if escaped else content
    assert file.data.decode() == meant
    found = _check(outer, "x.json")
    inner = criulint.check(meant.encode(), path="x/runc.conf")
    assert sorted(finding.code for finding in found) == sorted(finding.code for finding in inner)
    assert {finding.span.line for finding in found} <= {1 if indent is None else 3}


def _message(finding: criulint.Finding) -> str:
    """Return the message without the file's name, and without numbers of lines."""
    return re.sub(
        r"\b(lines?) [\d, and]+", r"\1 N", finding.message.removesuffix(" (in runc.conf)")
    )


def _marked(data: bytes, finding: criulint.Finding) -> str:
    return Source(data).text(finding.span.line)[
        finding.span.column - 1 : finding.span.end_column - 1
    ]


@given(
    _FILE,
    st.sampled_from(["", "\n", "\n\n"]),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
@example("no-default-config", "\n", "\r\n", False, False)
@example("no-default-config", "", "\n", True, False)
@example("config /etc/criu/x.conf\nno-default-config", "\n", "\n", True, True)
def test_fixes_in_a_literal_block_are_those_of_the_file(
    lines: str, end: str, newline: str, more: bool, unsafe: bool
) -> None:
    """They make of the file in the block what they make of that file by itself, and leave all
    else as it is.
    """
    content = lines + end
    others = {"a": "1", "z": "x"} if more else {"a": "1"}
    text: str = yaml.dump({**others, "runc.conf": content}, default_style="|", allow_unicode=True)
    outer = text.replace("\n", newline).encode()
    (file,) = _find(outer)
    if not Mover(file, HostFile(Source(outer))).is_block:
        return
    mended, *_ = fix(outer, lambda data: _check(data, "x.yaml"), unsafe=unsafe)
    inner, *_ = fix(content.encode(), _FIND_ALONE, unsafe=unsafe)
    kept = yaml.safe_load(mended)
    # The header of a block says how many of the empty lines at its end there are.
    assert kept.pop("runc.conf").rstrip("\n") == inner.decode().rstrip("\n")
    assert kept == others
    assert mended.count(b"\n") == mended.count(newline.encode())


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_in_a_literal_block_each_case_is_what_it_is_by_itself(case: Case, newline: str) -> None:
    content = case.data.decode("utf-8", "replace")
    outer = yaml.dump(
        {"runc.conf": content, "z": "x"}, default_style="|", allow_unicode=True, width=10**6
    )
    outer = outer.replace("\n", newline)
    (file,) = _find(outer.encode())
    if not Mover(
        file, HostFile(Source(outer.encode()))
    ).is_block:  # YAML has no such block, or a template engine is to change it
        return
    found = _check(outer.encode(), "x.yaml")
    inner = criulint.check(content.encode(), path="x/runc.conf")
    result, meant = (
        sorted(
            (finding.code, _message(finding), _marked(data.encode(), finding))
            for finding in findings
        )
        for data, findings in ((outer, found), (content, inner))
    )
    assert result == meant
    mended, *_ = fix(outer.encode(), lambda data: _check(data, "x.yaml"))
    (left,) = _find(mended)
    assert left.data == fix(content.encode(), _FIND_ALONE)[0]
    assert yaml.safe_load(mended)["z"] == "x"


@pytest.mark.parametrize("mark", ["\r", "\x85", "\u2028"])
def test_lines_that_editors_do_not_know_are_not_edited(mark: str) -> None:
    """YAML ends a line there, and criulint's positions do not."""
    outer = mark.join(["a: 1", "runc.conf: |", "  tcp-close yes", "  port 0", "b: 1", ""]).encode()
    found = _check(outer, "x.yaml")
    assert {finding.span.line for finding in found} <= {1}
    assert [finding.fix for finding in found] == [None] * len(found)


@given(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"criu: ",
            b"{runc.conf: ",
            b"runc.conf: !",
            b"kind: Secret\ndata:\n runc.conf: ",
            b"- criu\n",
            b'{"path": "/etc/criu/x.conf", "content": "',
            b'{"path": "/etc/criu/x.conf", "contents": {"source": "data:',
            b"{path: /etc/criu/x.conf, encoding: gz+b64, content: H4sIAAAA",
        ]
    ),
    st.sampled_from(["x.yaml", "x.json"]),
)
def test_any_bytes_give_findings_or_an_error(data: bytes, before: bytes, path: str) -> None:
    with contextlib.suppress(HostError):
        _check(before + data, path)


@pytest.mark.parametrize(
    ("inner", "mended"),
    [
        ("  log-file x\n  log-file x\n", "  log-file x\n"),
        ("  shell-job\n  shell-job\n", "  shell-job\n"),
        ("  log-file x\n  tcp-close yes\n", "  log-file x\n  tcp-close\n"),
    ],
)
def test_the_line_behind_the_block_stays_where_it_is(inner: str, mended: str) -> None:
    outer = f"runc.conf: |\n{inner}next: x\n"
    data, *_ = fix(outer.encode(), lambda data: _check(data, "x.yaml"), unsafe=True)
    assert data.decode() == f"runc.conf: |\n{mended}next: x\n"
