#!/bin/bash
mkdir -p /etc/criu
python3 - <<'PY'
import pathlib
pathlib.Path("/etc/criu/runc.conf").write_text("tcp-established\nshell_job\n")
PY
python3 -c 'open("/etc/criu/crun.conf","w").write("timeout 5m\n")'
cat > /tmp/w.py <<'EOF'
with open("/etc/criu/default.conf", "w") as f:
    print("file_locks", file=f)
EOF
python3 /tmp/w.py
python3 -m json.tool </dev/null >/dev/null 2>&1 || true
