# SPDX-License-Identifier: MIT
"""What the VS Code extension repeats of criulint; its own tests are beside it."""

from __future__ import annotations

import json
import re

from criulint.advise.logs import LOG_NAMES
from criulint.configuration.search import NAMES
from criulint.embedded import hosts
from criulint.lsp.document import _kind
from criulint.report.matcher import matcher
from tests.editors.home import EDITORS

_PACKAGE = json.loads((EDITORS / "vscode" / "package.json").read_text(encoding="utf-8"))


def test_the_problem_matcher_is_that_of_the_text_format() -> None:
    (ours,) = _PACKAGE["contributes"]["problemMatchers"]
    usual = json.loads(matcher())["problemMatcher"][0]["pattern"][0]
    colours = "(?:\\x1b\\[[0-9;]*m)*"
    assert colours in usual["regexp"]
    plain = usual["regexp"].replace(colours, "")
    levels = plain.replace("(error|warning)", "(error|warning|info)")
    assert ours["pattern"] == {**usual, "regexp": levels}


def test_there_is_a_setting_for_what_the_server_takes() -> None:
    settings = {
        name.removeprefix("criulint.")
        for name in _PACKAGE["contributes"]["configuration"]["properties"]
    }
    assert {
        "path",
        "args",
        "interpreter",
        "targetVersion",
        "runtime",
        "select",
        "extendSelect",
        "ignore",
    } <= settings
    assert (
        _PACKAGE["version"]
        == json.loads((EDITORS / "vscode" / "package-lock.json").read_text(encoding="utf-8"))[
            "version"
        ]
    )


def test_the_words_that_call_for_a_server_are_those_that_embedded_files_have() -> None:
    text = (EDITORS / "vscode" / "src" / "settings.ts").read_text(encoding="utf-8")
    match = re.search(r"/(criu\|.*)/\.test\(", text)
    assert match
    assert all(re.search(match[1], word.decode()) for word in hosts._MENTIONS)


def test_names_of_files_are_those_of_criulint() -> None:
    text = (EDITORS / "vscode" / "src" / "settings.ts").read_text(encoding="utf-8")
    named = {
        name: json.loads(names)
        for name, names in re.findall(r"^const (\w+_NAMES) = (\[.*\]);$", text, re.MULTILINE)
    }
    assert named == {"LOG_NAMES": list(LOG_NAMES), "OWN_NAMES": list(NAMES)}


def test_each_kind_of_host_has_a_language() -> None:
    """The server, too, knows the kind by the language: a new text has no name yet."""
    languages = [event.removeprefix("onLanguage:") for event in _PACKAGE["activationEvents"]]
    names = {"ruby": "Vagrantfile"}  # of which other files are nothing of the kind
    kinds = {
        language: _kind(language, names.get(language, "Untitled-1"), b"") for language in languages
    }
    by_name = {"github-actions-workflow", "log", "toml"}
    assert {language for language, kind in kinds.items() if kind is None} == by_name
    assert set(kinds.values()) - {None} == set(hosts._MODULES)
