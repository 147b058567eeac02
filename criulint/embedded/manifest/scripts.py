# SPDX-License-Identifier: MIT
"""The scripts of a YAML or JSON file, of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.manifest.ansible import find_tasks
from criulint.embedded.manifest.cloud_init import find_cloud_init
from criulint.embedded.manifest.containers import find_containers
from criulint.embedded.manifest.load import Document, is_scalar, load, walk
from criulint.embedded.manifest.pipelines import find_pipelines
from criulint.embedded.manifest.templates import has_bare_templates, hide, renderings
from criulint.embedded.steps import Steps, scripts_of, shebang_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.hosted import HostedText, Script
    from criulint.embedded.manifest.load import Document

_FINDERS = (find_cloud_init, find_tasks, find_pipelines, find_containers)
_MAX_NESTING = 3


def find_scripts(text: HostedText, nesting: int = 0) -> list[Script]:
    """Return the scripts of a YAML text. yaml.YAMLError if it is not YAML."""
    found: list[Script] = []
    for rendering in renderings(text) if has_bare_templates(text.text) else (text,):
        for document in load(rendering):
            taken: set[int] = set()
            for find in _FINDERS:
                found += scripts_of(find(document, taken))
            found += _find_whole_scripts(document, taken, nesting)
    return found


def _find_whole_scripts(document: Document, taken: set[int], nesting: int) -> Iterator[Script]:
    """Yield the scalars that are a script, or a cloud-config file, by their first line."""
    for node in walk(document.root):
        if not is_scalar(node) or id(node) in taken or node.value[:2] not in ("#!", "#c"):
            continue
        text = hide(document.scalars.read(node))
        if text.text.startswith("#cloud-config") and nesting < _MAX_NESTING:
            yield from find_scripts(text, nesting + 1)
        elif shebang_words(text):
            steps = Steps()
            steps.run(text)
            yield steps.script()
