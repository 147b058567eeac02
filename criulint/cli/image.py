# SPDX-License-Identifier: GPL-2.0-only
"""``criulint image``: findings for what is inside of container images."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from criulint.cli import UsageError
from criulint.cli.inputs import Listener
from criulint.cli.output import Outputs, add_output_arguments
from criulint.cli.settings import add_settings_arguments, resolver
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.criu.releases import Release, nearest_release, releases
from criulint.discovery import read_together
from criulint.finding import Finding
from criulint.host.filesystem import HostContext
from criulint.image import ImageError, Limits
from criulint.report import Report, base_directory, text
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from criulint.configuration.resolve import FileSettings
    from criulint.image.history import Recipe
    from criulint.image.inspection import ImageFile, Inspection
    from criulint.image.origin import Origins
    from criulint.image.reference import Reference
    from criulint.image.source import Image

_PLATFORM = re.compile(r"all|[\w.-]+/[\w.-]+(/[\w.-]+)?")
# Of a list of images, in bytes.
_LONGEST_LIST = 8 << 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint image`` to its parser."""
    add_settings_arguments(parser)
    add_output_arguments(parser)
    group = parser.add_argument_group("images")
    group.add_argument(
        "--platform",
        metavar="OS/ARCH",
        help="which image of a list, or `all` (default: this machine's)",
    )
    group.add_argument(
        "--dockerfile",
        metavar="FILE",
        help="name the lines of this Dockerfile that wrote what is found",
    )
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"refuse images with more; a name of {', '.join(Limits._fields)}, sizes in bytes or with K, M, G",
    )
    group.add_argument(
        "--insecure",
        action="store_true",
        help="let registries do without TLS, and do not check their certificates",
    )
    group.add_argument(
        "--timeout",
        type=_seconds,
        default=120,
        metavar="SECONDS",
        help="wait so long for the next byte (default: %(default)s)",
    )
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="print findings and errors, and nothing else"
    )
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="docker-archive:FILE, oci-archive:FILE, oci-dir:DIR[:TAG], dir:ROOTFS, bundle:DIR, podman:NAME, docker:NAME,"
        " registry:HOST/NAME[:TAG|@DIGEST], a path, or a name, which local stores are asked for before a registry;"
        " - reads them from standard input, one a line",
    )


def run(args: argparse.Namespace) -> int:
    """Check all images, and report; the exit status."""
    if args.platform is not None and not _PLATFORM.fullmatch(args.platform):
        raise UsageError(
            f"--platform {escape(args.platform)}: it takes OS/ARCH, OS/ARCH/VARIANT, or `all`"
        )
    names = _names(args.images)
    run_ = _Run(args, names)
    try:
        with clean_exit():
            for name in names:
                run_.image(name)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    run_.report()
    return 2 if run_.failed else int(run_.fails)


