#!/bin/bash
sudo bash <<'ROOT'
mkdir -p /etc/criu
cat > /etc/criu/runc.conf <<'EOF'
tcp-established
tcp-close off
EOF
ROOT
