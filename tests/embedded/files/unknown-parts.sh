#!/bin/bash
# What is not known is not reported, and all else is.
. /etc/os-release
cat > "$ROOTFS/etc/criu/runc.conf" <<EOF
tcp_established $FLAGS
log-file ${LOG_DIR}/criu.log
$EXTRA_OPTIONS
ghost-limit ${LIMIT:-10m}
timeout $(cat /etc/timeout)
verbosity 4 # $ID
EOF
for option in "$@"; do echo "$option"; done >> "$ROOTFS/etc/criu/runc.conf"
echo "tcp-close yes" >> "$OTHER/etc/criu/runc.conf"
