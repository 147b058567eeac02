FROM debian:12
RUN <<EOF
mkdir -p /etc/criu
echo tcp-established > /etc/criu/runc.conf
echo shell_job >> /etc/criu/runc.conf
EOF
RUN <<-"SCRIPT"
	#!/bin/bash
	set -eu
	cat > /etc/criu/crun.conf <<CONF
	link-remap
	file-locks false
	CONF
	SCRIPT
