# SPDX-License-Identifier: MIT
"""Which settings hold for a file: what adds up, and what replaces what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from criulint.configuration.load import load_configuration
from criulint.configuration.resolve import FileSettings, Resolver, SettingOrigin, option
from criulint.criu.context import COMMANDS, Caller, Context, Role
from criulint.criu.releases import latest_release
from criulint.finding import Finding, Severity, Span
from criulint.rules.selection import default_codes

if TYPE_CHECKING:
    from pathlib import Path

_DEFAULT = default_codes()


def _settings(
    tmp_path: Path, text: str, given: dict[str, Any] | None = None, name: str = "a.conf"
) -> FileSettings:
    file = tmp_path / "criulint.toml"
    file.write_text(text, encoding="utf-8")
    return Resolver(given or {}, load_configuration(str(file))).settings(str(tmp_path / name))


def test_nothing_is_set() -> None:
    settings = Resolver({}).settings("a.conf")
    assert (settings.release, settings.codes, settings.severities) == (latest_release(), None, {})
    assert (settings.fail_on, settings.configuration) == (Severity.WARNING, None)
    assert settings.context == Context(None, None, COMMANDS, True)
    assert str(settings) == f"CRIU {latest_release()}, no configuration file"


def test_everything_is_set() -> None:
    given = {"criu": "4.2", "role": "rpc", "runtime": "runc@1.3.0", "commands": ["dump"]}
    settings = Resolver(given).settings("a.conf")
    assert settings.release == "4.2"
    assert settings.context == Context(Role.RPC, Caller("runc", "1.3.0"), ("dump",), False)
    assert str(settings) == "CRIU 4.2, role rpc, runc@1.3.0, for dump, no configuration file"


@pytest.mark.parametrize(
    ("text", "given", "codes"),
    [
        ("", {}, None),
        ('select = ["CRIU201", "CRIU3"]', {"select": ["CRIU101"]}, {"CRIU101"}),
        ('select = ["CRIU201"]', {"extend-select": ["CRIU101"]}, {"CRIU101", "CRIU201"}),
        ('select = ["CRIU201", "CRIU101"]', {"ignore": ["CRIU101"]}, {"CRIU201"}),
        ('ignore = ["CRIU101"]', {"ignore": ["CRIU201"]}, _DEFAULT - {"CRIU101", "CRIU201"}),
        ('extend-select = ["layout"]', {}, _DEFAULT | {"CRIU601"}),
        # A new selection replaces all that was selected before.
        ('ignore = ["CRIU101"]', {"select": ["CRIU101"]}, {"CRIU101"}),
        ('extend-select = ["CRIU201"]', {"select": ["CRIU101"]}, {"CRIU101"}),
        (
            'select = ["CRIU101", "CRIU201"]\n[per-file-ignores]\n"*.conf" = ["CRIU201"]',
            {},
            {"CRIU101"},
        ),
        ('select = ["CRIU101"]\n[per-file-ignores]\n"b.conf" = ["CRIU101"]', {}, {"CRIU101"}),
        (
            '[per-file-ignores]\n"*" = ["CRIU101"]\n"a.*" = ["CRIU201"]',
            {},
            _DEFAULT - {"CRIU101", "CRIU201"},
        ),
        (
            '[per-file-ignores]\n"*" = ["CRIU101"]',
            {"select": ["CRIU101"]},
            set(),
        ),
    ],
)
def test_rules(text: str, given: dict[str, Any], codes: set[str] | None, tmp_path: Path) -> None:
    assert _settings(tmp_path, text, given).codes == codes


def test_what_a_new_selection_replaces_comes_from_nowhere(tmp_path: Path) -> None:
    text = 'select = ["CRIU1"]\nextend-select = ["CRIU2"]\nignore = ["CRIU101"]\n'
    origins = _settings(tmp_path, text, {"select": ["CRIU3"]}).origins
    assert origins == {"select": (SettingOrigin(["CRIU3"], "--select"),)}


def test_what_only_a_table_for_an_image_ignores_is_waived(tmp_path: Path) -> None:
    file = tmp_path / "criulint.toml"
    file.write_text('ignore = ["CRIU1"]\n[images."i"]\nignore = ["CRIU101", "CRIU201"]\n')
    resolver = Resolver({"ignore": ["CRIU206"]}, load_configuration(str(file)))
    settings = resolver.in_image(("i",)).settings("a.conf")
    assert settings.waived == {"CRIU201"}
    assert settings.codes_to_run == settings.reported_codes | {"CRIU201"}
    assert not resolver.in_image(("j",)).settings("a.conf").waived


@pytest.mark.parametrize(
    ("name", "release", "role"),
    [("a.conf", "4.2", None), ("x/a.conf", "4.1.1", Role.RPC), ("x/y/a.conf", "4.0", Role.RPC)],
)
def test_later_patterns_win(name: str, release: str, role: Role | None, tmp_path: Path) -> None:
    text = 'criu = "4.2"\n[files."x/**"]\ncriu = "4.1.1"\nrole = "rpc"\n'
    text += '[files."x/y/**"]\ncriu = "4.0"\n'
    settings = _settings(tmp_path, text, name=name)
    assert (settings.release, settings.context.role) == (release, role)
    given = _settings(tmp_path, text, {"criu": "3.11"}, name)
    assert (given.release, given.context.role) == ("3.11", role)


def test_the_narrower_severity_wins(tmp_path: Path) -> None:
    text = '[severity]\nCRIU201 = "error"\nCRIU2 = "info"\n'
    severities = _settings(tmp_path, text).severities
    assert severities["CRIU201"] is Severity.ERROR
    assert severities["CRIU202"] is Severity.INFO
    assert "CRIU301" not in severities


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("info", [True, True, True]),
        ("warning", [False, True, True]),
        ("error", [False, False, True]),
        ("never", [False, False, False]),
    ],
)
def test_fails(fail_on: str, failing: list[bool]) -> None:
    settings = Resolver({"fail-on": fail_on}).settings("a.conf")
    findings = [
        Finding("CRIU201", "x", severity, "", "", "a.conf", Span(1, 1, 1, 1), None, "")
        for severity in Severity
    ]
    assert [settings.fails(finding) for finding in findings] == failing


def test_files_with_the_same_settings_share_them(tmp_path: Path) -> None:
    file = tmp_path / "criulint.toml"
    file.write_text('[files."x/**"]\nrole = "rpc"\n', encoding="utf-8")
    resolver = Resolver({}, load_configuration(str(file)))
    a, b, c = (resolver.settings(str(tmp_path / name)) for name in ("a", "b", "x/c"))
    assert a is b
    assert a is not c


def test_defaults_give_way_to_what_is_given(tmp_path: Path) -> None:
    file = tmp_path / "criulint.toml"
    file.write_text('criu = "4.0"\n', encoding="utf-8")
    configuration = load_configuration(str(file))
    resolver = Resolver({"role": "cli"}, configuration)
    changed = resolver.with_found({"role": "rpc", "criu": "4.2"}).settings("a.conf")
    assert (changed.release, changed.context.role) == ("4.2", Role.CLI)
    assert resolver.settings("a.conf").release == "4.0"


@pytest.mark.parametrize(
    ("pattern", "path", "is_directory", "matches"),
    [
        ("vendor/", "vendor", True, True),
        ("vendor/", "vendor", False, False),
        ("*.conf", "x/a.conf", False, True),
        ("/a.conf", "x/a.conf", False, False),
    ],
)
def test_exclude(
    pattern: str, path: str, is_directory: bool, matches: bool, tmp_path: Path
) -> None:
    file = tmp_path / "criulint.toml"
    file.write_text(f'exclude = ["{pattern}"]\ninclude = ["*.inc", "all/"]\n', encoding="utf-8")
    resolver = Resolver({}, load_configuration(str(file)))
    assert resolver.excludes(str(tmp_path / path), is_directory=is_directory) is matches
    assert resolver.includes(str(tmp_path / "a.inc"))
    assert not resolver.includes(
        str(tmp_path / "all")
    )  # a file, and the pattern is for directories
    assert not resolver.includes(str(tmp_path / path))


def test_option_of_a_key() -> None:
    assert option("fail-on") == "--fail-on"
    assert option("commands") == "--for"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"role": "x"}, "role: "),
        ({"select": ["CRIU999"]}, "select: "),
        ({"runtime": "x"}, "runtime: "),
        ({"commands": ["x"]}, "commands: "),
    ],
)
def test_wrong_values_of_the_command_line(given: dict[str, Any], error: str) -> None:
    with pytest.raises(ValueError, match=f"^{error}"):
        Resolver(given)
