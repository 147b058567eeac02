# SPDX-License-Identifier: MIT
"""Strings as the real languages read them: random ones, put together from what is special there."""

from __future__ import annotations

import ast
import json
import random
import shutil
import subprocess
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from criulint.embedded import hosts
from criulint.embedded.languages.literals import dedent, strip
from criulint.embedded.model import HostedText
from criulint.source import Source, decode, encode
from tests.embedded.describe import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_COUNT = 150


def written(name: str, text: str) -> list[str]:
    """Return what a host writes to ``criu/0.conf``, ``criu/1.conf`` and so on."""
    data = encode(text)
    kind = hosts.kind_of(name, data[: hosts.HEAD])
    assert kind
    followed = hosts.follow_host(Source(data, name), kind)
    for file in followed.files:
        assert all(0 <= offset <= len(text) for offset in file.content.offsets)
    by_path = {file.path: file.content.text for file in followed.files}
    return [by_path[f"criu/{number}.conf"] for number in range(len(by_path))]


def _literals(
    parts: Sequence[str], form: str, is_valid: Callable[[str], bool] = lambda _: True
) -> list[str]:
    chooser = random.Random(f"{form}{parts}")
    found: list[str] = []
    while len(found) < _COUNT:
        text = "".join(chooser.choice(parts) for _ in range(chooser.randint(0, 8)))
        if is_valid(text):
            found.append(form.format(text))
    return found


# --- Python

_PYTHON_PARTS = [
    *(
        "a",
        " ",
        "#",
        "é",
        "\t",
        "\\n",
        "\\t",
        "\\\\",
        "\\'",
        '\\"',
        "\\x41",
        "\\xe9",
        "\\101",
        "\\0",
    ),
    *("\\q", "{", "}", "%", "$", "'", "\\\n", "\n", "\r\n", "/", "\\u00e9", "\\U0001f600"),
]


@pytest.mark.parametrize("prefix", ["", "r", "b", "Rb", "u"])
@pytest.mark.parametrize("quote", ['"', '"""', "'''"])
def test_python_reads_the_same(prefix: str, quote: str) -> None:
    def value(expression: str) -> str | bytes | None:
        try:
            found: str | bytes = ast.literal_eval(expression)
        except (SyntaxError, ValueError):
            return None
        return found

    form = f"{prefix}{quote}{{}}{quote}"
    literals = _literals(_PYTHON_PARTS, "{}", lambda text: value(form.format(text)) is not None)
    pairs = [form.format(text) for text in literals]
    pairs += [f"{first} {second}" for first, second in pairwise(pairs)]
    text = "\n".join(
        f"open('criu/{number}.conf', 'w').write({pair})" for number, pair in enumerate(pairs)
    )
    values = [value(pair) or "" for pair in pairs]
    texts = [decode(found) if isinstance(found, bytes) else found for found in values]
    assert written("x.py", text) == texts


_LINES = st.text(st.sampled_from(" \t\nab\r"), max_size=30)


@given(_LINES)
def test_dedent_is_pythons(text: str) -> None:
    assume("\r" not in text)
    found = dedent(HostedText.of(text))
    assert found.text == textwrap.dedent(text)
    assert all(
        text[place] == character
        for place, character in zip(found.offsets, found.text, strict=False)
    )


@given(_LINES, st.sampled_from(["l", "r", "lr"]), st.sampled_from([None, "\n", " a"]))
def test_strip_is_pythons(text: str, sides: str, characters: str | None) -> None:
    method = {"l": text.lstrip, "r": text.rstrip, "lr": text.strip}[sides]
    assert strip(HostedText.of(text), characters, sides).text == method(characters)


# --- other languages

_C_PARTS = [
    "a",
    " ",
    "#",
    "é",
    "\\n",
    "\\t",
    "\\\\",
    '\\"',
    "\\'",
    "\\x41",
    "\\101",
    "\\303\\251",
    "%",
    "{",
    "$",
    "'",
]


def _run(command: Sequence[str], directory: Path) -> None:
    if not command[0].startswith("./") and not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    subprocess.run(command, cwd=directory, check=True, timeout=300)


def _compare(name: str, text: str, commands: Iterable[Sequence[str]], directory: Path) -> None:
    (directory / name).write_bytes(encode(text))
    (directory / "criu").mkdir()
    for command in commands:
        _run(command, directory)
    real = [
        decode((directory / "criu" / f"{number}.conf").read_bytes())
        for number in range(len(list((directory / "criu").iterdir())))
    ]
    assert written(name, text) == real


