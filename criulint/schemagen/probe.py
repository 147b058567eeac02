# SPDX-License-Identifier: MIT
"""Find what CRIU's documents leave out in the `getopt_long` errors of an installed CRIU.

- `--=` abbreviates every long option, so getopt lists them all, in the order of its table. It
leaves out those that equal the first match in arity, flag and value, since they mean the same;
other prefixes show which options are the same to CRIU (`no-daemon` and `no-restore-detached`). An
option that equals the table's first one is listed only for a prefix of its own, so each first
letter is tried too.
- An option without its value, or with one that it does not take, reveals its arity.
- For an option without an annotation, `probe_values` tries which of a few harmless values it
refuses.

CRIU only parses: every run either ends in an error or names no command, and no configuration file
is read (no `HOME`, no `CRIU_CONFIG_FILE`, `--no-default-config`). `probe` gives a value only to
options with an optional one, and it is empty.
"""

from __future__ import annotations

import re
import string
import tempfile
from typing import TYPE_CHECKING

from criulint.host.installed import ProbeError, ask, version
from criulint.schemagen.facts import ArityName, Binary, ProbedOption

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: A value that no option can mean.
JUNK = "criulint"

# glibc's message for a beginning of several options.
_AMBIGUOUS = re.compile(
    r"option '--(?P<asked>[^']*)' is ambiguous; possibilities:(?P<names>(?: '--[^']+')+)"
)
_NO_VALUE = "doesn't allow an argument"
_NEEDS_VALUE = "requires an argument"
_UNKNOWN_LETTER = "invalid option -- '"
#: Ends every parse with an error, since an empty abbreviation is ambiguous.
_STOP = "--="
#: The values that an unknown option is tried with: a word, nothing, numbers and sizes.
_VALUES = (JUNK, "", "0", "1", "-1", "4096", "4K")
_COMPLAINT = re.compile(r"^Error \([^)]*\): (.*)", re.MULTILINE)


def probe(criu: Path) -> Binary:
    """Return what the binary says about itself.

    ProbeError if it does not run or is not CRIU 3.11 or later.
    """
    with tempfile.TemporaryDirectory() as directory:
        return _Session(criu.absolute(), directory).run()


def probe_values(criu: Path, option: str, choices: Iterable[str] = ()) -> dict[str, str | None]:
    """Return, by value, CRIU's message if it refuses the value while it parses the option, or None.

    `choices` are values to try besides the usual ones. ProbeError if the binary does not run.
    """
    with tempfile.TemporaryDirectory() as directory:
        session = _Session(criu.absolute(), directory)
        return {
            value: session.complaint(option, value) for value in dict.fromkeys([*_VALUES, *choices])
        }


def read_help(criu: Path) -> str:
    """Return what `criu --help` prints. ProbeError if it does not run."""
    with tempfile.TemporaryDirectory() as directory:
        return _Session(criu.absolute(), directory).ask("--help")


class _Session:
    def __init__(self, criu: Path, directory: str) -> None:
        self._criu = criu
        self._directory = directory

    def run(self) -> Binary:
        release = version(self._criu)
        names = self._candidates("")
        if not names:
            raise ProbeError(
                f"{self._criu} does not list its options: it is not built with GNU getopt_long"
            )
        for letter in sorted({name[0] for name in names}):
            names += [name for name in self._candidates(letter) if name not in names]
        same = self._same(names)
        return Binary(
            version=release,
            options=[ProbedOption(name, self._arity(name), same.get(name)) for name in names],
            short_options=self._short_options(),
        )

    def complaint(self, option: str, value: str) -> str | None:
        """Return CRIU's complaint about a value, None if it continues with the next word."""
        answer = self.ask(f"--{option}={value}", _STOP)
        if f"option '{_STOP}' is ambiguous" in answer:
            return None
        messages = _COMPLAINT.findall(answer)
        return str(messages[-1]) if messages else ""

    def ask(self, *arguments: str) -> str:
        """Run CRIU without a command and return what it prints."""
        return ask(self._criu, self._directory, *arguments)

    def _candidates(self, prefix: str) -> list[str]:
        """Return the options that an abbreviation may mean; empty if it is not ambiguous."""
        for found in _AMBIGUOUS.finditer(self.ask(f"--{prefix}=", _STOP)):
            if found["asked"] == f"{prefix}=":
                return re.findall(r"'--([^']+)'", found["names"])
        return []

    def _same(self, names: list[str]) -> dict[str, str]:
        """Return, by option, the earlier option that is the same to getopt, if there is one."""
        same: dict[str, str] = {}
        for name in names:
            for end in range(1, len(name)):
                prefix = name[:end]
                matches = [other for other in names if other.startswith(prefix)]
                if matches[0] != name or prefix in names:
                    continue
                if len(matches) > 1:
                    listed = self._candidates(prefix)
                    same |= {other: name for other in matches[1:] if other not in listed}
                break
        return same

    def _arity(self, name: str) -> ArityName:
        if _NEEDS_VALUE in self.ask(f"--{name}"):
            return "required"
        return "none" if _NO_VALUE in self.ask(f"--{name}=", _STOP) else "optional"

    def _short_options(self) -> dict[str, ArityName | None]:
        letters: dict[str, ArityName | None] = {}
        for letter in string.ascii_letters:
            answer = self.ask(f"-{letter}")
            if _UNKNOWN_LETTER in answer:
                continue
            if _NEEDS_VALUE in answer:
                letters[letter] = "required"
                continue
            # An optional value takes the comma, which harms no option; without a value the comma
            # is a second, unknown letter.
            answer = self.ask(f"-{letter},", _STOP)
            if _UNKNOWN_LETTER in answer:
                letters[letter] = "none"
            else:
                letters[letter] = "optional" if "is ambiguous" in answer else None
        return letters
