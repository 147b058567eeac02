# SPDX-License-Identifier: GPL-2.0-only
"""Output formats: a module for each, with functions that return the whole text of a report."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from criulint.finding import Finding, Span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Format(NamedTuple):
    """A format: a function of a module here, which is imported only if it is used.

    `has_colour`: whether the function takes `colour`.
    """

    module: str
    function: str = "render"
    has_colour: bool = False


#: All formats, by name.
FORMATS = {
    "full": Format("text", "render_full", has_colour=True),
    "concise": Format("text", "render_concise", has_colour=True),
    "json": Format("json"),
    "jsonl": Format("json", "render_lines"),
    "github": Format("github"),
    "gitlab": Format("gitlab"),
    "sarif": Format("sarif"),
    "junit": Format("junit"),
    "checkstyle": Format("checkstyle"),
    "azure": Format("azure"),
    "rdjson": Format("rdjson"),
    "rdjsonl": Format("rdjson", "render_lines"),
}


class Report(NamedTuple):
    """What a run found.

    `lines` holds, for each of `findings`, the text of the line that it begins on (decoded as by `criulint.source.decode`).
    `files` are the names of all files that were checked, with and without findings. Formats that need paths relative to
    the repository count them from the directory `base` on.
    """

    findings: Sequence[Finding]
    lines: Sequence[str]
    files: Sequence[str]
    base: str = "."

    def place(self, finding: Finding) -> tuple[str, Span]:
        """Where to show a finding in the repository: in the Dockerfile, if the line came from there, else in its file."""
        origin = finding.origin
        if origin and origin.dockerfile:
            return self.relative(origin.dockerfile), Span(origin.line, 1, origin.line, 1)
        return (origin.path.lstrip("/") if origin else self.relative(finding.path)), finding.span

    def relative(self, path: str | None) -> str:
        """A finding's path from `base` on, with ``/``; one that lies elsewhere is absolute, and no path stays none."""
        from criulint.linter.baseline import normal_path

        return normal_path(path or "-", self.base)


def render(name: str, report: Report, *, colour: bool = False) -> str:
    """Return `report` in the format with this name; formats for people can be in `colour`."""
    format_ = FORMATS[name]
    module = import_module(f"criulint.report.{format_.module}")
    renderer = getattr(module, format_.function)
    text: str = renderer(report, colour=colour) if format_.has_colour else renderer(report)
    return text


def base_directory(environment: Mapping[str, str], directory: str) -> str:
    """The directory that the paths of a report count from, for a run in `directory`.

    It is the workspace of the CI system if that says so, otherwise the repository's top, otherwise `directory` itself.
    """
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR", "BUILD_SOURCESDIRECTORY"):
        workspace = environment.get(name)
        if workspace and _is_below(directory, workspace):
            return workspace
    above = directory
    while True:
        if os.path.exists(os.path.join(above, ".git")):
            return above
        parent = os.path.dirname(above)
        if parent == above:
            return directory
        above = parent


def _is_below(directory: str, above: str) -> bool:
    inner, outer = os.path.realpath(directory), os.path.realpath(above)
    return inner == outer or inner.startswith(outer.rstrip(os.sep) + os.sep)
