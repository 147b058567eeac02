# SPDX-License-Identifier: MIT
"""Long scripts are followed as far as CRIU's files are concerned."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from criulint.embedded.model import HostedText, Script
from criulint.embedded.shell import evaluation, follow_script

# Ways that differ in a file each, in a loop that takes more steps than are followed.
_MANY = "".join(f'if [ "$X{n}" = 1 ]; then echo {n} > /tmp/file{n}; fi\n' for n in range(20))
_LONG = f"for n in $(seq 900); do\n{_MANY}echo $n >> /tmp/log\ndone\n"


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("{}echo a > /etc/criu/runc.conf\n", {"/etc/criu/runc.conf": "a\n"}),
        ("echo a > /etc/criu/runc.conf\n{}", {"/etc/criu/runc.conf": "a\n"}),
        ("D=/etc/criu\n{}C=$D/x.conf\n{}\necho a > $C\n", {"/etc/criu/x.conf": "a\n"}),
        ("f() {{ echo $2 > $1; }}\n{}f /etc/criu/x.conf a\n", {"/etc/criu/x.conf": "a\n"}),
        ("f() {{ echo a > /criu/x.conf; }}\nm() {{\n{}\nf\n}}\nm\n", {"/criu/x.conf": "a\n"}),
        ("f() {{ echo a; echo b; }}\n{}f > /criu/x.conf\n", {"/criu/x.conf": "a\nb\n"}),
        ("V=4\n{}\ncat > /criu/x.conf <<EOF\na $V\nEOF\n", {"/criu/x.conf": "a 4\n"}),
        ("cd /etc/criu\n{}echo a > x.conf\nrm x.conf\n", {}),
    ],
)  # fmt: skip
def test_what_does_not_mention_the_files_is_left_out(text: str, files: dict[str, str]) -> None:
    with patch.object(evaluation, "_MAX_STEPS", 400):
        followed = follow_script(Script(HostedText.of(text.format(_LONG, _LONG)), "bash"))
    assert {file.path: file.content.text for file in followed.files} == files
    (problem,) = followed.problems
    assert problem[1].startswith("too many steps")
