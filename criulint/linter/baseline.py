# SPDX-License-Identifier: GPL-2.0-only
"""Baselines: findings that are known and left out, so that only new ones are told of; and fingerprints of findings.

What a finding is known by holds no line numbers: the file's path, the rule's code, the text of the line without its comment
and with single blanks, and how often that occurs in the file. It survives other lines' changes and a line's moving.

A baseline is a JSON file: ``{"version": 1, "findings": [{"path", "code", "line", "count"}, ...]}``, sorted. Its paths are
relative to the directory that it is in.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from criulint.finding import Finding
from criulint.syntax import parse_line
from criulint.text import escape

VERSION = 1


class BaselineError(ValueError):
    """A file that is no baseline, or can't be read or written."""


class Key(NamedTuple):
    """What a finding is known by; several of a file can share one."""

    path: str
    code: str
    line: str


def key(finding: Finding, text: str, directory: str = ".") -> Key:
    """What `finding` is known by; `text` is the line of its file that it begins on."""
    return Key(normal_path(finding.path or "", directory), finding.code, normal_line(text))


def fingerprints(findings: Iterable[tuple[Finding, str]], directory: str = ".") -> list[str]:
    """For each finding, with the text of its line, 32 hexadecimal digits that no other finding among them has.

    They stay the same when the lines of the file move, and when other lines change. Paths count from `directory` on.
    """
    from hashlib import sha256

    seen: Counter[Key] = Counter()
    prints = []
    for finding, text in findings:
        known = key(finding, text, directory)
        seen[known] += 1
        whole = "\0".join((*known, str(seen[known])))
        prints.append(sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:32])
    return prints


def normal_path(path: str, directory: str = ".") -> str:
    """A path from `directory` on if it is below, with ``/``; others (and ``<stdin>``) as they are."""
    if path.startswith("<") or not path:
        return path
    relative = _below(path, directory) or _below(_resolved(path), os.path.realpath(directory))
    return (relative or os.path.abspath(path)).replace(os.sep, "/")


def _below(path: str, directory: str) -> str | None:
    try:
        relative = os.path.relpath(path, directory)
    except ValueError:  # another drive
        return None
    return None if relative == os.pardir or relative.startswith(os.pardir + os.sep) else relative


def _resolved(path: str) -> str:
    """A path without symbolic links on the way to the file; the file itself may be one."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def normal_line(text: str) -> str:
    """The text of a line without its comment, with single blanks between the words."""
    comment = parse_line(text).comment
    if comment and text[: comment.start].strip():
        text = text[: comment.start]
    return " ".join(text.split())


class Baseline:
    """The findings of a file that were known when it was written. `name` is the file's path."""

    def __init__(self, name: str, counts: Counter[Key]) -> None:
        self.name = name
        self._directory = os.path.dirname(os.path.abspath(name))
        self._counts = counts
        self._met: Counter[Key] = Counter()
        self._checked: set[str] = set()

    def new(
        self, findings: Sequence[Finding], lines: Sequence[str], path: str, *, more: bool = False
    ) -> list[Finding]:
        """The findings of one whole file that are not known; `lines` is the text of each one's line.

        With `more` they come to those that the file had before.
        """
        place = normal_path(path, self._directory)
        self._checked.add(place)
        for known in [] if more else [known for known in self._met if known.path == place]:
            del self._met[known]
        unknown = []
        for finding, text in zip(findings, lines, strict=True):
            known = key(finding, text, self._directory)
            self._met[known] += 1
            if self._met[known] > self._counts[known]:
                unknown.append(finding)
        return unknown

    def gone(self, codes: frozenset[str]) -> int:
        """How many known findings are no more, in the files that `new` was given and those that are not there any longer.

        `codes` are the rules that were asked.
        """
        count = 0
        for known, number in self._counts.items():
            path = os.path.join(self._directory, known.path)
            looked_at = known.path in self._checked or not (
                known.path.startswith("<") or os.path.exists(path)
            )
            if known.code in codes and looked_at:
                count += max(number - self._met[known], 0)
        return count


def load(name: str) -> Baseline:
    """Read a baseline. BaselineError if the file can't be read or is none."""
    import json

    try:
        with open(name, encoding="utf-8", errors="surrogateescape") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
                raise BaselineError(f"{escape(name)} is no baseline: it is not a file")
            document = json.load(file)
    except BaselineError:
        raise
    except OSError as error:
        raise BaselineError(
            f"cannot read the baseline {escape(name)}: {error.strerror or error}"
        ) from None
    except (ValueError, RecursionError):
        raise BaselineError(f"{escape(name)} is no baseline: it is not JSON") from None
    version = document.get("version") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise BaselineError(f"{escape(name)} is no baseline: it has no list of findings")
    if version != VERSION:
        raise BaselineError(
            f"{escape(name)} has the version {version!r}; this criulint reads version {VERSION}"
        )
    counts: Counter[Key] = Counter()
    for number, entry in enumerate(document["findings"], 1):
        try:
            known, count = Key(entry["path"], entry["code"], entry["line"]), entry["count"]
        except (KeyError, TypeError):
            known, count = None, 0
        if (
            known is None
            or not all(isinstance(part, str) for part in known)
            or type(count) is not int
        ):
            raise BaselineError(
                f"{escape(name)}: finding {number} needs `path`, `code`, `line` and `count`"
            )
        counts[known] += count
    return Baseline(name, counts)


def write(name: str, findings: Iterable[tuple[Finding, str]]) -> int:
    """Write a baseline of all `findings`, each with the text of its line; how many they are.

    A file that is there is replaced only if it is a baseline, or empty. BaselineError if that or the writing fails.
    """
    import json

    from criulint import files

    directory = os.path.dirname(os.path.abspath(name))
    counts = Counter(key(finding, text, directory) for finding, text in findings)
    entries = [{**known._asdict(), "count": count} for known, count in sorted(counts.items())]
    document = (
        json.dumps({"version": VERSION, "findings": entries}, indent=2, ensure_ascii=True) + "\n"
    )
    try:
        if not os.path.exists(name):
            files.create(name, document.encode("ascii"))
            return counts.total()
        if os.path.isdir(name):
            raise BaselineError(f"{escape(name)} is a directory; write --write-baseline=FILE")
        if not os.path.isfile(name):
            raise BaselineError(f"{escape(name)} is no baseline: it is not a file")
        with open(name, "rb") as old:
            before = old.read()
        if before:
            try:
                load(name)
            except BaselineError as error:
                raise BaselineError(f"{error}; it is not replaced") from None
        if before != document.encode("ascii"):
            files.replace(name, document.encode("ascii"), before)
    except OSError as error:
        raise BaselineError(
            f"cannot write the baseline {escape(name)}: {error.strerror or error}"
        ) from None
    return counts.total()
