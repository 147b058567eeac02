#!/bin/bash
set -euo pipefail

sudo mkdir -p /etc/criu
cat <<EOF | sudo tee /etc/criu/runc.conf > /dev/null
tcp-established = true
ext-unix-sk
ghost-limit 1g
log-file criu.log
link-remap
link-remap
EOF
