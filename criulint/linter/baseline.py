# SPDX-License-Identifier: MIT
"""Baselines: known findings, so that only new ones are reported.

A baseline is a JSON file: ``{"version": 1, "findings": [{"path", "code", "line", "count"}, ...]}``,
sorted. Each entry is the identity of a finding (`criulint.fingerprint`) and how often the file has
it; paths are relative to the baseline's directory.
"""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from criulint import files
from criulint.fingerprint import Identity, identify, normal_path
from criulint.source import decode
from criulint.text import escape, shorten, to_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from criulint.finding import Finding

VERSION = 1
# The most bytes of a baseline.
_MAX_SIZE = 64 << 20


class BaselineError(ValueError):
    """A file that is not a baseline, or cannot be read or written."""


class Baseline:
    """The findings that were known when the file `name` was written."""

    def __init__(self, name: str, counts: Counter[Identity]) -> None:
        self._directory = os.path.dirname(os.path.abspath(name))
        self._counts = counts

    def filter_known(self, findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
        """Split the findings of one whole file into new and known ones."""
        new: list[Finding] = []
        known: list[Finding] = []
        met: Counter[Identity] = Counter()
        for finding in findings:
            identity = identify(finding, self._directory)
            met[identity] += 1
            is_known = met[identity] <= self._counts[identity]
            (known if is_known else new).append(finding)
        return new, known

    def count_resolved(self, found: Mapping[str, Iterable[Finding]], codes: frozenset[str]) -> int:
        """Return how many known findings are gone from the files that were checked or deleted.

        `found` holds all findings of each checked file, by path, including the known ones; `codes`
        are the rules that ran.
        """
        met: dict[str, Counter[Identity]] = {}
        for path, findings in found.items():
            met[normal_path(path, self._directory)] = Counter(
                identify(finding, self._directory) for finding in findings
            )
        resolved = 0
        for identity, count in self._counts.items():
            if identity.code not in codes:
                continue
            if identity.path in met:
                resolved += max(count - met[identity.path][identity], 0)
            elif self._is_deleted(identity.path):
                resolved += count
        return resolved

    def count_resolved_below(self, prefix: str, findings: Iterable[Finding]) -> int:
        """Return how many known findings are gone whose paths begin with a prefix.

        `findings` are all current findings below it, including the known ones.
        """
        met = Counter(identify(finding, self._directory) for finding in findings)
        return sum(
            max(count - met[identity], 0)
            for identity, count in self._counts.items()
            if identity.path.startswith(prefix)
        )

    def _is_deleted(self, path: str) -> bool:
        return not path.startswith("<") and not os.path.exists(os.path.join(self._directory, path))


def load_baseline(name: str) -> Baseline:
    """Read a baseline. BaselineError if the file cannot be read or is not one."""
    try:
        data = files.read(name, _MAX_SIZE, pipes=True)
    except OSError as error:
        raise BaselineError(
            f"cannot read the baseline {escape(name)}: {error.strerror or error}"
        ) from None
    return _parse_baseline(name, data)


def _parse_baseline(name: str, data: bytes) -> Baseline:
    import json

    try:
        document = json.loads(decode(data))
    except (ValueError, RecursionError):
        raise BaselineError(f"{escape(name)} is not a baseline: not JSON") from None
    return Baseline(name, _read_counts(name, document))


def _read_counts(name: str, document: object) -> Counter[Identity]:
    """Return how often a baseline has each finding. BaselineError if it is malformed."""
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{escape(name)} is not a baseline: no list of findings")
    version = document.get("version")
    if version != VERSION:
        raise BaselineError(
            f"{escape(name)} has the version {shorten(repr(version))};"
            f" this criulint reads version {VERSION}"
        )
    counts: Counter[Identity] = Counter()
    for number, entry in enumerate(document["findings"], 1):
        try:
            identity, count = _read_entry(entry)
        except (KeyError, TypeError):
            raise BaselineError(
                f"{escape(name)}: finding {number} needs `path`, `code`, `line` and `count`"
            ) from None
        counts[identity] += count
    return counts


def _read_entry(entry: dict[str, object]) -> tuple[Identity, int]:
    """Return what an entry says. KeyError or TypeError if it lacks something."""
    path, code, line, count = (entry[key] for key in ("path", "code", "line", "count"))
    if not isinstance(path, str) or not isinstance(code, str) or not isinstance(line, str):
        raise TypeError
    if type(count) is not int:  # a bool is an int, too
        raise TypeError
    return Identity(path, code, line), count


def write_baseline(name: str, findings: Iterable[Finding]) -> int:
    """Write a baseline of all `findings` and return their number.

    An existing file is replaced only if it is a baseline, or empty. BaselineError if it is not, or
    cannot be written.
    """
    directory = os.path.dirname(os.path.abspath(name))
    counts = Counter(identify(finding, directory) for finding in findings)
    entries = [{**identity._asdict(), "count": count} for identity, count in sorted(counts.items())]
    document = to_json({"version": VERSION, "findings": entries}, indent=2) + "\n"
    try:
        if not os.path.exists(name):
            files.create(name, document.encode("ascii"))
            return counts.total()
        if os.path.isdir(name):
            raise BaselineError(f"{escape(name)} is a directory; write --write-baseline=FILE")
        if not os.path.isfile(name):
            raise BaselineError(f"{escape(name)} is not a baseline: not a file")
        before = files.read(name, _MAX_SIZE)
        if before:
            try:
                _parse_baseline(name, before)
            except BaselineError as error:
                raise BaselineError(f"{error}; not replaced") from None
        if before != document.encode("ascii"):
            files.replace(name, document.encode("ascii"), before)
    except OSError as error:
        raise BaselineError(
            f"cannot write the baseline {escape(name)}: {error.strerror or error}"
        ) from None
    return counts.total()
