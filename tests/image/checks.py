# SPDX-License-Identifier: MIT
"""Images with known findings, and what `criulint image` reports for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from criulint.cli import main
from tests.image.make import (
    STATUS,
    Made,
    image,
    member,
)

if TYPE_CHECKING:
    import pytest

ELF = b"\x7fELF\x02\x01\x01" + bytes(60)


def image_with_history(**more: Any) -> Made:
    """Return an image with one bad file in each layer, and the steps of `DOCKERFILE`."""
    return image(
        [
            member("etc/criu/default.conf", "tcp-close false\naction-script /opt/hook.sh\n"),
            member("opt/hook.sh", "#!/bin/sh\n", mode=0o777),
            member("bin/sh", ELF, mode=0o755),
        ],
        [member("etc/criu/runc.conf", "network-lock nftables\n")],
        [member("root/.criu/default.conf", "port 0\n")],
        history=[
            {"created_by": "ENV A=b", "empty_layer": True},
            {"created_by": "COPY default.conf /etc/criu/ # buildkit"},
            {
                "created_by": "RUN /bin/sh -c echo network-lock nftables > /etc/criu/runc.conf"
                " # buildkit"
            },
            {"created_by": "/bin/sh -c echo port 0 > /root/.criu/default.conf"},
        ],
        **more,
    )


def run_image(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run ``criulint image``, and return its status, standard output and standard error."""
    status = main(["image", "--isolated", "--criu", "4.2", *map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


#: The lines of the steps of `image_with_history` are 5, 7 and 9.
DOCKERFILE = """\
FROM debian AS build
RUN make
FROM scratch
ENV A=b
COPY default.conf /etc/criu/

RUN echo network-lock nftables \\
    > /etc/criu/runc.conf
RUN echo port 0 > /root/.criu/default.conf
CMD ["x"]
"""


BAD_FILE = member("etc/criu/runc.conf", "port 0\n")


def check_image(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Do the same in the concise format and for CRIU 4.2.1."""
    return run_image(capsys, "--format", "concise", "--criu", "4.2.1", *arguments)


def assert_refused(capsys: pytest.CaptureFixture[str], message: str, *arguments: object) -> None:
    """Check that an image is refused with this message, in one line."""
    status, out, err = check_image(capsys, "-q", *arguments)
    assert (status, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("criulint: error: ")
    assert message in line


def image_with_findings(compression: str = "gzip") -> Made:
    """Return an image that has `EXPECTED_FINDINGS`."""
    return image(
        [
            member("etc/"),
            member("etc/passwd", "u:x:1:1::/home/u:/bin/sh\n"),
            member("var/lib/dpkg/status", STATUS.format("4.1.1-1")),
        ],
        [member("etc/criu/default.conf", "ghost-limit 10m\n")],
        [member("home/u/.criu/default.conf", "port 0\n"), member("opt/my.conf", "nonsense\n")],
        env=["PATH=/bin", "CRIU_CONFIG_FILE=/opt/my.conf"],
        compression=compression,
    )


EXPECTED_FINDINGS = [
    ("/etc/criu/default.conf", "CRIU206", 2),
    ("/home/u/.criu/default.conf", "CRIU408", 3),
    ("/home/u/.criu/default.conf", "CRIU106", 3),
    ("/opt/my.conf", "CRIU101", 3),
    ("/opt/my.conf", "CRIU408", 3),
]


def find_in_image(
    capsys: pytest.CaptureFixture[str], *arguments: object
) -> list[tuple[str, str, int]]:
    """Return the path, code and layer of each finding."""
    main(["image", "--isolated", "--format", "json", "--fail-on", "never", *map(str, arguments)])
    return [
        (one["image"]["path"], one["code"], one["image"]["layer"])
        for one in json.loads(capsys.readouterr().out)
    ]
