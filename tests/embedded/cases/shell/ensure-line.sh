#!/bin/sh
# idempotent: append options only when they are not there yet
CONF=/etc/criu/runc.conf
mkdir -p "${CONF%/*}"
touch "$CONF"
ensure_line() {
    grep -qxF "$1" "$CONF" || echo "$1" >> "$CONF"
}
ensure_line "tcp-established"
ensure_line "file_locks"
ensure_line "ghost-limit 100m"
