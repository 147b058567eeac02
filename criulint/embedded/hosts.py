# SPDX-License-Identifier: MIT
"""What kind of host a file is, and which module follows what it writes.

A kind is the name of a module that has ``follow(source: Source) -> FollowedHost``. Its offsets
count the code points of `criulint.source.decode(source.data)`. It may raise `HostError`. To add a
kind, write its module, and add a line to `_MODULES`, to `TITLES`, and to `_NAMES` or
`_INTERPRETERS`.
"""

from __future__ import annotations

import os
import re
import stat
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from criulint.criu.paths import CONFIG_ANNOTATION, CONFIG_VARIABLE, RUNTIME_NAMES, is_named_for_criu

if TYPE_CHECKING:
    from criulint.embedded.model import FollowedHost
    from criulint.source import Source

# Kinds, and the modules that follow them.
_MODULES = {
    "shell": "criulint.embedded.shell",
    "yaml": "criulint.embedded.manifest.follow",
    "dockerfile": "criulint.embedded.dockerfile",
    "earthfile": "criulint.embedded.earthfile",
    "makefile": "criulint.embedded.makefile",
    "justfile": "criulint.embedded.justfile",
    "bats": "criulint.embedded.bats",
    "vagrantfile": "criulint.embedded.vagrantfile",
    "hcl": "criulint.embedded.hcl",
    "jenkinsfile": "criulint.embedded.jenkinsfile",
    "unit": "criulint.embedded.unit",
    "markdown": "criulint.embedded.documents.markdown",
    "rest": "criulint.embedded.documents.rest",
    "asciidoc": "criulint.embedded.documents.asciidoc",
    "python": "criulint.embedded.languages.python",
    "go": "criulint.embedded.languages.go",
    "rust": "criulint.embedded.languages.rust",
    "c": "criulint.embedded.languages.c",
    "javascript": "criulint.embedded.languages.javascript",
    "nix": "criulint.embedded.languages.nix",
    "puppet": "criulint.embedded.languages.puppet",
}

#: Kinds in running text.
TITLES = {
    "shell": "a shell script",
    "yaml": "YAML or JSON",
    "dockerfile": "a Dockerfile",
    "earthfile": "an Earthfile",
    "makefile": "a makefile",
    "justfile": "a justfile",
    "bats": "a Bats test",
    "vagrantfile": "a Vagrantfile",
    "hcl": "HCL",
    "jenkinsfile": "a Jenkinsfile",
    "unit": "a systemd unit",
    "markdown": "Markdown",
    "rest": "reStructuredText",
    "asciidoc": "AsciiDoc",
    "python": "a Python program",
    "go": "a Go program",
    "rust": "a Rust program",
    "c": "a C program",
    "javascript": "JavaScript",
    "nix": "a Nix expression",
    "puppet": "a Puppet manifest",
}

# Kinds by the name of the file, without its directories; the first one that matches counts.
_NAMES = (
    (r".*\.(?:ya?ml|bu|json|ign)(?:\.(?:j2|tmpl|tpl|in))?", "yaml"),
    (r".*\.(?:md|mdx|markdown|qmd|rmd)", "markdown"),
    (r".*\.(?:rst|rest)", "rest"),
    (r".*\.(?:adoc|asciidoc|asc)", "asciidoc"),
    (r".*\.(?:py|pyi|pyw)", "python"),
    (r".*\.go", "go"),
    (r".*\.rs", "rust"),
    (r".*\.[ch]", "c"),
    (r".*\.(?:[cm]?[jt]s|[jt]sx)", "javascript"),
    (r".*\.nix", "nix"),
    (r".*\.pp", "puppet"),
    (r"(?:Dockerfile|Containerfile)(?:[.-].*)?|.*\.(?:Dockerfile|Containerfile)", "dockerfile"),
    (r"Earthfile", "earthfile"),
    (r"(?:GNU)?Makefile(?:[.-].*)?|.*\.(?:mk|mak|make)", "makefile"),
    (r"\.?justfile|.*\.just", "justfile"),
    (r".*\.bats", "bats"),
    (r"Vagrantfile(?:[.-].*)?|.*\.Vagrantfile", "vagrantfile"),
    (r".*\.(?:hcl|tf)", "hcl"),
    (r"Jenkinsfile(?:[.-].*)?|.*\.(?:jenkinsfile|Jenkinsfile)", "jenkinsfile"),
    (r".*\.(?:service|socket|timer)", "unit"),
    (
        r".*\.(?:sh|bash|ash|dash|ksh|zsh|bashrc)|\.?(?:rc|env|profile|bashrc|m?kshrc)"
        r"|\.?zsh(?:rc|env)|\.?(?:bash_|z)(?:profile|login|logout)|\.?bash_aliases",
        "shell",
    ),
)
# Kinds by the program of the `#!` line, without its directories and version.
_INTERPRETERS = (
    (r"(?:ba|da|a|k|mk|z)?sh|busybox", "shell"),
    (r"bats", "bats"),
    (r"make", "makefile"),
    (r"just", "justfile"),
    (r"python|pypy", "python"),
    (r"node|nodejs|deno|bun|tsx|ts-node", "javascript"),
)

