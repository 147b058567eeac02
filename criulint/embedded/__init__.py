# SPDX-License-Identifier: MIT
"""CRIU's files inside YAML and JSON: Kubernetes ConfigMaps, Helm's output, cloud-init, Ansible, ...

`find` finds them, `decode` decodes those that are encoded, `move` moves findings to where the text
stands in the outer file. Importing the package alone imports none of these.
"""

from __future__ import annotations


def may_embed(name: str) -> bool:
    """Return whether a file with this name is not CRIU's but may have CRIU's files inside it."""
    return name.lower().endswith((".yaml", ".yml", ".bu", ".json", ".ign"))
