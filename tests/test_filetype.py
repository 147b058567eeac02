# SPDX-License-Identifier: MIT
"""Files of another kind; whole files of each kind are in tests/cases/foreign-syntax."""

from __future__ import annotations

import pytest

from criulint.criu.reading import Reading
from criulint.filetype import foreign_type
from criulint.source import Source


def _type(data: bytes, path: str | None = None) -> str | None:
    found = foreign_type(Reading(Source(data, path), "4.2"))
    return found.name if found else None


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x7fELF\2\1\1\0", "a program or library (ELF)"),
        (b"\x1f\x8b\x08\0", "compressed data (gzip)"),
        (b"PK\x03\x04x", "a zip archive"),
        (b"\x19\x43\x56\x54\0", "a CRIU image"),
        (b"a" * 257 + b"ustar", "a tar archive"),
        (b"a" * 256 + b"ustar", None),
        (b"\1\2\3\4 a\n", "binary data"),
        (b"\1\2\3 a\n", None),
        (b"\xfd\xfc\xfb\xfa\0 a\n", "binary data"),
        (b"\xfd\xfc\xfb\xfa a\n", None),
    ],
)
def test_bytes(data: bytes, name: str | None) -> None:
    assert _type(data) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("(00.000001) x\n", "a log that CRIU wrote"),
        ("Error (criu/cr-dump.c:1): x\n", "a log that CRIU wrote"),
        ("pie: 12: Error (criu/pie/restorer.c:1): x\n", "a log that CRIU wrote"),
        ("Error (/usr/src/debug/criu/x.c:1): x\n(800.00523) y\n", "a log that CRIU wrote"),
        ("(00.000001) x\ntcp-close x\nbogus\n", None),
        ('{"a": 1}\n', "JSON"),
        ("\n  {\n", "JSON"),
        ("[1, 2]\n", "JSON"),
        ('["a", "b"]\n', "JSON"),
        ("[criu]\n", None),
        ("{x}\n", None),
        ("[Unit]\nDescription=x\n", "a systemd unit"),
        ('[a]\nb = "c"\n', "TOML"),
        ("[a]\nb = 1\n[c]\n", "TOML"),
        ("[a]\nb = c d\n[e]\n", "an INI file"),
        ("; x\n[a]\nb = c d\n[e]\n", "an INI file"),
        ("[a]\ntcp-close\nbogus\nshell-job\n", None),
        ("a:\n  b: c\n", "YAML"),
        ("apiVersion: v1\nkind: Pod\n", "YAML"),
        ("tcp-close: true\nshell-job: true\n", None),
        ("a:\nb:\n", None),
        ("# a\n```\nx y\n```\n", "documentation (Markdown)"),
        ("<?xml version='1.0'?>\n", "XML or HTML"),
        (" <!DOCTYPE html>\n", "XML or HTML"),
        ("<HTML>\n", "XML or HTML"),
        ("<value>\n", "XML or HTML"),
        ("< a\n", None),
        ("-----BEGIN RSA PRIVATE KEY-----\n", "a key or certificate (PEM)"),
        ("----- x -----\n", None),
        ("--- a/x\n+++ b/x\n", "a patch"),
        ("<<<<<<< HEAD\ntcp-close\n=======\nshell-job\n>>>>>>> b\n", "an unfinished merge"),
        ("const a = f();\nmodule.exports = {a};\n", "source code"),
        (".TH CRIU 8\n.SH NAME\ncriu\n", "a manual page"),
        ("--- a/x\nbogus\n", None),
    ],
)
def test_certain_formats(text: str, name: str | None) -> None:
    """One is known whatever else is in the file, and its mistaken neighbour is not it."""
    assert _type(text.encode()) == name


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("#!/bin/sh", "a shell script"),
        ("#!/usr/bin/env python3.12", "a Python script"),
        ("#!/usr/bin/env -S perl -w", "a Perl script"),
        ("#!/opt/tool", "a script"),
    ],
)
def test_interpreter(line: str, name: str) -> None:
    assert _type(f"{line}\nfrobnicate\n".encode()) == name
    # Options count more: they may be commented out for the shell.
    assert _type(f"{line}\ntcp-close\nshell-job\nbogus\n".encode()) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("x.py", "a Python script"),
        ("a/Makefile", "a makefile"),
        ("Dockerfile.dev", "a Dockerfile"),
        ("C:\\x\\README.md", "documentation (Markdown)"),
        ("x.conf", None),
    ],
)
def test_name(path: str, name: str | None) -> None:
    assert _type(b"frobnicate\n", path) == name


@pytest.mark.parametrize(
    ("lines", "name"),
    [
        (["FROM debian", "RUN true"], "a Dockerfile"),
        (["FROM debian", "FROM x AS y", "RUN true"], "a Dockerfile"),
        (["A=1", "B_C=2"], "a list of environment variables"),
        (["net.ipv4.x = 1", "kernel/y=2"], "a list of kernel settings (sysctl)"),
        (["if [ x ]", "then echo a", "fi"], "a shell script"),
        (["program: main.o", "\tgcc main.o"], "a makefile"),
        (["program: main.o", " gcc main.o"], None),
        (["x {", "y;", "}"], "source code or the configuration of another program"),
        (["* one", "* two", "* three"], "documentation (Markdown)"),
        (["lorem", "dolor", "amet", "elit"], None),
        (["lorem", "dolor", "amet", "elit", "zzz"], "text without CRIU's options"),
        (["lorem", "dolor", "amet", "elit", "tcp-close"], None),
    ],
)
def test_shape(lines: list[str], name: str | None) -> None:
    assert _type("\n".join(lines).encode()) == name


@pytest.mark.parametrize("text", ["", "# x\n", "tcp-close\n", "timeout 10m\n"])
def test_what_criu_reads_is_not_foreign(text: str) -> None:
    assert _type(text.encode(), "x.py") is None


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_may_hold_a_configuration(codec: str) -> None:
    assert _type("tcp-close\nshell-job\n".encode(codec)) is None
