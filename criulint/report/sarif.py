# SPDX-License-Identifier: MIT
"""SARIF 2.1.0, as GitHub code scanning and others read it.

Sources: OASIS, sarif-schema-2.1.0.json; GitHub, "SARIF support for code scanning". GitHub wants
regions of one line and paths relative to the repository, and makes its own fingerprints if there is
no ``primaryLocationLineHash``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from criulint import __version__
from criulint.finding import Edit, Finding, Related, Severity, Span
from criulint.fingerprint import fingerprints
from criulint.report.inventory import inventory_as_object
from criulint.report.json import dump
from criulint.rules.registry import find_rule
from criulint.rules.rendering import help_markdown, help_text, rule_text
from criulint.source import encode
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.report import Report
    from criulint.rules.base import AnyRule

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
# Characters with a meaning in the text of a link.
_IN_LINK = str.maketrans({"[": "\\[", "]": "\\]", "\\": "\\\\"})
# GitHub's limit for a rule's descriptions.
_MAX_DESCRIPTION = 1024


def render(report: Report) -> str:
    """Return a log with one run."""
    codes = sorted({finding.code for finding in report.findings})
    prints = fingerprints(report.findings, report.base)
    results = [
        _result(finding, codes.index(finding.code), fingerprint, report)
        for finding, fingerprint in zip(report.findings, prints, strict=True)
    ]
    driver = {
        "name": "criulint",
        "semanticVersion": __version__,
        "informationUri": "https://criulint.readthedocs.io/",
        "rules": [_rule(rule) for rule in map(find_rule, codes) if rule],
    }
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "automationDetails": {"id": "criulint/"},
        "results": results,
    }
    if report.images:
        run["invocations"] = [_invocation(report)]
        images = [inventory_as_object(image) for image in report.images]
        run["properties"] = {"images": images}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return dump(log)


def _invocation(report: Report) -> dict[str, Any]:
    """Return what a run over images could not examine."""
    errors = [error for image in report.images for error in image.errors]
    return {
        "executionSuccessful": not errors,
        "toolExecutionNotifications": [
            {"level": "error", "message": {"text": escape(error)}} for error in errors
        ],
    }


def _rule(rule: AnyRule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary[:_MAX_DESCRIPTION]},
        "fullDescription": {"text": _shorten(rule_text(rule))},
        # Viewers show it below the short description, so it does not repeat that.
        "help": {"text": help_text(rule), "markdown": help_markdown(rule)},
        "helpUri": rule.url,
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["criu", rule.family.tag],
            "precision": "very-high",
            "problem.severity": _PROBLEMS[rule.severity],
        },
    }


def _result(finding: Finding, index: int, fingerprint: str, report: Report) -> dict[str, Any]:
    """Return a finding as a SARIF `result`."""
    path, span = report.place(finding)
    artifact = _artifact(path)
    region = _region(span)
    if finding.line_text.isprintable() and not finding.origin:
        region["snippet"] = {"text": finding.line_text}
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.full_message + _references(finding)},
        "locations": [{"physicalLocation": {"artifactLocation": artifact, "region": region}}],
        "partialFingerprints": {"criulint/v1": fingerprint},
    }
    if finding.origin:
        name = f"{finding.path}:{finding.span.line}"
        result["locations"][0]["logicalLocations"] = [
            {"fullyQualifiedName": escape(name), "kind": "resource"}
        ]
        result["message"]["text"] = f"{escape(name)}: {result['message']['text']}"
        result["properties"] = {
            **finding.origin._asdict(),
            "fileLine": finding.span.line,
            "fileColumn": finding.span.column,
        }
    if finding.related:
        result["relatedLocations"] = [
            _related(number, place, report) for number, place in enumerate(finding.related, 1)
        ]
    # JSON cannot hold bytes that are not UTF-8.
    if finding.fix and not any(_is_broken(edit.text) for edit in finding.fix.edits):
        replacements = [_replacement(edit) for edit in finding.fix.edits]
        change = {"artifactLocation": artifact, "replacements": replacements}
        result["fixes"] = [
            {"description": {"text": finding.fix.title}, "artifactChanges": [change]}
        ]
    return result


def _references(finding: Finding) -> str:
    """Return links to the related places, by the numbers that they have."""
    links = (
        f"[{escape(f'{place.path}:{place.span.line}').translate(_IN_LINK)}]({number})"
        for number, place in enumerate(finding.related, 1)
    )
    shown = ", ".join(links)
    return f" (see {shown})" if shown else ""


def _shorten(text: str) -> str:
    """Return a description that GitHub accepts: without the last paragraphs if it is too long."""
    while len(text) > _MAX_DESCRIPTION and "\n\n" in text:
        text = text.rpartition("\n\n")[0]
    return text[:_MAX_DESCRIPTION]


def _related(number: int, place: Related, report: Report) -> dict[str, Any]:
    path, span = report.place(place)
    location: dict[str, Any] = {
        "id": number,
        "physicalLocation": {"artifactLocation": _artifact(path), "region": _region(span)},
        "message": {"text": escape(str(place) if place.origin else place.message)},
    }
    if place.origin:
        name = escape(f"{place.path}:{place.span.line}")
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
        location["properties"] = place.origin._asdict()
    return location


def _artifact(path: str) -> dict[str, str]:
    uri = quote(encode(path), safe="/~")
    if path.startswith("/"):
        return {"uri": f"file://{uri}"}
    if re.match("[A-Za-z]:/", path):  # on Windows, on another drive than the repository
        return {"uri": f"file:///{path[:2]}{quote(encode(path[2:]), safe='/~')}"}
    return {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _region(span: Span) -> dict[str, Any]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
