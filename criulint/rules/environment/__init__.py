# SPDX-License-Identifier: MIT
"""Family 5xx: the host around the file, and what is missing or unsafe there.

Most of these rules look up paths on the host that the file is on (`criulint.host.filesystem`), and
run only where that is known. They report only what is certain: they skip paths that cannot be
looked up, that are relative to a directory of the caller's choice, or that exist only once an image
runs.

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
