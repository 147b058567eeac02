# SPDX-License-Identifier: MIT
"""What ``criulint effective`` says for each caller, command and release, by what the files say."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from criulint.cli import main
from tests.survey.blocks import merge

if TYPE_CHECKING:
    from tests.golden import Golden

_HERE = Path(__file__).parent
_DEFAULT, _USER = "etc/criu/default.conf", "root/.criu/default.conf"
_RUNC, _CRUN = "etc/criu/runc.conf", "etc/criu/crun.conf"
_HOSTS: dict[str, dict[str, str]] = {
    "nothing": {},
    "one-file": {_DEFAULT: "tcp-close false\nlog-file /a b\nghost-limit 2M\nmanage-cgroups soft\n"},
    "four-files": {
        _DEFAULT: "tcp-close\nlog-file a\nexternal mnt[a]:b\nverbosity=3\nimages-dir /a\n",
        _USER: "no-tcp-close\nlog-file b\nexternal mnt[c]:d\nverbosity\n",
        _RUNC: "tcp-established\nlog-file c\nmanage-cgroups=ignore\nverbosity=0\nempty-ns net\n",
        _CRUN: "shell-job\nlog-file d\nmanage-cgroups=full\ntimeout 20\nleave-running\n",
    },
    "shared-variables": {
        _DEFAULT: "skip-file-rwx-check\nenable-external-masters\next-mount-map auto\ntls\n",
        _USER: "no-skip-file-rwx-check\nexternal mnt[]:m\nno-tls\n",
        _RUNC: "network-lock skip\next-unix-sk=7\next-unix-sk=8\njoin-ns net:/a\n",
    },
    "broken": {_DEFAULT: "tcp-close\nfoo\nshell-job\n", _RUNC: "port x\nlog-file a\n"},
    "names-others": {_DEFAULT: "config /srv/a.conf\nno-default-config\n", "srv/a.conf": "tls\n"},
}
_CALLS = (
    *("", "--for restore", "--for pre-dump", "--criu 3.15", "--criu 3.11", "--config /srv/a.conf"),
    *("--runtime runc", "--runtime runc --for restore", "--runtime runc@1.1.15 --criu 4.1.1"),
    *("--runtime runc@1.3.0 --for pre-dump", "--runtime crun", "--runtime crun@1.18 --criu 4.1.1"),
    *("--runtime podman", "--runtime podman+runc --for restore", "--runtime docker"),
    *("--runtime cri-o", "--runtime lxc", "--runtime youki", "--rpc /srv/a.conf", "--rpc ''"),
    *("--explain tcp-close", "--explain log-file --runtime runc", "--explain no-tls"),
    *("-- --tcp-close --log-file x", "--runtime runc -- --tcp-established --file-locks"),
)


@pytest.mark.parametrize("host", _HOSTS)
def test_effective(
    host: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    for name, text in _HOSTS[host].items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    blocks = []
    for call in _CALLS:
        status = main(["effective", "--root", str(tmp_path), *shlex.split(call)])
        captured = capsys.readouterr()
        said = f"{captured.out}{captured.err}".replace(str(tmp_path), "")
        blocks.append((f"effective {call}: exit status {status}", said))
    golden(_HERE / f"effective-{host}.expected", merge(blocks))
