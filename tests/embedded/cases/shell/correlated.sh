#!/bin/sh
rm -f /etc/criu/runc.conf
if [ "$MODE" = keep ]; then echo tcp-established >> /etc/criu/runc.conf; fi
if [ "$MODE" = close ]; then echo tcp-close >> /etc/criu/runc.conf; fi
case "$MODE" in keep) echo link-remap >> /etc/criu/runc.conf ;; esac
case "$MODE" in close|none) echo link-remap >> /etc/criu/runc.conf ;; esac
