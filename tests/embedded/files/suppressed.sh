#!/bin/sh
# criulint: ignore[CRIU201]
echo "tcp-close yes" > /etc/criu/runc.conf
cat >> /etc/criu/runc.conf <<EOF
# criulint: ignore[CRIU101]
link_remap
shell_job
EOF
# criulint: ignore
printf 'verbosity 4\n' >> /etc/criu/runc.conf
