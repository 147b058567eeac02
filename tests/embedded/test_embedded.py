# SPDX-License-Identifier: GPL-2.0-only
"""CRIU's files inside YAML and JSON.

``files/NAME.yaml.expected`` holds what ``criulint check --format concise NAME.yaml`` prints. After a change ``python -m
tests.embedded.test_embedded`` in the root of the repository rewrites them: read the difference before committing it.
"""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import criulint
from criulint import embedded
from criulint.cli import main
from criulint.fix import fix
from criulint.source import Source, encode

_FILES = Path(__file__).with_name("files")
_CASES = sorted(path for path in _FILES.iterdir() if path.suffix != ".expected")


def _concise(case: Path) -> str:
    out = io.StringIO()
    before = Path.cwd()
    os.chdir(_FILES)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            main(["check", "--isolated", "--criu", "4.2.1", "--format", "concise", case.name])
    finally:
        os.chdir(before)
    return out.getvalue()


def _expected(case: Path) -> Path:
    return case.with_name(f"{case.name}.expected")


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case.name)
def test_findings_are_the_expected_ones(case: Path) -> None:
    assert _concise(case) == _expected(case).read_text(encoding="utf-8")


def _check(data: bytes, path: str) -> list[criulint.Finding]:
    return criulint.check(data, path=path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("criu: [", "not YAML"),
        ("criu: \t- x", "not YAML"),
        ("criu: " + "[" * 200_000, "nested too deeply"),
        ("criu: \x01", "not YAML"),
        ("criu: &a [*a, *b]", "not YAML: found undefined alias"),
        ("# criu\nkind: Secret\ndata:\n  runc.conf: abcde\n", "line 4: runc.conf is not base64"),
    ],
)
def test_what_is_not_yaml_is_one_line(text: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["check", "-q", str(path)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith(f"criulint: error: {path}: ")
    assert message in line


def test_a_file_that_names_nothing_of_criu_is_not_parsed(tmp_path: Path) -> None:
    """Helm's templates are no YAML, and most of them are none of our business."""
    path = tmp_path / "x.yaml"
    path.write_text("a: {{ .Values.x }}\n  b:\n", encoding="utf-8")
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


@given(st.lists(_LINE, min_size=1, max_size=6), st.sampled_from(["|", '"', "'", None]), st.booleans(), st.integers(1, 4))
def test_findings_are_on_the_same_characters(lines: list[str], style: str | None, nested: bool, indent: int) -> None:
    """What a finding marks in the YAML file is what it marks in the file inside, in whatever way YAML writes that."""
    content = "\n".join(lines) + "\n"
    document: object = {"a": 1, "runc.conf": content}
    outer = yaml.dump(
        [{"k": document}] if nested else document, default_style=style, allow_unicode=True, width=10**6, indent=indent + 1
    ).encode()
    (file,) = embedded.find(outer)
    assert file.data == content.encode()
    inner = criulint.check(content.encode(), path="x/runc.conf")
    found = embedded.check(outer, "x.yaml", _check)
    assert sorted(finding.code for finding in found) == sorted(finding.code for finding in inner)
    if file.places is None:
        return
    literal = file.indent is not None
    told = sorted((finding.code, finding.message, _marked(outer, finding)) for finding in found)
    meant = sorted((finding.code, finding.message, _marked(content.encode(), finding)) for finding in inner)
    if literal:
        assert told == meant
    else:
        assert [entry[:2] for entry in told] == [entry[:2] for entry in meant]


def _marked(data: bytes, finding: criulint.Finding) -> str:
    return Source(data).text(finding.span.line)[finding.span.column - 1 : finding.span.end_column - 1]


@given(st.lists(_LINE, min_size=1, max_size=6))
def test_fixes_in_a_literal_block_are_those_of_the_file(lines: list[str]) -> None:
    content = "\n".join(["# first", *lines, "port 1"]) + "\n"
    outer = yaml.dump({"runc.conf": content, "z": 1}, default_style="|", allow_unicode=True).encode()
    mended, *_ = fix(outer, lambda data: embedded.check(data, "x.yaml", _check))
    inner, *_ = fix(content.encode(), lambda data: _check(data, "x/runc.conf"))
    (file,) = embedded.find(mended)
    if file.indent is not None:
        assert file.data == inner
    assert mended.splitlines()[-1] == encode('"z": |-') or b"z" in mended.splitlines()[-2] + mended.splitlines()[-1]


@given(
    st.binary(max_size=60),
    st.sampled_from([b"criu: ", b"{runc.conf: ", b'{"path": "/etc/criu/x.conf", "content": "', b"- criu\n"]),
)
def test_any_bytes_give_findings_or_an_error(data: bytes, before: bytes) -> None:
    with contextlib.suppress(embedded.EmbeddedError):
        embedded.check(before + data, "x.yaml", _check)


if __name__ == "__main__":
    for path in _CASES:
        _expected(path).write_text(_concise(path), encoding="utf-8")


@pytest.mark.parametrize(
    ("inner", "mended"),
    [
        ("  log-file x\n  log-file x\n", "  log-file x\n"),
        ("  shell-job\n  shell-job\n", "  shell-job\n"),
        ("  log-file x\n  verbosity 4\n", "  log-file x\n  verbosity=4\n"),
    ],
)
def test_the_line_behind_the_block_stays_where_it_is(inner: str, mended: str) -> None:
    outer = f"runc.conf: |\n{inner}next: x\n"
    data, *_ = fix(outer.encode(), lambda data: embedded.check(data, "x.yaml", _check), unsafe=True)
    assert data.decode() == f"runc.conf: |\n{mended}next: x\n"
