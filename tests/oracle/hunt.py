# SPDX-License-Identifier: MIT
"""Hunt for files that criulint does not read as CRIU does, and for fixes that break their promise.

``python -m tests.oracle.hunt [--minutes N] [--release R]`` tries random files, other ones in
each run (``--seed`` repeats a run), until the time is over. What it finds is shrunk and printed
as a line for ``cases.jsonl`` (a difference) or ``fixes.jsonl`` (a broken promise), whose cause
is then to be found and written down. The exit status is 1 if there was something.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.oracle.compare import differences
from tests.oracle.oracle import Kind, Oracle
from tests.oracle.promises import broken_promises
from tests.oracle.roots import SUITES, RootError
from tests.oracle.strategies import files
from tests.strategies import NEARLY_RIGHT

_EXAMPLES = 3000


class DifferenceError(Exception):
    """A file with its differences."""

    def __init__(self, data: bytes, found: list[str]) -> None:
        super().__init__(data, found)
        self.data = data
        self.found = found


class Hunter:
    """Tries files on a CRIU; `tried` and `kinds` count them."""

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self.tried = 0
        self.kinds = dict.fromkeys(Kind, 0)

    def round(self, number: int) -> DifferenceError | None:
        """Try some files; what came out, shrunk, or None."""

        @seed(number)
        @settings(
            max_examples=_EXAMPLES,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.one_of(files(self._oracle.release), files(self._oracle.release), NEARLY_RIGHT))
        def try_file(data: bytes) -> None:
            real = self._oracle.read(data)
            self.tried += 1
            self.kinds[real.kind] += 1
            try:
                found = differences(data, self._oracle.release, real)
                found = found or broken_promises(data, self._oracle.release, self._oracle.read)
            except Exception as error:  # criulint has to cope with any file
                found = [f"criulint raises {error!r}"]
            if found:
                raise DifferenceError(data, found)

        try:
            try_file()
        except DifferenceError as found:
            return found
        return None


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.oracle.hunt",
        description="Look for files that criulint misreads or spoils.",
    )
    parser.add_argument("--minutes", type=float, default=1, help="how long (default: 1)")
    parser.add_argument(
        "--release", choices=SUITES, action="append", help="with this CRIU only; may be repeated"
    )
    parser.add_argument(
        "--seed", type=int, default=random.randrange(1_000_000_000), help="repeat a run"
    )
    options = parser.parse_args(arguments)
    try:
        hunters = {release: Hunter(Oracle(release)) for release in options.release or SUITES}
    except RootError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stderr.write(f"seed {options.seed}\n")
    start = time.monotonic()
    number, status = options.seed, 0
    while time.monotonic() < start + 60 * options.minutes:
        for release, hunter in hunters.items():
            found = hunter.round(number)
            if found:
                status = 1
                case = {
                    "id": f"{release}-{number}",
                    "text": found.data.decode("latin-1"),
                    "cause": "; ".join(found.found),
                }
                sys.stdout.write(json.dumps(case) + "\n")
                sys.stdout.flush()
        number += 1
    seconds = time.monotonic() - start
    for release, hunter in hunters.items():
        kinds = ", ".join(f"{count} {kind.value}" for kind, count in hunter.kinds.items() if count)
        sys.stderr.write(f"CRIU {release}: {hunter.tried} files ({kinds})\n")
    sys.stderr.write(f"{seconds:.0f} seconds\n")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
