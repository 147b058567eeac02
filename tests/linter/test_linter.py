# SPDX-License-Identifier: MIT
"""The order in which a file is checked, and the result."""

from __future__ import annotations

import pytest

from criulint.configuration.resolve import Resolver
from criulint.criu.context import Context, Role
from criulint.finding import Finding, Severity
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter, LinterCache, TooManyFindingsError, check
from criulint.rules.environment.named_file import NamedFile
from criulint.rules.registry import RULES
from criulint.source import Source
from tests.listing import Listing

_ALL = frozenset(rule.code for rule in RULES)


def _found(findings: list[Finding]) -> list[tuple[int, str]]:
    return [(finding.span.line, finding.code) for finding in findings]


def _check(data: bytes, codes: frozenset[str] | None = None) -> list[tuple[int, str]]:
    return _found(Linter("4.2.1", codes).check(Source(data)).findings)


def test_findings_are_in_the_order_of_the_file_whatever_finds_them() -> None:
    data = b"page-server\n  tcp-close no\ntcp-clsoe\ntcp-close no # criulint: ignroe\nlog-file x"
    assert _check(data, _ALL) == [
        (1, "CRIU304"),
        (2, "CRIU601"),
        (2, "CRIU201"),
        (3, "CRIU101"),
        (4, "CRIU201"),
        (4, "CRIU903"),
        (5, "CRIU601"),
    ]


def test_each_line_is_checked_for_all_mistakes_that_a_certain_fix_uncovers() -> None:
    assert _check(b"tcp_close maybe\n") == [(1, "CRIU101"), (1, "CRIU201")]


def test_equal_lines_have_equal_findings_in_their_own_places() -> None:
    found = Linter("4.2.1").check(Source(b"timeout 10m\n\ntimeout 10m\n")).findings
    first, second = (finding for finding in found if finding.code == "CRIU206")
    assert second == first._replace(
        span=first.span._replace(line=3, end_line=3),
        fix=second.fix,
    )


def test_a_line_that_criu_takes_as_a_value_is_not_checked_as_an_option() -> None:
    assert _check(b"log-file\ntcp-clsoe\n") == [(1, "CRIU213")]
    assert _check(b"log-file x\ntcp-clsoe\n") == [(2, "CRIU101")]


def test_a_continued_line_is_one_finding() -> None:
    assert _check(b"external \\\nmnt[]:ms\n") == [(1, "CRIU111")]


def test_utf16_is_one_finding() -> None:
    assert _check("tcp-clsoe\nport x\n".encode("utf-16")) == [(1, "CRIU116")]


@pytest.mark.parametrize("data", [b"", b"\n", b"# c\n", b"tcp-established\n"])
def test_nothing_to_report(data: bytes) -> None:
    assert Linter("4.2.1").check(Source(data)) == ([], [])


def test_only_enabled_rules_report() -> None:
    data = b"tcp-close no\ntimeout 10m\n"
    assert _check(data, frozenset(["CRIU206"])) == [(2, "CRIU206")]
    assert _check(data, frozenset()) == []


def test_suppressed_findings_are_hidden_and_unused_suppressions_found() -> None:
    source = Source(b"tcp-close no # criulint: ignore[CRIU201, CRIU206]\n")
    checked = Linter("4.2.1").check(source)
    assert _found(checked.findings) == [(1, "CRIU901")]
    assert _found(checked.hidden) == [(1, "CRIU201")]
    assert Linter("4.2.1").check(Source(b"tcp-close no\n")).hidden == []


def test_suppressions_can_hide_what_is_wrong_with_themselves() -> None:
    source = Source(b"tcp-close # criulint: ignore[CRIU206, CRIU901]\n")
    checked = Linter("4.2.1").check(source)
    assert (checked.findings, _found(checked.hidden)) == ([], [(1, "CRIU901")])


def test_suppressions_are_looked_for_only_where_there_may_be_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[bytes] = []

    def suppress(
        _: Linter, source: Source, findings: list[Finding], __: int | None
    ) -> tuple[list[Finding], list[Finding]]:
        searched.append(source.data)
        return findings, []

    monkeypatch.setattr(Linter, "_suppress", suppress)
    for data in (b"tcp-close no\n", b"# CRIULINT: ignroe\n"):
        Linter("4.2.1").check(Source(data))
        Linter("4.2.1", suppress=False).check(Source(data))
    assert searched == [b"# CRIULINT: ignroe\n"]


def test_a_release_that_nobody_chose_may_be_another() -> None:
    assert Linter().context.any_release
    assert not Linter("4.2.1").context.any_release


def test_a_file_that_is_missing_has_no_text() -> None:
    (found,) = Linter("4.2.1").check_named(NamedFile("x.conf", "the variable `V`", "ENV", None))
    assert (found.path, found.line_text) == ("x.conf", "")