@pytest.mark.programs
def test_go_reads_the_same(tmp_path: Path) -> None:
    parts = [*_C_PARTS[:7], '\\"', *_C_PARTS[9:], "\\u00e9", "\\xc3\\xa9", "\\U0001f600", "\\a"]
    literals = _literals(parts, '"{}"') + _literals(
        ["a", "\\n", '"', "\n", "\t", "\r\n", "é"], "`{}`"
    )
    writes = "\n".join(
        f'\tos.WriteFile("criu/{number}.conf", []byte({literal}), 0o600)'
        for number, literal in enumerate(literals)
    )
    text = f'package main\n\nimport "os"\n\nfunc main() {{\n{writes}\n}}\n'
    _compare("x.go", text, [["go", "run", "x.go"]], tmp_path)


@pytest.mark.programs
def test_c_reads_the_same(tmp_path: Path) -> None:
    parts = [part for part in _C_PARTS if part not in ("\\x41", "a")] + [
        '\\x41" "',
        "\\\n",
        '" \n "',
        "\\a",
        "\\u00e9",
    ]
    literals = _literals(parts, '"{}"', lambda text: "%" not in text)
    writes = "\n".join(
        f'\tf = fopen("criu/{number}.conf", "w"); fputs({literal}, f); fclose(f);'
        for number, literal in enumerate(literals)
    )
    text = f"#include <stdio.h>\nint main(void) {{\n\tFILE *f;\n{writes}\n\treturn 0;\n}}\n"
    _compare("x.c", text, [["cc", "-w", "-o", "x", "x.c"], ["./x"]], tmp_path)


@pytest.mark.programs
def test_rust_reads_the_same(tmp_path: Path) -> None:
    parts = [
        "a",
        " ",
        "#",
        "é",
        "\\n",
        "\\t",
        "\\\\",
        '\\"',
        "\\x41",
        "\\u{e9}",
        "\\u{1f600}",
        "\n",
        "\\\n   ",
        "{",
        "'",
    ]
    literals = _literals(parts, '"{}"') + _literals(
        ["a", "\\n", '"', "\n", "é", "#"], 'r##"{}"##', lambda text: '"##' not in text + '"#'
    )
    writes = "\n".join(
        f'    std::fs::write("criu/{number}.conf", {literal}).unwrap();'
        for number, literal in enumerate(literals)
    )
    text = f"fn main() {{\n{writes}\n}}\n"
    _compare("x.rs", text, [["rustc", "-o", "x", "x.rs"], ["./x"]], tmp_path)


@pytest.mark.programs
def test_javascript_reads_the_same(tmp_path: Path) -> None:
    parts = [
        "a",
        " ",
        "#",
        "é",
        "\\n",
        "\\t",
        "\\\\",
        '\\"',
        "\\'",
        "\\x41",
        "\\u00e9",
        "\\u{1f600}",
        "\\q",
        "\\\n",
        "\\$",
        "{",
    ]
    literals = _literals(parts, '"{}"') + _literals(
        [*parts, "\n", "\r\n", "$", '"', "\\`"], "`{}`", lambda text: "${" not in text
    )
    writes = "\n".join(
        f"fs.writeFileSync('criu/{number}.conf', {literal});"
        for number, literal in enumerate(literals)
    )
    text = f"const fs = require('fs');\n{writes}\n"
    _compare("x.js", text, [["node", "x.js"]], tmp_path)


