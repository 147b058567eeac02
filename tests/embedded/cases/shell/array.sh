#!/bin/bash
declare -A criu=( [tcp-established]="" )
OPTIONS=(
    tcp-established
    "ghost-limit 5m"
    ext-unix-sk
    "manage-cgroups ignore"
)
mkdir -p /etc/criu
printf '%s\n' "${OPTIONS[@]}" > /etc/criu/runc.conf
