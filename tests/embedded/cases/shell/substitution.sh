#!/bin/bash
wget -q https://x/criu.tar.gz || true
tee /etc/criu/runc.conf > /dev/null << EOF
$(for m in a b; do echo "external mnt[$m]"; done)
tcp-established yes
EOF
