# SPDX-License-Identifier: MIT
"""``criulint image``: check the files in container images."""

from __future__ import annotations

import argparse
import os
import re
import sys
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from criulint.cli import UsageError, describe_bug
from criulint.cli.console import Console
from criulint.cli.output import Outputs, add_output_arguments, base_directory
from criulint.cli.settings import add_settings_arguments, make_resolver
from criulint.cli.signals import clean_exit
from criulint.cli.streams import unguarded_stderr
from criulint.configuration import ConfigurationError
from criulint.criu.paths import read_together
from criulint.criu.releases import Release, nearest_release, releases
from criulint.host.filesystem import HostContext
from criulint.image import ImageError
from criulint.image.limits import Limits
from criulint.linter.linter import Linter, LinterCache
from criulint.report import Report, text
from criulint.source import Source
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from criulint.configuration.resolve import FileSettings, Resolver
    from criulint.finding import Finding, Origin
    from criulint.image.history import Dockerfile
    from criulint.image.inspection import ImageFile, Inspection
    from criulint.image.reference import Reference
    from criulint.image.source import Image, ListedImage

_PLATFORM = re.compile(r"all|[\w.-]+/[\w.-]+(/[\w.-]+)?")
# Of a list of images, in bytes.
_MAX_LIST = 8 << 20
_MAX_SECONDS_DIGITS = 9
_MAX_LIMIT_DIGITS = 15
_UNITS = {"K": 10, "M": 20, "G": 30}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint image`` to its parser."""
    add_settings_arguments(parser)
    add_output_arguments(parser)
    group = parser.add_argument_group("images")
    group.add_argument(
        "--platform",
        metavar="OS/ARCH",
        help="choose from a multi-platform image, or `all` (default: this host's)",
    )
    group.add_argument(
        "--dockerfile",
        metavar="FILE",
        help="report the lines of this Dockerfile that wrote each file",
    )
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help=f"refuse images beyond a limit; NAME is one of {', '.join(Limits._fields)}, and sizes"
        " are in bytes or have the suffix K, M or G",
    )
    group.add_argument(
        "--insecure",
        action="store_true",
        help="allow plain HTTP registries and skip certificate checks",
    )
    group.add_argument(
        "--timeout",
        type=_seconds,
        default=120,
        metavar="SECONDS",
        help="give up after SECONDS with next to no data (default: %(default)s)",
    )
    parser.add_argument("-q", "--quiet", action="store_true", help="print findings and errors only")
    parser.add_argument(
        "images",
        nargs="+",
        metavar="IMAGE",
        help="docker-archive:FILE, oci-archive:FILE, oci-dir:DIR[:TAG], dir:ROOTFS, bundle:DIR,"
        " podman:NAME, docker:NAME, registry:HOST/NAME[:TAG|@DIGEST], a path, or a name, which is"
        " looked up in local stores before a registry; - reads a list from standard input, one"
        " per line",
    )


def run(args: argparse.Namespace) -> int:
    """Check all images, write the reports, and return the exit status."""
    if args.platform is not None and not _PLATFORM.fullmatch(args.platform):
        raise UsageError(
            f"--platform {escape(args.platform)}: expected OS/ARCH, OS/ARCH/VARIANT, or `all`"
        )
    names = _read_names(args.images)
    session = _Session(args, names)
    try:
        with clean_exit():
            for name in names:
                session.check(name)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    session.report()
    if session.broken:
        return 3
    return 2 if session.failed else int(session.fails)


def _seconds(word: str) -> int:
    if not _is_number(word, _MAX_SECONDS_DIGITS) or int(word) == 0:
        raise argparse.ArgumentTypeError(f"{escape(word)} is not a number of seconds")
    return int(word)


def _is_number(word: str, max_digits: int) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= max_digits


def _read_names(words: list[str]) -> list[str]:
    """Return the names of the images, each once; ``-`` stands for a list on standard input.

    Raise UsageError if standard input is used twice or holds no list of names.
    """
    if sum(word == "-" or word.endswith("-archive:-") for word in words) > 1:
        raise UsageError("standard input can be read only once")
    names: list[str] = []
    for word in words:
        if word == "-":
            data = sys.stdin.buffer.read(_MAX_LIST + 1)
            if b"\0" in data or len(data) > _MAX_LIST:
                raise UsageError(
                    "standard input is not a list of names; docker-archive:- reads an archive"
                )
            lines = (os.fsdecode(line).strip() for line in data.split(b"\n"))
            names += (line for line in lines if line and not line.startswith("#"))
        else:
            names.append(word)
    if not names:
        raise UsageError("standard input names no image")
    return list(dict.fromkeys(names))


def _parse_limits(words: Iterable[str]) -> Limits:
    """Return the limits with those of ``--limit``. Raise UsageError for a malformed one."""
    limits = Limits()
    for word in words:
        name, _, number = word.partition("=")
        shift = _UNITS.get(number[-1:], 0)
        digits = number[:-1] if shift else number
        if name not in Limits._fields or not _is_number(digits, _MAX_LIMIT_DIGITS):
            raise UsageError(
                f"--limit {escape(word)}: expected NAME=N, where NAME is one of"
                f" {', '.join(Limits._fields)}"
            )
        limits = limits._replace(**{name: int(digits) << shift})
    return limits


class _ImageSettings:
    """Finds the settings of an image's files, and the linters for them.

    The CRIU and the runtime in the image hold unless the command line names others.
    """

    def __init__(self, args: argparse.Namespace, base: Resolver, inspection: Inspection) -> None:
        self._args = args
        self._base = base
        self._inspection = inspection
        self._resolvers: dict[tuple[tuple[str, str], ...], Resolver] = {}
        self._linters = LinterCache(self._find_host)

    def settings_of(self, file: ImageFile) -> FileSettings:
        """Return the settings of a file."""
        defaults = self._defaults(file)
        key = tuple(defaults.items())
        if key not in self._resolvers:
            self._resolvers[key] = self._base.with_defaults(defaults)
        return self._resolvers[key].settings(file.path.lstrip("/"))

    def linter_for(self, settings: FileSettings) -> Linter:
        """Return the linter for files with these settings."""
        return self._linters.get(settings)

    def _defaults(self, file: ImageFile) -> dict[str, str]:
        """Return what the image says about a file and the command line does not."""
        defaults: dict[str, str] = {}
        criu = self._inspection.versions.get("criu")
        if self._args.criu is None and criu and criu.number:
            defaults["criu"] = nearest_release(criu.number)
        runtime = self._inspection.runtime_of(file)
        if self._args.runtime is None and runtime:
            defaults["runtime"] = runtime
        if self._args.role is None and file.role:
            defaults["role"] = file.role.value
        return defaults

    def _find_host(self, path: str) -> HostContext:
        return HostContext(self._inspection.file_system, path)


class _CheckedFile(NamedTuple):
    """A file that was checked, and where it comes from."""

    file: ImageFile
    source: Source
    settings: FileSettings
    linter: Linter
    origin: Origin


class _Session(Console):
    """Checks images, and collects what is found in them for one report."""

    def __init__(self, args: argparse.Namespace, names: list[str]) -> None:
        super().__init__(quiet=args.quiet)
        self._args = args
        self._outputs = Outputs(args)
        self._limits = _parse_limits(args.limit)
        self._dockerfile: Dockerfile | None = None
        self._findings: list[Finding] = []
        self._files: list[str] = []
        self._releases: set[str] = set()
        # How many findings the current image may still have.
        self._left = 0
        # Whether no rule was left out.
        self._everything = True
        self.fails = False
        #: Whether there was an exception that nothing expected.
        self.broken = False
        # Errors in the command line are reported before an image is read.
        self._resolver = make_resolver(args)
        self._protect_inputs(names)
        if args.dockerfile:
            from criulint.image.history import read_dockerfile

            try:
                self._dockerfile = read_dockerfile(args.dockerfile)
            except ImageError as error:
                raise UsageError(str(error)) from None

    def _protect_inputs(self, names: list[str]) -> None:
        """Raise UsageError if a report would replace something that is read."""
        from criulint.image.reference import parse_reference

        files = [self._args.dockerfile] if self._args.dockerfile else []
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

    def check(self, name: str) -> None:
        """Check what a name stands for, which may be several images."""
        from criulint.image.reference import parse_reference

        with self._report_errors(name):
            reference = parse_reference(name)
            if reference.kind in ("dir", "bundle"):
                self._check_directory(reference)
            else:
                self._check_images(reference)

    @contextmanager
    def _report_errors(self, name: str) -> Iterator[None]:
        """Report what ends the check of an image; those after it are still checked."""
        prefix = escape(name)
        try:
            yield
        except (UsageError, ConfigurationError):
            raise
        except ImageError as error:
            message = str(error)
            self.error(message if message.startswith(prefix) else f"{prefix}: {message}")
        except OSError as error:
            # There may be no room for temporary files.
            self.error(f"{prefix}: {error.strerror or error}")
        except MemoryError:
            self.error(f"{prefix}: out of memory")
        except Exception as error:
            if os.environ.get("CRIULINT_TRACEBACK"):
                raise
            self.broken = True
            self.error(f"{prefix}: {describe_bug(error)}")

    def _check_directory(self, reference: Reference) -> None:
        from criulint.image.directory import inspect_directory

        image, inspection, files = inspect_directory(reference, self._limits)
        self._refuse(self._outputs.overwrites(files))
        self._check_image(image, inspection)

    def _check_images(self, reference: Reference) -> None:
        from criulint.image.inspection import inspect_image

        with ExitStack() as stack:
            for listed in self._open_images(reference, stack):
                with self._report_errors(listed.name):
                    image = listed.read()
                    sizes = [layer.blob.size for layer in image.layers]
                    name = escape(image.name)
                    with _progress_bar(name, sizes, quiet=self._args.quiet) as progress:
                        inspection = inspect_image(image, progress)
                    self._check_image(image, inspection)

    def _open_images(self, reference: Reference, stack: ExitStack) -> Iterator[ListedImage]:
        """Open the images that a name stands for, with a progress bar while they are fetched."""
        from criulint.image.fetch import FetchOptions
        from criulint.image.source import open_images

        with _progress_bar(escape(reference.text), [], quiet=self._args.quiet) as progress:
            options = FetchOptions(self._args.insecure, self._args.timeout, progress)
            images = open_images(reference, self._args.platform, self._limits, options)
            return stack.enter_context(images)

    def _check_image(self, image: Image, inspection: Inspection) -> None:
        name = escape(image.name)
        self._report_unchecked(name, inspection)
        if not inspection.files:
            if not inspection.inaccessible and not inspection.too_large:
                self.note(f"no CRIU configuration file in {name}")
            return
        from criulint.image.origin import Origins

        self._report_versions(name, inspection)
        origins = Origins(image, self._args.dockerfile, self._dockerfile)
        if not origins.matches_dockerfile:
            self.note(
                f"{name} does not seem to be built from {escape(self._args.dockerfile)}:"
                " none of its steps matches"
            )
        version = inspection.versions.get("criu")
        criu = version.number if version else ""
        image_settings = _ImageSettings(self._args, self._resolver, inspection)
        self._left = self._limits.findings
        checked: dict[str, _CheckedFile] = {}
        for file in inspection.files:
            image.budget.check_time()
            settings = image_settings.settings_of(file)
            if settings.note:
                self.warn(settings.note)
            linter = image_settings.linter_for(settings)
            self._releases.add(settings.release)
            self._everything &= settings.codes is None
            self._files.append(f"{image.name}:{file.path}")
            source = Source(file.data, file.path)
            origin = _complete_origin(origins.origin_of(file), settings, criu)
            checked[file.path] = _CheckedFile(file, source, settings, linter, origin)
            self._add(linter.check(source).findings, checked[file.path])
        for first, second in read_together(list(checked)):
            later = checked[second]
            together = later.linter.check_together(checked[first].source, later.source)
            self._add(together.findings, later)

    def _report_unchecked(self, name: str, inspection: Inspection) -> None:
        """Report the files of an image that cannot be checked."""
        for path in inspection.missing:
            self.note(
                f"{name}: {escape(path)} does not exist, but the image names it as CRIU's"
                " configuration"
            )
        for path in inspection.inaccessible:
            self.error(f"{name}: {escape(path)} cannot be read: Permission denied")
        for path in inspection.too_large:
            self.error(
                f"{name}: {escape(path)} has more than {self._limits.file} bytes"
                " (--limit file=N allows more)"
            )

    def _report_versions(self, name: str, inspection: Inspection) -> None:
        """Report the CRIU and the runtimes in an image, which its files are checked for."""
        versions = dict(inspection.versions)
        criu = versions.pop("criu", None)
        known = []
        if self._args.criu is None:
            if criu is None or not criu.number:
                unread = [escape(path) for path in inspection.unread_databases[:1]]
                reason = "".join(f" ({path} is in a format that is not read)" for path in unread)
                self.note(f"the CRIU release in {name} is unknown{reason}; --criu RELEASE sets it")
            elif criu.number not in releases():
                self.note(
                    f"{name} has CRIU {criu.number}, which has no schema;"
                    f" checking for {nearest_release(criu.number)} instead"
                )
            else:
                known.append(f"CRIU {criu.number} ({escape(criu.path)})")
        if self._args.runtime is None:
            for runtime, version in versions.items():
                number = version.number or "of unknown version"
                known.append(f"{runtime} {number} ({escape(version.path)})")
        if known:
            self.note(f"{name} has {', '.join(known)}")

    def _add(self, findings: list[Finding], checked: _CheckedFile) -> None:
        """Add findings of a file. Raise ImageError if the image has too many."""
        origin = checked.origin
        self.fails |= any(checked.settings.fails(finding) for finding in findings)
        name = f"{origin.image}:{checked.file.path}"
        kept = findings[: self._left]
        self._findings += [finding._replace(path=name, fix=None, origin=origin) for finding in kept]
        if len(findings) > self._left:
            raise ImageError(
                f"more than {self._limits.findings} findings (--limit findings=N allows more)"
            )
        self._left -= len(findings)

    def report(self) -> None:
        """Write the reports."""
        report = Report(self._findings, self._files, base_directory(os.environ))
        self._outputs.write(report, sys.stdout)
        if self._outputs.for_people and self._files:
            release = " and ".join(sorted(map(Release, self._releases)))
            self.note(
                str(text.Summary(self._findings, len(self._files), release, self._everything))
            )


def _complete_origin(origin: Origin, settings: FileSettings, criu: str) -> Origin:
    """Return an origin with the releases that its file is checked for."""
    caller = settings.context.caller
    runtime = str(caller) if caller else ""
    return origin._replace(release=settings.release, criu=criu, runtime=runtime)


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
