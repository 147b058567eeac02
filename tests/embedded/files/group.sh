#!/bin/sh
mkdir -p /etc/criu
{
    echo "# generated $(date)"
    echo "tcp-established"
    echo "tcp-close"
    printf 'log-file = %s\n' /var/log/criu.log
} > /etc/criu/runc.conf
