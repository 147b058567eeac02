#!/bin/sh
mkdir -p /etc/crio/crio.conf.d /etc/init /etc/modules-load.d /etc/sysctl.d
cat > /etc/crio/crio.conf.d/10-criu.conf <<EOF
[crio.runtime]
enable_criu_support = true
EOF
cat > /etc/init/criu.conf <<EOF
start on runlevel [2345]
exec criu service
EOF
printf 'tcp_diag\nudp_diag\nunix_diag\n' | sudo tee /etc/modules-load.d/criu.conf
echo 'net.core.somaxconn = 1024' > /etc/sysctl.d/99-criu.conf
