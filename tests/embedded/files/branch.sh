#!/bin/sh
mkdir -p /etc/criu
if [ -e /dev/nvidiactl ] || [ -n "$GPU" ]; then
    cat > /etc/criu/runc.conf <<EOF
tcp-established
libdir /usr/lib/criu
EOF
else
    cat > /etc/criu/runc.conf <<EOF
tcp-established
EOF
fi
