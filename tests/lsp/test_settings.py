# SPDX-License-Identifier: MIT
"""The client's settings, and configuration files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from criulint.criu.releases import schema_dir
from tests.lsp.client import Client
from tests.lsp.editor import PULLING, codes

if TYPE_CHECKING:
    from pathlib import Path

_OLD = "allow-uprobes\n"  # 4.1 refuses it


def test_a_configuration_file_counts_and_is_followed(tmp_path: Path) -> None:
    configuration = tmp_path / "criulint.toml"
    configuration.write_text('criu = "4.1"\n', encoding="utf-8")
    watch = {"workspace": {"didChangeWatchedFiles": {"dynamicRegistration": True}}}
    with Client(tmp_path, watch) as client:
        registered = client.method("client/registerCapability")["params"]["registrations"][0]
        assert registered["method"] == "workspace/didChangeWatchedFiles"
        patterns = [watcher["globPattern"] for watcher in registered["registerOptions"]["watchers"]]
        assert "**/criulint.toml" in patterns
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\n")
        assert [result["code"] for result in client.pushed(uri)] == ["CRIU102"]
        configuration.write_text('criu = "4.2"\n', encoding="utf-8")
        client.notify(
            "workspace/didChangeWatchedFiles",
            {"changes": [{"uri": configuration.as_uri(), "type": 2}]},
        )
        assert "CRIU102" not in [result["code"] for result in client.pushed(uri)]
        configuration.write_text('exclude = ["criu/"]\n', encoding="utf-8")
        client.notify(
            "workspace/didChangeWatchedFiles",
            {"changes": [{"uri": configuration.as_uri(), "type": 2}]},
        )
        client.change(uri, {"text": "port 0\n"})
        assert client.pushed(uri, 2) == []


def test_a_refresh_is_asked_for_when_the_configuration_changes(tmp_path: Path) -> None:
    abilities = {
        "textDocument": {"diagnostic": {}},
        "workspace": {
            "diagnostics": {"refreshSupport": True},
            "inlayHint": {"refreshSupport": True},
        },
    }
    with Client(tmp_path, abilities) as client:
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"criu": "4.1"}}}
        )
        client.method("workspace/diagnostic/refresh")
        client.method("workspace/inlayHint/refresh")
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\n")
        assert [result["code"] for result in client.pulled(uri)] == ["CRIU102"]


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"criu": "4.1"}, ["CRIU102", "CRIU201"]),
        ({"targetVersion": "4.1"}, ["CRIU102", "CRIU201"]),
        ({"criulint": {"criu": "4.1", "ignore": ["CRIU201"]}}, ["CRIU102"]),
        ({"select": ["CRIU2"]}, ["CRIU201"]),
        ({"unknown": 1, "criu": ""}, ["CRIU201"]),
        (None, ["CRIU201"]),
        ([], ["CRIU201"]),
    ],
)
def test_the_clients_settings(tmp_path: Path, options: object, codes: list[str]) -> None:
    with Client(tmp_path, PULLING, options) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "allow-uprobes\ntcp-close no\n")
        assert [result["code"] for result in client.pulled(uri)] == codes


def test_a_schema_instead_of_a_release(tmp_path: Path) -> None:
    text = (schema_dir() / "criu-4.3.schema.json").read_text(encoding="utf-8")
    schema = tmp_path / "vendor.schema.json"
    schema.write_text(text.replace("stream", "compress-region"), encoding="utf-8")
    with Client(tmp_path, PULLING, {"criu": "${workspaceFolder}/vendor.schema.json"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "compress-region\nstream\n")
        result = client.pulled(uri)
        assert [each["code"] for each in result] == ["CRIU102"]
        assert f"CRIU 4.3 ({schema}) does not know `stream`" in result[0]["message"]


@pytest.mark.parametrize(
    ("options", "file", "message"),
    [
        ({"criu": "2.0"}, "", "no schema for CRIU 2.0"),
        ({"criu": 7}, "", "criu"),
        ({"criu": "/nonexistent/criu"}, "", "setting criu: /nonexistent/criu: cannot run"),
        ({"criu": "/nonexistent/x.json"}, "", "setting criu: cannot read /nonexistent/x.json"),
        ({"runtime": "nope"}, "", "no runtime 'nope'"),
        ({"configuration": "/nonexistent/x.toml"}, "", "/nonexistent/x.toml"),
        (
            {"targetversion": "4.1"},
            "",
            "unknown setting 'targetversion'; did you mean 'targetVersion'?",
        ),
        (None, "criu = [", "criulint.toml"),
        (None, 'criu = "2.0"', "2.0"),
    ],
)
def test_invalid_settings_are_reported_once_and_ignored(
    tmp_path: Path, options: object, file: str, message: str
) -> None:
    if file:
        (tmp_path / "criulint.toml").write_text(file, encoding="utf-8")
    with Client(tmp_path, PULLING, options) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "port 0\n")
        assert [result["code"] for result in client.pulled(uri)] == ["CRIU106"]
        client.change(uri, {"text": "port 0 # x\n"})
        assert [result["code"] for result in client.pulled(uri)] == ["CRIU106"]
        result = [
            note["params"]["message"]
            for note in client.notes
            if note["method"] == "window/showMessage"
        ]
        assert any(message in one for one in result)
        assert len(result) == len(set(result))


@pytest.mark.parametrize(
    "sent", [None, {}, [], {"python": {"criu": "4.2"}}, {"criulint": None}, {"criulint": {}}, "x"]
)
def test_an_empty_notification_keeps_the_settings(tmp_path: Path, sent: object) -> None:
    """Many editors say so that something has changed, or send the settings of all servers."""
    with Client(tmp_path, PULLING, {"criu": "4.1"}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", _OLD)
        client.notify("workspace/didChangeConfiguration", {"settings": sent})
        assert codes(client, uri) == ["CRIU102"]


def test_settings_of_other_servers_are_not_reported(tmp_path: Path) -> None:
    """VS Code's own part has settings, and some clients send those of all servers."""
    own = {
        "path": "x",
        "interpreter": "x",
        "args": ["-x"],
        "yaml": True,
        "trace": {"server": "off"},
        "other": 1,
    }
    with Client(tmp_path, PULLING, own) as client:
        client.notify(
            "workspace/didChangeConfiguration",
            {"settings": {"criuu": {}, "runtimes": ["x"], "version": 2}},
        )
        assert codes(client, client.open(tmp_path / "criu" / "runc.conf", "port 0\n")) == [
            "CRIU106"
        ]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"runtimes": "x"}}}
        )
        message = client.method("window/showMessage")["params"]["message"]
        assert message == "criulint: unknown setting 'runtimes'; did you mean 'runtime'?"