# `#!/bin/sh`, `#!/usr/bin/env -S PATH=/bin bash -e`
_INTERPRETER_LINE = re.compile(
    rb"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-\S+[ \t]+|\w+=\S*[ \t]+)*(?:\S*/)?)?([A-Za-z_+-]+)"
)
# A file that mentions none of these does not hold CRIU's files.
_MENTIONS = (b"criu", CONFIG_VARIABLE.encode(), *map(str.encode, RUNTIME_NAMES))
# Nor does a file of these kinds that names no file: CRIU's own sources mention CRIU everywhere, and
# scripts run it. A Dockerfile may copy a directory.
_NAMING = frozenset(("shell", "bats", "python", "go", "rust", "c", "javascript"))
_FILES = (b".conf", CONFIG_VARIABLE.encode(), b"--config", CONFIG_ANNOTATION.encode())
# The most bytes of a file that is examined in a directory; people do not write larger ones.
_MAX_SIZE = 1 << 24
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK")
)
# The most bytes of a host that is followed.
_MAX_FOLLOWED = 1 << 22
#: How many bytes of a file `kind_of` looks at.
HEAD = 256


class HostError(ValueError):
    """A host that cannot be followed; the message begins with the place, if there is one."""


class MissingExtraError(HostError):
    """A host whose parser is not installed; the message names the extra of criulint."""


@cache
def _names() -> re.Pattern[str]:
    """Return `_NAMES` as one pattern; the group that matches is the kind."""
    alternatives = "|".join(f"(?P<{kind}>{pattern})" for pattern, kind in _NAMES)
    return re.compile(alternatives, re.IGNORECASE | re.DOTALL)


def interpreter(head: bytes) -> str:
    """Return the name of the program in the `#!` line of a file; empty if it has none."""
    found = _INTERPRETER_LINE.match(head)
    return found[1].decode("ascii") if found else ""


def kind_of(path: str, head: bytes = b"") -> str | None:
    """Return the kind of host that a file is, None if it is not a host.

    The `#!` line in the `head` of its content counts more than the name, unless that is CRIU's.
    """
    path = path.replace("\\", "/")
    if is_named_for_criu(path):
        return None
    program = interpreter(head)
    for pattern, kind in _INTERPRETERS if program else ():
        if re.fullmatch(pattern, program):
            return kind
    found = _names().fullmatch(path.rpartition("/")[2])
    return found.lastgroup if found else None


def may_hold(data: bytes, kind: str = "") -> bool:
    """Return whether a host, of this kind if it is known, may contain one of CRIU's files."""
    if not any(map(data.__contains__, _MENTIONS)):
        return False
    return kind not in _NAMING or any(part in data for part in _FILES)


def is_host(path: str) -> bool:
    """Return whether a file on this machine is a host that may contain one of CRIU's files.

    This is called for each file of a tree, and costs no more than opening and reading it.
    """
    name = path.rpartition(os.sep)[2]
    kind = kind_of(name)
    if kind is None and "." in name.lstrip("."):
        return False
    try:
        descriptor = os.open(path, _FLAGS)
    except (OSError, ValueError):
        return False
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_SIZE:
            return False
        data = os.read(descriptor, 2)
        if kind is None and data != b"#!":
            return False
        data += os.read(descriptor, status.st_size)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    if data.startswith(b"#!"):
        kind = kind_of(name, data[:HEAD])
    return kind is not None and may_hold(data, kind)


def follow_host(source: Source, kind: str) -> FollowedHost:
    """Return the files that a host of this kind writes. HostError if it cannot be followed."""
    from criulint.embedded.model import FollowedHost, TooMuchWorkError, limited_work

    if kind != "yaml" and not may_hold(source.data, kind):  # YAML may be UTF-16
        return FollowedHost([], [])
    if len(source.data) > _MAX_FOLLOWED:
        raise HostError("too large to be followed")
    module = import_module(_MODULES[kind])
    try:
        with limited_work():
            followed: FollowedHost = module.follow(source)
    except TooMuchWorkError as error:
        raise HostError(str(error)) from None
    except RecursionError:
        raise HostError("nested too deeply to be followed") from None
    return followed
