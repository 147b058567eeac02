# SPDX-License-Identifier: MIT
"""What `criulint.schemagen.new_releases` says about a release that the annotations do not cover."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from criulint.criu.releases import load_schema, schema_dir
from criulint.schemagen import new_releases as module
from criulint.schemagen.__main__ import load_facts
from criulint.schemagen.annotations import Annotations
from criulint.schemagen.debian import upstream
from criulint.schemagen.generate import generate
from criulint.schemagen.new_releases import judgements

_ANNOTATIONS: dict[str, Any] = json.loads(
    (schema_dir() / "annotations.json").read_text(encoding="utf-8")
)


def _before_4_3() -> Annotations:
    """Return the annotations as they were before anyone had seen 4.3."""
    data = copy.deepcopy(_ANNOTATIONS)
    data["short-options"] = data["short-options"][:2]
    data["options"] = {
        name: entry for name, entry in data["options"].items() if entry["since"] != "4.3"
    }
    features = data["options"]["feature"]["values"]
    for name in [name for name, about in features.items() if about["since"] == "4.3"]:
        del features[name]
    del features["breakpoints"]["until"]
    return Annotations(data)


def test_what_a_person_has_to_judge_of_4_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "latest_release", lambda: "4.2.1")
    facts = load_facts(schema_dir() / "facts")["4.3"]
    annotations = _before_4_3()
    schema = generate(facts, annotations)
    assert sorted(judgements(facts, schema, annotations)) == [
        "- `-c` is new: add it to `short-options`.",
        "- `compress-acceleration` is not annotated: value required, kind int.",
        "- `compress-block` is not annotated: value required, kind size.",
        "- `compress` is not annotated: value none, kind flag.",
        "- `decompress-threads` is not annotated: value required, kind int.",
        "- `feature` does not take breakpoints: annotate `until`.",
        "- `feature` takes binfmt_misc_sandboxing, compress, encryption, new or not annotated.",
        "- `image-io-mode` is not annotated: value required, kind string.",
        "- `plugin-option` is not annotated: value required, kind string.",
    ]


def test_what_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "latest_release", lambda: "4.3")
    facts = load_facts(schema_dir() / "facts")["4.2.1"]
    lines = list(judgements(facts, load_schema("4.2.1"), Annotations(_ANNOTATIONS)))
    assert "- `compress` is gone: its annotation needs `until`." in lines


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("4.3-1~exp2", "4.3"),
        ("1.1.5+ds1-1+deb12u1", "1.1.5"),
        ("1:6.0.4-4+b3", "6.0.4"),
        ("28.5.2+dfsg4-2", "28.5.2"),
        ("1.4.3~rc1-1", "1.4.3"),
        ("7", "7"),
    ],
)
def test_upstream_version(version: str, expected: str) -> None:
    assert upstream(version) == expected


def test_each_caller_has_a_package() -> None:
    callers = json.loads(
        (schema_dir().parent / "criulint/criu/runtimes.json").read_text(encoding="utf-8")
    )
    assert (callers["runtimes"] | callers["engines"]).keys() == module._PACKAGES.keys()
    assert re.fullmatch(
        r"[0-9.]+", module._READ_FROM.findall(callers["runtimes"]["runc"]["source"])[-1]
    )
