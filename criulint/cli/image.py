# SPDX-License-Identifier: MIT
"""``criulint image``: check the files in container images."""

from __future__ import annotations

import argparse
import codecs
import os
import re
import sys
from typing import TYPE_CHECKING

from criulint.cli import UsageError, add_group
from criulint.cli.image_run import ImageRun
from criulint.cli.output import (
    add_baseline_arguments,
    add_output_arguments,
    add_threshold_arguments,
)
from criulint.cli.settings import add_settings_arguments
from criulint.cli.signals import clean_exit
from criulint.configuration import ConfigurationError
from criulint.image.budget import Limits
from criulint.report import FORMATS, IMAGE_FORMATS
from criulint.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLATFORM = re.compile(r"all|[\w.-]+/[\w.-]+(/[\w.-]+)?")
# How many images a list may name.
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)
# The size of a list of images, in bytes.
_MAX_LIST = 8 << 20
_MAX_LIMIT_DIGITS = 15
_UNITS = {"K": 10, "M": 20, "G": 30}
# As programs in Go accept it, too: 5m0s.
_DURATION = re.compile(r"(?a)(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s?)?")
# What several options of other programs have in common.
_ARCHIVE = "name the archive as the image: docker-archive:FILE"
_FILE = "--output FORMAT:FILE writes a report to a file"
_HIDING = "comments in the Dockerfile, --baseline, and `images` in criulint.toml hide findings"
_INVENTORY = "--format inventory is JSON with all that a template or an SBOM could hold"
_LOCAL = "podman:NAME, docker:NAME and paths are looked up without a registry"
_LOGIN = "`skopeo login HOST` stores a password"
_OWN = "--layers own leaves out what the base image has to fix"
_RULES = "--select and --ignore choose the rules"
_SEVERITY = "--min-severity error reports only errors, --fail-on error fails only on errors"
_STATUS = "findings set the exit status to 1 anyway; --exit-zero and --fail-on change that"
# Options of Trivy, Grype, Dive and Docker, and what does the same in criulint.
_OPTIONS_OF_OTHERS = {
    "-f": "--format FORMAT chooses the format",
    "-i": _ARCHIVE,
    "-j": _FILE,
    "-o": _FILE,
    "-s": _SEVERITY,
    "-t": _INVENTORY,
    "--cache-dir": "nothing is kept between runs",
    "--ci": _STATUS,
    "--ci-config": "criulint.toml has settings, even for single images; --config FILE names it",
    "--clear-cache": "nothing is kept between runs",
    "--docker-host": "$DOCKER_HOST names the daemon",
    "--exit-code": _STATUS,
    "--file": "--dockerfile FILE names the Dockerfile",
    "--ignore-errors": "an image that cannot be read never stops the run",
    "--ignore-policy": _HIDING,
    "--ignore-unfixed": _OWN,
    "--ignorefile": _HIDING,
    "--image-src": "the source is part of the name: podman:NAME, registry:NAME",
    "--input": _ARCHIVE,
    "--json": _FILE,
    "--list-all-pkgs": "--format inventory lists what is in each image",
    "--max-image-size": "--limit size=N refuses larger images",
    "--no-progress": "the progress bar is shown only on terminals; --quiet hides it there",
    "--offline": _LOCAL,
    "--offline-scan": _LOCAL,
    "--only-fixed": _OWN,
    "--password": _LOGIN,
    "--podman-host": "$CONTAINER_HOST names the service",
    "--registry-token": _LOGIN,
    "--scanners": _RULES,
    "--scope": "all that containers see is checked; --history PATH shows what layers did to a path",
    "--security-checks": _RULES,
    "--severity": _SEVERITY,
    "--skip-dirs": _HIDING,
    "--skip-files": _HIDING,
    "--source": "the source is part of the name: podman:NAME, docker-archive:FILE",
    "--target": "the stage that an image was made of is found by its steps",
    "--template": _INVENTORY,
    "--username": _LOGIN,
    "--vuln-type": _RULES,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint image`` to its parser."""
    add_settings_arguments(parser, "my-image")
    note = "; `inventory` and `table` list the images, `json` only findings"
    output = add_output_arguments(parser, (*FORMATS, *IMAGE_FORMATS), "my-image", note=note)
    group = add_group(parser, "images", "--dockerfile Dockerfile --layers own my-image")
    group.add_argument(
        "--platform",
        metavar="OS/ARCH",
        help="the image to choose from a multi-platform image, or `all` (default: this host's"
        " platform)",
    )
    group.add_argument(
        "--dockerfile",
        metavar="FILE",
        help="report the lines of this Dockerfile that wrote each file",
    )
    group.add_argument(
        "--layers",
        choices=("all", "own", "base"),
        help="report findings from all layers, or only from the image's own or its base image's"
        " (default: all)",
    )
    group.add_argument(
        "--base",
        metavar="IMAGE",
        help="the base image for --layers (default: what the Dockerfile or labels say)",
    )
    group.add_argument(
        "--require-file",
        action="store_true",
        help="report an image without a CRIU configuration file as an error",
    )
    group.add_argument(
        "--history",
        metavar="PATH",
        help="print what each layer did to a path, instead of findings",
    )
    group.add_argument(
        "--limit",
        action="append",
        default=[],
        metavar="NAME=N",
        help="change a limit of what images may cost; NAME is one of"
        f" {', '.join(Limits._fields)}, and sizes"
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
        help="give up after SECONDS with almost no data (default: %(default)s)",
    )
    counting = add_threshold_arguments(parser, "my-image")
    add_baseline_arguments(counting, ".criulint-images.json")
    output.add_argument("-q", "--quiet", action="store_true", help="print only findings and errors")
    parser.set_defaults(options_of_others=_OPTIONS_OF_OTHERS)
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
        hint = f"; did you mean linux/{args.platform}?" if args.platform.isalnum() else ""
        raise UsageError(
            f"--platform {escape(args.platform)}: expected OS/ARCH, OS/ARCH/VARIANT, or `all`{hint}"
        )
    if args.write_baseline and (args.baseline or args.output or args.history):
        raise UsageError(
            "--write-baseline cannot be combined with --baseline, --output or --history"
        )
    if args.history and args.format not in (None, "full", "json"):
        raise UsageError(f"--history prints text, or with --format json JSON, not {args.format}")
    names = _read_names(args.images)
    image_run = ImageRun(args, names, _parse_limits(args.limit))
    try:
        with clean_exit():
            for name in names:
                image_run.process(name)
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
    return image_run.finish()


def _seconds(word: str) -> int:
    found = _DURATION.fullmatch(word)
    hours, minutes, seconds = (int(each or 0) for each in found.groups()) if found else (0, 0, 0)
    total = 3600 * hours + 60 * minutes + seconds
    if not total:
        raise argparse.ArgumentTypeError(f"{escape(word)} is not a number of seconds")
    return total


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
            data = data.removeprefix(codecs.BOM_UTF8)
            lines = (_COMMENT.sub("", os.fsdecode(line)).strip() for line in data.split(b"\n"))
            names += filter(None, lines)
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
