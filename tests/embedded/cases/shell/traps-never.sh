#!/bin/sh
if false; then echo tcp_close > /etc/criu/runc.conf; fi
[ 1 = 2 ] && echo tcp_close > /etc/criu/runc.conf
while false; do echo tcp_close > /etc/criu/runc.conf; done
for x in; do echo tcp_close > /etc/criu/runc.conf; done
exit 0
echo tcp_close > /etc/criu/runc.conf
