# SPDX-License-Identifier: MIT
"""Follow the advice of findings, and check the result."""

from __future__ import annotations

import re
import sys
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

from criulint.criu.context import Context, Role
from criulint.criu.options import Arity, Option, OptionTable, option_table
from criulint.criu.paths import inferred_role
from criulint.criu.precedence import ConfigFile, Invocation, effective, order_layers
from criulint.criu.reading import Reading
from criulint.criu.releases import Release
from criulint.criu.runtimes import engine_of, find_caller, runtimes_of
from criulint.criu.settings import Settings
from criulint.finding import Finding, Severity
from criulint.linter.linter import Linter
from criulint.source import Source, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

FILES = (
    "/etc/criu/default.conf",
    "/root/.criu/default.conf",
    "/etc/criu/runc.conf",
    "/etc/criu/crun.conf",
    "/etc/criu.conf",
)
CALLERS = (
    None,
    "runc",
    "runc@1.0.0-rc6",
    "runc@1.1.5",
    "crun",
    "crun@1.18",
    "crun@1.19",
    "crun@1.23",
    "crun@1.26",
    "youki",
    "lxc",
    "podman",
    "podman@4.3.1",
    "cri-o",
    "containerd",
    "docker",
    "incus",
)
RELEASES = ("3.11", "3.15", "3.16", "3.18", "4.0", "4.1.1", "4.2", "4.2.1", "4.3")
# Values that CRIU takes, for the options whose values it checks.
_VALUES = {
    "cpu-cap": "cpu",
    "external": "mnt[/data]:data",
    "ext-unix-sk": "1234",
    "inherit-fd": "fd[3]:pipe:[1]",
    "join-ns": "net:/run/netns/blue",
    "lsm-profile": "apparmor:unconfined",
    "manage-cgroups": "full",
    "network-lock": "nftables",
    "verbosity": "3",
}
_PATH = re.compile(r"/etc/criu/[a-z]+\.conf")
_UPGRADE = re.compile(
    r"update to (?:(?P<name>runc|crun) (?P<version>\S+) or later(?: with )?)?"
    r"(?:CRIU (?P<criu>\S+) or later)?"
)
_MOVING = re.compile(r"\bmove (it|the lines)\b")
_DROPPING = re.compile(r"\bremove the line\b|^pass (it|both)\b|^have the caller\b")
_REWRITING = re.compile(r"^write (?:a relative path: )?`(?P<line>[^`]+)`")


class Case(NamedTuple):
    """A line in a file, and who reads it."""

    line: str
    option: str
    path: str
    caller: str | None
    release: str

    def check(self, path: str) -> list[Finding]:
        """Return the findings of the line in another file."""
        caller = find_caller(self.caller) if self.caller else None
        linter = Linter(self.release, context=Context(caller=caller))
        return linter.check(Source(encode(self.line + "\n"), path)).findings


def lines(table: OptionTable) -> Iterator[tuple[str, str]]:
    """Yield a line for each option that a file may set, with the option's name."""
    for name, option in table.options.items():
        if not (option.exits or option.is_ignored):
            yield _line(option), name


def _line(option: Option) -> str:
    if option.arity is Arity.NONE:
        return option.name
    value = _VALUES.get(option.name) or next(iter(option.choices or option.suggested), "")
    if not value:
        value = "7" if option.kind in ("int", "size") else "/srv/value"
    return f"{option.name}={value}"


def cases(releases: tuple[str, ...] = RELEASES) -> Iterator[Case]:
    """Yield each option in each file, for each caller and release."""
    for release in releases:
        for line, option in lines(option_table(release)):
            for path, caller in product(FILES, CALLERS):
                yield Case(line, option, path, caller, release)


def named_files(finding: Finding, path: str) -> list[str]:
    """Return the other files that a finding's help names."""
    return [name for name in dict.fromkeys(_PATH.findall(finding.help)) if name != path]


