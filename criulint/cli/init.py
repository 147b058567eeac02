# SPDX-License-Identifier: MIT
"""``criulint init``: write a first ``criulint.toml`` from what is found here."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from criulint import files
from criulint.cli import UsageError
from criulint.criu.paths import RUNTIME_NAMES
from criulint.discovery import find_files
from criulint.text import escape, plural, to_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

_NAME = "criulint.toml"
_REFERENCE = "https://criulint.readthedocs.io/en/stable/reference/configuration/"
# A runtime's file is named after it.
_RUNTIMES = {name: name.removesuffix(".conf") for name in RUNTIME_NAMES}
_MAX_LISTED = 5


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of ``criulint init`` to its parser."""
    parser.add_argument(
        "--stdout", action="store_true", help=f"print the configuration instead of writing {_NAME}"
    )


def run(args: argparse.Namespace) -> int:
    """Write the configuration. UsageError if there already is one."""
    found = sorted(find_files("."))
    text = "\n".join(_lines(found)) + "\n"
    if args.stdout:
        print(text, end="")
        return 0
    try:
        files.create(_NAME, text.encode())
    except FileExistsError:
        raise UsageError(f"{_NAME} already exists") from None
    except OSError as error:
        raise UsageError(f"{_NAME}: {error.strerror or error}") from None
    print(f"wrote {_NAME}; {plural(len(found), 'configuration file')} found")
    return 0


def _lines(found: list[str]) -> Iterator[str]:
    yield f"# How criulint reads the CRIU configuration files below. All keys: {_REFERENCE}"
    yield ""
    yield from _describe_release()
    yield ""
    yield from _describe_runtime(found)
    if found:
        yield ""
        yield "# `criulint check .` checks these files:"
        yield from (f"#   {escape(path)}" for path in found[:_MAX_LISTED])
        if len(found) > _MAX_LISTED:
            yield f"#   and {len(found) - _MAX_LISTED} more"


def _describe_release() -> Iterator[str]:
    from criulint.criu.releases import latest_release, nearest_release
    from criulint.host.installed import ProbeError, find_binary, version

    try:
        binary = find_binary()
        installed = version(binary)
        release = nearest_release(installed)
    except (ProbeError, ValueError):
        yield "# The CRIU release that reads the files. The default is the newest known one."
        yield f"# criu = {to_json(latest_release())}"
        return
    yield f"# The CRIU release that reads the files: {escape(str(binary))} is {installed}."
    yield f"criu = {to_json(release)}"


def _describe_runtime(found: list[str]) -> Iterator[str]:
    named = {
        _RUNTIMES[name]: path for path in found if (name := os.path.basename(path)) in _RUNTIMES
    }
    if len(named) == 1:
        runtime, path = next(iter(named.items()))
        yield f"# What calls CRIU: {runtime} reads {escape(path)}."
        yield f"runtime = {to_json(runtime)}"
    else:
        yield "# What calls CRIU, with its version if you know it. The default is anything."
        yield '# runtime = "runc@1.3.0"'
