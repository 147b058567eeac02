#!/bin/bash
TCP="${TCP:-established}"
mkdir -p /etc/criu
if [[ "$TCP" == established ]]; then
  echo tcp-established > /etc/criu/runc.conf
elif [[ $TCP = close ]]; then
  echo "tcp-close on" > /etc/criu/runc.conf
else
  echo "# no TCP" > /etc/criu/runc.conf
fi
