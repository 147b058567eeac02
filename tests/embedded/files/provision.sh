#!/bin/sh
CRIU_PACKAGES="criu iptables"
apt-get install -y $CRIU_PACKAGES
mkdir -p /etc/criu
echo "tcp-established" >> /etc/criu/runc.conf
echo "link-remap" >> /etc/criu/runc.conf

systemctl restart containerd

# applications with many sockets
echo "tcp-established" >> /etc/criu/runc.conf
