# SPDX-License-Identifier: MIT
"""Comments in a Dockerfile that hide findings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.image.checks import ELF, run_image
from tests.image.make import image, member

if TYPE_CHECKING:
    from pathlib import Path

_HISTORY: list[dict[str, Any]] = [
    {"created_by": "COPY default.conf /etc/criu/ # buildkit"},
    {"created_by": "RUN /bin/sh -c chmod 777 /opt/h # buildkit"},
    {"created_by": "ENV CRIU_CONFIG_FILE=/gone", "empty_layer": True},
]
_ALL = {"CRIU201", "CRIU503", "CRIU501"}


@pytest.mark.parametrize(
    ("dockerfile", "left"),
    [
        (
            "FROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\nENV CRIU_CONFIG_FILE=/gone\n",
            _ALL,
        ),
        (
            "FROM scratch\n# criulint: ignore[CRIU201]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {"CRIU503", "CRIU501"},
        ),
        # with other comments, and around a line of the instruction
        (
            "FROM scratch\n# criulint: ignore[value-ignored] why\n# more\nCOPY a \\\n  /etc/criu/\n"
            "RUN chmod \\\n  # criulint: ignore[CRIU503]\n  777 /opt/h\n",
            {"CRIU501"},
        ),
        # for all that an instruction makes, also where it is a related place
        (
            "FROM scratch\n# criulint: ignore\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {"CRIU501"},
        ),
        # an instruction that makes no layer
        (
            "FROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n"
            "# criulint: ignore[CRIU501]\nENV CRIU_CONFIG_FILE=/gone\n",
            {"CRIU201", "CRIU503"},
        ),
        # A blank line ends it, and other instructions are not meant.
        (
            "FROM scratch\n# criulint: ignore\n\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            _ALL,
        ),
        (
            "# criulint: ignore[CRIU201]\nFROM scratch\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            _ALL,
        ),
        (
            "FROM scratch\nCOPY a /etc/criu/\n# criulint: ignore[CRIU201]\nRUN chmod 777 /opt/h\n",
            _ALL,
        ),
        # the whole file
        (
            "# criulint: ignore-file[CRIU2, CRIU5]\nFROM scratch\nCOPY a /etc/criu/\n"
            "RUN chmod 777 /opt/h\nENV CRIU_CONFIG_FILE=/gone\n",
            set(),
        ),
        # Text that is not a comment is not one.
        (
            "FROM scratch\nCOPY a /etc/criu/\n"
            'RUN chmod 777 /opt/h\nLABEL a="# criulint: ignore-file"\n',
            _ALL,
        ),
        # mistakes
        (
            "FROM scratch\n# criulint: ignroe[CRIU201]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU903"},
        ),
        (
            "FROM scratch\n# criulint: ignore[nope]\nCOPY a /etc/criu/\nRUN chmod 777 /opt/h\n",
            {*_ALL, "CRIU902"},
        ),
    ],
)
def test_waivers(
    dockerfile: str, left: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile.replace("COPY a", "COPY default.conf"))
    config = member("etc/criu/default.conf", "tcp-close false\naction-script /opt/h\n")
    layout = image(
        [config, member("bin/sh", ELF, mode=0o755)],
        [member("opt/h", "#!/bin/sh\n", mode=0o777)],
        history=_HISTORY,
        env=["CRIU_CONFIG_FILE=/gone"],
    ).oci(tmp_path / "i")
    status, out, _ = run_image(
        capsys, "--dockerfile", tmp_path / "Dockerfile", "--format", "json", layout
    )
    assert {one["code"] for one in json.loads(out)} == left
    assert status == int(bool(left))
