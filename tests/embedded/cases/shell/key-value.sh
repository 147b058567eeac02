#!/bin/bash
add() {
  local key=$1 val=${2:-}
  if [[ -n $val ]]; then echo "$key $val"; else echo "$key"; fi >> /etc/criu/runc.conf
}
add tcp-established
add ghost-limit 10m
add file_locks
