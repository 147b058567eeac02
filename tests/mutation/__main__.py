# SPDX-License-Identifier: MIT
"""Do the tests notice a mistake? Puts small ones into the central modules and runs their tests.

``python -m tests.mutation [--seed N] [--count N] [--jobs N] [--module PATH ...]`` draws lines of
the modules, changes one thing on each (`tests.mutation.mutants`), and runs tests in a copy of the
tree: those that run the line (`tests.mutation.covering`), and then all of the module. It prints the
changes that no test noticed, and exits with 1 if more than 5 % went unnoticed. The same seed draws
the same mutants of the same sources.

``tests/mutation/equivalent.diff`` holds the changes that no test can notice, each with the reason,
in the form in which they are printed here; they are not drawn.

This is not a library because none that is kept up does the work here. mutmut 3 leaves out functions
with decorators and all code outside functions, which are our rules and tables. cosmic-ray changes
everything, but it runs one command for all modules, needs SQLAlchemy, aiohttp and a database for
each session, and its sample has no seed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.mutation import covering
from tests.mutation.covering import Covering
from tests.mutation.equivalent import EQUIVALENT
from tests.mutation.mapping import central_modules, find_tests
from tests.mutation.mutants import Mutant, make_mutants

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOP = Path(__file__).parents[2]
_SHARE = 0.95
# A mutant that reaches a limit counts as noticed: loops often no longer end, and fill the memory.
# Seconds of CPU time hold however busy the machine is; those of the clock are for what waits, and
# one test takes a small part of them. The run without a mutant ends by itself: it runs the tests of
# many modules, and measures them.
_CPU_LIMIT = 600
_CLOCK_LIMIT = 30 * 60
_TEST_LIMIT = 3 * 60
_MEMORY_LIMIT = 2 << 30
_OUTPUT = "pytest.txt"
_SHOWN_LINES = 30
_PYTEST = "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
_LIMITED_PYTEST = f"""
import resource
resource.setrlimit(resource.RLIMIT_CPU, ({_CPU_LIMIT}, {_CPU_LIMIT}))
resource.setrlimit(resource.RLIMIT_AS, ({_MEMORY_LIMIT}, {_MEMORY_LIMIT}))
{_PYTEST}
"""


class _Tree:
    """A copy of the working tree in which one mutant at a time is tested."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=_TOP,
            check=True,
            capture_output=True,
        )
        for name in filter(None, listed.stdout.decode().split("\0")):
            source, copy = _TOP / name, folder / name
            if source.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)

    def try_tests(self, modules: Sequence[str], tests: Sequence[str]) -> Covering | None:
        """Run tests without a mutant; return which lines they run, None if one fails."""
        result = self._folder / "covering.json"
        variables = covering.settings([self._folder / module for module in modules], result)
        if self._run(_PYTEST, tests, ["-p", covering.__name__], variables):
            return None
        lines = result.read_text(encoding="utf-8").replace(f"{self._folder}{os.sep}", "")
        return Covering(json.loads(lines))

    def last_lines(self) -> str:
        """Return the last lines that pytest printed, which name the test that failed."""
        text = (self._folder / _OUTPUT).read_text(encoding="utf-8", errors="replace")
        return "\n".join(text.splitlines()[-_SHOWN_LINES:])

    def notices(self, mutant: Mutant, tests: Sequence[str]) -> bool:
        """Return whether a test fails, or does not end, with the mutant."""
        module = self._folder / mutant.path
        module.write_text(mutant.after, encoding="utf-8")
        try:
            return self._run(_LIMITED_PYTEST, tests, clock_limit=_CLOCK_LIMIT) != 0
        finally:
            module.write_text(mutant.before, encoding="utf-8")

    def _run(
        self,
        pytest: str,
        tests: Sequence[str],
        arguments: Sequence[str] = (),
        variables: Mapping[str, str] = MappingProxyType({}),
        clock_limit: int | None = None,
    ) -> int:
        """Run tests until one fails, or for `clock_limit` seconds; return pytest's exit status."""
        environment = {
            **os.environ,
            **variables,
            "PYTHONPATH": str(self._folder),
            # A mutant may have the size of the module and be written within the same second.
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [
            *(sys.executable, "-c", pytest, "-x", "-q", "-p", "no:cacheprovider"),
            *("--hypothesis-profile=quick", f"--timeout={_TEST_LIMIT}"),
            *("-m", "not (slow or programs or network)"),
        ]
        # There may be more than fit into a command line.
        names = self._folder / "tests.txt"
        names.write_text("".join(f"{test}\n" for test in tests), encoding="utf-8")
        with (
            open(self._folder / _OUTPUT, "wb") as output,
            subprocess.Popen(
                [*command, *arguments, f"@{names}"],
                cwd=self._folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                return process.wait(clock_limit)
            except subprocess.TimeoutExpired:
                return -signal.SIGKILL
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = _parser().parse_args(arguments)
    mutants = _draw(options.module or central_modules(), options.seed, options.count)
    print(f"seed {options.seed}: {len(mutants)} mutants")
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        trees = [_Tree(Path(folder, str(number))) for number in range(options.jobs)]
        tests = dict.fromkeys(test for mutant in mutants for test in find_tests(mutant.path))
        modules = list(dict.fromkeys(mutant.path for mutant in mutants))
        lines = trees[0].try_tests(modules, list(tests))
        if lines is None:
            print(f"{trees[0].last_lines()}\nthe tests fail without a mutant")
            return 2
        survivors = _survivors(mutants, trees, lines)
    return _report(mutants, survivors)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="what to draw (default: %(default)s)")
    parser.add_argument("--count", type=int, default=100, help="mutants (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="copies of the tree")
    parser.add_argument(
        "--module",
        action="append",
        metavar="PATH",
        help="a module, such as criulint/criu/getopt.py (default: the central ones)",
    )
    return parser


def _draw(modules: Sequence[str], seed: int, count: int) -> list[Mutant]:
    """Return `count` mutants, on a line each."""
    chance = random.Random(seed)
    lines = []
    for module in modules:
        known = EQUIVALENT.get(module, set())
        for mutants in make_mutants(module, (_TOP / module).read_text(encoding="utf-8")).values():
            noticeable = [mutant for mutant in mutants if mutant.change not in known]
            if noticeable:
                lines.append(noticeable)
    return [chance.choice(mutants) for mutants in chance.sample(lines, min(count, len(lines)))]


def _survivors(mutants: Sequence[Mutant], trees: Sequence[_Tree], lines: Covering) -> list[Mutant]:
    """Test the mutants, print those that no test notices, and return them."""
    free: SimpleQueue[_Tree] = SimpleQueue()
    for tree in trees:
        free.put(tree)

    def notices(mutant: Mutant) -> bool:
        tree = free.get()
        try:
            quick = _tests_of_line(mutant, lines)
            # What is remembered from one test to the next hides which tests depend on a line.
            return (quick and tree.notices(mutant, quick)) or tree.notices(
                mutant, find_tests(mutant.path)
            )
        finally:
            free.put(tree)

    survivors = []
    with ThreadPoolExecutor(len(trees)) as pool:
        for mutant, noticed in zip(mutants, pool.map(notices, mutants), strict=True):
            if not noticed:
                survivors.append(mutant)
                print(f"\n{mutant.path}:{mutant.line}\n{mutant.change}", flush=True)
    return survivors


def _tests_of_line(mutant: Mutant, lines: Covering) -> list[str]:
    """Return the tests that run the line of a mutant, in the order of its module's tests."""
    files = find_tests(mutant.path)

    def place(test: str) -> int:
        return next((i for i, file in enumerate(files) if test.startswith(file)), len(files))

    return sorted(lines.tests(mutant.path, mutant.line, mutant.before), key=place)


def _report(mutants: Sequence[Mutant], survivors: Sequence[Mutant]) -> int:
    """Print the share of noticed mutants, by module and of all; return the exit status."""
    drawn = Counter(mutant.path for mutant in mutants)
    missed = Counter(mutant.path for mutant in survivors)
    print("\nnoticed:")
    for path, count in sorted(drawn.items()):
        print(f"{count - missed[path]:5} of {count:3}  {path}")
    share = 1 - len(survivors) / len(mutants)
    print(f"{len(mutants) - len(survivors):5} of {len(mutants):3}  {share:.1%}")
    return 0 if share >= _SHARE else 1


if __name__ == "__main__":
    sys.exit(main())
