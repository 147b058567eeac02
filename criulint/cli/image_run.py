# SPDX-License-Identifier: MIT
"""A run of ``criulint image``: it checks the images one by one, and reports."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from criulint.cli import UsageError, describe_bug
from criulint.cli.console import Console
from criulint.cli.output import Outputs, base_directory, open_baseline
from criulint.cli.settings import make_resolver
from criulint.cli.streams import unguarded_stderr
from criulint.configuration import ConfigurationError
from criulint.criu.releases import Release, nearest_release, releases
from criulint.finding import Severity
from criulint.image import ImageError
from criulint.inventory import ImageRecord
from criulint.report import Report, text
from criulint.text import escape, plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from criulint.configuration.resolve import FileSettings, Resolver
    from criulint.finding import Finding, Origin
    from criulint.image.budget import Limits
    from criulint.image.check import ImageCheck
    from criulint.image.history import Dockerfile
    from criulint.image.images import Image, ListedImage
    from criulint.image.inspection import Inspection
    from criulint.image.origin import Origins
    from criulint.image.reference import Reference
    from criulint.image.waivers import Waivers


class ImageRun(Console):
    """Checks images, and collects what is found in them for one report."""

    def __init__(self, args: argparse.Namespace, names: list[str], limits: Limits) -> None:
        from criulint.image.waivers import IgnoreUsage

        super().__init__(quiet=args.quiet)
        self._args = args
        self._outputs = Outputs(args)
        self._limits = limits
        # The Dockerfiles that were read, by name, and their comments, by name and number of the
        # stage.
        self._dockerfiles: dict[str, Dockerfile] = {}
        self._waivers: dict[str, dict[int, Waivers]] = {}
        self._baseline = open_baseline(args.baseline)
        self._findings: list[Finding] = []
        # The files that were checked, once each, although they may have several roles.
        self._files: dict[str, None] = {}
        self._records: list[ImageRecord] = []
        self._releases: set[str] = set()
        self._ignored = IgnoreUsage()
        # The patterns of the tables for images, and whether each has matched one.
        self._patterns: dict[str, bool] = {}
        # Findings that comments, the configuration or the baseline hide.
        self._hidden = 0
        # Whether all rules ran.
        self._everything = True
        self._fails = False
        # Whether there was an unexpected exception.
        self._is_broken = False
        # For --history: the steps and what each of them did.
        self._steps: list[Origin] = []
        self._changes: list[str] = []
        # The current image, and what in it could not be examined.
        self._image: Image | None = None
        self._problems: list[str] = []
        # Errors in the command line are reported before an image is read.
        self._resolver = make_resolver(args)
        self._protect_inputs(names)
        if args.dockerfile:
            self._open_dockerfile(args.dockerfile)

    def _open_dockerfile(self, path: str) -> Dockerfile:
        """Return a Dockerfile, which is read only once. UsageError if it cannot be read."""
        if path not in self._dockerfiles:
            from criulint.image.history import read_dockerfile

            try:
                self._dockerfiles[path] = read_dockerfile(path)
            except ImageError as error:
                raise UsageError(str(error)) from None
            self._open_waivers(path, self._dockerfiles[path])
        return self._dockerfiles[path]

    def _open_waivers(self, path: str, stage: Dockerfile) -> Waivers:
        """Return the comments in a stage of a Dockerfile, which is read only once."""
        from criulint.image.waivers import Waivers

        known = self._waivers.setdefault(path, {})
        if stage.number not in known:
            known[stage.number] = Waivers(path, stage)
        return known[stage.number]

    def _protect_inputs(self, names: list[str]) -> None:
        """Raise UsageError if a report would replace something that is read."""
        from criulint.image.reference import parse_reference

        files = [name for name in (self._args.dockerfile, self._args.baseline) if name]
        directories = []
        for name in names:
            with suppress(ImageError):
                reference = parse_reference(name)
                if reference.kind in ("oci", "copied"):
                    directories.append(reference.location)
                elif reference.kind == "bundle":
                    files.append(os.path.join(reference.location, "config.json"))
                elif reference.kind.endswith("archive"):
                    files.append(reference.location)
        self._refuse(self._outputs.overwrites(files, directories))

    def _refuse(self, replaced: str | None) -> None:
        if replaced:
            raise UsageError(f"--output {escape(replaced)} would replace a file that is read")

    def error(self, message: str) -> None:
        """Report what cannot be examined, and add it to the inventory."""
        super().error(message)
        self._problems.append(message)

    # --- one image after the other

    def process(self, name: str) -> None:
        """Check the images that a name stands for, or show their history."""
        from criulint.image.reference import parse_reference

        with self._report_errors(name):
            reference = parse_reference(name)
            if reference.kind in ("dir", "bundle"):
                self._process_directory(reference)
            else:
                self._process_images(reference)

    @contextmanager
    def _report_errors(self, name: str) -> Iterator[None]:
        """Report what ends the check of an image; later images are still checked."""
        self._image = None
        self._problems = []
        prefix = escape(name)
        try:
            yield
        except (UsageError, ConfigurationError):
            raise
        except ImageError as error:
            message = str(error)
            self._fail(name, message if message.startswith(prefix) else f"{prefix}: {message}")
        except OSError as error:
            # There may be no room for temporary files.
            self._fail(name, f"{prefix}: {error.strerror or error}")
        except MemoryError:
            self._fail(name, f"{prefix}: out of memory")
        except Exception as error:
            if os.environ.get("CRIULINT_TRACEBACK"):
                raise
            self._is_broken = True
            self._fail(name, f"{prefix}: {describe_bug(error)}")

    def _fail(self, name: str, message: str) -> None:
        """Report that an image cannot be read, and add it to the inventory with what is known."""
        self.error(message)
        image = self._image
        record = ImageRecord(name)
        if image:
            record = ImageRecord(image.name, image.digest, image.platform, len(image.layers))
        if self._records and self._records[-1].name == record.name:
            record = self._records.pop()
        self._records.append(record._replace(errors=tuple(self._problems)))

    def _process_directory(self, reference: Reference) -> None:
        from criulint.image.directory import inspect_directory

        image, inspection, files = inspect_directory(reference, self._limits)
        self._refuse(self._outputs.overwrites(files))
        self._image = image
        if self._args.history:
            self._tell_history(image)
        self._check_image(reference, image, inspection)

    def _process_images(self, reference: Reference) -> None:
        from criulint.image.inspection import inspect_image

        with ExitStack() as stack:
            for listed in self._open_images(reference, stack, self._args.platform):
                with self._report_errors(listed.name):
                    image = self._image = listed.read()
                    if self._args.history:
                        self._tell_history(image)
                        continue
                    sizes = [layer.blob.size for layer in image.layers]
                    name = escape(image.name)
                    with _progress_bar(name, sizes, quiet=self._args.quiet) as progress:
                        inspection = inspect_image(image, progress)
                    self._check_image(reference, image, inspection)

    def _open_images(
        self, reference: Reference, stack: ExitStack, platform: str | None
    ) -> Iterator[ListedImage]:
        """Open the images that a name stands for, with a progress bar while they are fetched."""
        from criulint.image.fetch import FetchOptions
        from criulint.image.images import open_images

        with _progress_bar(escape(reference.text), [], quiet=self._args.quiet) as progress:
            options = FetchOptions(self._args.insecure, self._args.timeout, progress)
            images = open_images(reference, platform, self._limits, options)
            return stack.enter_context(images)

    def _tell_history(self, image: Image) -> None:
        from criulint.image.origin import Origins, choose_stage
        from criulint.image.story import tell_story

        path = self._args.dockerfile
        dockerfile = choose_stage(image, self._open_dockerfile(path)) if path else None
        origins = Origins(image, path, dockerfile)
        events = tell_story(image, self._args.history)
        self._steps += [origins.find_origin(each.path, each.path, each.layer) for each in events]
        self._changes += [each.change for each in events]

    def _check_image(self, reference: Reference, image: Image, inspection: Inspection) -> None:
        from criulint.image.check import ImageCheck
        from criulint.image.identity import name_repository, names_of
        from criulint.image.origin import Origins

        resolver = self._resolver.in_image(names_of(reference, image.name, image.tags))
        for pattern, matches in resolver.image_patterns().items():
            self._patterns[pattern] = self._patterns.get(pattern, False) or matches
        values = resolver.image_values()
        path, dockerfile, waivers = self._find_dockerfile(image, resolver, values)
        repository = name_repository(reference, image.name, image.tags)
        origins = Origins(image, path, dockerfile, repository)
        if not origins.matches_dockerfile:
            self.note(
                f"{escape(image.name)} does not seem to be built from {escape(path or '')}:"
                " none of its steps matches"
            )
        self._report_unchecked(escape(image.name), inspection)
        self._report_absence(image, inspection, values)
        check = ImageCheck(image, inspection, resolver, origins)
        layers = self._args.layers or values.get("layers", "all")
        base = None
        if layers != "all":
            base = self._find_base(image, origins, dockerfile, values)
        if inspection.files:
            self._report_versions(escape(image.name), inspection)
        self._note_files(image, check)
        found = check.find()
        waived = self._find_waived(resolver, check, found)
        hidden = self._find_hidden(waivers, origins, check, found)
        ids = {id(finding) for finding in (*waived, *hidden)}
        if base is not None:
            found = [pair for pair in found if (layers == "own") == _is_above(pair[0], base)]
        count = len(found)
        found = [pair for pair in found if id(pair[0]) not in ids]
        self._hidden += count - len(found)
        self._records.append(check.record(self._problems, base))
        self._add(repository, found)

    def _note_files(self, image: Image, check: ImageCheck) -> None:
        """Note the files of an image for the report, and the releases that read them."""
        for checked in check.files:
            if checked.settings.note:
                self.warn(checked.settings.note)
            self._releases.add(checked.settings.release)
            self._everything &= checked.settings.codes is None
            self._files[f"{image.name}:{checked.file.path}"] = None

    def _find_waived(
        self, resolver: Resolver, check: ImageCheck, found: list[tuple[Finding, FileSettings]]
    ) -> list[Finding]:
        """Return the findings that the configuration of an image hides."""
        waived = [finding for finding, settings in found if finding.code in settings.waived]
        codes = {finding.code for finding in waived}
        for ignore in resolver.image_ignores():
            self._ignored.note_image(ignore, check.settings, codes)
        return waived

    @staticmethod
    def _find_hidden(
        waivers: Waivers | None,
        origins: Origins,
        check: ImageCheck,
        found: list[tuple[Finding, FileSettings]],
    ) -> list[Finding]:
        """Return the findings that comments in the Dockerfile hide."""
        if waivers is None:
            return []
        is_certain = origins.are_certain(finding for finding, _ in found)
        waivers.note_image(check.settings, is_certain=is_certain)
        return [finding for finding, _ in found if waivers.hide(finding)]

    def _find_dockerfile(
        self, image: Image, resolver: Resolver, values: dict[str, Any]
    ) -> tuple[str | None, Dockerfile | None, Waivers | None]:
        """Return the Dockerfile of an image, its name and the comments in it, if there is one."""
        from criulint.image.origin import choose_stage

        path = self._args.dockerfile
        configuration = resolver.configuration()
        if not path and configuration and "dockerfile" in values:
            path = os.path.relpath(os.path.join(configuration.directory, values["dockerfile"]))
        if not path:
            return None, None, None
        stage = choose_stage(image, self._open_dockerfile(path))
        return path, stage, self._open_waivers(path, stage)

    def _find_base(
        self,
        image: Image,
        origins: Origins,
        dockerfile: Dockerfile | None,
        values: dict[str, Any],
    ) -> int:
        """Return the number of layers of the base image. ImageError if it is not known."""
        from criulint.image.base import count_base_layers, find_base_name
        from criulint.image.reference import parse_reference

        name = self._args.base or values.get("base", "")
        if not name and not image.layers:
            raise ImageError("--layers needs layers, which a directory does not have")
        if not name and origins.base_layers is not None:
            return origins.base_layers
        if not name:
            name = find_base_name(image, dockerfile)
        with ExitStack() as stack:
            try:
                platform = image.platform or self._args.platform
                base = next(self._open_images(parse_reference(name), stack, platform)).read()
            except ImageError as error:
                raise ImageError(f"the base image {escape(name)}: {error}") from None
            return count_base_layers(image, base)

    # --- messages

    def _report_absence(self, image: Image, inspection: Inspection, values: dict[str, Any]) -> None:
        """Report that an image has nothing to check."""
        if inspection.files or inspection.inaccessible or inspection.too_large:
            return
        if self._args.require_file or values.get("require-file"):
            self.error(f"{escape(image.name)} has no CRIU configuration file (--require-file)")
        elif not inspection.absent:
            self.note(f"no CRIU configuration file in {escape(image.name)}")

    def _report_unchecked(self, name: str, inspection: Inspection) -> None:
        """Report the files of an image that cannot be checked."""
        for path in inspection.inaccessible:
            self.error(f"{name}: {escape(path)} cannot be read: Permission denied")
        for path in inspection.too_large:
            self.error(
                f"{name}: {escape(path)} has more than {self._limits.file} bytes"
                " (--limit file=N allows more)"
            )

    def _report_versions(self, name: str, inspection: Inspection) -> None:
        """Report the CRIU, the runtimes and the engines in an image."""
        known = []
        if self._args.criu is None:
            known += self._report_criu(name, inspection)
        if self._args.runtime is None:
            for caller, version in inspection.versions.items():
                if caller != "criu":
                    number = version.number or "of unknown version"
                    known.append(f"{caller} {number} ({escape(version.path)})")
        if known:
            self.note(f"{name} has {', '.join(known)}")
        for program_name, program, package in inspection.disagreements:
            title = "CRIU" if program_name == "criu" else program_name
            self.warn(
                f"{name}: {escape(program.path)} is {title} {program.number}, not"
                f" {package.number} as {escape(package.path)} says; checking for the"
                " program's version"
            )

    def _report_criu(self, name: str, inspection: Inspection) -> list[str]:
        """Return what to say about the CRIU in an image; report one that has no schema."""
        criu = inspection.versions.get("criu")
        if criu is None or not criu.number:
            unread = [escape(path) for path in inspection.unread_databases[:1]]
            reason = "".join(f" ({path} has an unsupported format)" for path in unread)
            self.note(f"the CRIU release in {name} is unknown{reason}; --criu RELEASE sets it")
            return []
        if criu.number not in releases():
            self.note(
                f"{name} has CRIU {criu.number}, which has no schema;"
                f" checking for {nearest_release(criu.number)} instead"
            )
            return []
        return [f"CRIU {criu.number} ({escape(criu.path)})"]

    # --- the report

    def _add(self, repository: str, found: list[tuple[Finding, FileSettings]]) -> None:
        """Add findings of an image. Raise ImageError if it has too many."""
        if self._baseline:
            new, known = self._baseline.filter_known([finding for finding, _ in found])
            self._hidden += len(known)
            kept = set(map(id, new))
            resolved = self._baseline.count_resolved_below(
                f"{repository}:", [finding for finding, _ in found]
            )
            if resolved and self._everything:
                self.note(
                    f"{resolved} in the baseline no longer found in {escape(repository)};"
                    " update it with --write-baseline"
                )
            found = [pair for pair in found if id(pair[0]) in kept]
        lowest = Severity[self._args.min_severity.upper()]
        found = [pair for pair in found if pair[0].severity >= lowest]
        self._fails |= any(settings.fails(finding) for finding, settings in found)
        self._findings += [finding for finding, _ in found[: self._limits.findings]]
        if len(found) > self._limits.findings:
            raise ImageError(
                f"more than {self._limits.findings} findings (--limit findings=N allows more)"
            )

    def finish(self) -> int:
        """Write the reports, or the baseline, and return the exit status."""
        if self._args.history:
            self._print_history()
            return self._exit_status(0)
        self._check_waivers()
        if not self.failed:
            self._check_configuration()
        if self._args.write_baseline:
            if not self.failed:
                self._write_baseline(self._args.write_baseline)
            return self._exit_status(0)
        base = base_directory(os.environ)
        release = " and ".join(sorted(map(Release, self._releases)))
        report = Report(self._findings, list(self._files), base, tuple(self._records), release)
        self._outputs.write(report, sys.stdout)
        if self._outputs.for_people and self._files:
            summary = text.Summary(
                self._findings, len(self._files), release, self._everything, self._hidden
            )
            self.note(str(summary))
        return self._exit_status(0 if self._args.exit_zero else int(self._fails))

    def _check_waivers(self) -> None:
        """Add the findings about the suppressions in Dockerfiles."""
        for path, by_stage in self._waivers.items():
            settings = self._resolver.settings(path)
            # A mistake in a comment is the same in each stage.
            found = {
                (finding.code, finding.span, finding.message): finding
                for waivers in by_stage.values()
                for finding in waivers.check(is_complete=not self.failed)
            }
            for finding in found.values():
                self._add_other(finding, settings)

    def _check_configuration(self) -> None:
        """Note the patterns in the configuration that match no image, and words that hide nothing.

        Only a run that has examined all images knows that.
        """
        configuration = self._resolver.configuration()
        if not configuration:
            return
        unmatched = [pattern for pattern, matches in self._patterns.items() if not matches]
        if unmatched:
            from criulint.image.reference import list_names

            self.note(
                f"{escape(configuration.path)}: no image of this run matches"
                f" {list_names(unmatched, '')}"
            )
        for finding, settings in self._ignored.check(configuration):
            self._add_other(finding, settings)

    def _print_history(self) -> None:
        from criulint.report.story import render_story

        as_json = self._outputs.format == "json"
        print(render_story(self._steps, self._changes, as_json=as_json), end="")

    def _exit_status(self, status: int) -> int:
        """Return the exit status: that of the findings, if everything could be examined."""
        if self._is_broken:
            return 3
        return 2 if self.failed else status

    def _add_other(self, finding: Finding, settings: FileSettings) -> None:
        """Add a finding in the comments of a Dockerfile, or in the configuration."""
        is_enabled = finding.code in settings.reported_codes
        if is_enabled and finding.severity >= Severity[self._args.min_severity.upper()]:
            self._fails |= settings.fails(finding)
            self._findings.append(finding)

    def _write_baseline(self, name: str) -> None:
        from criulint.linter.baseline import BaselineError, write_baseline

        try:
            count = write_baseline(name, self._findings)
        except BaselineError as error:
            raise UsageError(str(error)) from None
        self.note(f"{plural(count, 'finding')} written to {escape(name)}")


def _is_above(finding: Finding, base: int) -> bool:
    """Return whether a layer above the base, or a setting of the image, is part of a finding."""
    origins = [finding.origin, *(place.origin for place in finding.related)]
    return any(origin.layer > base or not origin.layer for origin in origins if origin)


@contextmanager
def _progress_bar(
    label: str, sizes: Iterable[int | None], *, quiet: bool
) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal for anything that takes longer than a second.

    Yield what has to be called with the number of bytes done since the last call.
    """
    bar: Callable[..., Any] | None = None
    if not quiet and sys.stderr.isatty():
        with suppress(ImportError):
            from tqdm import tqdm as bar
    if bar is None:
        yield lambda _size: None
        return
    known = list(sizes)
    total = sum(size for size in known if size) if all(size is not None for size in known) else 0
    with bar(
        desc=label,
        total=total or None,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        delay=1,
        leave=False,
        file=unguarded_stderr(),
    ) as shown:

        def advance(size: int) -> None:
            shown.update(size)

        yield advance
