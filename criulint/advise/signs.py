# SPDX-License-Identifier: MIT
"""Signs in a text that show which CRIU ran, who called it, with which command, and its end."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Sign:
    """A pattern that is searched for only in text with one of its `words`: logs are long."""

    def __init__(self, pattern: re.Pattern[str], *words: str) -> None:
        self.pattern = pattern
        self.words = words

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match."""
        return next(self.finditer(text), None)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the matches."""
        if any(word in text for word in self.words):
            yield from self.pattern.finditer(text)


RELEASE = Sign(re.compile(r"\bVersion: (\d{1,3}(?:\.\d{1,4}){1,3})"), "Version: ")
PARSED = Sign(re.compile(r"\bParsing config file (/\S{1,4096})"), "Parsing config file")
NAMED = Sign(
    re.compile(r"(?:Would overwrite|Overwriting) RPC settings with values from (/\S{1,4096})"),
    "RPC settings",
)
ENDED_WELL = Sign(
    re.compile(r"\b(?:Pre-dumping|Dumping|Restore) finished successfully"), "finished successfully"
)
FAILED = Sign(re.compile(r"\b(?:Pre-dumping|Dumping|Restoring) FAILED"), " FAILED")
POINTER = Sign(
    re.compile(
        r"(?:log file: |logfile |Quoting \"|excerpt from CRIU log `|\bpath= ?)"
        r"(/[^\s\"'`:,]{1,4096})"
    ),
    *("log file: ", "logfile ", 'Quoting "', "excerpt from CRIU log", "path="),
)

# What CRIU says about itself; the last one counts.
STAGES = (
    (Sign(re.compile(r"Pre-dumping (?:FAILED|finished|task)"), "Pre-dumping"), "pre-dump"),
    (
        Sign(
            re.compile(r"Restoring FAILED|Restore finished|Reading image tree|type: ?RESTORE"),
            *("Restoring FAILED", "Restore finished", "Reading image tree", "RESTORE"),
        ),
        "restore",
    ),
    (
        Sign(
            re.compile(r"\bDumping (?:FAILED|finished|processes)|type: ?DUMP"),
            *("Dumping FAILED", "Dumping finished", "Dumping processes", "DUMP"),
        ),
        "dump",
    ),
)
# What others say; the first one counts.
COMMAND_SIGNS = (
    (Sign(re.compile(r"checkpoint --pre-dump"), "--pre-dump"), "pre-dump"),
    (
        Sign(
            re.compile(r"CRIU restoring failed|\brestore\.log\b|criu restore\b|runc restore"),
            *("CRIU restoring failed", "restore.log", "criu restore", "runc restore"),
        ),
        "restore",
    ),
    (
        Sign(
            re.compile(
                r"CRIU checkpointing failed|\bdump\.log\b|criu dump\b|checkpointing of|"
                r"Cannot checkpoint|criu/(?:cr-dump|seize)\.c|migration dump failed"
            ),
            *("CRIU checkpointing failed", "dump.log", "criu dump", "checkpointing of"),
            *("Cannot checkpoint", "criu/cr-dump.c", "criu/seize.c", "migration dump failed"),
        ),
        "dump",
    ),
    (
        Sign(re.compile(r"criu/cr-restore\.c|pie: \s*\d+: Error"), "criu/cr-restore.c", "pie: "),
        "restore",
    ),
)
_CRUN_FAILED = r"CRIU (?:checkpoint|restor)ing failed|--- excerpt from CRIU log"
_CRUN_WORDS = ("CRIU checkpointing", "CRIU restoring", "excerpt from CRIU log", "crun")
_RUNC_FAILED = r"criu failed: type|--- Quoting \W{0,4}/"
_RUNC_WORDS = ("criu failed: type", "--- Quoting", "runc")
RUNTIMES = (
    (
        Sign(
            re.compile(rf"{_RUNC_FAILED}|\brunc(?:\"\]| checkpoint| restore| --)|/runc\b"),
            *_RUNC_WORDS,
        ),
        "runc",
    ),
    (
        Sign(
            re.compile(rf"{_CRUN_FAILED}|\bcrun(?: checkpoint| restore| --)|/crun\b"), *_CRUN_WORDS
        ),
        "crun",
    ),
    (Sign(re.compile(r"\byouki (?:checkpoint|restore)|/youki\b"), "youki"), "youki"),
)
RPC = Sign(
    re.compile(
        r"(?m)^\(\d+\.\d+\) \tRPC\s*$|CRIU version check failed|read unixpacket @->@|"
        r"^(?:ERRO\S{0,16} )?\W{0,4}unexpected EOF\W{0,4}$"
    ),
    *("\tRPC", "CRIU version check", "read unixpacket", "unexpected EOF"),
)
JVM = Sign(
    re.compile(r"openj9\.internal\.criu|\bCRIUSupport\b|SystemCheckpointException"),
    *("openj9.internal.criu", "CRIUSupport", "SystemCheckpointException"),
)
# The first one that matches counts: the most specific come first.
CALLERS = (
    (
        Sign(
            re.compile(
                r"\b(?:crio|CRIO)\b|[Cc][Rr][Ii]-[Oo]|checkpointing of \S{1,300} failed|"
                r"running \W{0,8}/\S{1,300}\" \[\W{0,8}(?:checkpoint|restore)\b"
            ),
            *("crio", "CRIO", "cri-o", "CRI-O", "cri-O", "Cri-o", "checkpointing of", "running "),
        ),
        "cri-o",
    ),
    (Sign(re.compile(r"\bpodman\b|\blibpod\b"), "podman", "libpod"), "podman"),
    (
        Sign(
            re.compile(r"Error response from daemon|\bdocker\b|\bmoby\b"),
            *("Error response from daemon", "docker", "moby"),
        ),
        "docker",
    ),
    (Sign(re.compile(r"containerd"), "containerd"), "containerd"),
    (
        Sign(
            re.compile(
                r"\b(?:lx[dc]|LX[DC])\b|migration dump failed|snapshot dump failed|\b[Ii]ncus\b"
            ),
            *("lxd", "lxc", "LXD", "LXC", "dump failed", "incus", "Incus"),
        ),
        "lxc",
    ),
    (
        Sign(re.compile(r"/overlay-containers/[0-9a-f]{1,64}/userdata/"), "/overlay-containers/"),
        "podman",
    ),
    (Sign(re.compile(rf"{_CRUN_FAILED}|\bcrun\b"), *_CRUN_WORDS), "crun"),
    (Sign(re.compile(rf"{_RUNC_FAILED}|\brunc\b|/run/runc/"), *_RUNC_WORDS), "runc"),
    (Sign(re.compile(r"\byouki\b"), "youki"), "youki"),
)
#: All of them, for tests.
SIGNS = (
    *(RELEASE, PARSED, NAMED, ENDED_WELL, FAILED, POINTER, RPC, JVM),
    *(sign for sign, _ in (*STAGES, *COMMAND_SIGNS, *RUNTIMES, *CALLERS)),
)
