#!/bin/sh
mkdir -p /etc/criu
cat > /etc/criu/runc.conf <<'EOF'
tcp-established
EOF
sed -i 's/^tcp-established$/tcp-close/' /etc/criu/runc.conf
sed -i '$a ghost-limit 1M' /etc/criu/runc.conf
sed -i -e '1i # managed by setup' -e 's/1M/1m/' /etc/criu/runc.conf
