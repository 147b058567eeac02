#!/bin/sh
local_dir=${CRIU_DIR:-/etc/criu}
[ -d "$local_dir" ] || mkdir -p "$local_dir"
if test -n "${GPU:-}"; then echo "timeout 5m" >> "$local_dir/runc.conf"; else echo tcp-established >> "$local_dir/runc.conf"; fi
