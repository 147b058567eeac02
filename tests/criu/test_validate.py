# SPDX-License-Identifier: MIT
"""Configurations as JSON or YAML objects: `data/validate/NAME` and what must be said of it,
`NAME.out`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from criulint.criu.document import ConfigData, read_config_data
from criulint.criu.options import option_table
from criulint.criu.releases import load_schema, releases
from criulint.criu.validate import as_bytes, errors

if TYPE_CHECKING:
    from tests.golden import Golden

CASES = Path(__file__).parents[1] / "schema" / "data" / "validate"
SCHEMA = load_schema("4.2.1")


def _report(name: str, document: ConfigData, schema: dict[str, Any]) -> str:
    lines = [(problem.line, problem.column, problem.message) for problem in document.problems]
    for error in errors(document.instance, schema):
        unknown = error.keyword == "additionalProperties"
        place = (
            document.keys[error.option] if unknown else document.values[error.option, error.index]
        )
        lines.append((*place, error.message))
    return "".join(
        f"{name}:{line}:{column}: error: {message}\n" for line, column, message in sorted(lines)
    )


@pytest.mark.parametrize(
    "name", sorted(path.name for path in CASES.iterdir() if path.suffix != ".out")
)
def test_cases(name: str, golden: Golden) -> None:
    if name.endswith(".yaml"):
        pytest.importorskip("yaml")
    document = read_config_data((CASES / name).read_bytes(), name.rpartition(".")[2])
    golden(CASES / f"{name}.out", _report(name, document, SCHEMA))


@pytest.mark.parametrize("kind", ["json", "yaml"])
@pytest.mark.parametrize(
    "text", [b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"]
)
def test_deep_nesting(kind: str, text: bytes) -> None:
    if kind == "yaml":
        pytest.importorskip("yaml")
    document = read_config_data(text, kind)
    assert document.problems or errors(document.instance, SCHEMA)


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_huge_numbers(kind: str) -> None:
    if kind == "yaml":
        pytest.importorskip("yaml")
    document = read_config_data(b'{"tree": ' + b"1" * 5000 + b"}", kind)
    assert [problem.message for problem in document.problems] == [
        "a number has 5000 digits, more than 1000"
    ]


def test_yaml_aliases_are_not_unfolded() -> None:
    pytest.importorskip("yaml")
    lines = ["a0: &a0 [x]"] + [
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)
    ]
    document = read_config_data("\n".join(lines).encode(), "yaml")
    assert len(errors(document.instance, SCHEMA)) == 40


_VALUES = st.one_of(
    st.sampled_from(
        ["", "0", "1", "-1", " 7", "0x10", "65536", "99999999999", "auto", ":x", ":m", "a:b", "a=b", "=", "net", "net:",
         "net:1", "time:/f", "user:1,2,3", "user:1,x", "mnt[]:", "mnt[]:x", "mnt[]junk", "macvlan[a]:b", "fd[1]:x",
         "fd[1]:", "debug[2]x:y", "1,2", ",", "1,,0", "fpu,^ins", "fpuall", "gpu", "soft", "ignore", "skip", "splice",
         "read", "list", "mnt_id", "breakpoints", "v", "vvv", "4M", "auto\n", "net\n", "iptables", "buildid"]
    ),
    st.text(),
    st.text(alphabet="fd[]0123456789:,-+ abcinsfpucpuall^none"),
)  # fmt: skip


@given(st.sampled_from(releases()), st.data())
def test_schema_and_reader_refuse_the_same_values(release: str, data: st.DataObject) -> None:
    """The `jsonschema` library and the reader of configuration files, which does without it,
    say the same.
    """
    table = option_table(release)
    option = data.draw(
        st.sampled_from([option for option in table.options.values() if option.arity != "none"])
    )
    value = data.draw(_VALUES)
    found = errors({option.name: value}, load_schema(release))
    refusal = option.refusal(as_bytes(value))
    assert bool(found) == (refusal is not None)
    assert len(found) <= 1
    twice = errors({option.name: [value, value]}, load_schema(release))
    assert [error.index for error in twice] == ([0, 1] if found else [])


@given(
    st.integers(),
    st.sampled_from(
        [name for name, value in SCHEMA["$defs"].items() if "integer" in value.get("type", ())]
    ),
)
def test_numbers_count_as_their_text(number: int, name: str) -> None:
    assert bool(errors({name: number}, SCHEMA)) == bool(errors({name: str(number)}, SCHEMA))


@given(
    st.dictionaries(
        st.text() | st.sampled_from(list(SCHEMA["properties"])), st.from_type(object) | st.text()
    )
)
def test_any_object_gives_errors_in_its_order(instance: dict[str, Any]) -> None:
    plain = {
        name: value
        for name, value in instance.items()
        if isinstance(value, (str, int, float, bool, type(None)))
    }
    found = errors(plain, SCHEMA)
    assert [error.option for error in found] == [
        name for name in plain if name in {error.option for error in found}
    ]
    assert all("\n" not in error.message for error in found)


@given(
    st.binary() | st.text(alphabet='{}[]":,\\\n\t truefalsn0123456789eE.-').map(str.encode),
    st.sampled_from(["json", "yaml"]),
)
def test_any_bytes(data: bytes, kind: str) -> None:
    if kind == "yaml":
        pytest.importorskip("yaml")
    for line in _report("-", read_config_data(data, kind), SCHEMA).splitlines():
        assert line.isprintable() or not line.isascii()
        assert "\n" not in line


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("a é", "a é".encode()),
        (10, b"10"),
        (2.0, b"2"),
        (1.5, b"1"),
        (float("inf"), b"inf"),
        ("\udcff", b"\xff"),
        ("\ud800", b"\xed\xa0\x80"),
    ],
)
def test_values_as_a_file_has_them(value: str | float, data: bytes) -> None:
    assert as_bytes(value) == data


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("--tcp-close", "tcp-close"),
        ("page_", "page-server"),
        ("tls_no_", "tls-no-cn-verify"),
        ("xyzzy", None),
    ],
)
def test_what_an_unknown_name_may_mean(name: str, meant: str | None) -> None:
    hint = f'; did you mean "{meant}"?' if meant else ""
    [error] = errors({name: True}, SCHEMA)
    assert error.message == f'CRIU 4.2.1 has no option "{name}"{hint}'
