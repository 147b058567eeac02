# SPDX-License-Identifier: GPL-2.0-only
"""``criulint image``: findings for what is inside of container images."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from criulint.cli import UsageError
from criulint.cli.output import Outputs, add_output_arguments
from criulint.cli.settings import add_settings_arguments, resolver
from criulint.configuration import ConfigurationError
from criulint.criu.data import nearest_release, releases, version_key
from criulint.discovery import read_together
from criulint.finding import Finding, Origin
from criulint.image import ImageError, Limits
from criulint.report import Report, base_directory, text
from criulint.rules.words import visible
from criulint.source import Source
from criulint.surroundings import Surroundings

if TYPE_CHECKING:
    from criulint.configuration.resolve import FileSettings
    from criulint.image.history import Instruction, Step
    from criulint.image.inspection import ImageFile, Inspection
    from criulint.image.source import Image
    from criulint.surroundings import Locate


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint image`` to its parser."""
    add_settings_arguments(parser)
    add_output_arguments(parser)
    group = parser.add_argument_group("images")
    group.add_argument("--platform", metavar="OS/ARCH", help="which image of a list, or `all` (default: this machine's)")
    group.add_argument("--dockerfile", metavar="FILE", help="name the lines of this Dockerfile that wrote what is found")
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"refuse images with more; a name of {', '.join(Limits._fields)}, sizes in bytes or with K, M, G",
    )
    group.add_argument(
        "--plain-http", action="store_true", help="talk to registries without TLS, or with certificates of their own"
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print findings and errors, and nothing else")
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="docker-archive:FILE, oci-archive:FILE, oci-dir:DIR[:TAG], dir:ROOTFS, bundle:DIR, podman:NAME, docker:NAME,"
        " registry:HOST/NAME[:TAG|@DIGEST], a path, or a name; - reads them from standard input, one a line",
    )


def run(args: argparse.Namespace) -> int:
    """Check all images, and report; the exit status."""
    run_ = _Run(args)
    try:
        for name in _names(args.images):
            run_.image(name)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    run_.report()
    return 2 if run_.failed else int(run_.fails)


def _names(words: list[str]) -> Iterator[str]:
    for word in words:
        if word == "-":
            yield from filter(None, (line.strip() for line in sys.stdin))
        else:
            yield word


def _limits(words: Iterable[str]) -> Limits:
    limits = Limits()
    for word in words:
        name, _, number = word.partition("=")
        unit = {"K": 10, "M": 20, "G": 30}.get(number[-1:], 0)
        digits = number[:-1] if unit else number
        if name not in Limits._fields or not digits.isascii() or not digits.isdigit() or len(digits) > 15:
            raise UsageError(f"--limit {visible(word)}: it takes NAME=N, with a name of {', '.join(Limits._fields)}")
        limits = limits._replace(**{name: int(digits) << unit})
    return limits


