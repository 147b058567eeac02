# SPDX-License-Identifier: MIT
"""Following the scripts of a host. They are alternatives: a file that several write is one file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.embedded.model import FollowedHost

if TYPE_CHECKING:
    from collections.abc import Iterable

    from criulint.embedded.model import Script, WrittenFile


# Code that mentions none of these does not write CRIU's files.
_MENTION = re.compile(r"criu|[rc]run\.conf", re.IGNORECASE)


def follow_scripts(scripts: Iterable[Script]) -> FollowedHost:
    """Return the files that the scripts write. HostError if they cannot be followed."""
    from criulint.embedded.shell import follow_script

    return merge_followed(
        follow_script(script) for script in scripts if _MENTION.search(script.text.text)
    )


def merge_followed(followed: Iterable[FollowedHost]) -> FollowedHost:
    """Return all files, each once, and all problems and errors."""
    files: dict[tuple[object, ...], WrittenFile] = {}
    problems: dict[tuple[int, str], None] = {}
    errors: dict[tuple[int, str], None] = {}
    for each in followed:
        problems.update(dict.fromkeys(each.problems))
        errors.update(dict.fromkeys(each.errors))
        for file in each.files:
            content = file.content
            identity = (file.path, file.role, content.text, tuple(content.offsets))
            files.setdefault(identity, file)
    return FollowedHost(list(files.values()), list(problems), tuple(errors))
