# SPDX-License-Identifier: MIT
"""A rule as text, as Markdown and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from criulint.finding import Severity
from criulint.rules import rendering
from criulint.rules.base import AnyRule, Problem, rule
from criulint.rules.registry import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.rules.line import Line


@rule(
    "CRIU299",
    "sample",
    Severity.WARNING,
    bad="a\t\r\n",
    good="\ufeffb\0\n\n",
    criu="3.15",
    path="/etc/criu/runc.conf",
    runtime="runc@1.3.0",
    bad_host=("0644 /a", "/b -> /c"),
    fixable=True,
    severity_varies=True,
)
def _sample(line: Line) -> Iterator[Problem]:
    """CRIU does it: on
    two lines.

    More.

    Source: criu/config.c, x/criu/y.c (v4.2).
    """
    yield from ()


def test_markdown() -> None:
    text = rendering.markdown(_sample)
    facts = "*warning (varies); can often be fixed with --fix*"
    summary = "CRIU does it: on two lines."
    assert text.startswith(f"# sample (CRIU299)\n\n{facts}\n\n{summary}\n\nMore.\n\nSource: ")
    assert "## Bad (/etc/criu/runc.conf, CRIU 3.15, under runc 1.3.0)\n\n```text\na<TAB>" in text
    assert "On a host with `0644 /a`, `/b -> /c`" in text
    # A source that is named is linked, a part of another path is not.
    address = "https://github.com/checkpoint-restore/criu/blob/v4.2/criu/config.c"
    assert f"Source: [criu/config.c]({address}), x/criu/y.c (v4.2)." in text


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("criu/cr-dump.c", "checkpoint-restore/criu/blob/v4.2/criu/cr-dump.c"),
        ("criu/pie/restorer.c", "checkpoint-restore/criu/blob/v4.2/criu/pie/restorer.c"),
        (
            "libcontainer/criu_linux.go",
            "opencontainers/runc/blob/v1.3.0/libcontainer/criu_linux.go",
        ),
        ("src/libcrun/criu.c", "containers/crun/blob/1.26/src/libcrun/criu.c"),
        ("src/lxc/criu.c", "lxc/lxc/blob/main/src/lxc/criu.c"),
        (
            "libpod/oci_conmon_common.go",
            "containers/podman/blob/main/libpod/oci_conmon_common.go",
        ),
        ("internal/oci/runtime_oci.go", "cri-o/cri-o/blob/main/internal/oci/runtime_oci.go"),
        ("x/criu.go", None),
    ],
)
def test_sources_are_links(source: str, address: str | None) -> None:
    linked = f"[{source}](https://github.com/{address})" if address else source
    assert rendering._link_sources(f"x\n\nSources: {source}, `x`.") == (
        f"x\n\nSources: {linked}, `x`."
    )


def test_help_does_not_repeat_the_summary() -> None:
    text, markdown = rendering.help_text(_sample), rendering.help_markdown(_sample)
    assert text.startswith("More.\n\nSource: criu/config.c, x/criu/y.c (v4.2).\n\nBad (/etc/criu/")
    assert (
        ":\n    a<TAB><CR>\n\nOn a host with 0644 /a, /b -> /c\n\nGood:\n    <BOM>b<NUL>\n" in text
    )
    assert markdown.startswith("More.\n\nSource: [criu/config.c](https://github.com/")
    assert "\n\n## Good\n\n```text\n<BOM>b<NUL>\n```\n\n" in markdown
    url = "https://criulint.readthedocs.io/en/stable/rules/sample/"
    assert text.endswith(f"\n\n{url}")
    assert markdown.endswith(f"\n\n[The page of CRIU299 sample]({url})")
    assert "CRIU does it" not in text + markdown


def test_json() -> None:
    assert rendering.as_json(_sample) == {
        "code": "CRIU299",
        "name": "sample",
        "severity": "warning",
        "severity_varies": True,
        "fixable": True,
        "summary": "CRIU does it: on two lines.",
        "explanation": "More.\n\nSource: criu/config.c, x/criu/y.c (v4.2).",
        "bad": "a\t\r\n",
        "good": "\ufeffb\0\n\n",
        "bad_machine": ["0644 /a", "/b -> /c"],
        "good_machine": [],
        "criu": "3.15",
        "path": "/etc/criu/runc.conf",
        "good_path": "/etc/criu/runc.conf",
        "runtime": "runc@1.3.0",
        "url": "https://criulint.readthedocs.io/en/stable/rules/sample/",
    }


@pytest.mark.parametrize("known", RULES, ids=lambda known: known.code)
def test_each_rule_can_be_shown(known: AnyRule) -> None:
    assert all(char.isprintable() or char == "\n" for char in rendering.markdown(known))
