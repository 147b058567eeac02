#!/bin/sh
# All tabs, with one fix, which writes fewer characters than there were.
cat > /etc/criu/runc.conf <<EOF
images-dir		/srv/criu
log-file	criu.log
work-dir	/srv/work
libdir		/usr/lib/criu
root	/srv/root
ghost-limit	1M
timeout	30
freeze-cgroup	/X
EOF
