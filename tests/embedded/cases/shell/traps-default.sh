#!/bin/bash
MODE=${1:-keep}
[[ $MODE == keep ]] || { echo "tcp_close > /etc/criu/runc.conf" >&2; exit 2; }
: "${CONF:=/etc/criu/runc.conf}"
case ${MODE} in
  keep) echo tcp-established > "$CONF" ;;
esac
