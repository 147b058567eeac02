# SPDX-License-Identifier: MIT
"""The names of images, as skopeo and syft write them."""

from __future__ import annotations

import os
import platform
import re
from typing import TYPE_CHECKING, NamedTuple

from criulint.image import ImageError
from criulint.image.artifact import describe_directory
from criulint.text import did_you_mean, escape, find_closest, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Schemes, and the kinds of sources that they name.
SCHEMES = {
    "docker-archive": "docker-archive",
    "oci-archive": "oci-archive",
    "oci-dir": "oci",
    "oci-layout": "oci",
    "oci": "oci",
    "dir": "dir",
    "bundle": "bundle",
    "docker": "docker-daemon",
    "docker-daemon": "docker-daemon",
    "podman": "podman",
    "containers-storage": "containers-storage",
    "registry": "registry",
}

_ARCHITECTURES = {
    "x86_64": "amd64",
    "AMD64": "amd64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i686": "386",
    "armv7l": "arm",
}

# Kinds whose images are selected by a tag after the path.
_TAGGED = frozenset(("oci", "oci-archive", "docker-archive", "archive"))
_NAMED = frozenset(("registry", "name", "podman", "containers-storage", "docker-daemon"))
# `@sha256:...` at the end of a name.
_DIGEST = re.compile(r"@((?:sha256|sha384|sha512):[0-9a-f]{64,128})$")
# The name of a file rather than of an image.
_ARCHIVE = re.compile(r"(?i)\.(?:tar|tar\.\w+|tgz|txz|tzst|oci|gz|xz|zst|zip)$")
_PORT = re.compile(r"\d+/")
_URL = re.compile(r"[a-z][a-z0-9+-]*://")
# How similar a mistyped scheme is to the right one: from 0 to 1, as `difflib` measures it.
_CLOSE = 0.85
# A root file system has at least one of these.
_ROOT_NAMES = frozenset(
    ("bin", "etc", "gnu", "home", "lib", "nix", "opt", "root", "sbin", "srv", "usr", "var")
)
# How many names a message lists, and how many a mistyped one is compared with.
_MAX_LISTED = 10
_MAX_COMPARED = 1000


class Reference(NamedTuple):
    """What the name `text` stands for.

    `kind` is a value of `SCHEMES`, or ``archive`` (Docker's or OCI's), ``copied`` (skopeo's
    ``dir:``), or ``name``, which is looked up in local stores before a registry; ``local`` is
    a name that only local stores are asked for. `tag` and `digest` select among the images of
    an archive or a layout.
    """

    text: str
    kind: str
    location: str
    tag: str | None = None
    digest: str | None = None


def parse_reference(text: str) -> Reference:
    """Return the source that a name stands for; without a scheme, what is at that path.

    Raise ImageError if it stands for nothing.
    """
    scheme, colon, rest = text.partition(":")
    if "\0" in text:
        raise ImageError(f"{escape(text)} contains a NUL byte")
    if colon and scheme in SCHEMES and not (scheme == "registry" and _PORT.match(rest)):
        return _parse_with_scheme(text, scheme, rest)
    location, tag, digest = _split_path(text)
    if os.path.lexists(location):
        kind = _detect_kind(location)
        if kind in _TAGGED or (tag is None and digest is None):
            if kind == "dir":
                _check_root(location)
            return Reference(text, kind, location, tag, digest)
        # A directory that happens to have an image's name.
    if text.startswith(("/", "./", "../")) or text in (".", ".."):
        raise ImageError(explain_missing(text, location))
    if _URL.match(text):
        raise ImageError(f"{escape(text)} is a URL; registry:HOST/NAME is an image in a registry")
    if colon and rest and os.path.lexists(_split_path(rest)[0]):
        raise ImageError(f"{escape(text)}: no scheme {scheme!r}; the path alone is enough")
    name = _drop_tag(text)
    is_scheme = colon and not _PORT.match(rest) and _find_scheme(scheme)
    is_local = _is_like_a_file(name) or is_scheme
    return Reference(text, "local" if is_local else "name", name)


def _parse_with_scheme(text: str, scheme: str, rest: str) -> Reference:
    kind = SCHEMES[scheme]
    if not rest.strip("/") and rest != "/":
        raise ImageError(f"{escape(text)}: there is no name after the colon")
    if kind != "docker-daemon" and rest.startswith("//") and not os.path.lexists(rest):
        # Other programs write docker-archive://FILE.
        rest = rest.removeprefix("//")
    if kind in _TAGGED:
        return Reference(text, kind, *_split_path(rest))
    if kind == "dir" and _detect_kind(rest) == "copied":
        kind = "copied"
    elif scheme == "docker" and rest.startswith("//"):
        # skopeo's name for a registry
        kind = "registry"
    if kind in _NAMED:
        rest = _drop_tag(rest.removeprefix("//") if kind == "registry" else rest)
    return Reference(text, kind, rest)


