# SPDX-License-Identifier: MIT
"""What is found about the paths in a file, and about the file, by what the host has there.

A block has the host's files (`tests.listing`), and then a line for each option of which something
is found: the code, the severity, and the message.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.criu.context import COMMANDS, Caller, Context
from criulint.host.filesystem import HostContext
from criulint.linter.linter import Linter
from criulint.source import Source
from tests.golden import escape
from tests.listing import Listing
from tests.survey import files
from tests.survey.blocks import document, merge

if TYPE_CHECKING:
    from tests.golden import Golden

_HERE = Path(__file__).parent
_CALLERS = {"criu": None, "runc": Caller("runc")}
#: What may be at the path /srv/a/b and around it.
_HOSTS = (
    *("", "0755 /srv/a/", "0644 /srv/a", "0644 /srv/a/b", "0755 /srv/a/b", "0755 /srv/a/b/"),
    *("0755 /srv/a/b: #!/bin/sh", "0755 /srv/a/b: #!/bin/sh; 0755 /bin/sh", "0600 7:7 /srv/a/b"),
    *("0666 /srv/a/b", "0664 0:50 /srv/a/b", "0640 0:50 /srv/a/b", "0777 7:7 /srv/a/b/"),
    *(
        "1777 /srv/a/; 0644 /srv/a/b",
        "0777 /srv/a/; 0755 /srv/a/b",
        "0755 7:7 /srv/a/; 0700 /srv/a/b",
    ),
    *("1777 /srv/a/", "0777 /srv/a/", "/srv/a/b -> /srv/c", "/srv/a/b -> c; 0644 /srv/a/c"),
    *(
        "/srv/a/b -> b",
        "/srv/a -> /tmp/a; 1777 /tmp/; 0644 /tmp/a/b",
        "0755 /srv/a/b/x.so: \x7fELF",
    ),
    *("0644 /srv/a/b/x.so: text", "0755 /srv/a/b/x/", "/srv/a/b/x.so -> y"),
)
_VALUES = {
    "external": "file[1:2]:/srv/a/b",
    "join-ns": "net:/srv/a/b",
    "inherit-fd": "fd[1]:/srv/a/b",
}
_OPTIONS = (
    *("images-dir", "work-dir", "log-file", "pidfile", "action-script", "libdir", "root", "config"),
    *("prev-images-dir", "cgroup-yard", "freeze-cgroup", "cgroup-props-file", "tls-cacert"),
    *("tls-cacrl", "tls-cert", "tls-key", "skip-mnt", "irmap-scan-path", "address", "external"),
    *("join-ns", "inherit-fd", "ext-mount-map", "lsm-mount-context"),
)


def _find(text: str, path: str, listing: str, context: Context) -> list[str]:
    around = HostContext(Listing(listing.split("; ") if listing else ()), path)
    linter = Linter(files.RELEASE, None, context, lambda _: around)
    found = linter.check(Source(text.encode(), path)).findings
    return [
        f"{each.code} {each.severity}: {each.message}{f'; {each.help}' if each.help else ''}"
        for each in found
        if each.code.startswith("CRIU5")
    ]


@pytest.mark.parametrize("caller", _CALLERS)
def test_paths_in_a_file(caller: str, golden: Golden) -> None:
    path = "/etc/criu/runc.conf" if _CALLERS[caller] else "/etc/criu/default.conf"
    texts = []
    for option in _OPTIONS if caller == "criu" else _SENT_BY_RUNTIMES:
        outputs = []
        for listing in _HOSTS:
            commands: dict[str, list[str]] = {}
            for command in COMMANDS:
                context = Context(None, _CALLERS[caller], (command,))
                text = f"{option} {_VALUES.get(option, '/srv/a/b')}\n"
                found = _find(text, path, listing, context)
                commands.setdefault(document(found), []).append(command)
            for said, names in commands.items():
                outputs.append(
                    (f"{option}, {escape(listing) or 'nothing'} ({', '.join(names)})", said)
                )
        texts.append(merge(outputs))
    golden(_HERE / f"hosts-{caller}.expected", "\n".join(texts))


_SENT_BY_RUNTIMES = ("images-dir", "work-dir", "log-file", "root", "action-script", "tls-key")
_FILES = (
    *("0644 %s", "0666 %s", "0664 %s", "0664 0:50 %s", "0600 7:7 %s", "0640 0:7 %s", "0000 %s"),
    *(
        "0644 %s; 0777 /etc/criu/",
        "0644 %s; 0755 7:0 /etc/criu/",
        "0644 %s; 0775 0:50 /root/.criu/",
    ),
    *("0644 %s; 0777 /etc/", "%s -> /tmp/x; 1777 /tmp/; 0644 /tmp/x", "%s -> x; 0666 /etc/criu/x"),
    *("0644 %s; 0755 7:7 /root/", "%s/"),
)


def test_the_file_itself(golden: Golden) -> None:
    outputs = []
    for path, listing in product(("/etc/criu/default.conf", "/root/.criu/default.conf"), _FILES):
        found = _find("tcp-close\n", path, listing.replace("%s", path), Context())
        outputs.append((listing.replace("%s", path), document(found)))
    golden(_HERE / "hosts-own-file.expected", merge(outputs))
