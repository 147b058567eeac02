# SPDX-License-Identifier: MIT
"""Family 5xx: the host around the file, and what is not safe there.

Most of these rules look up paths on the host that the file is on (`criulint.host.filesystem`), and
run only where that is known. They report what is certain: a path that cannot be looked up, one
that is relative to a directory that the caller chooses, and one that an image has only once it
runs are skipped.

CRIU runs as root, and so does everyone who can choose what it runs.
"""

from __future__ import annotations

from criulint.rules.environment.in_world_writable_place import in_world_writable_place
from criulint.rules.environment.key_readable_by_others import key_readable_by_others
from criulint.rules.environment.named_file import named_file_missing
from criulint.rules.environment.not_executable import not_executable
from criulint.rules.environment.path_missing import path_missing
from criulint.rules.environment.unloadable_plugin import unloadable_plugin
from criulint.rules.environment.weak_transport import weak_transport
from criulint.rules.environment.writable_by_others import writable_by_others

#: Both by code. The order means nothing: findings are sorted by place and code.
SETTINGS_RULES = (weak_transport,)
NAMED_FILE_RULES = (named_file_missing,)
HOST_RULES = (
    path_missing,
    not_executable,
    writable_by_others,
    key_readable_by_others,
    in_world_writable_place,
    unloadable_plugin,
)
