# SPDX-License-Identifier: MIT
"""Hosts that are broken or meant to harm: no traceback, and no place outside of the host."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.embedded import hosts
from criulint.source import Source, decode, encode

_CONF = "/etc/criu/runc.conf"
_MANY = 10_000


def _follow(name: str, text: str) -> int:
    """Follow a host, and return how many characters its files have."""
    kind = hosts.kind_of(name)
    assert kind
    try:
        followed = hosts.follow_host(Source(encode(text), name), kind)
    except hosts.HostError:
        return 0
    size = len(decode(encode(text)))
    for file in followed.files:
        assert all(0 <= offset <= size for offset in file.content.offsets)
        assert all(0 <= place <= size for place in (file.command, *file.around))
    return sum(len(file.content) for file in followed.files)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.py", f"open('{_CONF}', 'w').write({'(' * _MANY}'a'{')' * _MANY})"),
        ("x.py", f"x = {'[' * _MANY}{']' * _MANY}  # criu"),
        ("x.py", f"x = {'+'.join(['chr(1)'] * _MANY)}  # criu"),
        (
            "x.py",
            "\n".join(f"{' ' * level}if a:" for level in range(900)) + f"\n{' ' * 900}a  # criu",
        ),
        ("x.py", f"x = 'a'\n{'x = x + x' + chr(10)}" * 99 + f"open('{_CONF}', 'w').write(x)"),
        ("x.py", "x = ['a']\n" + "x += x\n" * 99 + f"open('{_CONF}', 'w').writelines(x)"),
        ("x.py", f"def f(x):\n    f(x)\n    f(x)\n    open('{_CONF}', 'a').write('a')\nf(1)\n"),
        (
            "x.py",
            "".join(f"{' ' * level}for i in [1, 2, 3, 4, 5, 6, 7]:\n" for level in range(12))
            + f"{' ' * 12}open('{_CONF}', 'a').write('a')\n",
        ),
        ("x.go", f"package main\nvar x = {'T{' * _MANY} // {_CONF}"),
        ("x.go", "package main\nfunc main() {\n" + "if a { return }\n" * _MANY + "} // criu"),
        ("x.nix", f'{{ environment.etc."criu/a.conf".text = {"(" * _MANY}"a"{")" * _MANY}; }}'),
        ("x.nix", 'let x = y; y = x; in { environment.etc."criu/a.conf".text = x; }'),
        ("x.nix", 'rec { a = a + a; environment.etc."criu/a.conf".text = a; }'),
        ("x.nix", 'let f = x: f (x + x); in { environment.etc."criu/a.conf".text = f "a"; }'),
        ("x.nix", f"''{'${' * _MANY} criu"),
        ("x.rs", f"fn main() {{ {'vec![' * _MANY} }} // criu"),
        ("x.c", f"/* criu */ int x = {'(' * _MANY};"),
        ("x.c", "#define A " + '"a" ' * _MANY + "// criu"),
        ("x.js", f"// criu\n{'`${' * _MANY}"),
        ("x.js", f"// criu\n{'[{a:' * _MANY}"),
        ("x.pp", f"$a = $b $b = $a file {{ '{_CONF}': content => $a }}"),
        ("x.pp", f"# criu\n{'@(EOF)' * _MANY}"),
        ("x.md", f"{'>' * _MANY} criu"),
        ("x.md", f"{'- ' * _MANY}criu"),
        ("x.md", "```{note} criu\n" * 2000),
        ("x.md", f"```bash\necho a >> {_CONF}\n```\n" * 200),
        ("x.md", f"```console\n{'$ cat <<EOF > /etc/criu/a.conf' + chr(10)}" * 500),
        ("x.rst", "::\n\n  criu\n\n" * _MANY),
        ("x.adoc", "----\n" * _MANY + "criu"),
    ],
)
def test_deep_and_endless_hosts_end(name: str, text: str) -> None:
    # One that does not end meets pytest's own limit.
    assert _follow(name, text) < 1 << 22


_FOLDERS = ("languages/programs", "languages/fragments", "documents/files")
_HOSTS = sorted(
    host
    for folder in _FOLDERS
    for host in (Path(__file__).parents[1] / folder).iterdir()
    if host.suffix != ".expected"
)


@pytest.mark.parametrize("host", _HOSTS, ids=lambda host: host.name)
@settings(max_examples=15)
@given(data=st.data())
def test_broken_hosts_have_no_wrong_places(host: Path, data: st.DataObject) -> None:
    text = decode(host.read_bytes())
    for _ in range(3):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.sampled_from([0, 1, 30]))
        part = data.draw(
            st.sampled_from(
                [*"\"'`\\{}()[]\n\r\t$<#%", "", "\0", "\udc80", "é", "'''", "${", "EOF"]
            )
        )
        text = text[:start] + part + text[start + length :]
    _follow(host.name, text)
