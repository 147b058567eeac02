#!/bin/sh
python3 - <<'EOF'
text = open("/etc/hostname").read()
print("/etc/criu/runc.conf: tcp_close", text)
EOF
python3 -c "import sys; sys.exit('tcp_close > /etc/criu/runc.conf' in sys.argv)"
