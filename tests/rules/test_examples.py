# SPDX-License-Identifier: MIT
"""The rules' examples: the bad one is found by its rule alone, the good one by none, and fixes
work.
"""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from criulint import Finding, Severity, check, read, rules
from criulint.criu.context import Context
from criulint.criu.runtimes import find_caller
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter
from criulint.rules.base import AnyRule, Rule
from criulint.rules.environment import HOST_RULES
from criulint.rules.registry import RULES, find_rule
from criulint.source import Source
from tests.checking import fix
from tests.listing import Listing

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def check_example(
    rule: AnyRule, data: bytes, path: str | None, machine: tuple[str, ...]
) -> list[Finding]:
    """What the rules that run by default and `rule` find, without other rules' mere suggestions."""
    host = HostContext(Listing(machine), path) if rule in HOST_RULES else None
    codes = frozenset(other.code for other in RULES if other.default or other is rule)
    context = Context(caller=find_caller(rule.runtime) if rule.runtime else None)
    linter = Linter(rule.criu, codes, context, lambda _: host)
    found = linter.check(Source(data, path)).findings
    return [
        finding
        for finding in found
        if finding.code == rule.code or finding.severity > Severity.INFO
    ]


@each_rule
def test_bad_example_is_found_by_its_rule_alone(rule: AnyRule) -> None:
    findings = check_example(rule, rule.bad.encode(), rule.path, rule.bad_host)
    assert {finding.code for finding in findings} == {rule.code}
    assert all(
        finding.severity is rule.severity and finding.url == rule.url for finding in findings
    )


@each_rule
def test_good_example_is_silent(rule: AnyRule) -> None:
    assert check_example(rule, rule.good.encode(), rule.good_path, rule.good_host) == []


@each_rule
def test_bad_example_is_fixed_if_the_rule_has_fixes(rule: AnyRule) -> None:
    _, left, made = fix(
        rule.bad.encode(),
        lambda data: check_example(rule, data, rule.path, rule.bad_host),
        unsafe=True,
    )
    assert (made > 0) == rule.fixable
    assert not made or left == []


@each_rule
def test_family_says_whether_criu_refuses_the_file(rule: AnyRule) -> None:
    error = read(rule.bad.encode(), criu=rule.criu).error
    if rule.code in ("CRIU114", "CRIU115"):
        return  # CRIU prints and ends; CRIU crashes
    assert (error is not None) == rule.code.startswith("CRIU1")


@each_rule
def test_documentation_is_whole(rule: AnyRule) -> None:
    assert rule.summary.endswith(".")
    assert len(rule.explanation) > 40
    assert find_rule(rule.code) is find_rule(rule.name) is rule


def test_each_rule_is_registered() -> None:
    """A rule that is written and not in the list would never run."""
    modules = [
        importlib.import_module(module.name)
        for module in pkgutil.walk_packages(rules.__path__, "criulint.rules.")
    ]
    written = {
        value.code
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Rule)
    }
    assert written == {rule.code for rule in RULES}, (
        "list it in the __init__.py of its family, in criulint/rules"
    )


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("before", "after", "safe"),
    [
        ("tcp-close true", "tcp-close", True),
        ("tcp-close false # why", "no-tcp-close # why", True),
        ("no-tcp-close true", "no-tcp-close", True),
        ("  --tcp-close=yes", "  tcp-close", True),
        ("-j", "shell-job", True),
        ("-D /srv/images", "images-dir /srv/images", True),
        ("-vv", "verbosity=4", True),
        ("log_file: /var/log/criu.log", "log-file /var/log/criu.log", True),
        ("tcp-established = 1", "tcp-established", True),
        ("manage-cgroups Full", "manage-cgroups=full", True),
        ("manage-cgroups = full", "manage-cgroups=full", True),
        ("cpu-cap cpu # x", "cpu-cap=cpu # x", True),
        ("ghost-limit 10 MB", "ghost-limit 10M", True),
        ("enable-fs hugetlbfs, ceph", "enable-fs hugetlbfs,ceph", True),
        ("network-lock 'nftables'", "network-lock nftables", True),
        ("shell_job", "shell-job", True),
        ("rst-sibling\ndaemon", "restore-sibling\ndaemon", False),
        ("tcp-establised", "tcp-established", False),
        ("images-dir /srv/my images", 'images-dir "/srv/my images"', False),
        ('log-file "a#b"', "log-file=a#b", True),
        (
            'work-dir "/home/me/my dir with blanks"',
            'work-dir           "/home/me/my dir with blanks"',
            True,
        ),
    ],
)
def test_fix_writes_what_was_meant(before: str, after: str, safe: bool) -> None:
    mended, left, _ = fix(
        before.encode() + b"\n", lambda data: check(data, criu="4.2.1"), unsafe=not safe
    )
    assert mended.decode() == after + "\n"
    assert [finding for finding in left if finding.severity > Severity.INFO] == []