def _drop_tag(name: str) -> str:
    """Return ``NAME@DIGEST`` for ``NAME:TAG@DIGEST``, in which the digest alone counts."""
    digest = _DIGEST.search(name)
    if not digest:
        return name
    directory, slash, last = name[: digest.start()].rpartition("/")
    return f"{directory}{slash}{last.partition(':')[0]}{digest[0]}"


def _is_like_a_file(name: str) -> bool:
    """Return whether a name that is not a file looks like a mistyped one.

    It is not sent to a public registry then. Names on the default registry have no dot; others
    begin with the name of a host.
    """
    first, slash, _ = name.partition("/")
    if _DIGEST.search(name):
        return False
    if _ARCHIVE.search(name) or (slash and os.path.isdir(first)):
        return True
    has_host = slash and (first == "localhost" or "." in first or ":" in first)
    return not has_host and "." in name.rpartition("/")[2].partition(":")[0]


def _find_scheme(word: str) -> str | None:
    """Return the scheme that a word may be a misspelling of, None if it resembles none."""
    same_letters = (scheme for scheme in SCHEMES if sorted(scheme) == sorted(word))
    return find_closest(word, SCHEMES, _CLOSE) or next(same_letters, None)


def _check_root(path: str) -> None:
    """Raise ImageError if a directory is certainly something other than a root file system."""
    try:
        names = set(os.listdir(path))
    except OSError:
        return  # reported when it is read
    if not names.isdisjoint(_ROOT_NAMES):
        return
    what = describe_directory(names) or "is neither a root file system nor an image's layout"
    raise ImageError(f"{escape(path)} {what} (dir:{escape(path)} checks it all the same)")


def explain_missing(text: str, path: str) -> str:
    """Return the error for the name `text` of a path that does not exist."""
    return f"{escape(text)}: No such file or directory{_suggest_path(path)}"


def _suggest_path(path: str) -> str:
    """Return ``; did you mean 'x'?`` for a file beside a path that does not exist."""
    directory, name = os.path.split(path)
    try:
        names = os.listdir(directory or ".")
    except (OSError, ValueError):
        return ""
    return did_you_mean(name, names) if len(names) <= _MAX_COMPARED else ""


def explain_local(reference: Reference) -> str:
    """Return why a name of the kind ``local`` is not found, and how to ask a registry for it."""
    hint = _suggest_path(reference.location)
    scheme = _find_scheme(reference.text.partition(":")[0])
    if scheme and ":" in reference.text:
        hint = f"; did you mean '{scheme}:'?"
    name = shorten(reference.location)
    return f"neither a file nor in a local store{hint} (registry:{name} asks a registry)"


def list_names(known: Iterable[str], wanted: str) -> str:
    """Return the names of images for a message, those like `wanted` first."""
    names = sorted(set(known), key=lambda name: (wanted not in name and name not in wanted, name))
    if not names:
        return "no names"
    shown = ", ".join(map(shorten, names[:_MAX_LISTED]))
    more = len(names) - _MAX_LISTED
    return f"{shown} and {more} more" if more > 0 else shown


def _split_path(text: str) -> tuple[str, str | None, str | None]:
    """Return a path, and the tag and the digest after it."""
    if os.path.lexists(text):
        return text, None, None
    digest = _DIGEST.search(text)
    path, tag = _split_tag(text[: digest.start()] if digest else text)
    return path, tag, digest[1] if digest else None


def _split_tag(text: str) -> tuple[str, str | None]:
    """Return a path and the tag after it.

    Both may contain colons: the longest path that exists is chosen.
    """
    if os.path.lexists(text):
        return text, None
    pieces = text.split(":")
    for count in range(len(pieces) - 1, 0, -1):
        path = ":".join(pieces[:count])
        if os.path.lexists(path):
            return path, ":".join(pieces[count:]) or None
    return pieces[0], ":".join(pieces[1:]) or None


def _detect_kind(path: str) -> str:
    """Return the kind of source that is at a path."""
    if not os.path.isdir(path):
        return "archive"
    if os.path.exists(os.path.join(path, "oci-layout")):
        return "oci"
    if all(os.path.isfile(os.path.join(path, name)) for name in ("version", "manifest.json")):
        return "copied"
    has_rootfs = os.path.isdir(os.path.join(path, "rootfs"))
    if has_rootfs and os.path.exists(os.path.join(path, "config.json")):
        return "bundle"
    return "dir"


def host_platform() -> str:
    """Return the platform of this host, as manifests name it."""
    machine = platform.machine()
    return f"linux/{_ARCHITECTURES.get(machine, machine.lower())}"
