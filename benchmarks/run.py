# SPDX-License-Identifier: MIT
"""Times ``criulint check`` beside yamllint on YAML of the same size, as whole processes, and
prints the ratios.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROOT = Path(__file__).resolve().parent.parent
_CRIULINT = (sys.executable, "-m", "criulint", "check")
_YAMLLINT = (sys.executable, "-m", "yamllint", "-d", "extends: default")
_BIG = 10_000_000
_FILES = 1000

# What files hold, in CRIU's format and as YAML.
_COMMENTS = (
    "# set by the deployment",
    "# see the runbook before changing this",
    "# longer than the default",
)
_CONTENT = (
    ("tcp-established", "tcp-established: true"),
    ("shell-job", "shell-job: true"),
    ("no-tcp-close", "no-tcp-close: true"),
    ("file-locks", "file-locks: true"),
    ("link-remap", "link-remap: true"),
    ("manage-cgroups=ignore", "manage-cgroups: ignore"),
    ("log-file criu-{}.log", "log-file: criu-{}.log"),
    ("images-dir checkpoints/{}", "images-dir: checkpoints/{}"),
    ("verbosity=4  # while we look for a fault", "verbosity: 4  # while we look for a fault"),
    ("timeout {}", "timeout: {}"),
    ("ghost-limit 64M", "ghost-limit: 64M"),
    (
        'action-script "/usr/local/lib/criu/notify.sh"',
        'action-script: "/usr/local/lib/criu/notify.sh"',
    ),
)
# An option that may stand as often as it has values.
_REPEATED = ("external mnt[/var/lib/data{0}]:data{0}", "external: mnt[/var/lib/data{0}]:data{0}")
# One finding a line in either format.
_MISTAKES = (
    ("tcp_close", "tcp-close : true"),
    ("--shell-job", "shell-job:  true"),
    ("tcp-close=true", "file-locks: yes"),
    ("manage-cgroups ignore", "manage-cgroups: ignore "),
    ("timeout 10s", "external: [ a]"),
    ("log-file = a.log", "log-file: a.log # to be done"),
    ("network-lock nft", "feature: [a,b]"),
    ("work-dir ~/criu", "work-dir: {a: b }"),
    ("verbose 4", "verbosity: [4 ,5]"),
    ("ghost-limit 1 M", "#ghost-limit 1M"),
)


class Case(NamedTuple):
    """What is timed: the files of either format, and how many findings each program must print
    at least.
    """

    name: str
    ours: list[str]
    theirs: list[str]
    findings: int


class Cost(NamedTuple):
    """What one process took, in seconds."""

    cpu: float
    wall: float


def _lines(rng: random.Random) -> Iterator[tuple[str, str]]:
    """Lines without a mistake, in either format, without an end: each option once, and then
    what may be repeated.
    """
    content = rng.sample(_CONTENT, len(_CONTENT))
    for number in count():
        if rng.random() < 0.25:
            comment = rng.choice(_COMMENTS)
            yield comment, comment
        else:
            ours, theirs = content.pop() if content else _REPEATED
            yield ours.format(number), theirs.format(number)


def _write(path: Path, pairs: list[tuple[str, str]], size: int | None = None) -> tuple[str, str]:
    """Write both formats of a file. YAML allows a key once in a mapping, so each of its lines
    is an item of a list; `size` cuts both texts to as many bytes, at the end of a line.
    """
    names = []
    for suffix, head, lines in (
        (".conf", "", [ours for ours, _ in pairs]),
        (
            ".yaml",
            "---\n",
            [theirs if theirs.startswith("#") else f"- {theirs}" for _, theirs in pairs],
        ),
    ):
        text = head + "".join(f"{line}\n" for line in lines)
        if size is not None and len(text) > size:
            text = text[: text.rindex("\n", 0, size) + 1]
        path.with_suffix(suffix).write_text(text, encoding="utf-8")
        names.append(str(path.with_suffix(suffix)))
    return names[0], names[1]


def _cases(directory: Path) -> Iterator[Case]:
    rng = random.Random(1)
    ours, theirs = _write(directory / "clean", list(islice(_lines(rng), 12)))
    yield Case("one clean file", [ours], [theirs], 0)
    ours, theirs = _write(directory / "faulty", [*islice(_lines(rng), 5), *_MISTAKES])
    yield Case("one file, ten findings", [ours], [theirs], len(_MISTAKES))
    fleet = [
        _write(directory / f"fleet-{number}", list(islice(_lines(rng), rng.randint(5, 15))))
        for number in range(_FILES)
    ]
    yield Case("1,000 files", [ours for ours, _ in fleet], [theirs for _, theirs in fleet], 0)
    ours, theirs = _write(directory / "big", list(islice(_lines(rng), _BIG // 10)), _BIG)
    yield Case("one file of 10 MB", [ours], [theirs], 0)


def _environment(directory: Path) -> dict[str, str]:
    """Return variables with which Python imports this checkout from byte code."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(_ROOT), "PYTHONPYCACHEPREFIX": str(directory / "cache")}


