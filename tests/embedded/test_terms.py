# SPDX-License-Identifier: MIT
"""What "Where criulint looks" promises of paths, lines, alternatives, and what is not code.

Each term has hosts on both sides of its border: with each host stand the findings, as the line in
the host and the code, without those of severity info. ``|`` begins a line of the host.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main

if TYPE_CHECKING:
    from pathlib import Path

# Which paths are CRIU's. What is written to each of them is `tcp_close`.
_PATHS = {
    "/etc/criu/runc.conf": True,
    "etc/criu/default.conf": True,
    "criu/x.conf": True,
    "./.criu/default.conf": True,
    "~/.criu/default.conf": True,
    "$ROOTFS/etc/criu/crun.conf": True,
    "/host/etc/criu/my-own.conf": True,
    "${DESTDIR}/etc/criu/runc.conf": True,
    "$(mktemp -d)/criu/runc.conf": True,
    "/etc/init/criu.conf": False,
    "/etc/crio/crio.conf.d/10-criu.conf": False,
    "/etc/modules-load.d/criu.conf": False,
    "/etc/nginx/conf.d/runc.conf": False,
    "/etc/criu/runc.conf.bak": False,
    "/etc/criu/runc.conf~": False,
    "/etc/criu/runc.confd": False,
    "/etc/criu/.conf": False,
    "/etc/criu/sub/runc.conf": False,
    "/etc/criu.d/runc.conf": True,
    "/etc/mycriu/own.conf": False,
    "/etc/criu/runc": False,
}


def _check(directory: Path, capsys: pytest.CaptureFixture[str], name: str, text: str) -> list[str]:
    host = directory / name
    host.write_bytes(text.encode())
    words = ["check", "--criu", "4.2.1", "--isolated", "--format", "json", str(host)]
    status = main(words)
    findings = json.loads(capsys.readouterr().out)
    assert {finding["path"] for finding in findings} <= {str(host)}
    serious = [finding for finding in findings if finding["severity"] != "info"]
    assert status == bool(serious)
    return [f"{finding['line']} {finding['code']}" for finding in serious]


@pytest.mark.parametrize(("path", "is_one"), _PATHS.items())
def test_which_paths_are_crius(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, is_one: bool
) -> None:
    found = _check(tmp_path, capsys, "x.sh", f"#!/bin/sh\necho tcp_close > {path}\n")
    assert found == (["2 CRIU101"] if is_one else [])


# The findings in a host, which begins in a line of its own.
_HOSTS = {
    # A file that the host names to CRIU is one, whatever its name; others of that name are not.
    "named by a variable": (
        "x.sh",
        """
#!/bin/sh
echo tcp_close > /tmp/a.txt
echo tcp_close > /tmp/b.txt
CRIU_CONFIG_FILE=/tmp/a.txt criu check
""",
        ["2 CRIU101"],
    ),
    "named by an option": (
        "x.sh",
        """
#!/bin/sh
echo tcp_close > /tmp/a.txt
criu check --config /tmp/a.txt
crictl --config /tmp/b.txt
echo tcp_close > /tmp/b.txt
""",
        ["2 CRIU101"],
    ),
    "named by an annotation": (
        "x.sh",
        """
#!/bin/sh
echo tcp_close > /tmp/a.conf
jq '.annotations += {"org.criu.config": "/tmp/a.conf"}' config.json
jq '.annotations += {"org.criu.other": "/tmp/b.conf"}' config.json
echo tcp_close > /tmp/b.conf
""",
        ["2 CRIU101"],
    ),
    # The line is that of the offending characters.
    "an assignment": (
        "x.sh",
        """
#!/bin/sh
LIMIT=10m
echo "ghost-limit $LIMIT" > /etc/criu/runc.conf
""",
        ["2 CRIU206"],
    ),
    "a call": (
        "x.sh",
        """
#!/bin/sh
add() { echo "$1" >> /etc/criu/runc.conf; }
add tcp-established
add "tcp_close"
""",
        ["4 CRIU101"],
    ),
    "a list of a loop": (
        "x.sh",
        """
#!/bin/sh
for option in tcp-established \\
    tcp_close; do
    echo "$option"
done > /etc/criu/runc.conf
""",
        ["3 CRIU101"],
    ),
    # Branches are alternatives, with what stands around them.
    "branches": (
        "x.sh",
        """
#!/bin/sh
echo tcp-established > /etc/criu/runc.conf
if [ -e /dev/nvidiactl ]; then
    echo tcp-close >> /etc/criu/runc.conf
else
    echo link-remap >> /etc/criu/runc.conf
fi
echo link-remap >> /etc/criu/runc.conf
""",
        ["2 CRIU302", "8 CRIU301"],
    ),
    "branches that exclude each other": (
        "x.sh",
        """
#!/bin/sh
case $MODE in
    keep) echo tcp-established > /etc/criu/runc.conf ;;
    close) echo tcp-close > /etc/criu/runc.conf ;;
esac
""",
        [],
    ),
    "a default": (
        "x.sh",
        """
#!/bin/sh
MODE=${MODE:-keep}
if [ "$MODE" = keep ]; then
    echo tcp-established > /etc/criu/runc.conf
else
    echo tcp_close > /etc/criu/runc.conf
fi
""",
        ["6 CRIU101"],
    ),
    "a constant": (
        "x.sh",
        """
#!/bin/sh
MODE=keep
if [ "$MODE" = keep ]; then
    echo tcp-established > /etc/criu/runc.conf
