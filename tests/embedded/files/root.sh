#!/bin/sh
sudo sh -c 'mkdir -p /etc/criu; echo tcp-established > /etc/criu/runc.conf'
sudo bash -c "echo 'link-remap true' >> /etc/criu/runc.conf"
