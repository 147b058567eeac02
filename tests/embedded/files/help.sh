#!/bin/sh
# Do not do this:
#   echo tcp_established > /etc/criu/runc.conf
#   cat > /etc/criu/default.conf <<EOF
#   log-level 4
#   EOF
if [ ! -f /etc/criu/runc.conf ]; then
    echo "run: echo tcp_established > /etc/criu/runc.conf" >&2
    echo 'or: printf "verbosity 4\n" | sudo tee /etc/criu/default.conf'
fi
