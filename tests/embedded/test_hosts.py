# SPDX-License-Identifier: MIT
"""Hosts that nobody wrote: large ones, and cases with something else in them."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.embedded.hosts import HostError, follow, kind_of
from criulint.source import Source, decode

_CASES = sorted(
    path for path in Path(__file__).with_name("cases").glob("*/*") if path.suffix != ".expected"
)
_BY_KIND = {kind_of(path.name): path for path in _CASES}
_ODD = st.sampled_from(
    b"\" ' \\ \n ${ $( {{ }} <<EOF\n \t \r #{ %{ \xff ` [ define - : &a *a \0 {% <<: !x | >".split(
        b" "
    )
)


@pytest.mark.parametrize("kind", sorted(filter(None, _BY_KIND)))
def test_a_host_that_is_too_large_is_one_error(kind: str) -> None:
    with pytest.raises(HostError, match=r"too large|nested|not YAML"):
        follow(Source(b"# criu/runc.conf\n" + b"x\n" * (1 << 22), "x"), kind)


_LINE = "a" * 5000
_TO = "> /etc/criu/runc.conf"


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.sh", f"echo {_LINE} | sed -E 's/(a|a)*b/x/' {_TO}\n"),
        ("x.sh", f"echo {_LINE} | sed -E 's/(a*)*(a*)*b/x/' {_TO}\n"),
        ("x.sh", f"echo {_LINE} | grep -vE '(a|aa)+$b' {_TO}\n"),
        ("x.sh", f"echo {_LINE} | sed '{'s/a/&&&&&&&&/g;' * 99}' {_TO}\n"),
        ("x.sh", f"seq 3000 | sed '{'p;' * 5000}' {_TO}\n"),
        (
            "x.yml",
            "- hosts: all\n  tasks:\n"
            f"  - lineinfile: {{path: /etc/criu/runc.conf, line: {_LINE}}}\n"
            "  - lineinfile: {path: /etc/criu/runc.conf, regexp: '^(a|a)*b', line: x}\n",
        ),
        ("x.c", f'#define A {_LINE}!\nint f() {{ fopen("/etc/criu/runc.conf", "w"); }}\n'),
        ("Jenkinsfile", "'''" + '\'/* """ ' * 20_000 + "criu"),
        ("Jenkinsfile", "'" + "\\'" * 200_000 + "criu"),
        ("x.just", f"a: {'b ' * 20_000}\n  echo tcp-close {_TO}\n"),
        ("x.yml", '"' + "\t" * 200_000 + 'criu"'),
        ("Makefile", f"a:\n\techo tcp-close {_TO}\nB ={' ' * 200_000}c\n"),
        ("x.md", f"criu/ {'@' * 100_000}\n"),
        ("x.sh", f"echo {'{,' * 5000} {_TO}\n"),
    ],
)
def test_expressions_take_no_more_than_linear_time(name: str, text: str) -> None:
    """A hang is stopped by the timeout."""
    kind = kind_of(name)
    assert kind
    with suppress(HostError):
        follow(Source(text.encode(), name), kind)


@given(
    path=st.sampled_from(_CASES),
    edits=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 20), _ODD), max_size=4),
)
def test_no_text_is_too_odd(path: Path, edits: list[tuple[int, int, bytes]]) -> None:
    """A host is followed or refused, and what it writes stands in it."""
    data = path.read_bytes()
    for start, length, new in edits:
        data = data[:start] + new + data[start + length :]
    kind = kind_of(path.name)
    assert kind
    try:
        files = follow(Source(data, path.name), kind).files
    except HostError:
        return
    length = len(decode(data))
    assert all(0 <= offset <= length for file in files for offset in file.content.offsets)
