#!/bin/sh
# usage: LOG_DIR=... MAX_GHOST=... ./unknown.sh
mkdir -p /etc/criu
cat > /etc/criu/runc.conf <<EOF
tcp-established
log-file $LOG_DIR/criu.log
ghost-limit $MAX_GHOST
tcp-close false
EOF
