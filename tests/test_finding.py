# SPDX-License-Identifier: MIT
"""The text of a finding."""

from __future__ import annotations

import pytest

from criulint.finding import Finding, Origin, Severity, Span

_FINDING = Finding(
    "CRIU201", "value-ignored", Severity.WARNING, "says", "", "/etc/a", Span(3, 1, 3, 2), None, ""
)
_ORIGIN = Origin("image", "sha256:1", "linux/amd64", "/etc/a", 2, "sha256:2", "sha256:3", "")


def test_severities_are_ordered_and_have_a_name() -> None:
    assert Severity.INFO < Severity.WARNING < Severity.ERROR
    assert [str(severity) for severity in Severity] == ["info", "warning", "error"]
    assert f"{Severity.ERROR}" == "error"


def test_spans_are_ordered_by_place() -> None:
    assert sorted([Span(2, 1, 2, 2), Span(1, 9, 1, 10), Span(1, 2, 3, 4)]) == [
        Span(1, 2, 3, 4),
        Span(1, 9, 1, 10),
        Span(2, 1, 2, 2),
    ]


@pytest.mark.parametrize(("text", "full"), [("", "says"), ("write `x`", "says; write `x`")])
def test_full_message(text: str, full: str) -> None:
    assert _FINDING._replace(help=text).full_message == full


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (_ORIGIN, "layer 2"),
        (_ORIGIN._replace(layer=0), ""),
        (_ORIGIN._replace(step="COPY a /etc"), "layer 2: COPY a /etc"),
        (_ORIGIN._replace(layer=0, step="COPY a /etc"), "COPY a /etc"),
        (_ORIGIN._replace(dockerfile="Dockerfile", line=7), "layer 2, Dockerfile:7"),
        (
            _ORIGIN._replace(dockerfile="Dockerfile", line=7, step="RUN x"),
            "layer 2, Dockerfile:7: RUN x",
        ),
        (_ORIGIN._replace(step="x" * 160), "layer 2: " + "x" * 160),
        (_ORIGIN._replace(step="x" * 161), "layer 2: " + "x" * 160 + "..."),
    ],
)
def test_origin(origin: Origin, shown: str) -> None:
    assert str(origin) == shown


def test_message_with_its_place_in_an_image() -> None:
    assert _FINDING.with_places("m") == "m"
    assert _FINDING._replace(origin=_ORIGIN).with_places("m") == "/etc/a:3: m [layer 2]"
