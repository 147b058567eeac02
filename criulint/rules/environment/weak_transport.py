# SPDX-License-Identifier: MIT
"""CRIU506: one function for each way in which others can read the memory, or replace it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from criulint.finding import Severity
from criulint.rules.base import FileProblem, problem_at, rule
from criulint.source import decode
from criulint.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.criu.settings import Settings

# Addresses and names of the host itself.
_LOOPBACK = re.compile(
    rb"(?i)(::ffff:)?127(\.[0-9]{1,3}){3}|::1|(0{1,4}:){7}0{0,3}1"
    rb"|localhost(\.localdomain)?|ip6-localhost|ip6-loopback"
)


def check_encryption(settings: Settings) -> Iterator[FileProblem]:
    """A dump sends its pages in clear text without `tls` (criu/page-xfer.c)."""
    server = settings.switched_on("page-server")
    address = settings.last("address")
    if (
        not server
        or not address
        or not address.value
        or settings.switched_on("tls")
        or settings.last("ps-socket")
        or not settings.on("dump", "pre-dump")
    ):
        return
    if address.value.startswith(b"/") or _LOOPBACK.fullmatch(address.value):
        return
    yield problem_at(
        server,
        "process memory is sent in clear text to whatever answers at"
        f" {shorten(decode(address.value))}",
        "add `tls`, with `tls-cacert`, `tls-cert` and `tls-key`"
        if settings.release >= "3.13"
        else "send it through a tunnel, such as SSH",
    )


def check_peer_name(settings: Settings) -> Iterator[FileProblem]:
    """With `tls-no-cn-verify` any valid certificate is good enough (criu/tls.c)."""
    unchecked = settings.last("tls-no-cn-verify")
    if not unchecked or not settings.switched_on("tls"):
        return
    advice = "set `address` to the name in the page server's certificate, and remove the line"
    if settings.last("tls-cacert"):
        yield problem_at(
            unchecked,
            "CRIU accepts any certificate from its `tls-cacert` as the page server's",
            advice,
            severity=Severity.INFO,
        )
    else:
        yield problem_at(
            unchecked,
            "CRIU accepts any certificate from any authority that this host trusts as the page"
            " server's",
            advice,
        )


@rule(
    "CRIU506",
    "weak-transport",
    Severity.WARNING,
    severity_varies=True,
    bad="page-server\naddress 192.0.2.7\nport 27\n",
    good="page-server\naddress 192.0.2.7\nport 27\ntls\n",
    options=("page-server", "tls-no-cn-verify"),
)
def weak_transport(settings: Settings) -> Iterator[FileProblem]:
    """The memory of the processes crosses the network where others can read or replace it.

    `page-server` without `tls` sends it in clear text, with the passwords and keys in it, to
    whatever host answers at the address. With `tls` and `tls-no-cn-verify` any certificate that
    an authority signed is accepted: without `tls-cacert` these are all the authorities that the
    host trusts, so anyone can get one. With `tls-cacert` it is reported as info.

    An address of this host (`127.0.0.1`, `::1`, `localhost`) is fine, as in tunnels and
    tests, and so is `ps-socket`: its caller made the connection.

    Sources: criu/page-xfer.c, `connect_to_page_server_to_send`; criu/tls.c,
    `tls_x509_verify_peer_cert`, `tls_x509_setup_creds` (v4.2).
    """
    yield from check_encryption(settings)
    yield from check_peer_name(settings)
