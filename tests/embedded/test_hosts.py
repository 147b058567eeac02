# SPDX-License-Identifier: MIT
"""Hosts that nobody wrote: large ones, and cases with something else in them."""

from __future__ import annotations

import json
import os
import signal
import tracemalloc
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.cli.limits import Deadline, TimeUpError
from criulint.embedded import hosts, makefile, model
from criulint.embedded.hosts import HostError, follow_host, kind_of
from criulint.finding import Edit, Span
from criulint.linter import embedded_files
from criulint.linter.embedded_files import HostFile, Mover, check_embedded_files
from criulint.linter.linter import Linter
from criulint.source import Source, decode, encode
from tests.counting import count_lines

if TYPE_CHECKING:
    from collections.abc import Callable

_CASES = sorted(
    path for path in Path(__file__).with_name("cases").glob("*/*") if path.suffix != ".expected"
)
_BY_KIND = {kind_of(path.name): path for path in _CASES}
_ODD = st.sampled_from(
    b"\" ' \\ \n ${ $( {{ }} <<EOF\n \t \r #{ %{ \xff ` [ define - : &a *a \0 {% <<: !x | >".split(
        b" "
    )
)


def test_each_kind_has_a_module() -> None:
    assert hosts._MODULES.keys() == hosts.TITLES.keys()
    for name in hosts._MODULES.values():
        assert callable(import_module(name).follow)


_NAMES = {
    "YAML or JSON": "a.yml a.yaml a.bu a.json a.ign a.yml.j2 a.yml.tmpl a.bu.tpl a.yml.in A.YML",
    "Markdown": "a.md a.mdx a.markdown a.qmd a.Rmd README.md",
    "reStructuredText": "a.rst a.rest",
    "AsciiDoc": "a.adoc a.asciidoc a.asc",
    "a Python program": "a.py a.pyi a.pyw",
    "a Go program": "a.go",
    "a Rust program": "a.rs",
    "a C program": "a.c a.h",
    "JavaScript": "a.js a.ts a.mjs a.cjs a.mts a.cts a.jsx a.tsx",
    "a Nix expression": "a.nix",
    "a Puppet manifest": "a.pp",
    "a Dockerfile": "Dockerfile Containerfile Dockerfile.a Dockerfile-a a.containerfile",
    "an Earthfile": "Earthfile",
    "a makefile": "Makefile makefile GNUmakefile Makefile.am a.mk a.mak a.make",
    "a justfile": "justfile Justfile .justfile a.just",
    "a Bats test": "a.bats",
    "a Vagrantfile": "Vagrantfile Vagrantfile.a a.Vagrantfile",
    "HCL": "a.hcl a.tf",
    "a Jenkinsfile": "Jenkinsfile Jenkinsfile.a a.jenkinsfile a.Jenkinsfile",
    "a systemd unit": "a.service a.socket a.timer",
    "a shell script": "a.sh a.bash a.ash a.dash a.ksh a.zsh rc .env profile .profile"
    " bashrc .bashrc bash.bashrc .bash_profile .bash_login .bash_logout .bash_aliases zshrc .zshrc"
    " .zshenv .zprofile .zlogin .kshrc .mkshrc",
}
_NO_HOSTS = (
    *("a", "a.conf", "yml", "a.yml.txt", "a.yamlx", "md", "a.pyc", "a.cc", "a.hs", "a.nix~", ""),
    *("xDockerfile", "Earthfile.a", "xMakefile", "Makefilex", "justfile.a", "a.batsx", "a.target"),
    *("shrc", "a.shx", "xbashrc", "kenv", "x.bash_profile", "runc.conf", "criu.conf"),
)
_PROGRAMS = {
    "a shell script": "sh bash dash ash ksh mksh zsh busybox",
    "a Bats test": "bats",
    "a makefile": "make",
    "a justfile": "just",
    "a Python program": "python python3 python3.12 pypy pypy3",
    "JavaScript": "node nodejs deno bun tsx ts-node",
}


@pytest.mark.parametrize("title", _NAMES)
def test_kind_by_name(title: str) -> None:
    for name in _NAMES[title].split():
        assert hosts.TITLES[kind_of(name) or ""] == title, name
        assert kind_of(f"x/{name}") == kind_of(f"x\\{name}") == kind_of(name)