def test_settings_that_are_sent_override_the_initial_ones(
    tmp_path: Path,
) -> None:
    with Client(tmp_path, PULLING, {"criu": "4.1", "ignore": ["CRIU201"]}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close no\n" + _OLD)
        assert codes(client, uri) == ["CRIU102"]
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criulint": {"criu": "4.2"}}}
        )
        assert codes(client, uri) == []
        client.notify(
            "workspace/didChangeConfiguration", {"settings": {"criu": "4.2", "ignore": ["CRIU1"]}}
        )
        assert codes(client, uri) == ["CRIU201"]
        client.notify("workspace/didChangeConfiguration", {"settings": {"other": {}}})
        assert codes(client, uri) == ["CRIU102"]


_ASKED = {
    "textDocument": {"diagnostic": {}},
    "workspace": {
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "diagnostics": {"refreshSupport": True},
    },
}


def test_a_client_that_answers_is_asked(tmp_path: Path) -> None:
    with Client(
        tmp_path,
        _ASKED,
        {"ignore": ["CRIU201"]},
        settings={"": {"criu": "4.1", "path": "x", "select": []}},
    ) as client:
        registered = client.method("client/registerCapability")["params"]["registrations"]
        assert [(one["method"], one["registerOptions"]) for one in registered] == [
            ("workspace/didChangeConfiguration", {"section": "criulint"})
        ]
        client.method("workspace/diagnostic/refresh")
        uri = client.open(tmp_path / "criu" / "runc.conf", "tcp-close no\n" + _OLD)
        assert codes(client, uri) == ["CRIU102"]
        client.settings[""] = {"criu": "4.2"}
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):  # the news, and the answer
            client.method("workspace/diagnostic/refresh")
        assert codes(client, uri) == []
        client.settings[""] = None
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):
            client.method("workspace/diagnostic/refresh")
        assert codes(client, uri) == []