def test_what_suppressions_hide_and_leave_counts_as_found() -> None:
    source = Source(b"tcp-close no # criulint: ignore[CRIU201, CRIU206, CRIU207]\ntcp-close no\n")
    checked = Linter("4.2.1").check(source, most=4)
    assert _found(checked.findings) == [(1, "CRIU901"), (1, "CRIU901"), (2, "CRIU201")]
    assert _found(checked.hidden) == [(1, "CRIU201")]
    with pytest.raises(TooManyFindingsError):
        Linter("4.2.1").check(source, most=3)


def test_a_finding_knows_its_line_and_shares_its_text() -> None:
    source = Source(b"# \xe9\nnet-lock no \xe9 # criulint: ignore[zz, yy]\n", "x.conf")
    findings = Linter("4.2.1").check(source).findings
    assert len(findings) > 1
    assert {finding.line_text for finding in findings} == {
        "net-lock no \udce9 # criulint: ignore[zz, yy]"
    }
    assert len({id(finding.line_text) for finding in findings}) == 1
    assert {finding.path for finding in findings} == {"x.conf"}


def test_severities_replace_those_of_the_rules() -> None:
    data = Source(b"tcp-close no\ntimeout 10m\n")
    linter = Linter("4.2.1", severities={"CRIU201": Severity.ERROR, "CRIU206": Severity.INFO})
    assert [finding.severity for finding in linter.check(data).findings] == [
        Severity.ERROR,
        Severity.INFO,
    ]


@pytest.mark.parametrize(
    ("path", "place", "role", "refused"),
    [
        ("x.conf", None, None, False),
        ("runc.conf", None, None, True),
        ("x.conf", "/etc/criu/runc.conf", None, True),
        ("runc.conf", "/etc/criu/default.conf", None, False),
        ("runc.conf", None, Role.USER, False),
        ("x.conf", "/etc/criu/default.conf", Role.RPC, True),
    ],
)
def test_the_role_is_that_of_the_settings_the_host_or_the_path(
    path: str, place: str | None, role: Role | None, refused: bool
) -> None:
    host = HostContext(Listing([]), place) if place else None
    linter = Linter("4.2", context=Context(role), find_host=lambda _: host)
    findings = linter.check(Source(b"network-lock nftables\n", path)).findings
    assert ("CRIU404" in {finding.code for finding in findings}) is refused


@pytest.mark.parametrize("data", [b"action-script /gone\n", b"{\n"])
def test_nothing_is_around_text_that_is_in_no_file(data: bytes) -> None:
    asked: list[str] = []
    linter = Linter("4.2.1", find_host=asked.append)
    linter.check(Source(data))
    assert asked == []
    linter.check(Source(data, "a.conf"))
    assert asked == ["a.conf"]


def test_files_that_are_read_together_can_suppress_what_is_found() -> None:
    first = Source(b"action-script /a\n", "default.conf")
    second = Source(b"action-script /a # criulint: ignore[CRIU405]\n", "runc.conf")
    checked = Linter("4.2.1").check_together(first, second)
    assert (checked.findings, _found(checked.hidden)) == ([], [(1, "CRIU405")])
    checked = Linter("4.2.1", suppress=False).check_together(first, second)
    assert (_found(checked.findings), checked.hidden) == ([(1, "CRIU405")], [])
    assert Linter("4.2.1", frozenset()).check_together(first, first) == ([], [])


def test_files_with_the_same_settings_share_a_linter() -> None:
    resolver = Resolver({"criu": "4.1", "role": "rpc", "select": ["CRIU2"]})
    linters = LinterCache()
    linter = linters.get(resolver.settings("a.conf"))
    assert linters.get(resolver.settings("b.conf")) is linter
    assert linter.release == "4.1"
    assert linter.context.role is Role.RPC
    assert {code[:5] for code in linter.enabled_codes} == {"CRIU2"}
    assert linters.get(Resolver({}).settings("a.conf")) is not linter


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\n",
        b"a b c d\n",
        b'"unclosed x\n',
        b"x\0y\n",
        b"tcp-close\0\n",
        b'{"tcp-close": true}\n',
        b"tcp-close: true\nshell-job: true\n",
        b"#!/bin/sh\nset -e\necho x\n",
        "tcp-close\n".encode("utf-16"),
        "tcp-close\n".encode("utf-16-le"),
        b"\xef\xbb\xbftcp-close\n",
        b"tcp-close\r\nnonsense\r\n",
        b"nonsense\r\n",
        b"tcp-close\r\n",
        b"\xff\xfe\xfd\n",
        b"tcp-close=1\n",
    ],
)
@pytest.mark.parametrize(
    ("path", "criu", "code"),
    [("/etc/criu.conf", "4.2", "CRIU402"), ("/etc/criu/crun.conf", "4.1.1", "CRIU403")],
)
def test_who_reads_a_file_does_not_depend_on_its_lines(
    path: str, criu: str, code: str, data: bytes
) -> None:
    """A file without one valid line is still one that nothing reads."""
    codes = _codes(data, path, criu)
    assert codes.count(code) == 1
    # Where it is read, there is no such finding.
    assert code not in _codes(data, "/etc/criu/default.conf", criu)


def _codes(data: bytes, path: str, criu: str) -> list[str]:
    return [finding.code for finding in check(data, path=path, criu=criu)]
