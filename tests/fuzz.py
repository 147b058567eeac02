# SPDX-License-Identifier: MIT
"""Fuzz criulint with atheris: ``python -m tests.fuzz [--seconds N] [libFuzzer's flags]``.

The bytes that the fuzzer makes, guided by what they reach in criulint, are a file for the
newest release and for 3.15 (the two line scanners), and have to meet the properties of
``tests/test_properties.py``. The extra ``fuzz`` has atheris, which not every Python can have. A
file that breaks one is left in ``build/fuzz``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["criulint"]):
    from criulint.criu.releases import latest_release
    from tests import test_properties as properties

_RELEASES = (latest_release(), "3.15")
_LONGEST = 400


def check(data: bytes) -> None:
    """Raise AssertionError, or whatever criulint raises, if a file breaks a property."""
    properties.tokens_joined_are_the_file(data)
    for release in _RELEASES:
        properties.findings_lie_inside_the_file(data, release)
        properties.family_1xx_if_and_only_if_criu_stops(data, release)
        for unsafe in (False, True):
            properties.fixes_are_sound(data, release, unsafe)


def main() -> None:
    """Run the command; libFuzzer ends the process."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Fuzz criulint.", add_help=False
    )
    parser.add_argument("--seconds", type=int, default=60, help="how long (default: 60)")
    options, rest = parser.parse_known_args()
    tests = Path(__file__).parent
    folder = tests.parent / "build" / "fuzz"
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    flags = [
        f"-max_total_time={options.seconds}",
        f"-max_len={_LONGEST}",
        f"-artifact_prefix={folder}/",
    ]
    folders = [str(corpus), str(tests / "cases"), str(tests / "oracle" / "files")]
    atheris.Setup([sys.argv[0], *flags, *rest, *folders], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