def opposites(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return the codes of findings on one line that say to move it and to remove it."""
    return [
        (mover.code, dropper.code)
        for mover in findings
        for dropper in findings
        if mover.span.line == dropper.span.line
        and _MOVING.search(mover.help)
        and not _MOVING.search(dropper.help)
        and _DROPPING.search(dropper.help)
    ]


def follow(case: Case) -> Iterator[tuple[Finding, str, str]]:
    """Yield each piece of advice, what it names, and why it does not hold, if so.

    It names a file, versions to update to, or a line to write.
    """
    findings = case.check(case.path)
    for finding in findings:
        yield from _follow_upgrade(case, finding)
        yield from _follow_rewriting(case, finding, findings)
    yield from _follow_files(case, findings)


def _follow_upgrade(case: Case, finding: Finding) -> Iterator[tuple[Finding, str, str]]:
    for upgrade in _UPGRADE.finditer(finding.help):
        name, version, criu = upgrade.group("name", "version", "criu")
        later = case._replace(release=criu or case.release)
        if name:
            later = later._replace(caller=f"{name}@{version}")
        helps = any(_takes_effect(later, path) for path in FILES if path != "/etc/criu.conf")
        yield finding, upgrade[0], "" if helps else "no file works then"


def _follow_rewriting(
    case: Case, finding: Finding, findings: list[Finding]
) -> Iterator[tuple[Finding, str, str]]:
    written = _REWRITING.match(finding.help)
    if written and written["line"] != "TYPE:NAME":
        known = {other.code for other in findings} - {finding.code}
        after = {other.code for other in case._replace(line=written["line"]).check(case.path)}
        yield finding, written["line"], f"{sorted(after - known)}" if after - known else ""


def _follow_files(case: Case, findings: list[Finding]) -> Iterator[tuple[Finding, str, str]]:
    known = {finding.code for finding in findings}
    for finding in findings:
        for path in named_files(finding, case.path):
            worse = {
                other.code
                for other in case.check(path)
                if other.severity >= Severity.WARNING and other.code not in known - {finding.code}
            }
            if worse:
                yield finding, path, f"{sorted(worse)}"
            else:
                yield finding, path, "" if _takes_effect(case, path) else "without effect"


def _takes_effect(case: Case, path: str) -> bool:
    """Whether the line counts in a file under one of the runtimes that may call CRIU."""
    caller = find_caller(case.caller) if case.caller else None
    engine = engine_of(caller)
    release = Release(case.release)
    table = option_table(release)
    role = inferred_role(path)
    used = table.options[case.option].commands
    settings = Settings(Reading(Source(encode(case.line + "\n"), path), release), Context(role))
    file = ConfigFile(path, role or Role.ENV, settings=settings)
    for runtime, version in runtimes_of(caller):
        if role is Role.RPC and not runtime.reads(path, version, release):
            continue
        commands = [command for command in runtime.commands if command in used]
        outcomes = []
        for command in commands:
            who = Invocation(
                runtime, version, engine, caller.version if caller else None, command, runtime.rpc
            )
            layers = order_layers([file], who, (), release)
            options = effective(table, layers, runtime.title, rpc=runtime.rpc)
            outcomes.append(
                any(str(step.origin) == f"{path}:1" for each in options for step in each.winners)
            )
        if outcomes and all(outcomes):
            return True
    return False


def main() -> None:
    """Print how much advice there is to follow, and what of it does not hold or is opposite."""
    from collections import Counter

    all_advice = 0
    broken: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], tuple[Case, str]] = {}
    for case in cases():
        for mover, dropper in opposites(case.check(case.path)):
            broken[mover, f"opposite to {dropper}"] += 1
            examples.setdefault((mover, f"opposite to {dropper}"), (case, case.path))
        for finding, path, why in follow(case):
            all_advice += 1
            if why:
                key = finding.code, why
                broken[key] += 1
                examples.setdefault(key, (case, path))
    sys.stdout.write(
        f"{all_advice} pieces of advice can be followed, {sum(broken.values())} do not hold\n"
    )
    for key, count in broken.most_common():
        sys.stdout.write(f"{count:5} {key} {examples[key]}\n")


if __name__ == "__main__":
    main()