else
    echo tcp_close > /etc/criu/runc.conf
fi
""",
        [],
    ),
    "stages": (
        "Dockerfile",
        """
FROM debian AS base
RUN echo tcp-established > /etc/criu/runc.conf
FROM base AS one
RUN echo tcp-close >> /etc/criu/runc.conf
FROM debian AS two
RUN echo tcp-close > /etc/criu/runc.conf
""",
        ["2 CRIU302"],
    ),
    # `>` and `rm` start over, unless a program could read the file in between.
    "overwritten": (
        "x.sh",
        """
#!/bin/sh
echo tcp_close > /etc/criu/runc.conf
echo tcp-close > /etc/criu/runc.conf
echo tcp_close > /etc/criu/crun.conf
rm /etc/criu/crun.conf
""",
        [],
    ),
    "overwritten after a run": (
        "x.sh",
        """
#!/bin/sh
echo tcp_close > /etc/criu/runc.conf
runc checkpoint x
echo tcp-close > /etc/criu/runc.conf
""",
        ["2 CRIU101"],
    ),
    # A default is taken; what has no value is unknown; quotes keep a dollar sign.
    "values": (
        "x.sh",
        """
#!/bin/sh
cat > /etc/criu/runc.conf <<EOF
ghost-limit ${LIMIT:-10m}
timeout $TIMEOUT
action-script $HOME/hook
EOF
cat > /etc/criu/crun.conf <<'EOF'
action-script $HOME/hook
EOF
""",
        ["3 CRIU206", "8 CRIU208"],
    ),
    # The shell of the first line decides.
    "echo in bash": ("x.sh", "\n#!/bin/bash\necho 'tcp-close\\nx' > criu/a.conf\n", ["2 CRIU101"]),
    "echo in dash": (
        "x.sh",
        "\n#!/bin/dash\necho 'tcp-close\\nlink_remap' > criu/runc.conf\n",
        ["2 CRIU101"],
    ),
    "echo in any shell": (
        "x.sh",
        "\n#!/bin/sh\necho 'tcp-close\\nlink_remap' > criu/runc.conf\n",
        [],
    ),
    # What is not code.
    "a message": ("x.sh", "\n#!/bin/sh\necho 'echo tcp_close > /etc/criu/runc.conf'\n", []),
    "a comment": ("x.sh", "\n#!/bin/sh\n# echo tcp_close > /etc/criu/runc.conf\n", []),
    "input of a comparison": (
        "x.sh",
        "\n#!/bin/sh\ndiff - /etc/criu/runc.conf <<EOF\ntcp_close\nEOF\n",
        [],
    ),
    "the exec form": (
        "Dockerfile",
        """
FROM debian
LABEL a="echo tcp_close > /etc/criu/runc.conf"
RUN ["echo", "tcp_close", ">", "/etc/criu/runc.conf"]
RUN ["sh", "-c", "echo tcp_close > /etc/criu/runc.conf"]
""",
        ["4 CRIU101"],
    ),
    "a list without a shell": (
        "x.yaml",
        """
kind: Pod
spec:
  containers:
    - command: [echo, tcp_close, ">", /etc/criu/runc.conf]
    - command: [sh, -c, "echo tcp_close > /etc/criu/runc.conf"]
""",
        ["5 CRIU101"],
    ),
    "names and variables": (
        "x.yml",
        """
jobs:
  a:
    steps:
      - name: echo tcp_close > /etc/criu/runc.conf
        env: {RUN: echo tcp_close > /etc/criu/runc.conf}
        run: |
          echo tcp_close > /etc/criu/runc.conf
""",
        ["7 CRIU101"],
    ),
    "fences": (
        "x.md",
        """
In `/etc/criu/runc.conf`:

```text
tcp_close
```

In `/etc/criu/runc.conf`:

```diff
+tcp_close
```

In `/etc/criu/runc.conf`:

```toml
tcp_close = true
```

```console
$ cat /etc/criu/runc.conf
tcp_close
$ echo tcp_close > /etc/criu/runc.conf
```

In `/etc/criu/runc.conf`:

```conf
tcp_close
```
""",
        ["22 CRIU101", "28 CRIU101"],
    ),
    "a docstring": (
        "x.py",
        '''
"""/etc/criu/runc.conf

tcp_close
"""
open("/etc/criu/runc.conf", "w").write("tcp_close\\n")
''',
        ["5 CRIU101"],
    ),
    # One finding for all the CRs, a suppression in the text, and infos that are no failure.
    "line ends of Windows": (
        "x.sh",
        "\n#!/bin/sh\ncat > criu/runc.conf <<EOF\r\ntcp-close\r\nlink-remap\r\nEOF\r\n",
        ["3 CRIU109"],
    ),
    "a suppression": (
        "x.sh",
        """
#!/bin/sh
cat > /etc/criu/runc.conf <<EOF
# criulint: ignore[CRIU101]
tcp_close
link_remap
EOF
""",
        ["5 CRIU101"],
    ),
    "informations": ("x.sh", "\n#!/bin/sh\necho log-file /var/log/a > /etc/criu/runc.conf\n", []),
}


@pytest.mark.parametrize(("name", "text", "expected"), _HOSTS.values(), ids=_HOSTS)
def test_findings_are_on_these_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, expected: list[str]
) -> None:
    assert sorted(_check(tmp_path, capsys, name, text[1:])) == expected
