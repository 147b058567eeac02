# SPDX-License-Identifier: MIT
"""The other places of a finding, and the images of a run, in each format."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from criulint.finding import Origin, Related, Span
from criulint.inventory import FileRecord, ImageRecord, ProgramRecord
from criulint.report import FORMATS, Report, render_report
from criulint.report.github import summary
from tests.report.reports import TOP, make_finding

if TYPE_CHECKING:
    from typing import Any

_PLACE = Related("/etc/criu/runc.conf", Span(3, 1, 3, 10), "`tcp-close` wins")
_LINE = "/etc/criu/runc.conf:3: `tcp-close` wins"
_ORIGIN = Origin(
    "node:1", "sha256:0", "linux/amd64", "/opt/hook", 2, "", "", "RUN chmod", "Dockerfile", 9
)
_IMAGE = ImageRecord(
    "node:1",
    "sha256:0123",
    "linux/amd64",
    3,
    1,
    (
        ProgramRecord("criu", "criu", "4.1.1", "/usr/sbin/criu"),
        ProgramRecord("runtime", "runc", "1.1.5", "/var/lib/dpkg/status"),
        ProgramRecord("engine", "podman", "", "/usr/bin/podman"),
        ProgramRecord("tool", "buildah", "1.38.0", "/usr/bin/buildah"),
    ),
    (FileRecord("/etc/criu/runc.conf", 2, "", "4.1.1"),),
    ("/var/lib/rpm/Packages",),
)
_BROKEN = ImageRecord("gone:1", errors=("gone:1: no <such> image",))


def _render(format_: str, *related: Related) -> str:
    finding = make_finding("a.conf", "tcp-close x")._replace(related=related)
    return render_report(format_, Report([finding], ["a.conf"]))


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_shows_related_places(format_: str) -> None:
    shown = _render(format_, _PLACE)
    assert "tcp-close" in shown
    assert " wins" in shown
    assert "wins" not in _render(format_)
    if format_ == "full":
        assert f"   = see: {_LINE}\n" in shown
    with_origin = _render(format_, _PLACE._replace(origin=_ORIGIN))
    assert "Dockerfile" in with_origin
    if format_ == "full":
        assert f"   = from: {_LINE} [layer 2, Dockerfile:9: RUN chmod]\n" in with_origin


def test_sarif_has_related_locations() -> None:
    log = json.loads(_render("sarif", _PLACE, _PLACE._replace(origin=_ORIGIN)))
    first, second = log["runs"][0]["results"][0]["relatedLocations"]
    region = {"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 10}
    assert (first["id"], second["id"]) == (1, 2)
    assert first["physicalLocation"] == {
        "artifactLocation": {"uri": "file:///etc/criu/runc.conf"},
        "region": region,
    }
    place = second["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "Dockerfile"
    assert place["region"]["startLine"] == 9
    assert second["logicalLocations"][0]["fullyQualifiedName"] == "/etc/criu/runc.conf:3"


def test_json_has_related_places() -> None:
    schema = json.loads((TOP / "schema" / "findings.schema.json").read_text(encoding="utf-8"))
    found = json.loads(_render("json", _PLACE, _PLACE._replace(origin=_ORIGIN)))
    Draft202012Validator(schema).validate(found)
    first, second = found[0]["related"]
    assert (first["path"], first["line"], first["message"]) == (
        "/etc/criu/runc.conf",
        3,
        "`tcp-close` wins",
    )
    assert second["image"]["line"] == 9
    assert "related" not in json.loads(_render("json"))[0]


def _report_images(format_: str) -> str:
    return render_report(format_, Report([], [], images=(_IMAGE, _BROKEN)))


def test_inventory() -> None:
    schema = json.loads((TOP / "schema" / "inventory.schema.json").read_text(encoding="utf-8"))
    document = json.loads(_report_images("inventory"))
    Draft202012Validator(schema).validate(document)
    whole, broken = document["images"]
    names = {
        kind: [each["name"] for each in whole[kind]] for kind in ("runtimes", "engines", "tools")
    }
    assert names == {"runtimes": ["runc"], "engines": ["podman"], "tools": ["buildah"]}
    assert whole["criu"]["version"] == "4.1.1"
    assert whole["unread"] == ["/var/lib/rpm/Packages"]
    assert (broken["criu"], broken["errors"]) == (None, ["gone:1: no <such> image"])


def test_table() -> None:
    headings, whole, broken, error = _report_images("table").splitlines()
    columns = [headings.index(name) for name in ("CRIU", "RUNTIMES", "ENGINES", "FILES")]
    cells = [whole[column:].split("  ")[0] for column in columns]
    assert cells == ["4.1.1", "runc 1.1.5", "podman ?", "/etc/criu/runc.conf"]
    assert [broken[column] for column in columns] == ["-"] * 4
    assert error == "  error: gone:1: no <such> image"


def test_sarif_says_what_was_looked_at() -> None:
    (run,) = json.loads(_report_images("sarif"))["runs"]
    (invocation,) = run["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert notification["message"]["text"] == "gone:1: no <such> image"
    assert [image["name"] for image in run["properties"]["images"]] == ["node:1", "gone:1"]
    clean = json.loads(render_report("sarif", Report([], [], images=(_IMAGE,))))["runs"][0]
    assert clean["invocations"][0]["executionSuccessful"] is True
    assert "invocations" not in json.loads(render_report("sarif", Report([], [])))["runs"][0]


def test_junit_has_a_suite_for_each_image() -> None:
    root = ElementTree.fromstring(_report_images("junit"))
    assert (root.get("tests"), root.get("errors")) == ("2", "1")
    whole, broken = root
    properties: list[tuple[Any, Any]] = [
        (each.get("name"), each.get("value")) for each in whole.iter("property")
    ]
    assert ("runtime", "runc 1.1.5 (/var/lib/dpkg/status)") in properties
    assert ("digest", "sha256:0123") in properties
    assert whole.find("testcase/error") is None
    error = broken.find("testcase/error")
    assert error is not None
    assert error.get("message") == "gone:1: no <such> image"


@pytest.mark.parametrize("format_", ["github", "azure"])
def test_logs_say_what_was_looked_at(format_: str) -> None:
    line, error = _report_images(format_).splitlines()
    assert line == (
        "node:1 (sha256:0123, linux/amd64): CRIU 4.1.1, runc 1.1.5, podman ?; /etc/criu/runc.conf;"
        " 0 findings"
    )
    assert "gone:1" in error


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_holds_findings_alone(name: str) -> None:
    """Each element is a finding; `inventory` is the JSON document with the images."""
    assert json.loads(_report_images(name) or "[]") == []


def test_errors_are_issues_in_gitlab() -> None:
    (issue,) = json.loads(_report_images("gitlab"))
    assert (issue["severity"], issue["description"]) == ("blocker", "gone:1: no <such> image")
    assert issue["location"] == {"path": "gone:1", "lines": {"begin": 1}}
    twice = _BROKEN._replace(errors=("a", "b"))
    issues = json.loads(render_report("gitlab", Report([], [], images=(twice, _BROKEN))))
    assert len({each["fingerprint"] for each in issues}) == 2
    assert issues[0]["fingerprint"] == issue["fingerprint"]


def test_errors_are_diagnostics_of_reviewdog() -> None:
    (diagnostic,) = json.loads(_report_images("rdjson"))["diagnostics"]
    assert diagnostic["severity"] == "ERROR"
    assert diagnostic["location"] == {"path": "gone:1"}


@pytest.mark.parametrize(
    "format_", ["checkstyle", "github", "azure", "html", "gitlab", "rdjson", "rdjsonl"]
)
def test_errors_are_in_the_other_formats(format_: str) -> None:
    assert "gone:1: no " in _report_images(format_)
    assert "gone" not in render_report(format_, Report([], [], images=(_IMAGE,)))


def test_the_summary_has_the_table_of_images() -> None:
    text = summary(Report([], [], images=(_IMAGE, _BROKEN)))
    assert "| runc 1.1.5 |" in text
    assert "Not examined: gone:1: no &#60;such&#62; image" in text