class _Run:
    """What a run has found so far."""

    def __init__(self, args: argparse.Namespace) -> None:
        self._args = args
        self._outputs = Outputs(args)
        self._limits = _limits(args.limit)
        self._instructions: list[Instruction] | None = None
        self._findings: list[Finding] = []
        self._lines: list[str] = []
        self._files: list[str] = []
        self._releases: set[str] = set()
        self.fails = False
        self.failed = False
        resolver(args)  # what is wrong with the command line is told before an image is read
        if args.dockerfile:
            from criulint.image.history import dockerfile

            try:
                self._instructions = dockerfile(args.dockerfile)
            except ImageError as error:
                raise UsageError(str(error)) from None

    def _complain(self, message: str) -> None:
        print(f"criulint: error: {message}", file=sys.stderr)
        self.failed = True

    def _note(self, message: str) -> None:
        if not self._args.quiet:
            print(f"criulint: {message}", file=sys.stderr)

    def image(self, name: str) -> None:
        """Check what a name means; it may be several images."""
        from criulint.image.reference import parse

        try:
            reference = parse(name)
            if reference.kind in ("dir", "bundle"):
                from criulint.image.directory import inspect_directory

                image, inspection = inspect_directory(reference, self._limits)
                self._check(image, inspection)
                return
            from criulint.image.inspection import inspect
            from criulint.image.source import images

            with images(reference, self._args.platform, self._limits, plain_http=self._args.plain_http) as found:
                for image in found:
                    with _progress(image, quiet=self._args.quiet) as progress:
                        inspection = inspect(image, self._limits, progress)
                    self._check(image, inspection)
        except ImageError as error:
            message = str(error)
            self._complain(message if message.startswith(visible(name)) else f"{visible(name)}: {message}")
        except MemoryError:
            self._complain(f"{visible(name)}: there is not enough memory for it")

    def _check(self, image: Image, inspection: Inspection) -> None:
        shown = visible(image.name)
        for path in inspection.missing:
            self._note(f"{shown}: {visible(path)} is named as CRIU's configuration, and is not there")
        for path in inspection.too_large:
            self._complain(f"{shown}: {visible(path)} has more than {self._limits.file} bytes (--limit file=N allows more)")
        if not inspection.files:
            self._note(f"no configuration file of CRIU in {shown}")
            return
        self._tell_release(shown, inspection)
        groups = self._steps(image)
        sources: dict[str, tuple[Source, FileSettings, ImageFile]] = {}
        for file in inspection.files:
            settings = self._settings(file, inspection)
            self._releases.add(settings.release)
            name = f"{image.name}:{file.path}"
            self._files.append(name)
            source = Source(file.data, file.path)
            sources[file.path] = source, settings, file
            self._add(settings.check(file.data, file.path), source, file, image, groups, settings)
        for first, second in read_together(list(sources)):
            source, settings, file = sources[second]
            found = settings.check_together(sources[first][0], source)
            self._add(found, source, file, image, groups, settings)

    def _tell_release(self, shown: str, inspection: Inspection) -> None:
        criu = inspection.versions.get("criu")
        if self._args.criu is not None:
            return
        if criu is None:
            self._note(f"which CRIU {shown} has is not known; --criu RELEASE tells")
        elif criu.number not in releases():
            taken = nearest_release(criu.number)
            self._note(f"{shown} has CRIU {criu.number}, for which there is no schema; taking {taken} for it")

    def _settings(self, file: ImageFile, inspection: Inspection) -> FileSettings:
        """The settings for a file: the image tells its CRIU and its runtime, if the command line does not."""
        given = dict(vars(self._args))
        criu = inspection.versions.get("criu")
        if self._args.criu is None and criu:
            given["criu"] = nearest_release(criu.number)
        if self._args.runtime is None and (runtime := _runtime(file, inspection)):
            given["runtime"] = runtime
        if self._args.role is None and file.role:
            given["role"] = file.role.value
        locate: Locate = lambda path: Surroundings(inspection.machine, file.path)  # noqa: E731
        return resolver(argparse.Namespace(**given), locate).settings(file.path.lstrip("/"))

    def _steps(self, image: Image) -> list[list[Step]]:
        from criulint.image.history import located, steps

        groups = steps(image.history, len(image.layers))
        if self._instructions is None:
            return groups
        groups = located(groups, self._instructions)
        if not any(step.line for group in groups for step in group):
            self._note(f"{visible(image.name)} was not made by {visible(self._args.dockerfile)}: no step agrees")
        return groups

    def _add(
        self,
        findings: list[Finding],
        source: Source,
        file: ImageFile,
        image: Image,
        groups: list[list[Step]],
        settings: FileSettings,
    ) -> None:
        origin = self._origin(file, image, groups)
        self.fails |= any(settings.fails(finding) for finding in findings)
        name = f"{image.name}:{file.path}"
        self._findings += [finding._replace(path=name, fix=None, origin=origin) for finding in findings]
        self._lines += [source.text(finding.span.line) for finding in findings]

    def _origin(self, file: ImageFile, image: Image, groups: list[list[Step]]) -> Origin:
        from criulint.image.history import made

        layer = image.layers[file.layer - 1] if file.layer else None
        step = made(groups[file.layer - 1], file.place) if layer and file.layer <= len(groups) else None
        line = step.line if step else 0
        return Origin(
            image.name,
            image.digest,
            image.platform,
            file.path,
            file.layer,
            layer.blob.digest if layer else "",
            layer.diff_id if layer else "",
            step.text if step else "",
            self._args.dockerfile if line else None,
            line,
        )

    def report(self) -> None:
        """Write the reports."""
        report = Report(self._findings, self._lines, self._files, base_directory(os.environ, os.getcwd()))
        self._outputs.write(report, sys.stdout)
        if self._outputs.for_people and self._files:
            release = " and ".join(sorted(self._releases, key=version_key))
            self._note(text.summary(self._findings, len(self._files), release, everything=True))


def _runtime(file: ImageFile, inspection: Inspection) -> str | None:
    """The runtime that reads a file: the one that it is called after, or the only one in the image."""
    there = {name: version for name, version in inspection.versions.items() if name != "criu"}
    called = os.path.basename(file.path).removesuffix(".conf")
    if called in there:
        return f"{called}@{there[called].number}"
    if len(there) == 1:
        ((name, version),) = there.items()
        return f"{name}@{version.number}"
    return None


class _progress:  # noqa: N801
    """A bar on a terminal, for what takes longer than a second."""

    def __init__(self, image: Image, *, quiet: bool) -> None:
        self._name = visible(image.name)
        sizes = [layer.blob.size for layer in image.layers]
        self._total = sum(size for size in sizes if size)
        self._read = 0
        self._started = self._told = monotonic()
        self._shown = False
        self._wanted = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Callable[[int], None]:
        return self._advance

    def __exit__(self, *error: object) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _advance(self, size: int) -> None:
        self._read += size
        if not self._wanted:
            return
        now = monotonic()
        if now - self._started > 1 and now - self._told > 0.1:
            self._told = now
            self._shown = True
            megabytes = f"{self._read >> 20} MiB"
            if self._total:
                done = min(20 * self._read // self._total, 20)
                megabytes = f"[{'#' * done}{'.' * (20 - done)}] {megabytes} of {self._total >> 20} MiB"
            print(f"\r\x1b[K{self._name}: {megabytes}", end="", file=sys.stderr, flush=True)
