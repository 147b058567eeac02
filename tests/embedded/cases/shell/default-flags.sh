#!/bin/bash
: "${DEBUG:=false}"
mkdir -p /etc/criu
: > /etc/criu/runc.conf
if $DEBUG; then
  echo "log-level 4" >> /etc/criu/runc.conf
fi
(( ${N:-0} > 3 )) && echo "shell_job" >> /etc/criu/runc.conf
echo "ghost-limit ${LIMIT:-10m}" >> /etc/criu/runc.conf
