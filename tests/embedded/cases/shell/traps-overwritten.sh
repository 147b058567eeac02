#!/bin/sh
set -e
tmp=$(mktemp)
trap 'rm -f "$tmp"' EXIT
echo tcp_close > "$tmp"
echo tcp-close > "$tmp"
install -m 644 "$tmp" /etc/criu/runc.conf
