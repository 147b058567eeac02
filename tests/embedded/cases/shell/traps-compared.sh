#!/bin/bash
diff - /etc/criu/runc.conf <<EOF
tcp_close
EOF
cmp <(printf 'tcp_close\n') /etc/criu/runc.conf
test "$(cat /etc/criu/runc.conf)" = "tcp_close"
true