def test_settings_of_a_folder_are_for_its_files(tmp_path: Path) -> None:
    folders = [tmp_path / "old", tmp_path / "old" / "inner", tmp_path / "new folder"]
    uris = [folder.as_uri() for folder in folders]
    (tmp_path / "old" / "own.toml").parent.mkdir()
    (tmp_path / "old" / "own.toml").write_text('criu = "4.1"\n', encoding="utf-8")
    settings: dict[str, Any] = {
        "": {"criu": "4.2"},
        uris[0]: {"criu": "", "configuration": "${workspaceFolder}/own.toml"},
    }
    settings[uris[1]] = {"criu": "3.19"}
    with Client(tmp_path, _ASKED, settings=settings, folders=uris) as client:
        client.method("workspace/diagnostic/refresh")
        result = [
            codes(client, client.open(folder / "criu" / "runc.conf", _OLD))
            for folder in (*folders, tmp_path)
        ]
        assert result == [
            [],
            ["CRIU102"],
            [],
            [],
        ]  # `criu` of all documents counts more than that of the file
        client.settings[""] = None
        client.notify("workspace/didChangeConfiguration", {"settings": None})
        for _ in range(2):
            client.method("workspace/diagnostic/refresh")
        result = [
            codes(client, client.open(folder / "criu" / "runc.conf", _OLD))
            for folder in (*folders, tmp_path)
        ]
        assert result == [["CRIU102"], ["CRIU102"], [], []]


def test_each_invalid_setting_is_reported_once_and_the_others_count(tmp_path: Path) -> None:
    wrong = {
        "criu": 4.2,
        "select": "CRIU2",
        "ignore": ["CRIU201", 7],
        "role": [],
        "runtime": {},
        "configuration": 3,
    }
    with Client(tmp_path, PULLING, {**wrong, "extendSelect": ["CRIU6"]}) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", "  tcp-close no\n")
        assert {"CRIU201", "CRIU601"} <= set(codes(client, uri))
        client.change(uri, {"text": "  tcp-close no # c\n"})
        client.pulled(uri)
        assert sorted(note["params"]["message"] for note in client.notes) == [
            "criulint: setting configuration: must be a string, the path of a file",
            "criulint: setting criu: must be a string, not a number",
            "criulint: setting ignore: must be a list of strings, not a number",
            "criulint: setting select: must be a list of strings, not a string",
        ]


def test_a_configuration_file_is_followed_by_itself_when_it_is_asked(tmp_path: Path) -> None:
    """Also one that comes, or goes, and with a client that watches no files."""
    with Client(tmp_path, PULLING) as client:
        uri = client.open(tmp_path / "a" / "criu" / "runc.conf", _OLD)
        assert codes(client, uri) == []
        outer = tmp_path / "criulint.toml"
        outer.write_text('criu = "4.1"\n', encoding="utf-8")
        assert codes(client, uri) == ["CRIU102"]
        outer.write_text('criu = "4.2.1"\n', encoding="utf-8")
        assert codes(client, uri) == []
        outer.write_text('criu = "4.0"\n', encoding="utf-8")
        assert codes(client, uri) == ["CRIU102"]
        inner = tmp_path / "a" / "pyproject.toml"
        inner.parent.mkdir()
        inner.write_text('[tool.criulint]\ncriu = "4.2"\n', encoding="utf-8")
        assert codes(client, uri) == []
        inner.unlink()
        assert codes(client, uri) == ["CRIU102"]
        outer.unlink()
        assert codes(client, uri) == []


def test_a_configuration_file_is_followed_without_being_asked(tmp_path: Path) -> None:
    with Client(tmp_path) as client:
        uri = client.open(tmp_path / "criu" / "runc.conf", _OLD)
        assert client.pushed(uri) == []
        (tmp_path / "criulint.toml").write_text('criu = "4.1"\n', encoding="utf-8")
        assert [result["code"] for result in client.pushed(uri)] == ["CRIU102"]
