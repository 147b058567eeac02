#!/bin/sh
install -m 644 /dev/null /etc/criu/runc.conf
echo 'tcp-established' >> /etc/criu/runc.conf
truncate -s 0 /etc/criu/runc.conf
echo 'network-lock iptables' | tee -a /etc/criu/runc.conf /etc/criu/crun.conf
echo 'skip_in_flight' | tee -a /etc/criu/runc.conf /etc/criu/crun.conf > /dev/null
