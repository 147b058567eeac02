# SPDX-License-Identifier: MIT
"""What criulint reports about a file: findings, where they are, and how to fix them."""

from __future__ import annotations

from enum import Enum, IntEnum

from criulint.named_tuple import NamedTuple

# A build step can be a whole script; its beginning is enough to recognize it.
_MAX_STEP_LENGTH = 160


class Severity(IntEnum):
    """How bad a finding is; greater is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        return self.name.lower()


class Span(NamedTuple):
    """A piece of a file.

    Lines and columns are 1-based, columns count code points, and the end is exclusive.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """A replacement of the text in `span`; an empty span inserts, an empty text deletes."""

    span: Span
    text: str


class Fix(NamedTuple):
    """A change that fixes a finding; `safe` if it is certain what the author meant."""

    title: str
    edits: tuple[Edit, ...]
    safe: bool


class Aspect(Enum):
    """The aspect of a path that a finding is about."""

    #: What the file or directory contains, or that it exists.
    CONTENT = "content"
    #: Its owner and its permissions.
    ACCESS = "access"
    #: Its name: who created it, or the link that leads elsewhere.
    NAME = "name"


class Subject(NamedTuple):
    """A path on the host of a configuration file, and the aspect of it that a finding is about."""

    path: str
    aspect: Aspect


class Origin(NamedTuple):
    """Where in a container image a file comes from.

    `image` is the name as the user wrote it, `repository` the name without scheme, tag and digest,
    `digest` that of its manifest, `path` the path in the image that the finding is about. `layer`
    counts from 1 and has the digests `layer_digest` (as stored; empty in a docker archive) and
    `diff_id`; `step` is the build step that made it, or empty, on the 1-based `line` of
    `dockerfile` if that is known. The file was checked for the CRIU `release`; `criu` is the
    version in the image, and `runtime` what calls it there (``runc@1.3.0, podman``); both are empty
    if unknown.
    """

    image: str
    digest: str
    platform: str
    path: str
    layer: int
    layer_digest: str
    diff_id: str
    step: str
    dockerfile: str | None = None
    line: int = 0
    release: str = ""
    criu: str = ""
    runtime: str = ""
    repository: str = ""

    def __str__(self) -> str:
        """Return the layer, the step and its line in a few words."""
        parts = [f"layer {self.layer}"] if self.layer else []
        if self.dockerfile:
            parts.append(f"{self.dockerfile}:{self.line}")
        step = self.step
        if len(step) > _MAX_STEP_LENGTH:
            step = f"{step[:_MAX_STEP_LENGTH]}..."
        place = ", ".join(parts)
        return f"{place}: {step}" if place and step else place or step


def _note_origin(origin: Origin | None) -> str:
    """Return a place in an image, in brackets; empty if nothing is known about it."""
    place = str(origin) if origin else ""
    return f" [{place}]" if place else ""


class Related(NamedTuple):
    """Another place that explains a finding: `message` says what is there.

    `origin` is where the file comes from if it is one of a container image.
    """

    path: str
    span: Span
    message: str
    origin: Origin | None = None

    def __str__(self) -> str:
        """Return the place, what is there, and where that comes from, on one line."""
        note = _note_origin(self.origin)
        return f"{self.path}:{self.span.line}: {self.message}{note}"


class Finding(NamedTuple):
    """One mistake.

    `message` says what CRIU does with it, `help` what to write instead (or is empty). `line_text`
    is the text of the line that `span` begins on, decoded as by `criulint.source.decode`. `related`
    are other places that explain it. `subject` is the path on the file's host that it is about, if
    that is not the line itself.
    """

    code: str
    name: str
    severity: Severity
    message: str
    help: str
    path: str | None
    span: Span
    fix: Fix | None
    url: str
    origin: Origin | None = None
    line_text: str = ""
    related: tuple[Related, ...] = ()
    subject: Subject | None = None

    @property
    def full_message(self) -> str:
        """The `message` and the `help` in one line."""
        return f"{self.message}; {self.help}" if self.help else self.message

    def with_places(self, message: str) -> str:
        """Return `message` for a report that has no fields for other places: they follow it.

        In a container image, the path and the line come before it.
        """
        if not self.origin:
            return f"{message}{self.related_note}"
        return f"{self.path}:{self.span.line}: {message}{self.origin_note}{self.related_note}"

    @property
    def origin_note(self) -> str:
        """The place in the image, in brackets; empty if nothing is known about it."""
        return _note_origin(self.origin)

    @property
    def related_note(self) -> str:
        """The other places, for the end of a message; empty if there are none."""
        return "".join(f"; see {place}" for place in self.related)


class CheckResult(NamedTuple):
    """The result of checking a file: what to report, by place, and what the file suppresses."""

    findings: list[Finding]
    hidden: list[Finding]
