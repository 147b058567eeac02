# SPDX-License-Identifier: MIT
"""The output formats: files with mistakes of all kinds, and how each format shows them.

``files/golden/NAME.FORMAT`` is the output of ``criulint check --format FORMAT`` for the files in
``files`` (``findings``), and for one without a mistake (``nothing``).
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.cli import main
from criulint.report import FORMATS, Report, render_report

if TYPE_CHECKING:
    from tests.golden import Golden

from tests.report.reports import FILES, GOLDEN, INPUTS, make_finding, read_golden, run_report

_MACHINES = sorted(FORMATS.keys() - {"full", "concise"})


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", INPUTS)
def test_the_report_is_the_expected_one(name: str, format_: str, golden: Golden) -> None:
    golden(GOLDEN / f"{name}.{format_}", run_report(name, format_))


def test_the_inputs_have_what_is_hard_to_write() -> None:
    """No editor has removed invalid UTF-8, tabs, control characters or non-BMP characters."""
    data = (FILES / "mixed.conf").read_bytes()
    assert all(part in data for part in (b"\xff\xfe", b"\t", b"\x07", "𝄞".encode()))


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("format_", ["json", "gitlab", "sarif", "rdjson"])
def test_json_is_json_and_ascii(name: str, format_: str) -> None:
    text = read_golden(name, format_)
    json.loads(text)
    assert text.isascii()
    assert text.endswith("\n")


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("format_", ["jsonl", "rdjsonl"])
def test_json_lines_hold_the_same_as_the_array(name: str, format_: str) -> None:
    lines = [json.loads(line) for line in read_golden(name, format_).splitlines()]
    whole = json.loads(read_golden(name, format_[:-1]))
    if format_ == "rdjsonl":
        source = whole["source"]
        assert lines == [{**diagnostic, "source": source} for diagnostic in whole["diagnostics"]]
    else:
        assert lines == whole


def test_every_format_has_every_finding() -> None:
    found = json.loads(read_golden("findings", "json"))
    codes = sorted(finding["code"] for finding in found)
    assert len(codes) > 10
    for format_ in FORMATS:
        text = read_golden("findings", format_)
        if format_ == "sarif":
            (run,) = json.loads(text)["runs"]
            assert sorted(result["ruleId"] for result in run["results"]) == codes
        elif format_ == "rdjson":
            assert (
                sorted(found["code"]["value"] for found in json.loads(text)["diagnostics"]) == codes
            )
        elif format_ == "junit":
            names = [case.attrib["name"] for case in ElementTree.fromstring(text).iter("testcase")]
            assert sorted(name.split()[0] for name in names if name != "criulint") == codes
        elif format_ == "gitlab":
            assert sorted(issue["description"].split()[0] for issue in json.loads(text)) == codes
        elif format_ == "checkstyle":
            errors = ElementTree.fromstring(text).iter("error")
            assert (
                sorted(error.attrib["source"].removeprefix("criulint.") for error in errors)
                == codes
            )
        elif format_ == "full":
            assert sorted(re.findall(r"(?:error|warning|info)\[(CRIU\d+)", text)) == codes
        elif format_ == "html":
            assert sorted(re.findall(r"noreferrer\">(CRIU\d+)<", text)) == codes
        elif format_ == "azure":
            assert sorted(re.findall(r"code=(CRIU\d+);", text)) == codes
        elif format_ != "json":
            assert [re.findall(r"CRIU\d{3}", line)[0] for line in text.splitlines()] != []
            assert sorted(re.findall(r"CRIU\d{3}", line)[0] for line in text.splitlines()) == codes


_TEXT = st.text(
    st.characters(max_codepoint=0x2FF)
    | st.characters(categories=["Cs"], min_codepoint=0xDC80, max_codepoint=0xDCFF)
)


_LINES = [
    b"tcp-close no",
    b"port 0",
    b"\xf0\x9d\x84\x9e\tx",
    b"log-file \x1b[31m x",
    b"\xff",
    b"\x85\x0b y z",
    b"::error::x",
    b"",
]


@given(
    _TEXT.filter(lambda path: path and "\0" not in path),
    _TEXT.filter(lambda line: "\n" not in line),
    st.sampled_from(_MACHINES),
)
def test_any_path_and_any_line_make_a_valid_report(path: str, line: str, format_: str) -> None:
    text = render_report(format_, Report([make_finding(path, line)], [path]))
    assert text.endswith("\n")
    text.encode("utf-8", "backslashreplace")
    if format_ in ("junit", "checkstyle"):
        ElementTree.fromstring(text)
    elif format_ == "html":
        assert text.startswith("<!DOCTYPE html>")
    elif format_.endswith("l"):
        (only,) = text.splitlines()
        json.loads(only)
    elif format_ in ("github", "azure"):
        assert len(text.splitlines()) == 1 or not any(mark in text[:-1] for mark in "\r\n")
    else:
        json.loads(text)


def _strictly(text: str) -> object:
    def refused(constant: str) -> object:
        raise ValueError(constant)

    return json.loads(text, parse_constant=refused)


@given(
    st.binary(max_size=60) | st.lists(st.sampled_from(_LINES), max_size=6).map(b"\n".join),
    st.sampled_from(["conf", "yaml"]),
)
def test_whatever_a_file_holds_all_reports_are_valid_and_of_one_mind(
    data: bytes, kind: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"x.{kind}")
        path.write_bytes(
            data if kind == "conf" else b"{runc.conf: !!binary " + base64.b64encode(data) + b"}"
        )
        outputs = [f"--output={name}:{folder}/{name}" for name in FORMATS]
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(["check", "--isolated", "--format", "concise", *outputs, str(path)])
        assert err.getvalue() == ""
        texts = {name: Path(folder, name).read_bytes().decode("utf-8") for name in FORMATS}
        assert texts["concise"] == out.getvalue()
        found = _strictly(texts["json"])
        assert isinstance(found, list)
        assert status == int(any(finding["severity"] != "info" for finding in found))
        for name in ("jsonl", "rdjsonl", "github", "azure", "concise"):
            assert len(re.split("[\n\r]", texts[name])) == len(found) + 1, name
        sarif, rdjson = _strictly(texts["sarif"]), _strictly(texts["rdjson"])
        assert isinstance(sarif, dict)
        assert isinstance(rdjson, dict)
        for several in (
            _strictly(texts["gitlab"]),
            sarif["runs"][0]["results"],
            rdjson["diagnostics"],
        ):
            assert isinstance(several, list)
            assert len(several) == len(found)
        for name, tag in (("junit", "failure"), ("checkstyle", "error")):
            assert len(list(ElementTree.fromstring(texts[name]).iter(tag))) == len(found)
        for finding in found:
            assert 1 <= finding["line"] <= finding["end_line"]
            assert (
                finding["line"] < finding["end_line"]
                or 1 <= finding["column"] <= finding["end_column"]
            )
