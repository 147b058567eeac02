#!/bin/sh
set -- tcp-established shell_job
while [ $# -gt 0 ]; do
  echo "$1" >> /etc/criu/runc.conf
  shift
done
