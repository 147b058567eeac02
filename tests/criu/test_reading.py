# SPDX-License-Identifier: MIT
"""The reading of files is that of CRIU's own parsers, as recorded in ``data/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from criulint import read
from criulint.criu.getopt import ErrorKind
from criulint.criu.releases import Release

DATA = Path(__file__).with_name("data")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def recorded(text: str | None) -> str | None:
    """A recorded string (bytes as Latin-1) as criulint writes it."""
    return None if text is None else text.encode("latin-1").decode("utf-8", "surrogateescape")


@pytest.mark.parametrize("row", rows("reading.jsonl"), ids=lambda row: row["id"])
def test_random_files_are_read_as_each_release_does(row: dict[str, Any]) -> None:
    for outcome in row["outcomes"]:
        for release in outcome["releases"]:
            reading = read(row["text"].encode(), criu=release)
            assert reading.undefined == outcome.get("undefined", False)
            if reading.undefined and Release(release) < "3.16":
                continue
            if outcome.get("syntax_error"):
                assert reading.error
                assert (reading.error.kind, reading.error.line) == (
                    ErrorKind.SYNTAX,
                    outcome["line"],
                )
                assert (reading.argv, reading.options, reading.dropped) == ([], [], [])
                continue
            assert reading.argv == [recorded(word) for word in outcome["argv"]]
            options = [[option.name, option.value] for option in reading.options]
            expected = [[name, recorded(value)] for name, value in outcome["options"]]
            if reading.error and reading.error.kind is ErrorKind.INVALID_VALUE:
                # CRIU's own check of a value, which was not a part of the recorded run.
                assert options == expected[: len(options)]
                assert len(options) < len(expected)
                continue
            assert options == expected
            assert (reading.error and reading.error.message) == recorded(
                outcome.get("getopt_error")
            )
            assert reading.dropped == (
                [] if reading.error else [recorded(word) for word in outcome["dropped"]]
            )


# Refused for what the host lacks: an open descriptor, a namespace file, an interface.
HOST = ("Can't access join-ns file", "Can't fstat inherit fd", "can't get ifindex")


@pytest.mark.parametrize(
    "row", rows("quirks.jsonl"), ids=lambda row: f"{row['id']}-{row['releases'][0]}"
)
def test_quirks_are_read_as_seen(row: dict[str, Any]) -> None:
    encoding = row.get("encoding", "utf-8")
    data = row["text"].encode(encoding)

    def written(text: str | None) -> str | None:
        return None if text is None else text.encode(encoding).decode("utf-8", "surrogateescape")

    for release in row["releases"]:
        reading = read(data, criu=release)
        if reading.undefined and (Release(release) < "3.16" or "signal" in row):
            continue  # garbage, or a crash
        if "argv" in row:
            assert reading.argv == [written(word) for word in row["argv"]]
        message = row.get("message", "")
        if "signal" in row or any(text in message for text in HOST):
            continue
        if row["outcome"] == "error" and reading.error is None:
            assert "ms" in row["text"]  # deprecated: CRIU114
        elif row["outcome"] in ("ok", "silently-wrong"):
            assert reading.error is None
            if "options" in row:
                # A one-letter option was recorded by its letter.
                options = [
                    [option.name or option.short, option.value] for option in reading.options
                ]
                assert options == [[name, written(value)] for name, value in row["options"]]


@pytest.mark.parametrize(
    ("text", "line", "kind", "message"),
    [
        ("port 80\nport 0\nbogus\n", 2, "invalid-value", "invalid argument for --port: 0"),
        ("bogus\nport 0\n", 1, "unrecognized-option", "unrecognized option '--bogus'"),
        ("tcp-close\nport\n", 2, "missing-value", "option '--port' requires an argument"),
        ("cpu-cap=fpu,xmm\n", 1, "invalid-value", "Unknown FPU mode `xmm' selected"),
        ("manage-cgroups=on\n", 1, "invalid-value", "Unknown cgroups mode `on' selected"),
        ("tcp-close -z\n", 1, "unrecognized-option", "invalid option -- 'z'"),
        (
            "port 0\nlog-file a b c\n",
            2,
            "syntax",
            "Unsupported configuration file format. Please consult man page criu(8)",
        ),
    ],
)
def test_the_first_thing_that_criu_refuses_ends_the_reading(
    text: str, line: int, kind: str, message: str
) -> None:
    reading = read(text.encode(), criu="4.2.1")
    assert reading.error
    assert (reading.error.line, reading.error.kind.value, reading.error.message) == (
        line,
        kind,
        message,
    )
    assert reading.dropped == []


def test_words_that_are_garbage_are_not_read() -> None:
    reading = read(b'tcp-close a\nlog-file "b"\n', criu="3.15")
    assert reading.undefined
    assert (reading.argv, reading.options, reading.dropped) == ([], [], [])


def test_json_has_the_documented_keys() -> None:
    reading = read(b"log-file a\xff\ntcp-close -v4\n", path="x.conf", criu="4.2.1")
    assert reading.to_json() == {
        "file": "x.conf",
        "criu": "4.2.1",
        "role": None,
        "argv": ["--log-file", "a\udcff", "--tcp-close", "-v4"],
        "options": [
            {"name": "log-file", "value": "a\udcff", "line": 1},
            {"name": "tcp-close", "value": None, "line": 2},
            {"name": None, "value": "4", "line": 2},
        ],
        "dropped": [],
        "state": "read",
        "error": None,
        "undefined": False,
    }
    assert json.loads(json.dumps(reading.to_json())) == reading.to_json()


def test_places_are_lines_and_code_points() -> None:
    reading = read('# ü\n  log-file "éÿ a"\n'.encode(), criu="4.2.1")
    name, value = (reading.place(index) for index in range(2))
    assert (name.line, name.start, name.end) == (2, 2, 10)
    assert (value.line, value.start, value.end) == (2, 11, 17)