def _time(command: list[str], findings: int, directory: Path) -> Cost:
    """Run a command once. SystemExit if it does not end as a linter that found `findings`
    things does.
    """
    output = directory / "output"
    environment = _environment(directory)
    with output.open("wb") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=file, stderr=file, cwd=directory, env=environment
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_bytes()
    if process.returncode != int(findings > 0) or printed.count(b"\n") < findings:
        sys.exit(
            f"{' '.join(command[:3])}: status {process.returncode}\n"
            f"{printed[-2000:].decode(errors='replace')}"
        )
    return Cost(usage.ru_utime + usage.ru_stime, wall)


def _measure(case: Case, runs: int, directory: Path) -> tuple[list[Cost], list[Cost]]:
    """The costs of criulint and of yamllint, which run in turn."""
    ours, theirs = [*_CRIULINT, *case.ours], [*_YAMLLINT, *case.theirs]
    costs: tuple[list[Cost], list[Cost]] = ([], [])
    for _ in range(runs):
        costs[0].append(_time(ours, case.findings, directory))
        costs[1].append(_time(theirs, case.findings, directory))
    return costs


def _row(name: str, pick: Callable[[Cost], float], ours: list[Cost], theirs: list[Cost]) -> str:
    mine, other = [pick(cost) for cost in ours], [pick(cost) for cost in theirs]
    ratio = median(mine) / median(other)
    return (
        f"{name:<30}{min(mine):>9.3f}{median(mine):>9.3f}{min(other):>11.3f}{median(other):>9.3f}"
        f"{ratio:>9.2f}{1 / ratio:>8.1f}x"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--runs", type=int, default=7, metavar="N", help="counted runs of each program (default: 7)"
    )
    parser.add_argument(
        "--big-runs",
        type=int,
        default=1,
        metavar="N",
        help="counted runs on the file of 10 MB, 0 for none (default: 1)",
    )
    args = parser.parse_args()
    if args.runs < 1:
        parser.error("--runs must be at least 1")
    if find_spec("yamllint") is None:
        parser.error("yamllint is not installed: pip install -e '.[dev]'")
    print(f"{'seconds':<30}{'criulint':>18}{'yamllint':>20}{'criulint:yamllint':>18}")
    print(f"{'':<30}{'min':>9}{'median':>9}{'min':>11}{'median':>9}{'ratio':>9}{'faster':>9}")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for number, case in enumerate(_cases(directory)):
            if not number:
                _measure(case, 1, directory)  # makes the byte code
            runs = args.big_runs if "MB" in case.name else args.runs
            if not runs:
                continue
            ours, theirs = _measure(case, runs, directory)
            print(_row(f"{case.name}, CPU", lambda cost: cost.cpu, ours, theirs))
            print(_row(f"{case.name}, wall", lambda cost: cost.wall, ours, theirs), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
