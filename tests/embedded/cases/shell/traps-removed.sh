#!/bin/bash
set -e
echo tcp_close > /etc/criu/runc.conf.new
rm /etc/criu/runc.conf.new
echo tcp-close > "/etc/criu/runc.conf.$$"
mv "/etc/criu/runc.conf.$$" /etc/criu/runc.conf
