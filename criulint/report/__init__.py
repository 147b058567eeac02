# SPDX-License-Identifier: GPL-2.0-only
"""Output formats: a module for each, with a `render` that returns the whole text of a report."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import NamedTuple

from criulint.finding import Finding, Span

#: The formats by name, each with the module that makes it.
FORMATS = {
    "full": "text",
    "concise": "text",
    "json": "json",
    "jsonl": "json",
    "github": "github",
    "gitlab": "gitlab",
    "sarif": "sarif",
    "junit": "junit",
    "checkstyle": "checkstyle",
    "azure": "azure",
    "rdjson": "rdjson",
    "rdjsonl": "rdjson",
}


class Report(NamedTuple):
    """The result of a run.

    `files` are the names of all files that were checked, with and without findings. In formats that
    need paths relative to the repository, they are relative to the directory `base`.
    """

    findings: Sequence[Finding]
    files: Sequence[str]
    base: str = "."

    def place(self, finding: Finding) -> tuple[str, Span]:
        """Return where to show a finding in the repository: in the Dockerfile or in its file."""
        origin = finding.origin
        if origin and origin.dockerfile:
            return self.relative(origin.dockerfile), Span(origin.line, 1, origin.line, 1)
        path = origin.path.lstrip("/") if origin else self.relative(finding.path)
        return path, finding.span

    def relative(self, path: str | None) -> str:
        """Return a path with ``/``: relative to `base` if it is below it, else absolute.

        ``-`` stands for no path.
        """
        from criulint.fingerprint import normal_path  # a run without findings does not need it

        return normal_path(path or "-", self.base)


def render(name: str, report: Report, *, colour: bool = False) -> str:
    """Return `report` in the format with this name, with a newline at its end.

    `colour` is for the text formats.
    """
    module = import_module(f"criulint.report.{FORMATS[name]}")
    if name == "full":
        text: str = module.render_full(report, module.Style(colour))
    elif name == "concise":
        text = module.render_concise(report, module.Style(colour))
    elif name in ("jsonl", "rdjsonl"):
        text = module.render_lines(report)
    else:
        text = module.render(report)
    return text
