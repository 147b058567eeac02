# SPDX-License-Identifier: MIT
"""Settings of ``criulint check``: from configuration files and from the command line, shown and
obeyed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from criulint.criu.context import COMMANDS, Caller, Context, Role
from criulint.criu.releases import latest_release
from criulint.finding import CheckResult
from criulint.linter.linter import Linter
from criulint.rules.registry import RULES
from tests.measuring import unmeasured_environment

if TYPE_CHECKING:
    from criulint.source import Source

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

CONFIGURATION = """\
criu = "4.2"
ignore = ["CRIU301"]
exclude = ["vendor/"]

[severity]
CRIU2 = "info"
value-ignored = "error"

[per-file-ignores]
"images/runc/**" = ["CRIU201"]

[files."images/**"]
role = "rpc"
runtime = "runc"

[files."images/crun/**"]
criu = "4.1"
runtime = "crun@1.26"
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "criulint.toml").write_text(CONFIGURATION, encoding="utf-8")
    for name in (
        "images/runc/criu/a.conf",
        "images/crun/criu/b.conf",
        "vendor/criu/c.conf",
        "criu/d.conf",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("tcp-close false\nallow-uprobes\n", encoding="utf-8")
    return tmp_path


def codes(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, list[str]]:
    """The codes and severities of the findings, by file."""
    assert main(["check", "--format", "json", *arguments]) in (0, 1)
    found: dict[str, list[str]] = {}
    for finding in json.loads(capsys.readouterr().out):
        name = Path(finding["path"]).name
        found.setdefault(name, []).append(f"{finding['code']} {finding['severity']}")
    return found


def test_each_file_is_checked_with_its_own_settings(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert codes(capsys, ".") == {
        "b.conf": ["CRIU201 error", "CRIU102 error"],
        "d.conf": ["CRIU201 error"],
    }
    assert codes(capsys, "--isolated", ".") == {
        "a.conf": ["CRIU201 warning"],
        "b.conf": ["CRIU201 warning"],
        "c.conf": ["CRIU201 warning"],
        "d.conf": ["CRIU201 warning"],
    }


def test_a_closer_file_replaces_the_one_above(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "images/crun/pyproject.toml").write_text(
        '[tool.criulint]\nignore = ["CRIU201"]\n', encoding="utf-8"
    )
    assert codes(capsys, ".") == {"d.conf": ["CRIU201 error"]}


def test_the_command_line_counts_more(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert codes(capsys, "--criu", "4.2", ".") == {
        "b.conf": ["CRIU201 error"],
        "d.conf": ["CRIU201 error"],
    }
    assert codes(capsys, "--ignore", "CRIU201", ".") == {"b.conf": ["CRIU102 error"]}
    assert codes(capsys, "--select", "CRIU102", ".") == {"b.conf": ["CRIU102 error"]}


def test_a_new_selection_replaces_that_of_the_file(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "criu/d.conf").write_text("timeout 5\ntimeout 6\n", encoding="utf-8")
    assert codes(capsys, "criu") == {}
    assert codes(capsys, "--select", "CRIU3", "criu") == {"d.conf": ["CRIU301 warning"]}
    assert codes(capsys, "--extend-select", "CRIU3", "criu") == {}


@pytest.mark.parametrize("config", ["other.toml", "pyproject.toml"])
def test_config_names_the_file_for_all(
    tree: Path, config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head = "[tool.criulint]\n" if config == "pyproject.toml" else ""
    (tree / "sub").mkdir()
    (tree / "sub" / config).write_text(
        f'{head}select = ["CRIU102"]\ncriu = "4.1"\n', encoding="utf-8"
    )
    assert codes(capsys, "--config", f"sub/{config}", "criu") == {"d.conf": ["CRIU102 error"]}


def test_standard_input_has_the_settings_of_its_name(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def piped(*arguments: str) -> dict[str, list[str]]:
        with (tree / "criu/d.conf").open(encoding="utf-8") as file:
            monkeypatch.setattr("sys.stdin", file)
            return codes(capsys, *arguments, "-")

    assert piped() == {"<stdin>": ["CRIU201 error"]}
    assert piped("--stdin-filename", "images/crun/x.conf") == {
        "x.conf": ["CRIU201 error", "CRIU102 error"]
    }
    assert piped("--stdin-filename", "/x.conf") == {"x.conf": ["CRIU201 warning"]}


@pytest.mark.parametrize("words", [["check"], ["check", "criu"], ["format", "criu"]])
def test_a_name_for_standard_input_that_is_not_read(
    words: list[str], tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise, `... | criulint check --stdin-filename runc.conf` would check the host's files,
    and pass.
    """
    assert main([*words, "--stdin-filename", "runc.conf"]) == 2
    message = "--stdin-filename needs - (standard input) among the paths"
    assert capsys.readouterr() == ("", f"criulint: error: {message}\n")


def test_severities_come_before_fail_on(tree: Path) -> None:
    (tree / "criulint.toml").write_text('[severity]\nCRIU2 = "info"\n', encoding="utf-8")
    assert main(["check", "criu"]) == 0
    assert main(["check", "--fail-on", "info", "criu"]) == 1
    (tree / "criulint.toml").write_text(
        'fail-on = "error"\n[severity]\nALL = "info"\nCRIU201 = "error"\n', encoding="utf-8"
    )
    assert main(["check", "criu"]) == 1
    (tree / "criulint.toml").write_text('fail-on = "never"\n', encoding="utf-8")
    assert main(["check", "criu"]) == 0
    assert main(["check", "--fail-on", "warning", "criu"]) == 1


def test_each_file_fails_by_its_own_threshold(tree: Path) -> None:
    (tree / "criu/criulint.toml").write_text('fail-on = "never"\n', encoding="utf-8")
    assert main(["check", "criu/d.conf"]) == 0
    assert main(["check", "criu/d.conf", "vendor/criu/c.conf"]) == 1


def files(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["check", "--show-files", *arguments]) == 0
    return [line.removeprefix("./") for line in capsys.readouterr().out.splitlines()]


def test_what_is_excluded_is_checked_only_if_named(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert files(capsys, ".") == [
        "criu/d.conf",
        "images/crun/criu/b.conf",
        "images/runc/criu/a.conf",
    ]
    assert files(capsys, "vendor/criu/c.conf") == ["vendor/criu/c.conf"]
    assert files(capsys, "--force-exclude", "vendor/criu/c.conf", "criu/d.conf") == ["criu/d.conf"]
    assert files(capsys, "--exclude", "images/", ".") == ["criu/d.conf"]
    assert files(capsys, "--exclude", "crun", "--isolated", "images") == ["images/runc/criu/a.conf"]


def test_what_is_included_is_checked_too(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "criulint.toml").write_text(
        'include = ["images/*.txt", "*.criu", "!old.criu"]\n', encoding="utf-8"
    )
    for name in ("images/a.txt", "images/runc/a.txt", "x.criu", "old.criu"):
        (tree / name).touch()
    assert files(capsys, "--exclude", "*.conf", ".") == ["images/a.txt", "x.criu"]
    assert files(capsys, "--exclude", "*.conf", "images") == ["images/a.txt"]
    assert files(capsys, "--exclude", "*.conf", "--include", "a.txt", "images") == [
        "images/a.txt",
        "images/runc/a.txt",
    ]


def test_show_settings_is_toml(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "check",
        "--show-settings",
        "--ignore",
        "CRIU303",
        "--for",
        "restore,dump",
        "images",
        "./criu/d.conf",
    ]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    common = {
        "commands": ["dump", "restore"],
        "fail-on": "warning",
        "exclude": ["vendor/"],
        "severity": {"CRIU2": "info", "value-ignored": "error"},
    }
    assert tomllib.loads(text) == {
        "images/crun/criu/b.conf": {
            "criu": "4.1",
            "runtime": "crun@1.26",
            "role": "rpc",
            "ignore": ["CRIU301", "CRIU303"],
            **common,
        },
        "images/runc/criu/a.conf": {
            "criu": "4.2",
            "runtime": "runc",
            "role": "rpc",
            "ignore": ["CRIU301", "CRIU303", "CRIU201"],
            **common,
        },
        "./criu/d.conf": {"criu": "4.2", "ignore": ["CRIU301", "CRIU303"], **common},
    }
    first = [line for line in text.splitlines()[1:9] if " = " in line]
    places = {line.partition(" = ")[0]: line.rpartition("  # ")[2] for line in first}
    assert places == {
        "criu": "criulint.toml:17",
        "runtime": "criulint.toml:18",
        "role": "criulint.toml:13",
        "commands": "--for",
        "ignore": "criulint.toml:2, --ignore",
        "fail-on": "default",
        "exclude": "criulint.toml:3",
    }


def test_show_settings_without_a_configuration(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["check", "--show-settings", "--isolated", "criu/d.conf", "x/.criu/default.conf"]) == 0
    )
    text = capsys.readouterr().out
    plain = {"criu": latest_release(), "commands": list(COMMANDS), "fail-on": "warning"}
    assert tomllib.loads(text) == {
        "criu/d.conf": plain,
        "x/.criu/default.conf": {**plain, "role": "user"},
    }
    default = [rule.code for rule in RULES if rule.default]
    assert f"# {len(default)} of {len(RULES)} rules are reported" in text


@pytest.mark.parametrize(
    ("arguments", "context"),
    [
        ([], Context(any_release=True)),
        (["--criu", "4.2"], Context()),
        (
            ["--role", "rpc", "--runtime", "runc@v1.3.0"],
            Context(Role.RPC, Caller("runc", "1.3.0"), any_release=True),
        ),
        (
            ["--runtime", "cri-o", "--for", "restore,dump"],
            Context(None, Caller("cri-o"), ("dump", "restore"), True),
        ),
        (
            ["--for", "pre-dump", "--for", "dump"],
            Context(commands=("dump", "pre-dump"), any_release=True),
        ),
    ],
)
def test_rules_get_the_context(
    arguments: list[str], context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def check(linter: Linter, _source: Source, **_: object) -> CheckResult:
        seen.append(linter.context)
        return CheckResult([], [])

    monkeypatch.setattr(Linter, "check", check)
    (tmp_path / "a.conf").touch()
    assert main(["check", "--isolated", *arguments, str(tmp_path / "a.conf")]) == 0
    assert seen == [context]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--runtime", "crum"], "--runtime: no runtime 'crum'; did you mean 'crun'?"),
        (["--runtime", "runc@latest"], "--runtime: 'runc@latest' has no version after the @"),
        (["--for", "dump,predump"], "--for: unknown value 'predump'; did you mean 'pre-dump'?"),
        (["--for", ","], "--for: the list is empty"),
        (["--extend-select", "CRIU999"], "--extend-select: no rule 'CRIU999'"),
        (["--config", "gone.toml"], "gone.toml: No such file or directory"),
        (["--config", "images"], "images: Is a directory"),
        (["--config", "wrong.toml"], "wrong.toml:2: no key 'selct'; did you mean 'select'?"),
        (["--config", "sub/pyproject.toml"], "sub/pyproject.toml: has no [tool.criulint]"),
        (["sub/criu"], "sub/criulint.toml:1: criu: no schema for CRIU 4.9"),
        (["--show-settings", "sub/x.conf"], "sub/criulint.toml:1: criu: no schema for CRIU 4.9"),
        (
            ["--show-files", "--force-exclude", "sub/x.conf"],
            "sub/criulint.toml:1: criu: no schema for CRIU 4.9",
        ),
        (["--exclude", "\\", "images"], "--include and --exclude: "),
        (["--statistics", "--diff"], "--statistics can be printed as text"),
    ],
)
def test_what_is_wrong_is_one_line(
    tree: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tree / "wrong.toml").write_text("\nselct = 1\n", encoding="utf-8")
    (tree / "sub/criu").mkdir(parents=True)
    (tree / "sub/pyproject.toml").write_text("[project]\n", encoding="utf-8")
    (tree / "sub/criulint.toml").write_text('criu = "4.9"\n', encoding="utf-8")
    (tree / "sub/criu/x.conf").touch()
    assert main(["check", *arguments, "criu"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"criulint: error: {message}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_config_and_isolated_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["check", "--config", "x.toml", "--isolated"])
    assert exit_.value.code == 2
    assert "not allowed with" in capsys.readouterr().err


def test_statistics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.conf"
    file.write_text("port $P\n" + "tcp-close false\n" * 11 + "no_x\n", encoding="utf-8")
    arguments = ["check", "--isolated", "--select", "CRIU1,CRIU2", "--statistics", str(file)]
    assert main(arguments) == 1
    captured = capsys.readouterr()
    assert captured.out == (
        "11  CRIU201  warning  value-ignored (11 fixable)\n"
        " 1  CRIU101  error    unknown-option\n"
        " 1  CRIU106  error    invalid-value\n"
    )
    assert "2 errors, 11 warnings" in captured.err
    assert main([*arguments, "--format", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0] == {
        "code": "CRIU201",
        "name": "value-ignored",
        "severity": "warning",
        "count": 11,
        "fixable": 11,
    }
    file.write_text("tcp-close\n", encoding="utf-8")
    assert main([*arguments, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_quiet_keeps_findings_and_errors(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "empty").mkdir()
    assert main(["check", "-q", "--fix", "criu", "empty", "gone"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "criulint: error: gone: No such file or directory\n"
    assert (tree / "criu/d.conf").read_text(encoding="utf-8").startswith("no-tcp-close\n")


def test_verbose_mentions_each_file(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "-v", "--for", "dump", "--format", "concise", "images/crun", "criu"])
    captured = capsys.readouterr()
    first, second = (line for line in captured.err.splitlines() if " ms" in line)
    assert first.startswith(
        "criulint: images/crun/criu/b.conf: CRIU 4.1, role rpc, crun@1.26, for dump,"
        " criulint.toml: 2 findings in "
    )
    assert second.startswith(
        "criulint: criu/d.conf: CRIU 4.2, for dump, criulint.toml: 2 findings in "
    )
    assert all(" CRIU" in line and line.count(":") > 3 for line in captured.out.splitlines())


def test_the_summary_names_all_releases(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", "."])
    assert "3 files checked for CRIU 4.1 and 4.2: 3 errors" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("configuration", "spared"),
    [
        (None, ["tomllib", "tomli", "criulint.configuration.keys"]),
        ('criu = "4.2"\n', ["difflib"]),
    ],
)
def test_only_what_is_needed_is_imported(
    tmp_path: Path, configuration: str | None, spared: list[str]
) -> None:
    """Start-up is most of a run: without a configuration file, only the search for one may cost
    anything.
    """
    (tmp_path / "a.conf").write_text("tcp-close\n", encoding="utf-8")
    if configuration:
        (tmp_path / "criulint.toml").write_text(configuration, encoding="utf-8")
    script = "import sys; from criulint.cli import main; status = main(['check', 'a.conf']);"
    script += "print(sorted(set(sys.argv[1:]) & set(sys.modules)) + [status])"
    done = subprocess.run(
        [sys.executable, "-c", script, *spared],
        cwd=tmp_path,
        env=unmeasured_environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[0]\n"
