import argparse
import subprocess
import sys
from pathlib import Path


def write_conf(root, options):
    path = Path(root) / "etc" / "criu" / "runc.conf"
    lines = ["tcp-established"]
    if options.close:
        lines.append("tcp-close")
    else:
        lines.append("log-level 4")
    path.write_text("\n".join(lines) + "\n")


def append(root):
    path = Path(f"{root}/etc/criu/default.conf")
    if "link-remap" not in path.read_text():
        with path.open("a") as file:
            file.write("link_remap\n")


def remote(host, value):
    subprocess.run(["ssh", host, f"echo 'ghost-limit {value}' | sudo tee /etc/criu/runc.conf"])
    host.sudo("echo shell_job > /etc/criu/crun.conf")
    host.put_file("/etc/criu/default.conf", "tcp-close true\n")
    write_file(path="/etc/criu/a.conf", content="""\
timeout 5m
""")


SCRIPT = """#!/bin/bash
set -e
echo log-level 4 > /etc/criu/runc.conf
"""


def deploy(machine):
    machine.upload(SCRIPT)