def _seconds(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{escape(text)} is no number of seconds")
    return int(text)


def _names(words: list[str]) -> list[str]:
    """The images that are named, each once."""
    if sum(word == "-" or word.endswith("-archive:-") for word in words) > 1:
        raise UsageError("standard input can be read once only")
    names: list[str] = []
    for word in words:
        if word == "-":
            data = sys.stdin.buffer.read(_LONGEST_LIST + 1)
            if b"\0" in data or len(data) > _LONGEST_LIST:
                raise UsageError(
                    "standard input is no list of names; - reads no archive, but docker-archive:- does"
                )
            names += filter(None, (os.fsdecode(line).strip() for line in data.split(b"\n")))
        else:
            names.append(word)
    if not names:
        raise UsageError("standard input names no image")
    return list(dict.fromkeys(names))


def _limits(words: Iterable[str]) -> Limits:
    limits = Limits()
    for word in words:
        name, _, number = word.partition("=")
        unit = {"K": 10, "M": 20, "G": 30}.get(number[-1:], 0)
        digits = number[:-1] if unit else number
        if (
            name not in Limits._fields
            or not digits.isascii()
            or not digits.isdigit()
            or len(digits) > 15
        ):
            raise UsageError(
                f"--limit {escape(word)}: it takes NAME=N, with a name of {', '.join(Limits._fields)}"
            )
        limits = limits._replace(**{name: int(digits) << unit})
    return limits


class _Run(Listener):
    """What a run has found so far."""

    def __init__(self, args: argparse.Namespace, names: list[str]) -> None:
        super().__init__(quiet=args.quiet)
        self._args = args
        self._outputs = Outputs(args)
        self._limits = _limits(args.limit)
        self._recipe: Recipe | None = None
        self._findings: list[Finding] = []
        self._lines: list[str] = []
        self._files: list[str] = []
        self._releases: set[str] = set()
        self._left = 0  # how many findings the image may still have
        self._everything = True  # whether no rule was left out
        self.fails = False
        resolver(args)  # what is wrong with the command line is told before an image is read
        self._keep_sources(names)
        if args.dockerfile:
            from criulint.image.history import dockerfile

            try:
                self._recipe = dockerfile(args.dockerfile)
            except ImageError as error:
                raise UsageError(str(error)) from None

    def _keep_sources(self, names: list[str]) -> None:
        """Let no report replace what is read."""
        from criulint.image.reference import parse

        files = [self._args.dockerfile] if self._args.dockerfile else []
        directories = []
        for name in names:
            with suppress(ImageError):
                reference = parse(name)
                if reference.kind in ("oci", "copied"):
                    directories.append(reference.location)
                elif reference.kind == "bundle":
                    files.append(os.path.join(reference.location, "config.json"))
                elif reference.kind.endswith("archive"):
                    files.append(reference.location)
        self._refuse(self._outputs.overwrites(files, directories))

    def _refuse(self, replaced: str | None) -> None:
        if replaced:
            raise UsageError(f"--output: {escape(replaced)} is read, and would be replaced")

    def image(self, name: str) -> None:
        """Check what a name means; it may be several images."""
        from criulint.image.inspection import inspect
        from criulint.image.reference import parse

        try:
            reference = parse(name)
            if reference.kind in ("dir", "bundle"):
                from criulint.image.directory import inspect_directory

                image, inspection, files = inspect_directory(reference, self._limits)
                self._refuse(self._outputs.overwrites(files))
                self._check(image, inspection)
                return
            with ExitStack() as stack:
                for image in self._found(reference, stack):
                    sizes = [layer.blob.size for layer in image.layers]
                    with _progress(escape(image.name), sizes, quiet=self._args.quiet) as progress:
                        inspection = inspect(image, self._limits, progress)
                    self._check(image, inspection)
        except ImageError as error:
            message = str(error)
            self.complain(
                message if message.startswith(escape(name)) else f"{escape(name)}: {message}"
            )
        except OSError as error:  # no room for what has to be put on disk
            self.complain(f"{escape(name)}: {error.strerror or error}")
        except MemoryError:
            self.complain(f"{escape(name)}: there is not enough memory for it")

    def _found(self, reference: Reference, stack: ExitStack) -> Iterator[Image]:
        """The images that a name means; what may take long shows how far it is."""
        from criulint.image.fetch import Fetching
        from criulint.image.source import images

        with _progress(escape(reference.text), [], quiet=self._args.quiet) as progress:
            fetching = Fetching(self._args.insecure, self._args.timeout, progress)
            return stack.enter_context(
                images(reference, self._args.platform, self._limits, fetching)
            )

    def _check(self, image: Image, inspection: Inspection) -> None:
        shown = escape(image.name)
        for path in inspection.missing:
            self.note(f"{shown}: {escape(path)} is named as CRIU's configuration, and is not there")
        for path in inspection.hidden:
            self.complain(f"{shown}: {escape(path)} can't be read: Permission denied")
        for path in inspection.too_large:
            self.complain(
                f"{shown}: {escape(path)} has more than {self._limits.file} bytes (--limit file=N allows more)"
            )
        if not inspection.files and (inspection.hidden or inspection.too_large):
            return
        if not inspection.files:
            self.note(f"no configuration file of CRIU in {shown}")
            return
        from criulint.image.origin import Origins

        self._tell_versions(shown, inspection)
        origins = Origins(image, self._args.dockerfile, self._recipe)
        if origins.strangers:
            self.note(f"{shown} was not made by {escape(self._args.dockerfile)}: no step agrees")
        version = inspection.versions.get("criu")
        criu = version.number if version else ""
        sources: dict[str, tuple[Source, FileSettings, ImageFile]] = {}
        self._left = self._limits.findings
        for file in inspection.files:
            settings = self._settings(file, inspection)
            self._releases.add(settings.release)
            self._everything &= settings.codes is None
            name = f"{image.name}:{file.path}"
            self._files.append(name)
            source = Source(file.data, file.path)
            sources[file.path] = source, settings, file
            self._add(settings.check(file.data, file.path), source, file, settings, criu, origins)
        for first, second in read_together(list(sources)):
            source, settings, file = sources[second]
            found = settings.check_together(sources[first][0], source)
            self._add(found, source, file, settings, criu, origins)

    def _tell_versions(self, shown: str, inspection: Inspection) -> None:
        """What of an image decides what is wrong with its files."""
        versions = inspection.versions
        told = []
        criu = versions.get("criu")
        if self._args.criu is None:
            if criu is None or not criu.number:
                unread = "".join(f" ({escape(path)} is not read)" for path in inspection.unread[:1])
                self.note(f"which CRIU {shown} has is not known{unread}; --criu RELEASE tells")
            elif criu.number not in releases():
                taken = nearest_release(criu.number)
                self.note(
                    f"{shown} has CRIU {criu.number}, for which there is no schema; taking {taken} for it"
                )
            else:
                told.append(f"CRIU {criu.number} ({escape(criu.told_by)})")
        if self._args.runtime is None:
            for name, version in versions.items():
                if name != "criu":
                    number = version.number or "of an unknown version"
                    told.append(f"{name} {number} ({escape(version.told_by)})")
        if told:
            self.note(f"{shown} has {', '.join(told)}")

    def _settings(self, file: ImageFile, inspection: Inspection) -> FileSettings:
        """The settings for a file: the image tells its CRIU and its runtime, if the command line does not."""
        given = dict(vars(self._args))
        criu = inspection.versions.get("criu")
        if self._args.criu is None and criu and criu.number:
            given["criu"] = nearest_release(criu.number)
        if self._args.runtime is None and (runtime := inspection.runtime_of(file)):
            given["runtime"] = runtime
        if self._args.role is None and file.role:
            given["role"] = file.role.value
        found = resolver(
            argparse.Namespace(**given), lambda path: HostContext(inspection.machine, file.path)
        )
        return found.settings(file.path.lstrip("/"))

    def _add(
        self,
        findings: list[Finding],
        source: Source,
        file: ImageFile,
        settings: FileSettings,
        criu: str,
        origins: Origins,
    ) -> None:
        caller = settings.context.caller
        runtime = "@".join(filter(None, caller)) if caller else ""
        origin = origins.of(file)._replace(release=settings.release, criu=criu, runtime=runtime)
        self.fails |= any(settings.fails(finding) for finding in findings)
        name = f"{origin.image}:{file.path}"
        kept = findings[: self._left]
        self._findings += [finding._replace(path=name, fix=None, origin=origin) for finding in kept]
        self._lines += [source.text(finding.span.line) for finding in kept]
        if len(findings) > self._left:
            raise ImageError(
                f"more than {self._limits.findings} findings (--limit findings=N allows more)"
            )
        self._left -= len(findings)

    def report(self) -> None:
        """Write the reports."""
        report = Report(
            self._findings, self._lines, self._files, base_directory(os.environ, os.getcwd())
        )
        self._outputs.write(report, sys.stdout)
        if self._outputs.for_people and self._files:
            release = " and ".join(sorted(map(Release, self._releases)))
            self.note(
                text.summary(self._findings, len(self._files), release, everything=self._everything)
            )


@contextmanager
def _progress(
    what: str, sizes: Iterable[int | None], *, quiet: bool
) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal for what takes longer than a second; what is given is to be told the bytes that are done."""
    bar: Callable[..., Any] | None = None
    if not quiet and sys.stderr.isatty():
        with suppress(ImportError):
            from tqdm import tqdm as bar
    if bar is None:
        yield lambda size: None
        return
    known = list(sizes)
    total = sum(size for size in known if size) if all(size is not None for size in known) else 0
    with bar(
        desc=what,
        total=total or None,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        delay=1,
        leave=False,
    ) as shown:

        def tell(size: int) -> None:
            shown.update(size)

        yield tell
