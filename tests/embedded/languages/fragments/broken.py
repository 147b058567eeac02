from pathlib import Path

def broken(:
    print "x"

Path("/etc/criu/runc.conf").write_text("shell_job\n")
