# SPDX-License-Identifier: MIT
"""What cloud-init runs and writes when a machine boots for the first time.

Source: cloud-init.io, modules *Bootcmd*, *Write Files* and *Runcmd*: the commands of a list become
one script of ``/bin/sh``, in which a list is a command with quoted words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from criulint.embedded.decode import CODINGS
from criulint.embedded.manifest.load import (
    is_mapping,
    is_sequence,
    items,
    mapping_values,
    walk_nodes,
)
from criulint.embedded.model import HostedText, join
from criulint.embedded.steps import Steps, join_lines, quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from yaml import Node

    from criulint.embedded.manifest.load import YamlDocument

# The commands of installers: each is run on its own.
_INSTALLER_COMMANDS = ("early-commands", "late-commands")
# Cluster API's names of what becomes ``runcmd``, in order; its files are ``write_files``.
_CLUSTER_COMMANDS = tuple(
    f"{when}{name}Commands" for when in ("pre", "post") for name in ("RKE2", "Kubeadm", "K3s")
)


def find_cloud_init(document: YamlDocument, taken: set[int]) -> Iterator[Steps]:
    """Yield what a cloud-config file does; `taken` gets the nodes of the files that it writes."""
    root = mapping_values(document.root)
    for node in walk_nodes(document.root):
        found = mapping_values(node)
        if node is document.root or found.keys() & _CLUSTER_COMMANDS:
            yield _boot(document, found, taken)
    installer = mapping_values(root.get("autoinstall")) or root
    for key in _INSTALLER_COMMANDS:
        commands = Steps()
        for item in items(installer.get(key)):
            code = _command(document, item)
            if code:
                commands.run(code)
        yield commands


def _boot(document: YamlDocument, found: Mapping[str, Node], taken: set[int]) -> Steps:
    """Return what a machine does when it boots, with its commands and files in their order."""
    steps = Steps()
    _run_all(document, found.get("bootcmd"), steps)
    files = found.get("write_files")
    if files is None and found.keys() & _CLUSTER_COMMANDS:
        files = found.get("files")
    for item in items(files):
        if is_mapping(item) and _write(document, mapping_values(item), steps):
            taken.add(id(item))
    for key in ("runcmd", *_CLUSTER_COMMANDS):
        _run_all(document, found.get(key), steps)
    return steps


def _run_all(document: YamlDocument, node: Node | None, steps: Steps) -> None:
    commands = [_command(document, item) for item in items(node)]
    codes = [code for code in commands if code]
    if codes:
        steps.run(join_lines(codes))


def _command(document: YamlDocument, node: Node) -> HostedText | None:
    """Return the code of an item: a text as it is, a list as quoted words."""
    if not is_sequence(node):
        text = document.text(node)
        return text and document.hide(text)
    parts: list[HostedText] = []
    for word in document.texts(node):
        end = word.offsets[-1]
        parts += [quote(document.hide(word)), HostedText.at(" ", end, end)]
    return join(parts) if parts else None


def _write(document: YamlDocument, file: Mapping[str, Node], steps: Steps) -> bool:
    """Add the writing of a file, and return whether that is possible: not for encoded files."""
    path, content = document.text(file.get("path")), document.text(file.get("content"))
    encoding = document.text(file.get("encoding"))
    if path is None or content is None:
        return False
    if encoding and CODINGS.keys() & set(encoding.text.lower().split("+")):
        return False
    if file["content"].tag.endswith(":binary"):
        return False
    appends = document.text(file.get("append"))
    is_appended = appends is not None and appends.text.lower() in ("true", "yes", "on")
    steps.write(document.hide(path), document.hide(content), appends=is_appended)
    return True
