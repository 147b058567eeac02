# SPDX-License-Identifier: MIT
"""The reader and the JSON Schema library refuse the same values."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from criulint.criu.context import COMMANDS
from criulint.criu.options import Arity, Option, option_table
from criulint.criu.releases import load_schema, releases
from criulint.criu.validate import errors
from criulint.source import decode

PIECES = st.sampled_from(
    [
        "0",
        "1",
        "-1",
        "65536",
        "70000",
        "4294967296",
        "v",
        "net:",
        "user:",
        "pid:",
        "mnt[]:",
        "mnt[]:x",
        "mnt[]:m",
        "fd[3]:a",
        "fd[",
        "]",
        ":",
        "=",
        ",",
        "^",
        "cpu",
        "fpu",
        "all",
        "none",
        "ins",
        "read",
        "splice",
        "iptables",
        "nftables",
        "skip",
        "soft",
        "full",
        "ignore",
        "auto",
        "filesize",
        "buildid",
        "userns",
        "list",
        "K",
        "M",
        "\t",
        "�",
    ]
)


@settings(max_examples=300)
@given(st.data())
def test_values_are_refused_by_the_schema_and_by_the_reader_alike(data: st.DataObject) -> None:
    release = data.draw(st.sampled_from(releases()))
    options = [
        option
        for option in option_table(release).options.values()
        if option.arity is not Arity.NONE
    ]
    option = data.draw(st.sampled_from(options))
    enum = st.sampled_from(option.choices) if option.choices else st.nothing()
    text = data.draw(
        enum
        | st.lists(PIECES, max_size=4).map("".join)
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    )
    value = text.replace("\0", "").encode("utf-8", "surrogateescape")
    refused = errors({option.name: decode(value)}, load_schema(release))
    assert bool(refused) == (option.refusal(value) is not None)


@pytest.mark.parametrize(
    ("name", "has_advice", "has_default", "is_hidden", "choices"),
    [
        (
            "manage-cgroups",
            False,
            True,
            False,
            {"full", "ignore", "none", "props", "soft", "strict"},
        ),
        ("tcp-close", False, True, False, set()),
        ("exec-cmd", True, False, False, set()),
        ("ms", True, False, True, set()),
    ],
)
def test_what_documents_say(
    name: str, has_advice: bool, has_default: bool, is_hidden: bool, choices: set[str]
) -> None:
    option = option_table("4.2.1").options[name]
    assert (bool(option.advice), option.has_default) == (has_advice, has_default)
    assert (option.is_hidden, set(option.choice_descriptions)) == (is_hidden, choices)
    assert repr(option) == f"Option('{name}')"


@pytest.mark.parametrize(
    ("name", "path"), [("tls-key", "/etc/pki/criu/private/key.pem"), ("port", ""), ("root", "")]
)
def test_default_path(name: str, path: str) -> None:
    assert option_table("4.2.1").options[name].default_path == path


def test_an_option_may_be_for_any_command_unless_some_are_known() -> None:
    assert Option("new", {"x-criu-arity": "none"}, {}).commands == COMMANDS
    options = option_table("4.2.1").options
    assert options["help"].commands == COMMANDS
    assert options["ghost-limit"].commands == ("dump",)
