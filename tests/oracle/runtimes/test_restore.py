# SPDX-License-Identifier: MIT
"""Real runtimes checkpoint and restore a real container with a real CRIU and a file of ours.

CRIU's log says which files it read. crun 1.21 of trixie names none, and its restore does not work
on the control groups of this test.
"""

from __future__ import annotations

import os

import pytest

from criulint.criu.precedence import FileNames, Invocation, candidate_files
from criulint.criu.runtimes import runtimes
from tests.oracle.roots import SUITES, RootError, unpacked
from tests.oracle.runtimes import container
from tests.oracle.runtimes.groups import remove_group
from tests.oracle.sandbox import RPC_FILE, Sandbox

_READ = "Parsing config file "
_PACKAGES = ("runc", "crun", "libcriu2", "busybox-static", "tar", "gzip")


@pytest.mark.parametrize(
    ("release", "runtime", "restores"),
    [
        ("4.1.1", "runc", True),
        ("4.2.1", "runc", True),
        ("4.1.1", "crun", False),
        ("4.2.1", "crun", True),
    ],
)
def test_file_is_read(release: str, runtime: str, restores: bool) -> None:
    group = f"criulint-{os.getpid()}-restore"
    try:
        root = unpacked("criu", SUITES[release], *_PACKAGES)
        with Sandbox(release, root, container.__name__) as sandbox:
            sandbox.call(container.set_up, None, group)
            _check(sandbox, release, runtime, restores)
    except RootError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no {runtime} with CRIU {release}: {error}")
    finally:
        remove_group(group)


def _check(sandbox: Sandbox, release: str, runtime: str, restores: bool) -> None:
    sandbox.call(container.make_bundle, runtime, None)
    sandbox.call(container.simplify_bundle)
    sandbox.write(RPC_FILE, "log-file ours.log\n")
    version = sandbox.call(container.call, runtime, "--version").output.split()[2]
    images = ("--image-path", "/images/dump")
    run = (runtime, "run", "--detach", "--bundle", container.BUNDLE, "here")
    assert sandbox.call(container.call_with_pipes, *run) == 0
    done = sandbox.call(container.call, runtime, "checkpoint", *images, "here")
    assert done.status == 0, done.output
    assert _files_read(sandbox, "dump") == _predicted(release, runtime, version, "dump")
    restore = (runtime, "restore", "--detach", *images, "--bundle", container.BUNDLE, "here")
    status = sandbox.call(container.call_with_pipes, *restore)
    if restores:
        assert status == 0
        assert _files_read(sandbox, "restore") == _predicted(release, runtime, version, "restore")
        assert "running" in sandbox.call(container.call, runtime, "list").output


def _files_read(sandbox: Sandbox, command: str) -> set[str]:
    """Return the files in CRIU's log, which is where the file of ours says if that is read."""
    ours = sandbox.read("/images/dump/ours.log")
    log = ours or sandbox.read(f"/images/dump/{command}.log")
    assert log
    return {line.partition(_READ)[2] for line in log.splitlines() if _READ in line}


def _predicted(release: str, runtime: str, version: str, command: str) -> set[str]:
    caller = Invocation(
        runtimes()[runtime], version.partition("+")[0], None, None, command, rpc=True
    )
    names = FileNames(home="", variable="", config=None, rpc=None)
    files = candidate_files(names, caller, release, {RPC_FILE}.__contains__)
    return {file.path for file in files if file.state == "read" and file.path == RPC_FILE}
