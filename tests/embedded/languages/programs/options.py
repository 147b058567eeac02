#!/usr/bin/env python3
"""Install the CRIU configuration of the checkpoint agent."""
import os
import subprocess
from pathlib import Path

CRIU_DIR = Path("criu")
OPTIONS = {
    "tcp-established": None,
    "ghost-limit": "10m",
    "link_remap": None,
}


def render(options):
    lines = []
    for key, value in options.items():
        if value is None:
            lines.append(key)
        else:
            lines.append(f"{key} {value}")
    return "\n".join(lines) + "\n"


def main():
    CRIU_DIR.mkdir(parents=True, exist_ok=True)
    (CRIU_DIR / "runc.conf").write_text(render(OPTIONS))


if __name__ == "__main__":
    main()
