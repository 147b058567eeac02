"""Write criu/runc.conf: tcp_established is a mistake that is only mentioned here."""
import os
from pathlib import Path

DIRECTORY = "criu"
CONF = Path(DIRECTORY) / "runc.conf"
TEXT = """\
# managed
tcp-established
log-level 4
"""
# CONF.write_text("shell_job\n")

os.makedirs(DIRECTORY, exist_ok=True)
CONF.write_text(TEXT)
with open(os.path.join(DIRECTORY, "crun.conf"), "w", encoding="utf-8") as file:
    file.write("link-remap true\n")
    file.write("ghost-limit " "1g" + "\n")
    print("tcp-close", "false", file=file)
with open("criu/crun.conf", "a") as file:
    file.writelines(["file-locks\n", "tcp-close\n"])
