# SPDX-License-Identifier: GPL-2.0-only
"""Ask an installed CRIU for what its documents leave out, by the complaints of GNU `getopt_long`.

- `--=` abbreviates every long option, so getopt lists them all, in its table's order. It leaves out those that equal
  the first match in arity, flag and value, since either means the same; asked with other prefixes, that tells which
  options are one and the same to CRIU (`no-daemon` and `no-restore-detached`). An option that equals the table's first
  one would show only under a prefix of its own, so each first letter is asked too.
- An option without its value, or with one that it does not take, tells its arity.
- Options that the annotations do not know are asked which of a few harmless values they refuse (`probe_values`).

Nothing but parsing runs: every question either ends in an error or names no command, and no configuration file is read
(no `HOME`, no `CRIU_CONFIG_FILE`, `--no-default-config`). `probe` hands a value only to options whose value is
optional, and it is empty.
"""

from __future__ import annotations

import os
import re
import shutil
import string
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from criulint.schemagen.facts import Arity, Binary, Probed

#: Where criu is looked for when PATH, as for users other than root, leaves the system's directories out.
_BINARY_DIRECTORIES = ("/usr/local/sbin", "/usr/sbin", "/sbin")
#: Seconds that one question may take.
_TIMEOUT = 20

_VERSION = re.compile(r"^Version: (\S+)", re.MULTILINE)
#: A value that no option can mean.
JUNK = "criulint"

_AMBIGUOUS = re.compile(
    r"option '--(?P<asked>[^']*)' is ambiguous; possibilities:(?P<names>(?: '--[^']+')+)"
)
_NO_VALUE = "doesn't allow an argument"
_NEEDS_VALUE = "requires an argument"
_UNKNOWN_LETTER = "invalid option -- '"
#: Ends every parse with an error, since an empty abbreviation is ambiguous.
_STOP = "--="
#: What an unknown option is asked about: a word, nothing, numbers and sizes.
_VALUES = (JUNK, "", "0", "1", "-1", "4096", "4K")
_COMPLAINT = re.compile(r"^Error \([^)]*\): (.*)", re.MULTILINE)


class ProbeError(Exception):
    """A binary that could not be asked; the text is one line for the user."""


def find_binary() -> Path:
    """Return the installed criu. ProbeError if there is none."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *_BINARY_DIRECTORIES])
    if found := shutil.which("criu", path=path):
        return Path(found)
    raise ProbeError("no criu is installed")


def version(criu: Path) -> str:
    """Return the release that a binary tells. ProbeError if it does not run or is no CRIU from 3.11 on."""
    with tempfile.TemporaryDirectory() as directory:
        return _Session(criu.absolute(), directory).version()


def probe(criu: Path) -> Binary:
    """Return what the binary tells about itself. ProbeError if it does not run or is no CRIU from 3.11 on."""
    with tempfile.TemporaryDirectory() as directory:
        return _Session(criu.absolute(), directory).run()


def probe_values(criu: Path, option: str, choices: Iterable[str] = ()) -> dict[str, str | None]:
    """Return which values an option refuses while it is parsed, each with CRIU's complaint, None for a taken one.

    `choices` are values to ask about beside the usual ones. ProbeError if the binary does not run.
    """
    with tempfile.TemporaryDirectory() as directory:
        session = _Session(criu.absolute(), directory)
        return {
            value: session.complaint(option, value) for value in dict.fromkeys([*_VALUES, *choices])
        }


def help_text(criu: Path) -> str:
    """Return what `criu --help` prints. ProbeError if it does not run."""
    with tempfile.TemporaryDirectory() as directory:
        return _Session(criu.absolute(), directory).ask("--help")


class _Session:
    def __init__(self, criu: Path, directory: str) -> None:
        self._criu = criu
        self._directory = directory

    def version(self) -> str:
        found = _VERSION.search(self.ask("--version"))
        if not found:
            raise ProbeError(f"{self._criu} is no CRIU from 3.11 on: it does not tell its version")
        return found[1]

    def run(self) -> Binary:
        version = self.version()
        names = self._candidates("")
        if not names:
            raise ProbeError(
                f"{self._criu} does not list its options: it is not built with GNU getopt_long"
            )
        for letter in sorted({name[0] for name in names}):
            names += [name for name in self._candidates(letter) if name not in names]
        same = self._same(names)
        return Binary(
            version=version,
            options=[Probed(name, self._arity(name), same.get(name)) for name in names],
            short_options=self._short_options(),
        )

    def complaint(self, option: str, value: str) -> str | None:
        """Return what CRIU has against a value, None if it goes on to the next word."""
        answer = self.ask(f"--{option}={value}", _STOP)
        if f"option '{_STOP}' is ambiguous" in answer:
            return None
        found = _COMPLAINT.search(answer)
        return found[1].strip() if found else ""

    def ask(self, *arguments: str) -> str:
        """Run CRIU without a command and return what it prints."""
        try:
            answer = subprocess.run(
                [self._criu, "--no-default-config", *arguments],
                cwd=self._directory,
                env={"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProbeError(f"{self._criu} did not answer within {_TIMEOUT} seconds") from error
        except OSError as error:
            raise ProbeError(f"cannot run {self._criu}: {error.strerror}") from error
        return answer.stdout.decode("utf-8", "replace")

    def _candidates(self, prefix: str) -> list[str]:
        """Return the options that an abbreviation may mean; none if it is not ambiguous."""
        for found in _AMBIGUOUS.finditer(self.ask(f"--{prefix}=", _STOP)):
            if found["asked"] == f"{prefix}=":
                return re.findall(r"'--([^']+)'", found["names"])
        return []

    def _same(self, names: list[str]) -> dict[str, str]:
        """Return for each option that getopt takes for an earlier one which one that is."""
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

    def _arity(self, name: str) -> Arity:
        if _NEEDS_VALUE in self.ask(f"--{name}"):
            return "required"
        return "none" if _NO_VALUE in self.ask(f"--{name}=", _STOP) else "optional"

    def _short_options(self) -> dict[str, Arity | None]:
        letters: dict[str, Arity | None] = {}
        for letter in string.ascii_letters:
            answer = self.ask(f"-{letter}")
            if _UNKNOWN_LETTER in answer:
                continue
            if _NEEDS_VALUE in answer:
                letters[letter] = "required"
                continue
            # An optional value swallows the comma, and no option minds it; without one it is a second, unknown letter.
            answer = self.ask(f"-{letter},", _STOP)
            if _UNKNOWN_LETTER in answer:
                letters[letter] = "none"
            else:
                letters[letter] = "optional" if "is ambiguous" in answer else None
        return letters
