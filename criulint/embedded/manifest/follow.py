# SPDX-License-Identifier: MIT
"""The files that a YAML or JSON file holds, and those that its scripts write."""

from __future__ import annotations

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from typing import TYPE_CHECKING

from criulint.embedded.following import follow_scripts, merge_followed
from criulint.embedded.hosts import HostError, MissingExtraError
from criulint.embedded.manifest.templates import TEMPLATE, has_bare_templates, renderings
from criulint.embedded.model import FollowedHost, HostedText, surround

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml import MarkedYAMLError

    from criulint.embedded.manifest.files import ContentBudget
    from criulint.embedded.manifest.load import YamlDocument
    from criulint.source import Source

# Half of a character of two UTF-16 units: valid in JSON, but not in YAML. The second alternative
# skips other escapes, so that the second backslash of a pair does not begin one.
_SURROGATE = re.compile(r"\\(?:u[dD][89a-fA-F][0-9a-fA-F]{2}|(.))", re.DOTALL)
_NAME = re.compile(rb"(?:crun|runc|default)\.conf")
_MAX_NESTING = 3


def follow(source: Source) -> FollowedHost:
    """Return the files that a YAML or JSON file holds and writes.

    HostError if it is neither, or PyYAML is missing.
    """
    if not _may_hold(source.data):
        return FollowedHost([], [])
    try:
        import yaml
    except ImportError:
        raise MissingExtraError(
            "files inside YAML need PyYAML: install criulint with the extra `yaml`"
        ) from None
    try:
        text = source.data.decode("utf-8")
    except UnicodeDecodeError:
        raise HostError("not UTF-8") from None
    host = HostedText.of(text)
    if text.startswith("\ufeff"):
        host = host[1:]
    if (source.path or "").lower().endswith((".json", ".ign")):
        host = HostedText(_as_yaml(host.text), host.offsets)
    try:
        from criulint.embedded.manifest.files import ContentBudget

        return merge_followed(_follow_text(host, 0, ContentBudget()))
    except yaml.MarkedYAMLError as error:
        raise HostError(_describe(error, text)) from None
    except HostError:
        raise
    except (yaml.YAMLError, ValueError) as error:
        raise HostError(f"not YAML: {str(error).splitlines()[0]}") from None


def _may_hold(data: bytes) -> bool:
    """Return whether a file may hold or write one of CRIU's; other files need not even be YAML."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):  # what `>` writes in PowerShell
        data = data.replace(b"\0", b"")
    return _NAME.search(data) is not None or (b"criu" in data and b".conf" in data)


def _as_yaml(text: str) -> str:
    """Return JSON as YAML of the same length.

    Tabs become blanks, and each escape of a surrogate pair becomes U+FFFD.
    """

    def replace(match: re.Match[str]) -> str:
        return match[0] if match[1] else "\\ufffd"

    return _SURROGATE.sub(replace, text.replace("\t", " "))


def _describe(error: MarkedYAMLError, text: str) -> str:
    if "nesting depth" in str(error.problem):  # newer versions of libyaml count it, too
        return "nested too deeply"
    place = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
    template = "; check the rendered template" if TEMPLATE.search(text) else ""
    return f"{place}not YAML: {error.problem or error.context}{template}"


def _follow_text(text: HostedText, nesting: int, budget: ContentBudget) -> Iterator[FollowedHost]:
    for document in _documents(text):
        found = merge_followed(_follow_document(document, nesting, budget))
        yield surround(found, document.parts()) if found.files else found


def _documents(text: HostedText) -> Iterator[YamlDocument]:
    """Yield the documents of a YAML text, or of its possible renderings."""
    from yaml import YAMLError

    from criulint.embedded.manifest.ansible import is_tasks
    from criulint.embedded.manifest.load import load_yaml

    if not has_bare_templates(text.text):
        yield from load_yaml(text)
        return
    try:
        plain = load_yaml(text)
    except (YAMLError, HostError):
        plain = []
    if any(map(is_tasks, plain)):  # Ansible renders each text on its own
        yield from plain
        return
    for rendering in renderings(text):
        yield from load_yaml(rendering)


def _follow_document(
    document: YamlDocument, nesting: int, budget: ContentBudget
) -> Iterator[FollowedHost]:
    from criulint.embedded.manifest.files import Files
    from criulint.embedded.manifest.scripts import find_inner_manifests, find_manifest_scripts

    taken: set[int] = set()
    scripts = find_manifest_scripts(document, taken)
    files = Files(document, taken, budget)
    found = list(files.find())
    yield FollowedHost(found, [], tuple(files.errors))
    yield follow_scripts(scripts)
    if nesting < _MAX_NESTING:
        for inner in find_inner_manifests(document):
            yield from _follow_text(inner, nesting + 1, budget)
