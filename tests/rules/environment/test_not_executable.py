# SPDX-License-Identifier: MIT
"""CRIU502; ``tests/oracle/test_machine.py`` asks CRIU itself."""

from __future__ import annotations

import pytest

from criulint.rules.environment.not_executable import not_executable
from tests.rules.environment.hosts import Closed, Image, Unreadable, find, message, severities

FILE = "action-script /hook"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ([], []),  # CRIU501
        (["0755 /hook"], []),
        (["0755 /hook: #! /bin/sh -e", "0755 /bin/sh"], []),
        (["0755 /hook: #!/bin/sh"], ["error"]),
        (["0755 /hook: #!sh"], []),
        (["0755 /hook: echo"], ["info"]),
        (["0755 /hook: : /gone"], ["info"]),
        (["0755 /hook: \x7fELF\x02\x01\x01\0"], []),
        (["0755 /hook: \ufeff#!/bin/sh"], []),
        (["0755 /hook: #!"], []),
        (["0644 /hook: #!/bin/sh", "0755 /bin/sh"], ["error"]),
        (["0654 /hook: #!/bin/sh", "0755 /bin/sh"], []),
        (["0755 /hook/"], ["error"]),
        (["/hook -> /opt/hook", "0644 /opt/hook"], ["error"]),
        (["0755 /hook: #!/usr/bin/env python3"], ["error"]),
        (["0755 /hook: #!/usr/bin/env python3", "0755 /usr/bin/env"], ["warning"]),
        (["0755 /hook: #!\t/usr/bin/env\tpython3", "0755 /usr/bin/env"], ["warning"]),
        (
            [
                "0755 /hook: #!/usr/bin/env python3",
                "0755 /usr/bin/env",
                "0755 /usr/bin/python3",
            ],
            [],
        ),
        (["0755 /hook: #!/usr/bin/env -S python3 -I", "0755 /usr/bin/env"], []),
        (["0755 /hook: #!/usr/bin/env -i", "0755 /usr/bin/env"], []),
        (["0755 /hook: #!/usr/bin/env gone now", "0755 /usr/bin/env"], []),  # one argument
        (["0755 /hook: #!/bin/sh gone", "0755 /bin/sh"], []),
    ],
)
def test_what_can_be_run(host: list[str], expected: list[str]) -> None:
    assert severities(not_executable, find(not_executable, FILE, *host)) == expected


@pytest.mark.parametrize(
    "first_line", ["#!/bin/sh\r", "#!/bin/sh -e\r", "#!/usr/bin/env python3\r", "#!\r"]
)
def test_carriage_return_is_part_of_the_interpreter(first_line: str) -> None:
    host = [f"0755 /hook: {first_line}", "0755 /bin/sh", "0755 /usr/bin/env", "0755 /bin/python3"]
    found = find(not_executable, FILE, *host)
    assert message(found).startswith("the first line of `/hook` ends in CR LF: ")
    assert found[0].help == "save the script with Unix line endings (LF)"


def test_first_line_that_is_too_long_is_not_judged() -> None:
    assert find(not_executable, FILE, "0755 /hook: #!/gone/" + "x" * 300) == []


@pytest.mark.parametrize(("length", "is_judged"), [(255, True), (256, False)])
def test_the_kernel_reads_256_bytes(length: int, is_judged: bool) -> None:
    """Linux, include/uapi/linux/binfmts.h: the line feed has to be among them."""
    line = "#!/gone/".ljust(length, "x")
    assert bool(find(not_executable, FILE, f"0755 /hook: {line}")) is is_judged


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        (["0755 /hook/"], "`/hook` is a directory: "),
        (["0755 /hook|"], "`/hook` is not a regular file: "),
        (["0600 /hook"], "`/hook` is not executable: "),
        (["0755 /hook: #!/gone"], "`/hook` needs `/gone`, which does not exist: "),
    ],
)
def test_message_says_what_is_wrong(host: list[str], expected: str) -> None:
    assert message(find(not_executable, FILE, *host)).startswith(
        f'{expected}every dump and restore fails with “execvp("/hook", ...) failed: '
    )


def test_program_without_a_path_is_found_where_programs_are() -> None:
    host = ["0755 /usr/local/bin/", "0644 /usr/bin/hook", "0755 /bin/hook"]
    assert message(find(not_executable, "action-script hook", *host)).startswith("`/usr/bin/hook`")
    assert find(not_executable, "action-script hook") == []


@pytest.mark.parametrize(
    "place", ["usr/local/sbin", "usr/local/bin", "usr/sbin", "usr/bin", "sbin", "bin"]
)
def test_programs_are_in_each_directory_of_the_search_path(place: str) -> None:
    found = find(not_executable, "action-script hook", f"0644 /{place}/hook")
    assert message(found).startswith(f"`/{place}/hook`")


@pytest.mark.parametrize("name", ["./hook", "hooks/hook"])
def test_relative_path_is_not_looked_up(name: str) -> None:
    assert find(not_executable, f"action-script {name}", "0644 /hook", "0644 /hooks/hook") == []


def test_pre_dumps_run_no_script() -> None:
    assert find(not_executable, FILE, "0644 /hook", commands=("pre-dump",)) == []
    assert find(not_executable, FILE, "0644 /hook", commands=("dump",))
    assert find(not_executable, FILE, "0644 /hook", commands=("restore",))


def test_interpreter_that_an_image_gets_when_it_starts() -> None:
    host = "0755 /hook: #!/run/wrappers/sh"
    assert find(not_executable, FILE, host, kind=Image) == []
    assert find(not_executable, FILE, host)


def test_what_cannot_be_looked_up_is_not_reported() -> None:
    for name in ("/hook", "hook"):
        assert find(not_executable, f"action-script {name}", "0644 /hook", kind=Unreadable) == []
    script = "0755 /hook: #!/closed/sh"
    assert find(not_executable, FILE, script, "0755 /closed/", kind=Closed) == []


@pytest.mark.parametrize(("criu", "quoted"), [("3.15", "“exec(/hook, ...)"), ("3.16", "“execvp(")])
def test_message_is_that_of_the_release(criu: str, quoted: str) -> None:
    assert quoted in message(find(not_executable, FILE, "0644 /hook: #!/bin/sh", criu=criu))
