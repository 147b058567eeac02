#!/bin/sh
# A finding that another line or a word beside it decides is reported only if that is known.
cat > /etc/criu/runc.conf <<EOF
tls-cert /etc/criu/cert.pem
log-file $LOG_DIR/criu.log
work-dir /srv/criu	#$ID
work-dir /srv/criu	# $ID
# criulint: ignore[CRIU106]
shell-job
EOF
cat > /etc/criu/crun.conf <<EOF
tls-cert /etc/criu/cert.pem
$EXTRA_OPTIONS
EOF
