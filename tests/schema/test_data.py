# SPDX-License-Identifier: MIT
"""The committed data under `schema/`: complete, true to CRIU's option tables, and up to date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from criulint.criu.releases import Release, load_schema, releases, schema_dir
from criulint.criu.values import VALUE_CHECKS
from criulint.schemagen.__main__ import load_facts, main
from criulint.schemagen.annotations import Annotations
from criulint.schemagen.facts import Facts, FactsError
from criulint.schemagen.generate import generate, parse_short_options
from criulint.schemagen.text import format_json

DATA = Path(__file__).parent / "data"
ANNOTATIONS: dict[str, Any] = json.loads((schema_dir() / "annotations.json").read_text())
FACTS = load_facts(schema_dir() / "facts")
ALL = pytest.mark.parametrize("release", releases())


def _data(name: str) -> Any:
    return json.loads((DATA / name).read_text())


def test_seventeen_releases() -> None:
    tables = sorted((path.stem for path in (DATA / "options").glob("*.tsv")), key=Release)
    assert list(releases()) == tables == list(FACTS)
    assert len(tables) == 17


@ALL
def test_options_and_arities_are_those_of_criu_in_its_order(release: str) -> None:
    table = [
        tuple(line.split("\t"))
        for line in (DATA / "options" / f"{release}.tsv").read_text().splitlines()
    ]
    properties = load_schema(release)["properties"]
    assert [
        ("option", "arity"),
        *((name, entry["x-criu-arity"]) for name, entry in properties.items()),
    ] == table


@ALL
def test_schema_is_valid_and_uses_our_vocabulary(release: str) -> None:
    schema = load_schema(release)
    Draft202012Validator.check_schema(schema)
    assert [
        error.message
        for error in Draft202012Validator(_data("vocabulary.schema.json")).iter_errors(schema)
    ] == []
    assert list(schema["$defs"]) == list(schema["properties"])
    for name, entry in schema["properties"].items():
        value = {"$ref": f"#/$defs/{name}"}
        assert (entry["then"]["items"], entry["else"]) == (value, value)
        assert schema["$defs"][name].get("x-criu-check", "tree") in VALUE_CHECKS
        for keyword in (
            "x-criu-negates",
            "x-criu-negated-by",
            "x-criu-same-as",
            "x-criu-replaced-by",
        ):
            assert entry.get(keyword, name) in schema["properties"]


@ALL
def test_twins_belong_together(release: str) -> None:
    properties = load_schema(release)["properties"]
    for name, entry in properties.items():
        if twin := entry.get("x-criu-negated-by"):
            assert properties[twin]["x-criu-negates"] == name
        if "x-criu-negates" in entry:
            assert properties[entry["x-criu-negates"]]["x-criu-negated-by"] == name
    assert [name for name, entry in properties.items() if "x-criu-same-as" in entry] == [
        "daemon",
        "no-daemon",
    ]


@ALL
def test_short_options(release: str) -> None:
    schema = load_schema(release)
    letters = {letter: entry["arity"] for letter, entry in schema["x-criu-short-options"].items()}
    assert letters == parse_short_options(Annotations(ANNOTATIONS).short_options(release))
    assert schema["x-criu-short-options"]["d"]["option"] == "restore-detached"
    assert (letters["R"] == "required") == (release == "3.11")


def test_remaking_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().out


@ALL
def test_binary_and_documents_agree_with_the_annotations(release: str) -> None:
    """A schema from the documents and annotations alone says what the binary says."""
    facts = FACTS[release]
    documents = Facts(release, facts.help, facts.man)
    made, committed = generate(documents, Annotations(ANNOTATIONS)), load_schema(release)
    del made["x-criu-made-from"], (committed := dict(committed))["x-criu-made-from"]
    assert made == committed


@ALL
def test_each_listed_value_is_annotated_and_each_annotated_one_listed(release: str) -> None:
    """`criu --help` lists all features; what the annotations add is what each of them is."""
    help_page = FACTS[release].help
    assert help_page
    annotated = Annotations(ANNOTATIONS).option("feature", release)["values"]
    assert annotated.keys() == set(
        next(option.choices for option in help_page.options if option.name == "feature")
    )


def test_annotations_have_their_shape() -> None:
    validator = Draft202012Validator(_data("annotations.schema.json"))
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in validator.iter_errors(ANNOTATIONS)
    ]
    assert errors == []


def test_annotations_are_formatted() -> None:
    assert (schema_dir() / "annotations.json").read_text() == format_json(ANNOTATIONS)


def test_annotations_name_what_exists() -> None:
    options = ANNOTATIONS["options"]
    for entry in options.values():
        assert entry.get("same-as", "tree") in options
        assert entry.get("replaced-by", "tree") in options
        for facts in (entry, *entry.get("changes", ())):
            assert facts.get("check", "tree") in VALUE_CHECKS
    assert not ANNOTATIONS["documented-in-error"].keys() & options.keys()


@ALL
def test_arities_are_annotated_where_the_documents_are_silent_or_disagree(release: str) -> None:
    facts = FACTS[release]
    assert facts.help and facts.man
    annotations = Annotations(ANNOTATIONS)
    shown: dict[str, set[str]] = {}
    for option in facts.help.options + facts.man.options:
        shown.setdefault(option.name, set()).add(option.arity)
    for name, option in load_schema(release)["properties"].items():
        if shown.get(name) != {option["x-criu-arity"]} and "x-criu-negates" not in option:
            assert annotations.option(name, release)["arity"] == option["x-criu-arity"]


def test_all_that_the_documents_name_exists_or_is_known_to_be_wrong() -> None:
    unreal = set()
    for release, facts in FACTS.items():
        assert facts.help and facts.man
        names = {option.name for option in facts.help.options + facts.man.options}
        unreal |= names - load_schema(release)["properties"].keys()
    assert unreal == ANNOTATIONS["documented-in-error"].keys()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(_JSON)
def test_the_writer_keeps_the_data(data: Any) -> None:
    assert json.loads(format_json(data)) == data


@given(_JSON)
def test_other_data_is_not_a_facts_file(data: Any) -> None:
    if isinstance(data, dict):
        data = {"release": "4.2", "help": data, "binary": data}
    with pytest.raises(FactsError):
        Facts.from_json(data)
