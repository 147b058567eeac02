from pathlib import Path

NAME = "Prüfpunkt – 検査"; Path("/etc/criu/runc.conf").write_text("# ü – 検\nlog-level 4\n" "é\U0001f600 shell_job\n")
