#!/bin/sh
# from a loop with key/value pairs
mkdir -p /etc/criu
rm -f /etc/criu/runc.conf
for kv in ghost-limit=1M timeout=60 log-level=4; do
    echo "${kv%%=*} ${kv#*=}" >> /etc/criu/runc.conf
done
