# SPDX-License-Identifier: MIT
"""The findings in one image: its files are checked, and each finding gets its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import Caller
from criulint.criu.paths import read_together
from criulint.criu.releases import nearest_release
from criulint.criu.runtimes import engines, runtimes
from criulint.finding import Aspect, Finding, Origin, Related, Span, Subject
from criulint.host.filesystem import HostContext, Kind, resolve_path
from criulint.image import ImageError
from criulint.image.changes import Makers, find_makers
from criulint.image.inspection import ImageFile, Inspection, layers_of
from criulint.image.naming import DEFAULT_PATHS
from criulint.inventory import FileRecord, ImageRecord, ProgramRecord
from criulint.linter.linter import LinterCache, TooManyFindingsError
from criulint.rules.environment.named_file import NamedFile
from criulint.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from criulint.configuration.resolve import FileSettings, Resolver
    from criulint.image.images import Image
    from criulint.image.naming import AbsentFile, Naming
    from criulint.image.origin import Origins
    from criulint.linter.linter import Linter

_START = Span(1, 1, 1, 1)
# The largest average number of files with a finding: they may be links to each other.
_FILES_OF_A_FINDING = 10


class CheckedFile(NamedTuple):
    """A file that was checked, with its settings."""

    file: ImageFile
    source: Source
    settings: FileSettings
    linter: Linter


class ImageCheck:
    """The check of one image: `resolver` finds the settings of its files.

    The CRIU, runtimes and engines in the image apply unless the settings name others.
    """

    def __init__(
        self,
        image: Image,
        inspection: Inspection,
        resolver: Resolver,
        origins: Origins,
    ) -> None:
        self._image = image
        self._inspection = inspection
        self._resolver = resolver
        self._origins = origins
        self._contexts: dict[tuple[FileSettings, bool], FileSettings] = {}
        self._by_role: dict[str, Resolver] = {}
        self._linters = LinterCache(
            lambda path: HostContext(inspection.file_system, path, is_image=bool(image.layers))
        )
        self._versions = inspection.versions
        self._makers: dict[str, Makers] = {}
        #: The files that were checked.
        self.files = [self._open(file) for file in inspection.files]

    def _open(self, file: ImageFile) -> CheckedFile:
        settings = self._find_settings(file.path, file.naming)
        return CheckedFile(
            file, Source(file.data, file.path), settings, self._linters.get(settings)
        )

    @property
    def settings(self) -> list[FileSettings]:
        """The settings of its files; those of the default file if it has none."""
        found = [checked.settings for checked in self.files]
        return found or [self._find_settings(DEFAULT_PATHS[0], None)]

    # --- settings

    def _find_settings(self, path: str, naming: Naming | None) -> FileSettings:
        """Return the settings of a file; `naming` is how the image names it, if it does."""
        role = naming.role.value if naming else ""
        if role not in self._by_role:
            self._by_role[role] = self._resolver.with_found(self._describe_file(role))
        settings = self._by_role[role].settings(path.lstrip("/"))
        by_annotation = naming is not None and naming.is_annotation
        key = settings, by_annotation
        if key not in self._contexts:
            context = settings.context._replace(
                present=self._callers(), by_annotation=by_annotation
            )
            self._contexts[key] = settings.in_context(context)
        return self._contexts[key]

    def _describe_file(self, role: str) -> dict[str, str]:
        """Return what the image says about a file, as the keys of a configuration."""
        criu = self._versions.get("criu")
        found: dict[str, str] = {}
        if criu and criu.number:
            found["criu"] = nearest_release(criu.number)
        return {**found, "role": role} if role else found

    def _callers(self) -> tuple[Caller, ...]:
        return tuple(
            Caller(name, version.number or None)
            for name, version in self._versions.items()
            if name in runtimes() or name in engines()
        )

    # --- findings

    def find(self) -> list[tuple[Finding, FileSettings]]:
        """Return what is wrong, each with the settings of its file; equal findings once.

        ImageError if that is far too much.
        """
        found = [*self._check_files(), *self._check_pairs()]
        self._find_makers(finding for finding, _ in found)
        result: dict[object, tuple[Finding, FileSettings]] = {}
        own: set[object] = set()
        for finding, checked in found:
            placed = self._place(finding, checked)
            key = _identify(finding, placed, checked)
            # A file's own name says more than the name of a link to it.
            if key not in result or (checked.file.is_own_name and key not in own):
                result[key] = placed, checked.settings
                own.update([key] if checked.file.is_own_name else ())
        return [*result.values(), *self._check_absent()]

    def _check_files(self) -> Iterator[tuple[Finding, CheckedFile]]:
        limit = self._image.budget.limits.findings
        left = limit * _FILES_OF_A_FINDING
        for checked in self.files:
            self._image.budget.check_time()
            try:
                found = checked.linter.check(checked.source, most=left)
            except TooManyFindingsError:
                raise ImageError(
                    f"more than {limit} findings (--limit findings=N allows more)"
                ) from None
            left -= len(found.findings) + len(found.hidden)
            for finding in found.findings:
                yield finding, checked

    def _check_pairs(self) -> Iterator[tuple[Finding, CheckedFile]]:
        by_path: dict[str, CheckedFile] = {}
        for checked in self.files:
            by_path.setdefault(checked.file.path, checked)
        for first, second in read_together(list(by_path)):
            later = by_path[second]
            if later.file.identity == by_path[first].file.identity:
                continue
            together = later.linter.check_together(by_path[first].source, later.source)
            for finding in together.findings:
                yield finding, later

    def _check_absent(self) -> Iterator[tuple[Finding, FileSettings]]:
        """Yield findings for files that the image names, but that are missing or something else."""
        for absent in self._inspection.absent:
            path, naming = absent.path, absent.naming
            settings = self._find_settings(path, naming)
            if naming:
                origin = self._complete(self._origins.find_setting(naming), settings)
            else:
                made = (self._links(path) or [path])[-1]
                origin = self._origin(path, made, Aspect.NAME, settings)
            for finding in self._linters.get(settings).check_named(_describe_absent(absent)):
                yield finding._replace(path=self._name(path), origin=origin), settings

    # --- places

    def _find_makers(self, findings: Iterable[Finding]) -> None:
        """Find out which layers made all paths that findings are about."""
        tree = layers_of(self._inspection)
        if tree is None:
            return
        paths = {finding.subject.path for finding in findings if finding.subject}
        for absent in self._inspection.absent:
            paths.update(self._links(absent.path) or [absent.path])
        for checked in self.files:
            paths.add(checked.file.resolved)
            paths.update(self._links(checked.file.path))
        image = self._image
        self._makers = find_makers(tree, image.layers, image.budget, sorted(paths))

    def _links(self, path: str) -> list[str]:
        """Return the symbolic links on the way to a file."""
        resolved = resolve_path(self._inspection.file_system, path)
        steps = resolved.traversed if resolved else ()
        return [place for place, status in steps if status.kind is Kind.LINK]

    def _place(self, finding: Finding, checked: CheckedFile) -> Finding:
        """Return a finding with its place in the image: where its subject was made."""
        file, subject = checked.file, finding.subject
        place = Related(
            self._name(file.path),
            finding.span,
            f"`{finding.line_text.strip()}`" if finding.line_text.strip() else "this file",
            self._content_origin(checked),
        )
        placed = finding._replace(path=place.path, origin=place.origin, fix=None)
        if subject is None:
            return placed._replace(related=tuple(self._relate_links(checked)))
        if subject.path in (file.path, file.resolved):
            return self._place_file(placed, place, subject, checked)
        origin = self._origin(subject.path, subject.path, subject.aspect, checked.settings)
        return placed._replace(
            path=self._name(subject.path),
            span=_START,
            line_text="",
            origin=origin,
            related=(place,),
        )

    def _place_file(
        self, placed: Finding, place: Related, subject: Subject, checked: CheckedFile
    ) -> Finding:
        """Place a finding about the name or the permissions of the configuration file itself."""
        file, made = checked.file, checked.file.resolved
        links = self._links(file.path)
        if subject.aspect is Aspect.NAME and links:
            made = links[-1]
        origin = self._origin(file.path, made, subject.aspect, checked.settings)
        same = place.origin is not None and (origin.layer, origin.step) == (
            place.origin.layer,
            place.origin.step,
        )
        return placed._replace(origin=origin, related=() if same else (place,))

    def _relate_links(self, checked: CheckedFile) -> Iterator[Related]:
        """Yield the links on the way to a file that other layers made, or its own hard link."""
        file = checked.file
        makers = self._makers.get(file.resolved, Makers())
        if makers.name > makers.content:
            place = file.resolved, file.resolved, Aspect.NAME, checked.settings
            yield Related(self._name(file.resolved), _START, "a hard link", self._origin(*place))
        for link in self._links(file.path):
            layer = self._makers.get(link, Makers()).name
            if layer != makers.content:
                origin = self._origin(link, link, Aspect.NAME, checked.settings)
                yield Related(self._name(link), _START, f"a link to `{file.resolved}`", origin)

    def _content_origin(self, checked: CheckedFile) -> Origin:
        file = checked.file
        return self._origin(file.path, file.resolved, Aspect.CONTENT, checked.settings)

    def _origin(self, path: str, made: str, aspect: Aspect, settings: FileSettings) -> Origin:
        layer = self._makers.get(made, Makers()).of(aspect)
        return self._complete(self._origins.find_origin(path, made, layer, aspect), settings)

    def _complete(self, origin: Origin, settings: FileSettings) -> Origin:
        """Return an origin with the releases that its file is checked for."""
        criu = self._versions.get("criu")
        caller = settings.context.caller
        callers = (caller,) if caller else settings.context.present
        runtime = ", ".join(map(str, callers))
        release = settings.release
        return origin._replace(release=release, criu=criu.number if criu else "", runtime=runtime)

    def _name(self, path: str) -> str:
        return f"{self._image.name}:{path}"

    # --- the inventory

    def record(self, errors: Iterable[str], base: int | None) -> ImageRecord:
        """Return what was examined; `errors` say what could not be; `base` as in `ImageRecord`."""
        image = self._image
        return ImageRecord(
            image.name,
            image.digest,
            image.platform,
            len(image.layers),
            base,
            tuple(
                ProgramRecord(_kind_of(name), name, version.number, version.path)
                for name, version in self._versions.items()
            ),
            # A label and an annotation may name one file.
            tuple(dict.fromkeys(map(_record_file, self.files))),
            tuple(self._inspection.unread_databases),
            tuple(errors),
        )


def _identify(finding: Finding, placed: Finding, checked: CheckedFile) -> object:
    """Return a value that is equal for two findings that say the same about one file."""
    same = finding.code, finding.severity, finding.message, finding.help
    if finding.subject and finding.subject.aspect is Aspect.NAME:
        return placed.path, same
    return checked.file.identity, placed.path if finding.subject else "", finding.span, same


def _describe_absent(absent: AbsentFile) -> NamedFile:
    naming = absent.naming
    if naming is None:
        return NamedFile(absent.path, "", "", absent.resolved, absent.is_directory)
    kinds = {"ENV": "the variable", "LABEL": "the label"}
    kind = kinds.get(naming.instruction, "the annotation")
    instruction = f"{naming.instruction} {naming.key}" if naming.instruction else ""
    return NamedFile(naming.path, f"{kind} `{naming.key}`", instruction, absent.resolved)


def _record_file(checked: CheckedFile) -> FileRecord:
    role = checked.settings.context.role
    release = checked.settings.release
    return FileRecord(checked.file.path, checked.file.layer, role.value if role else "", release)


def _kind_of(name: str) -> str:
    if name == "criu":
        return name
    if name in runtimes():
        return "runtime"
    return "engine" if name in engines() else "tool"
