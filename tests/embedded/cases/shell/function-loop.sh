#!/bin/bash
function setup_criu {
    local dir=$1; shift
    mkdir -p "$dir"
    local opt
    for opt in "$@"; do
        echo "$opt"
    done > "$dir/runc.conf"
}
setup_criu /etc/criu tcp-established 'external mnt[]' \
    leave_running \
    "log-level 4"