@pytest.mark.programs
def test_nix_reads_the_same(tmp_path: Path) -> None:
    if not shutil.which("nix-instantiate"):
        pytest.skip("nix-instantiate is not installed")
    parts = [
        " ",
        "   ",
        "\n",
        "\n",
        "\t",
        "a",
        "b c",
        "'''",
        "''$",
        "''\\n",
        "''\\t",
        "''\\x",
        "$",
        "$$",
    ]
    parts += ['"', "\\n", "\\", "#", "\r\n", "é", "{", '${"x"}', '${"y\nz"}']

    def is_valid(text: str) -> bool:
        # Neither the end of the string nor a part in braces by accident, nor what the grammar of
        # tree-sitter reads in another way: `'` before a part in braces.
        plain = text.replace("'''", "").replace("''$", "").replace("''\\", "")
        rest = plain.replace('${"x"}', "").replace('${"y\nz"}', "")
        return (
            "''" not in plain
            and "${" not in rest
            and text[-1:] not in ("$", "'")
            and "'$" not in text.replace("''$", "")
        )

    literals = _literals(parts, "''{}''", is_valid)
    quoted = [
        " ",
        "\n",
        "\t",
        "a",
        "\\n",
        "\\t",
        "\\$",
        "\\\\",
        '\\"',
        "\\x",
        "''",
        "$$",
        "é",
        "#",
        "\r\n",
        '${"x"}',
    ]
    literals += _literals(
        quoted,
        '"{}"',
        lambda text: (
            not text.endswith("$") and "${" not in text.replace('${"x"}', "").replace("\\$", "")
        ),
    )
    lines = "\n".join(
        f'  environment.etc."criu/{number}.conf".text = {literal};'
        for number, literal in enumerate(literals)
    )
    (tmp_path / "x.nix").write_bytes(encode(f"{{\n{lines}\n}}\n"))
    asked = f'map (n: (import {tmp_path}/x.nix).environment.etc."criu/${{toString n}}.conf".text) [{" ".join(map(str, range(len(literals))))}]'
    found = subprocess.run(
        ["nix-instantiate", "--eval", "--strict", "--json", "--expr", asked],
        capture_output=True,
        check=True,
        env={
            "PATH": "/usr/bin:/bin",
            "NIX_STATE_DIR": str(tmp_path / "state"),
            "NIX_STORE_DIR": str(tmp_path / "store"),
            "HOME": str(tmp_path),
        },
    )
    texts = written_by_nix(f"{{\n{lines}\n}}\n", len(literals))
    assert texts == json.loads(found.stdout)


def written_by_nix(text: str, count: int) -> list[str]:
    """Return the texts of the files of a NixOS module, by their numbers."""
    followed = hosts.follow_host(Source(encode(text), "x.nix"), "nix")
    by_path = {file.path: file.content.text for file in followed.files}
    return [by_path[f"/etc/criu/{number}.conf"] for number in range(count)]


@pytest.mark.programs
def test_puppet_reads_the_same(tmp_path: Path) -> None:
    parts = [
        "a",
        " ",
        "#",
        "é",
        "\\n",
        "\\t",
        "\\s",
        "\\\\",
        '\\"',
        "\\'",
        "\\$",
        "\\u00e9",
        "\\u{1f600}",
        "\n",
        "$",
        "${x}",
        "{",
    ]
    literals = _literals(
        parts,
        '"{}"',
        lambda text: (
            "$a" not in text and "$é" not in text and "${ " not in text and "${x}" in text + "${x}"
        ),
    )
    literals = [
        literal for literal in literals if "$" not in literal.replace("\\$", "").replace("${x}", "")
    ]
    literals += _literals(["a", "\\n", "\\'", "\\\\", '"', "\n", "$x", "é", "#"], "'{}'")
    documents = _literals(
        ["a", "  ", "\\n", "\\\\", "$x", "${x}", "\n      ", "\n    ", "é", "|"],
        '@("EOF"{{}})\n      {}\n',
        lambda text: True,
    )
    ends = ["      | EOF", "    |- EOF", "      EOF", "      | - EOF"]
    flags = ["", "/n", "/", "/L", "/t$"]
    literals += [
        document.replace("{}", flags[number % len(flags)]) + ends[number % len(ends)]
        for number, document in enumerate(documents)
    ]
    directory = tmp_path / "criu"
    directory.mkdir()
    resources = "\n".join(
        f"$text{number} = {literal}\nfile {{ '{directory}/{number}.conf': content => $text{number} }}"
        for number, literal in enumerate(literals)
    )
    text = f"$x = 'val'\n{resources}\n"
    (tmp_path / "x.pp").write_bytes(encode(text))
    _run(
        [
            "puppet",
            "apply",
            "--confdir",
            str(tmp_path / "conf"),
            "--vardir",
            str(tmp_path / "var"),
            "x.pp",
        ],
        tmp_path,
    )
    followed = hosts.follow_host(Source(encode(text), "x.pp"), "puppet")
    by_path = {file.path: file.content.text for file in followed.files}
    for number in range(len(literals)):
        path = directory / f"{number}.conf"
        # A variable that has no value here is unknown.
        assert pattern(by_path[str(path)]).fullmatch(decode(path.read_bytes())), literals[number]
