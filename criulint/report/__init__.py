# SPDX-License-Identifier: MIT
"""Output formats: a module for each, with functions that return the whole text of a report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from criulint.finding import Finding, Related, Span
from criulint.named_tuple import NamedTuple
from criulint.report.terminal import PLAIN, Style
from criulint.text import make_commands_safe, make_safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from criulint.inventory import ImageRecord


class Format(NamedTuple):
    """A format: a function of a module here, which is imported only if it is used.

    `is_styled`: whether the function takes a `style`. `gives_commands`: whether its lines are
    commands for a CI system.
    """

    module: str
    function: str = "render"
    is_styled: bool = False
    gives_commands: bool = False


#: All formats, by name.
FORMATS = {
    "full": Format("text", "render_full", is_styled=True),
    "concise": Format("text", "render_concise", is_styled=True),
    "json": Format("json"),
    "jsonl": Format("json", "render_lines"),
    "github": Format("github", gives_commands=True),
    "gitlab": Format("gitlab"),
    "sarif": Format("sarif"),
    "junit": Format("junit"),
    "checkstyle": Format("checkstyle"),
    "azure": Format("azure", gives_commands=True),
    "html": Format("html"),
    "rdjson": Format("rdjson"),
    "rdjsonl": Format("rdjson", "render_lines"),
}


#: Formats only for reports about images.
IMAGE_FORMATS = {
    "inventory": Format("inventory"),
    "table": Format("inventory", "render_table"),
}


class Report(NamedTuple):
    """The result of a run.

    `files` are the names of all files that were checked, with and without findings. In formats that
    need paths relative to the repository, they are relative to the directory `base`. `images` are
    those that were examined, if any. `release` names the CRIU release, or the releases, that they
    were checked for. `source` is the beginning of the URLs of the repository's files, with a slash
    at its end; empty if the repository is not on the web.
    """

    findings: Sequence[Finding]
    files: Sequence[str]
    base: str = "."
    images: Sequence[ImageRecord] = ()
    release: str = ""
    source: str = ""

    def place(self, finding: Finding | Related) -> tuple[str, Span]:
        """Return where in the repository to show a finding, or a related place.

        It is in the Dockerfile, or in the file.
        """
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


def render_report(name: str, report: Report, *, style: Style = PLAIN) -> str:
    """Return `report` in the format with this name; formats for people use the `style`."""
    format_ = FORMATS.get(name) or IMAGE_FORMATS[name]
    module = import_module(f"criulint.report.{format_.module}")
    renderer = getattr(module, format_.function)
    text: str = renderer(report, style=style) if format_.is_styled else renderer(report)
    if format_.gives_commands:
        return make_commands_safe(text)
    return make_safe(text, colours=style.colour)
