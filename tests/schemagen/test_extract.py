# SPDX-License-Identifier: MIT
"""A real CRIU with its manual page gives the committed schema of its release exactly."""

from __future__ import annotations

import argparse
import os
import shutil
from pathlib import Path

import pytest

from criulint.cli import schema as command
from criulint.criu.releases import releases, schema_dir
from criulint.schemagen.probe import probe

_PATH = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
_CRIU = shutil.which("criu", path=_PATH)

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(
        _CRIU is None and not os.environ.get("CI"),
        reason="no criu is installed (and CI is not set)",
    ),
]


def test_the_installed_criu_remakes_its_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _CRIU, "CI has to have a criu"
    # A configuration of the host must not get in the way.
    config = tmp_path / "config"
    config.write_text("no-such-option\n")
    monkeypatch.setenv("CRIU_CONFIG_FILE", str(config))
    release = probe(Path(_CRIU)).version
    if release not in releases():
        pytest.skip(f"the installed criu is {release}, which has no schema yet")
    output = tmp_path / "schema.json"
    parser = argparse.ArgumentParser()
    command.configure(parser)
    assert command.run(parser.parse_args(["generate", "-o", str(output)])) == 0
    assert output.read_text() == (schema_dir() / f"criu-{release}.schema.json").read_text()
