# SPDX-License-Identifier: MIT
"""What was examined in images, and what could not be: as JSON, or as a table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from criulint.report.json import dump, finding_as_object
from criulint.text import escape, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.finding import Finding
    from criulint.inventory import ImageRecord, ProgramRecord
    from criulint.report import Report

_HEADINGS = ("IMAGE", "DIGEST", "PLATFORM", "CRIU", "RUNTIMES", "ENGINES", "FILES", "FINDINGS")
# Enough of a digest to recognize it.
_DIGEST_LENGTH = 19


def render(report: Report) -> str:
    """Return a JSON object with all images and their findings.

    See ``schema/inventory.schema.json``.
    """
    images = [
        {
            **inventory_as_object(image),
            "findings": [finding_as_object(finding) for finding in _find_findings(image, report)],
        }
        for image in report.images
    ]
    return dump({"version": 1, "images": images})


def inventory_as_object(image: ImageRecord) -> dict[str, Any]:
    """Return an image as a JSON object, without its findings."""
    criu = image.of_kind("criu")
    return {
        "name": image.name,
        "digest": image.digest,
        "platform": image.platform,
        "layers": image.layers,
        "base_layers": image.base,
        "criu": _program(criu[0]) if criu else None,
        "runtimes": [_program(program) for program in image.of_kind("runtime")],
        "engines": [_program(program) for program in image.of_kind("engine")],
        "tools": [_program(program) for program in image.of_kind("tool")],
        "files": [file._asdict() for file in image.files],
        "unread": list(image.unread),
        "errors": list(image.errors),
    }


def _program(program: ProgramRecord) -> dict[str, str]:
    return {"name": program.name, "version": program.version, "path": program.path}


def _find_findings(image: ImageRecord, report: Report) -> list[Finding]:
    """Return the findings of the report that are in an image."""
    return [
        finding
        for finding in report.findings
        if finding.origin and finding.origin.image == image.name
    ]


def render_table(report: Report) -> str:
    """Return a line for each image, and below it what could not be examined."""
    rows = table_rows(report)
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    lines: list[str] = []
    for row, image in zip(rows, (None, *report.images), strict=True):
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.append("  ".join(cells).rstrip())
        lines += [f"  error: {error}" for error in (image.errors if image else ())]
    return "".join(f"{line}\n" for line in lines)


def table_rows(report: Report) -> list[tuple[str, ...]]:
    """Return the headings of the table, and the cells of each image."""
    return [_HEADINGS, *(_row(image, report) for image in report.images)]


def log_lines(report: Report) -> list[str]:
    """Return a line for a log about each image that could be read."""
    seen = (image for image in report.images if image.layers or image.files)
    return [_describe_image(image, report) for image in seen]


def _describe_image(image: ImageRecord, report: Report) -> str:
    """Return in words what was examined in an image."""
    which = ", ".join(escape(part) for part in (image.digest, image.platform) if part)
    name = f"{escape(image.name)} ({which})" if which else escape(image.name)
    programs = [f"CRIU {escape(each.version or '?')}" for each in image.of_kind("criu")]
    programs += [*_describe(image, "runtime"), *_describe(image, "engine")]
    files = ", ".join(dict.fromkeys(escape(file.path) for file in image.files))
    findings = plural(len(_find_findings(image, report)), "finding")
    return f"{name}: {', '.join(programs) or 'no CRIU'}; {files or 'no file'}; {findings}"


def _row(image: ImageRecord, report: Report) -> tuple[str, ...]:
    """Return the cells of an image; ``-`` stands for nothing, ``?`` for an unknown version."""
    criu = image.of_kind("criu")
    cells = (
        escape(image.name),
        image.digest[:_DIGEST_LENGTH],
        escape(image.platform),
        escape(criu[0].version or "?") if criu else "",
        ", ".join(_describe(image, "runtime")),
        ", ".join(_describe(image, "engine")),
        ", ".join(dict.fromkeys(escape(file.path) for file in image.files)),
        str(len(_find_findings(image, report))),
    )
    return tuple(cell or "-" for cell in cells)


def _describe(image: ImageRecord, kind: str) -> Iterator[str]:
    for program in image.of_kind(kind):
        yield f"{program.name} {escape(program.version or '?')}"
