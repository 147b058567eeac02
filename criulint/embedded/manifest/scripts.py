# SPDX-License-Identifier: MIT
"""The scripts of a YAML or JSON document, of all kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded import unit
from criulint.embedded.manifest.ansible import find_tasks
from criulint.embedded.manifest.cloud_init import find_cloud_init
from criulint.embedded.manifest.containers import find_containers
from criulint.embedded.manifest.load import is_scalar, mapping_values, walk_nodes
from criulint.embedded.manifest.pipelines import find_pipelines
from criulint.embedded.steps import Steps, scripts_of, shebang_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.embedded.manifest.load import YamlDocument
    from criulint.embedded.model import HostedText, Script

# The keys of a unit's name, and of its text.
_NAMES = ("name", "path", "dest")
_CONTENTS = ("contents", "content")
_FINDERS = (find_cloud_init, find_tasks, find_pipelines, find_containers)


def find_manifest_scripts(document: YamlDocument, taken: set[int]) -> list[Script]:
    """Return the scripts; `taken` gets the nodes that hold them."""
    steps = [each for find in _FINDERS for each in find(document, taken)]
    scripts = scripts_of([*steps, *_find_whole_scripts(document, taken)])
    return [*scripts, *_find_units(document, taken)]


def _find_whole_scripts(document: YamlDocument, taken: set[int]) -> Iterator[Steps]:
    """Yield the scalars that are a script by their first line."""
    for node in walk_nodes(document.root):
        if is_scalar(node) and id(node) not in taken and node.value.startswith("#!"):
            text = document.hide(document.scalars.read(node))
            if shebang_words(text):
                steps = Steps()
                steps.run(text)
                yield steps


def _find_units(document: YamlDocument, taken: set[int]) -> Iterator[Script]:
    """Yield the scripts of the units of systemd that Butane, Ignition and cloud-init hold."""
    for node in walk_nodes(document.root):
        found = mapping_values(node)
        name = next((found[key].value for key in _NAMES if is_scalar(found.get(key))), "")
        if not name.endswith((".service", ".timer")):
            continue
        for key in _CONTENTS:
            text = document.text(found.get(key))
            if text is not None and id(found[key]) not in taken:
                yield from unit.find_scripts(document.hide(text))


def find_inner_manifests(document: YamlDocument) -> Iterator[HostedText]:
    """Yield the scalars that are a cloud-config file by their first line."""
    for node in walk_nodes(document.root):
        if is_scalar(node) and node.value.startswith("#cloud-config"):
            yield document.hide(document.scalars.read(node))