@pytest.mark.parametrize("name", _NO_HOSTS)
def test_files_that_are_no_hosts(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize("title", _PROGRAMS)
@pytest.mark.parametrize(
    "line", ["#!/usr/bin/%s", "#! /usr/bin/env %s", "#!/usr/bin/env -S A=1 %s -x", "#!%s\r\nx"]
)
def test_kind_by_program(title: str, line: str) -> None:
    for program in _PROGRAMS[title].split():
        head = line.replace("%s", program).encode()
        # The program counts more than the name, unless that is CRIU's.
        for name in ("a", "a.md"):
            assert hosts.TITLES[kind_of(name, head) or ""] == title, (name, program)
        assert kind_of("criu.conf", head) is None


def test_unknown_programs_are_no_hosts() -> None:
    for program in ("perl", "xsh", "shx", "awk", "batsx", "nodex", "makex"):
        assert kind_of("a", f"#!/usr/bin/{program}\n".encode()) is None
        assert kind_of("a.md", f"#!/usr/bin/{program}\n".encode()) == "markdown"


_CONFIG = "/etc/criu/runc.conf"


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.sh", f"echo tcp-close > {_CONFIG}\n", True),
        ("a.sh", "echo tcp-close > /etc/x.conf\n", False),
        ("a.sh", "criu dump\n", False),
        ("a.yml", "criu\n", True),
        ("a.yml", "", False),
        # A file without an ending may have a program.
        ("a", f"#!/bin/sh\necho > {_CONFIG}\n", True),
        ("a", f"#!/bin/perl\necho > {_CONFIG}\n", False),
        ("a", f"echo > {_CONFIG}\n", False),
        (".a", f"#!/bin/sh\necho > {_CONFIG}\n", True),
        ("a.txt", f"#!/bin/sh\necho > {_CONFIG}\n", False),
        ("a.md", f"#!/bin/sh\necho > {_CONFIG}\n", True),
        ("a.py", f"#!/bin/sh\nopen('{_CONFIG}')\n", True),
        ("runc.conf", "criu\n", False),
    ],
)
def test_files_that_may_contain_configuration(
    name: str, text: str, expected: bool, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert hosts.is_host(str(tmp_path / name)) is expected


def test_what_is_no_regular_file_contains_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d.sh").mkdir()
    os.mkfifo(tmp_path / "p.sh")
    for name in ("d.sh", "p.sh", "gone.sh", "nul\0.sh"):
        assert not hosts.is_host(str(tmp_path / name))
    (tmp_path / "a.sh").write_text(f"echo > {_CONFIG}\n", encoding="utf-8")
    monkeypatch.setattr(hosts, "_MAX_SIZE", (tmp_path / "a.sh").stat().st_size)
    assert hosts.is_host(str(tmp_path / "a.sh"))
    monkeypatch.setattr(hosts, "_MAX_SIZE", (tmp_path / "a.sh").stat().st_size - 1)
    assert not hosts.is_host(str(tmp_path / "a.sh"))


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file of Linux")
def test_a_file_that_can_be_opened_and_not_read_contains_nothing() -> None:
    assert not hosts.is_host("/proc/self/mem")


def test_a_host_is_followed_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source(f"echo tcp-close > {_CONFIG}\n".encode(), "a.sh")
    monkeypatch.setattr(hosts, "_MAX_FOLLOWED", len(source.data))
    assert follow_host(source, "shell").files
    monkeypatch.setattr(hosts, "_MAX_FOLLOWED", len(source.data) - 1)
    with pytest.raises(HostError, match="too large to be followed"):
        follow_host(source, "shell")


def test_what_is_examined_is_closed(tmp_path: Path) -> None:
    for name, text in (("a.sh", f"echo > {_CONFIG}\n"), ("a.conf", "x"), ("a", "x"), ("b.sh", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")

    def next_descriptor() -> int:
        descriptor = os.open(tmp_path / "a", os.O_RDONLY)
        os.close(descriptor)
        return descriptor

    before = next_descriptor()
    found = [hosts.is_host(str(tmp_path / name)) for name in ("a.sh", "a.conf", "a", "b.sh")]
    assert found == [True, False, False, False]
    assert next_descriptor() == before


def test_text_is_made_up_to_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_MAX_MADE", 3)
    with model.limited_work():
        assert model.HostedText.at("abc", 0, 0).text == "abc"
    with pytest.raises(model.TooMuchWorkError), model.limited_work():
        model.HostedText.at("abcd", 0, 0)


def test_nodes_are_visited_up_to_the_limit() -> None:
    with model.limited_work(model.Work(characters=0, visits=2, seconds=0)):
        model.charge_visits(2)
        with pytest.raises(model.TooMuchWorkError):
            model.charge_visits(1)


def test_texts_are_joined_up_to_the_limit() -> None:
    parts = iter([model.HostedText.of("abc")] * 10)
    with (
        pytest.raises(model.TooMuchWorkError),
        model.limited_work(model.Work(characters=10, visits=0, seconds=0)),
    ):
        model.join(parts)
    assert len(list(parts)) == 6


@pytest.mark.parametrize("kind", sorted(filter(None, _BY_KIND)))
def test_a_host_that_is_too_large_is_one_error(kind: str) -> None:
    with pytest.raises(HostError, match=r"too large|nested|not YAML"):
        follow_host(Source(b"# criu/runc.conf\n" + b"x\n" * (1 << 22), "x"), kind)


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
        (
            "x.yml",
            "- hosts: all\n  vars:\n    a0: &a0 {k: x}\n"
            + "".join(
                f"    a{n}: &a{n} {{{', '.join(f'k{m}: *a{n - 1}' for m in range(9))}}}\n"
                for n in range(1, 12)
            )
            + "  tasks:\n"
            "  - copy: {dest: /etc/criu/runc.conf, content: '{{ item.k0 }}'}\n"
            "    loop: [*a11, *a10]\n",
        ),
        (
            "x.yml",
            "- hosts: all\n  tasks:\n  - copy:\n      dest: /etc/criu/runc.conf\n      content: |\n"
            f"        {'{% for a in b %}' * 5000}{'{% endfor %}' * 5000}\n",
        ),
        ("x.py", "#criu.conf\na=['x']\n" + "a.extend(a)\n" * 60),
        ("x.js", "//criu.conf\nlet a=['x']\n" + "a=a.concat(a)\n" * 60),
        (
            "x.go",
            "package a//criu.conf\nfunc main() {\na:=f()\n" + "a=append(a,a...)\n" * 60 + "}\n",
        ),
        ("x.c", f'#define A {_LINE}!\nint f() {{ fopen("/etc/criu/runc.conf", "w"); }}\n'),
        ("Jenkinsfile", "'''" + '\'/* """ ' * 20_000 + "criu"),
        ("Jenkinsfile", "'" + "\\'" * 200_000 + "criu"),
        ("x.just", f"a: {'b ' * 20_000}\n  echo tcp-close {_TO}\n"),
        ("x.yml", '"' + "\t" * 200_000 + 'criu"'),
        ("Makefile", f"a:\n\techo tcp-close {_TO}\nB ={' ' * 200_000}c\n"),
        ("x.md", f"criu/ {'@' * 100_000}\n"),
        ("x.sh", f"echo {'{,' * 5000} {_TO}\n"),
        ("x.sh", f"echo {'{a,b}' * 2500} {_TO}\n"),
        ("x.sh", f"echo {'{1..9}' * 2500} {_TO}\n"),
        ("x.sh", f"echo {'{a,' * 2500}b{'}' * 2500} {_TO}\n"),
        ("x.sh", f"echo {{1..{'9' * 5000}}} {_TO}\n"),
        ("Makefile", "# criu\n" + "target: a\n" * 3000),
        ("x.sh", f"{'time ' * 1000}echo {_TO}\n"),
        ("x.sh", f"cat <<A {_TO}\n{'${a:-' * 1000}\nA\n"),
        ("x.sh", f"echo {'[' * 100_000} {_TO}\n"),
        ("x.sh", f"case x in {'[!' * 100_000}) ;; esac\necho a {_TO}\n"),
    ],
)
def test_expressions_take_no_more_than_linear_time(name: str, text: str) -> None:
    """A hang is stopped by the timeout."""
    kind = kind_of(name)
    assert kind
    with suppress(HostError):
        follow_host(Source(text.encode(), name), kind)


@pytest.mark.timeout(120)
def test_findings_beside_what_is_unknown_take_no_more_than_linear_time() -> None:
    """A hang is stopped by the timeout."""
    text = f"cat {_TO} <<E\n$A\n" + "tcp-close no\n" * 20_000 + "E\n"
    source = Source(text.encode(), "x.sh")
    assert check_embedded_files(source, follow_host(source, "shell").files, Linter().check).findings


_MANY = range(1000)
# Each makes the text of 600 KiB of which each of `_MANY` lines makes another one.
_GROWING = {
    "x.py": ("#criu.conf\na='%s'\n", "a=a+a\n", "a{}=a+'1'\n"),
    "y.py": ("#criu.conf\na='%s'\n", "a=a+a\n", "open('/etc/criu/{}.conf','w').write(a)\n"),
    "x.js": ("//criu.conf\nlet a='%s'\n", "a=a+a\n", "let a{}=a+'1'\n"),
    "x.go": ("package a//criu.conf\nfunc main() {{\na:=`%s`\n", "a=a+a\n", "a{}:=a+`1`\n"),
    "x.sh": ("#criu.conf\na=%s\n", "a=$a$a\n", "a{}=${{a}}1\n"),
    "y.sh": ("#criu.conf\na=%s\n", "a=$a$a\n", "echo $a >/etc/criu/{}.conf\n"),
    "Dockerfile": ("FROM criu\nARG a=%s\n", "ARG a=$a$a\n", "ARG a{}=${{a}}1\n"),
    "Makefile": ("#criu.conf\na:=%s\n", "a:=$(a)$(a)\n", "a{}:=$(a)1\n"),
    "Vagrantfile": ("#criu.conf\na='%s'\n", 'a="#{{a}}#{{a}}"\n', 'b{}="#{{a}}1"\n'),
    "x.pp": (
        "#criu.conf\n$a0='%s'\n",
        "".join(f'$a{n}="${{{{a{n - 1}}}}}${{{{a{n - 1}}}}}"\n' for n in range(1, 60)),
        "file{{'/etc/criu/{}.conf': content => $a59}}\n",
    ),
    "x.nix": (
        "let a0=''%s''; #criu.conf\n",
        "".join(f"a{n}=a{n - 1}+a{n - 1};\n" for n in range(1, 12)),
        "b{}=a11+''1'';\n",
    ),
    "x.just": (
        "a0:='%s' #criu.conf\n",
        "".join(f"a{n}:=a{n - 1}+a{n - 1}\n" for n in range(1, 60)),
        "b{}:=a59+'1'\n",
    ),
}


@pytest.mark.parametrize("name", _GROWING)
def test_text_that_is_made_of_itself_is_bounded(name: str) -> None:
    first, double, more = _GROWING[name]
    doubled = double.format() if "59" in double or "a11" in double else double.format() * 11
    text = first.format() % ("x" * 300) + doubled + "".join(more.format(n) for n in _MANY)
    kind = kind_of(name)
    assert kind
    tracemalloc.start()
    try:
        with suppress(HostError):
            follow_host(Source(text.encode(), name), kind)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 250 << 20


def _playbook(variable: str, line: str, count: int) -> str:
    """Return a playbook with a variable `m`, and a template that has a line again and again."""
    content = f"        {line}\n" * count
    copy = f"  - copy:\n      dest: /etc/criu/runc.conf\n      content: |\n{content}"
    return f"- hosts: all\n  vars: {{m: {variable}}}\n  tasks:\n{copy}"


# By what is repeated: the name of a host, and its text in a size.
_REPEATED: dict[str, tuple[str, Callable[[int], str]]] = {
    "what all rules need": (
        "Makefile",
        lambda n: (
            f"all: {' '.join(f'a{k}' for k in range(n))}\n\techo a {_TO}\n"
            + "".join(f"r{k}: all\n" for k in range(n))
        ),
    ),
    "rules for patterns": (
        "Makefile",
        lambda n: (
            "".join(f"%.x{k}: b\n" for k in range(n))
            + f"all: {' '.join(f'a{k}' for k in range(n))}\n\techo a {_TO}\n"
        ),
    ),
    "rules for a target": ("Makefile", lambda n: f"a: b\n\techo a {_TO}\n" * n),
    "variables beside rules": (
        "Makefile",
        lambda n: "".join(f"v{k} = a\nr{k}:\n\techo a {_TO}\n" for k in range(n)),
    ),
    "exported variables": (
        "Makefile",
        lambda n: "export\n" + "".join(f"v{k} = a\nr{k}:\n\techo a {_TO}\n" for k in range(n)),
    ),
    "loops over a map without text": (
        "x.yml",
        lambda n: _playbook(
            f"{{k: {{{', '.join(f'k{k}: {{}}' for k in range(n))}}}}}",
            "{% for a, b in m.items() %}{% endfor %}",
            n,
        ),
    ),
    "loops over a map": (
        "x.yml",
        lambda n: _playbook(
            f"{{{', '.join(f'k{k}: a' for k in range(n))}}}", "{% for a in m %}{% endfor %}", n
        ),
    ),
    "empty texts that are joined": (
        "x.yml",
        lambda n: _playbook(f"[{'+, ' * n}]".replace("+", "''"), "{{ m | join }}", n),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", _REPEATED)
def test_work_grows_as_the_host_does(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(makefile, "_MAX_STEPS", 20_000)
    name, make = _REPEATED[what]
    kind = kind_of(name)
    assert kind

    def follow(size: int) -> None:
        with suppress(HostError):
            follow_host(Source(make(size).encode(), name), kind)

    follow(10)  # what is only done once
    counts = [count_lines(lambda size=size: follow(size)) for size in (300, 1200)]  # type: ignore[misc]
    assert counts[1] < 5 * counts[0] + 5000


def test_references_that_double_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty texts, so that no text grows."""
    monkeypatch.setattr(makefile, "_MAX_STEPS", 10_000)
    variables = "".join(f"v{n}=$(v{n + 1})$(v{n + 1})\n" for n in range(40))
    text = f"v40=\n{variables}a:\n\techo $(v0) {_TO}\n"
    with pytest.raises(HostError, match="takes too many steps"):
        follow_host(Source(text.encode(), "Makefile"), "makefile")


def test_what_the_parser_can_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_MAX_SECONDS", 0.05)
    with pytest.raises(HostError, match="takes too long to parse"):
        follow_host(Source(b"#criu.conf\n" + b"[a](" * 20_000, "x.sh"), "shell")
    assert follow_host(Source(b"echo a >/etc/criu/runc.conf\n", "x.sh"), "shell").files


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs timers")
def test_a_signal_ends_the_parser() -> None:
    def work() -> None:
        with Deadline(60):
            signal.setitimer(signal.ITIMER_REAL, 0.1)
            follow_host(Source(b"#criu.conf\n" + b"[a](" * 100_000, "x.sh"), "shell")

    with pytest.raises(TimeUpError):
        work()


_SCRIPT = f"script: ['echo tcp-close {_TO}']"


def _chain(first: str, link: str, last: str) -> str:
    """Return YAML in which each of many parts has the one before it twice."""
    links = "".join(link.format(n, n - 1) for n in range(1, 40))
    return f"# criu\n{first}\n{links}{last}\n"


@pytest.mark.parametrize(
    "text",
    [
        _chain(
            "a0: &a0 {x: 1}", "a{0}: &a{0} {{<<: [*a{1}, *a{1}]}}\n", f"j: {{<<: *a39, {_SCRIPT}}}"
        ),
        _chain("a0: &a0 []", "a{0}: &a{0} [*a{1}, *a{1}]\n", "j: {script: [*a39]}"),
        _chain("a0: &a0 []", "a{0}: &a{0} [*a{1}, *a{1}]\n", "services: {a: {command: [*a39]}}"),
        _chain("a0: &a0 []", "a{0}: &a{0} [*a{1}, *a{1}]\n", "runcmd: [[sh, -c, *a39]]"),
        _chain("a0: {}", "a{0}: {{extends: [a{1}, a{1}]}}\n", f"j: {{extends: a39, {_SCRIPT}}}"),
        _chain(
            "a0: {s: []}",
            "a{0}: {{s: [!reference [a{1}, s], !reference [a{1}, s]]}}\n",
            "j: {script: [!reference [a39, s]]}",
        ),
        _chain(
            "- block: &a0 []",
            "- block: &a{0} [{{block: *a{1}}}, {{block: *a{1}}}]\n",
            f"- shell: echo {_TO}",
        ),
        "# criu\na: {script: [!reference [b, script]]}\nb: {script: [!reference [a, script]]}\n",
        f"# criu\na: &a {{<<: *a, extends: [b, b], {_SCRIPT}}}\nb: {{extends: [j, j]}}\nj: *a\n",
        f"# criu\na: &a [*a]\nj: {{script: [*a, *a, 'echo {_TO}']}}\n",
    ],
)
def test_aliases_that_double_are_stopped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "_MAX_VISITS", 10_000)

    def work() -> None:
        with suppress(HostError):
            follow_host(Source(text.encode(), "x.yml"), "yaml")

    work()
    assert count_lines(work) < 1_000_000


def test_references_are_resolved_once() -> None:
    def text(count: int) -> str:
        jobs = (
            f"j{n}: {{script: [!reference [j{(n + 1) % count}, b]], b: [a]}}\n"
            for n in range(count)
        )
        return "# criu.conf\n" + "".join(jobs)

    def work(count: int) -> int:
        return count_lines(lambda: follow_host(Source(text(count).encode(), "x.yml"), "yaml"))

    work(3)
    small, large = work(50), work(200)
    assert large < 5 * small


def test_proofs_of_fixes_cost_no_more_than_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "# criu\n" + f"echo tcp-close no {_TO}\n" * 30
    source = Source(text.encode(), "x.sh")
    files = follow_host(source, "shell").files

    def count_fixes() -> int:
        found = check_embedded_files(
            source, files, Linter().check, lambda after: follow_host(after, "shell").files
        ).findings
        return sum(finding.fix is not None for finding in found)

    assert count_fixes() > 0
    monkeypatch.setattr(model, "_MAX_MADE", 10)
    assert count_fixes() == 0


def test_so_many_fixes_are_proved_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("default", "runc", "crun")
    text = "".join(f"echo tcp-close no > /etc/criu/{name}.conf\n" for name in names)
    source = Source(text.encode(), "x.sh")
    monkeypatch.setattr(embedded_files, "_MAX_PROOFS", 2)
    found = check_embedded_files(
        source,
        follow_host(source, "shell").files,
        Linter("4.3").check,
        lambda after: follow_host(after, "shell").files,
    ).findings
    assert [finding.fix is not None for finding in found] == [True, True, False]


@pytest.mark.parametrize("piece", ["a\n", "%s ", "$a$b", "a=b\n", "case a in a) ;; esac\n"])
def test_work_grows_as_the_script_does(piece: str) -> None:
    def work(count: int) -> int:
        text = "#criu.conf\n" + piece * count + f"\n#{count}\n"
        return count_lines(lambda: follow_host(Source(text.encode(), "x.sh"), "shell"))

    work(3)
    small, large = work(50), work(200)
    assert large < 5 * small + 2000


@pytest.mark.parametrize("odd", ["\t", "\x1b", "\u202e", "\x85", "\u2028"])
def test_names_of_files_are_escaped_in_messages(odd: str) -> None:
    text = json.dumps({"path": f"/etc/criu{odd}/runc.conf", "content": "verbosity 4\nport 0\n"})
    source = Source(text.encode(), "x.json")
    found = check_embedded_files(source, follow_host(source, "yaml").files, Linter().check).findings
    assert found
    assert all(finding.full_message.isprintable() for finding in found)


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
        files = follow_host(Source(data, path.name), kind).files
    except HostError:
        return
    length = len(decode(data))
    assert all(0 <= offset <= length for file in files for offset in file.content.offsets)


def test_where_a_text_is_placed() -> None:
    for count in (0, 1):
        assert model.HostedText.at("a" * count, 5, 5).is_placed
    for count in (2, 3):
        assert not model.HostedText.at("a" * count, 5, 9).is_placed
        assert model.HostedText.of("a" * count).is_placed


_W = "tcp-close false"
_SUPPRESSED = {
    "copy": ("Dockerfile", f"FROM x\n#@\nCOPY <<EOF /etc/criu/runc.conf\n{_W}\nEOF\n"),
    "run": ("Dockerfile", f"FROM x\n#@\nRUN echo {_W} >/etc/criu/runc.conf\n"),
    "run-continued": (
        "Dockerfile",
        f"FROM x\n#@\nRUN x && \\\n echo {_W} >/etc/criu/runc.conf\n",
    ),
    "run-script": (
        "Dockerfile",
        f"FROM x\n#@\nRUN <<EOF\necho {_W} >/etc/criu/runc.conf\nEOF\nRUN y\n",
    ),
    "key": ("a.yaml", f"data:\n  #@\n  runc.conf: |\n    {_W}\n"),
    "key-without-newline": ("a.yaml", f"data:\n  #@\n  runc.conf: |\n    {_W}"),
    "key-above": ("a.yaml", f"#@\ndata:\n  runc.conf: |\n    {_W}\n"),
    "item": ("a.yaml", f"f:\n#@\n- path: /etc/criu/runc.conf\n  content: |\n    {_W}\n"),
    "content": ("a.yaml", f"f:\n- path: /etc/criu/runc.conf\n  #@\n  content: |\n    {_W}\n"),
    "task": (
        "a.yaml",
        "- hosts: all\n  tasks:\n  #@\n  - copy:\n      dest: /etc/criu/runc.conf\n"
        f"      content: |\n        {_W}\n",
    ),
    "step": ("a.yaml", f"steps:\n#@\n- run: |\n    x\n    echo {_W} >/etc/criu/runc.conf\n"),
    "attribute": (
        "a.tf",
        'resource "local_file" "x" {\n  filename = "/etc/criu/runc.conf"\n  #@\n'
        f"  content = <<EOT\n{_W}\nEOT\n}}\n",
    ),
    "resource": (
        "a.tf",
        '#@\nresource "local_file" "x" {\n  filename = "/etc/criu/runc.conf"\n'
        f"  content = <<EOT\n{_W}\nEOT\n}}\n",
    ),
    "here-document": ("a.sh", f"#@\ncat >/etc/criu/runc.conf <<EOF\n{_W}\nEOF\n"),
    "call": (
        "a.py",
        f'from pathlib import Path\n#@\nPath("/etc/criu/runc.conf").write_text("""\n{_W}\n""")\n',
    ),
    "nix": (
        "a.nix",
        f"{{\n  #@\n  environment.etc.\"criu/runc.conf\".text = ''\n    {_W}\n  '';\n}}\n",
    ),
    "puppet": (
        "a.pp",
        f"#@\nfile {{ '/etc/criu/runc.conf':\n  content => \"{_W}\\n\",\n}}\n",
    ),
}


@pytest.mark.parametrize("name", _SUPPRESSED)
def test_a_comment_above_what_writes_a_file_suppresses(name: str) -> None:
    """Above the command, or above the key, item, instruction or block that it is in."""
    path, text = _SUPPRESSED[name]
    assert _codes(path, text.replace("#@", "# criulint: ignore[CRIU201]")) == []
    assert _codes(path, text.replace("#@", "# criulint: ignore[CRIU202]")) == ["CRIU201"]
    # A comment with a line below it is above something else.
    apart = text.replace("#@", "# criulint: ignore[CRIU201]\n# another")
    assert _codes(path, apart) == ["CRIU201"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "a.yaml",
            f"data:\n  # criulint: ignore\n  x: 1\n  runc.conf: |\n    {_W}\n",
        ),
        (
            "a.yaml",
            f"f:\n# criulint: ignore\n- x\n- path: /etc/criu/runc.conf\n  content: {_W}\n",
        ),
        (
            "Dockerfile",
            f"FROM x\n# criulint: ignore\nRUN y\nRUN echo {_W} >/etc/criu/runc.conf\n",
        ),
    ],
)
def test_a_comment_above_another_part_does_not_suppress(path: str, text: str) -> None:
    assert _codes(path, text) == ["CRIU201"]


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("$root/etc/criu/criu.conf", ["CRIU402"]),
        ("/etc/criu/$name.conf", []),
        ("/etc/criu/criu$suffix", []),
        ("/etc/criu/criu.conf", ["CRIU402"]),
    ],
)
def test_only_a_name_that_is_known_is_one_that_nothing_opens(path: str, codes: list[str]) -> None:
    assert _codes("a.sh", f'echo tcp-close >"{path}"\n') == codes


def _codes(path: str, text: str) -> list[str]:
    source = Source(text.encode(), path)
    kind = kind_of(path, source.data)
    assert kind
    linter = Linter("4.3")
    checked = check_embedded_files(
        source,
        follow_host(source, kind).files,
        linter.check,
    )
    return [finding.code for finding in checked.findings]


def test_what_comments_hide_is_counted() -> None:
    """Those in the host, and those in the file."""
    text = f"# criulint: ignore\necho {_W} >/etc/criu/runc.conf\n"
    text += f"echo '{_W} # criulint: ignore' >/etc/criu/crun.conf\n"
    source = Source(text.encode(), "a.sh")
    checked = check_embedded_files(source, follow_host(source, "shell").files, Linter("4.3").check)
    assert checked.findings == []
    assert [(found.code, found.path) for found in checked.hidden] == [
        ("CRIU201", "a.sh/etc/criu/runc.conf"),
        ("CRIU201", "a.sh/etc/criu/crun.conf"),
    ]


def test_lines_that_a_fix_inserts_are_indented_as_their_host() -> None:
    host = HostFile(Source(b"cat >/etc/criu/runc.conf <<-EOF\n\ta\n\tb\nEOF\n"))
    (file,) = follow_host(host.source, "shell").files
    edit = Mover(file, host).move_edit(Edit(Span(2, 1, 2, 1), "x\ny\n"))
    assert edit == Edit(Span(3, 1, 3, 1), "\tx\n\ty\n")


@pytest.mark.parametrize(
    ("script", "is_block"),
    [
        ("cat >/etc/criu/runc.conf <<EOF\na\n\nb\nEOF\n", True),
        ("cat >/etc/criu/runc.conf <<-EOF\n\ta\n\tb\nEOF\n", True),
        ("cat >/etc/criu/runc.conf <<EOF\na\n$x\nEOF\n", False),  # not known
        ("cat >/etc/criu/runc.conf <<EOF\na\\\nb\nEOF\n", False),  # joined
        ("printf 'a\nb\n' >/etc/criu/runc.conf\n", False),  # in a line of the host
        ("{ echo a\n echo b\n} >/etc/criu/runc.conf\n", False),
        ("printf '%s\n' b a >/etc/criu/runc.conf\n", False),
    ],
)
def test_blocks_are_lines_as_they_stand_in_the_host(script: str, is_block: bool) -> None:
    host = HostFile(Source(script.encode()))
    (file,) = follow_host(host.source, "shell").files
    assert Mover(file, host).is_block is is_block


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/^b/c/' /etc/criu/runc.conf",
        "grep -v b /etc/criu/runc.conf > /etc/criu/crun.conf",
        "sed '/b/d' < /etc/criu/runc.conf > /etc/criu/crun.conf",
        "awk '/b/' /etc/criu/runc.conf > /etc/criu/crun.conf",
    ],
)
def test_expressions_search_bytes_that_are_not_utf_8(command: str) -> None:
    script = b"printf 'a\xff\\nb\xac\\n' > /etc/criu/runc.conf\n" + command.encode() + b"\n"
    files = follow_host(Source(script), "shell").files
    assert any(b"a\xff" in encode(file.content.text) for file in files)


@pytest.mark.parametrize("name", [".", "..", ".a", "a.", "a..b"])
def test_what_is_no_name_in_jinja_is_unknown(name: str) -> None:
    play = f"""- hosts: all
  tasks:
  - copy:
      dest: /etc/criu/runc.conf
      content: "tcp-close\\n{{% if {name} is defined %}}link_remap\\n{{% endif %}}"
"""
    followed = follow_host(Source(play.encode()), "yaml")
    texts = {file.content.text for file in followed.files}
    assert texts == {"tcp-close\n", "tcp-close\nlink_remap\n"}
