#!/bin/bash
set -e
TMP=$(mktemp)
cat > "$TMP" <<EOF
tcp-established
log_file criu.log
EOF
install -D -m 0644 "$TMP" /etc/criu/runc.conf
rm -f "$TMP"
