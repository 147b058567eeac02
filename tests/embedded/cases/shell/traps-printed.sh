#!/bin/sh
cat > /etc/criu/runc.conf <<'EOF' # tcp_close
tcp-established
EOF
sed -n 's/tcp_close/x/p' /etc/criu/runc.conf
sed 's/tcp-established/tcp_close/' /etc/criu/runc.conf
sed -e 's/tcp-established/tcp_close/' /etc/criu/runc.conf > /tmp/out
