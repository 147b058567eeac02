#!/bin/bash
mkdir -p /etc/criu
while read -r line; do
    [[ -z $line || $line == \#* ]] && continue
    echo "$line"
done > /etc/criu/runc.conf <<'LIST'
# sockets
tcp-established

# files
link-remap
file_locks
LIST
