#!/bin/sh
export CRIU_CONFIG_FILE=/opt/app/criu.cfg
echo "tcp_close" > "$CRIU_CONFIG_FILE"
echo "link_remap" > /tmp/x && criu dump -t 1 --config /tmp/x
podman run --annotation org.criu.config=/srv/options.conf image
echo "shell_job" > /srv/options.conf
echo "no_such" > /etc/criu.conf
echo "[section]" > /tmp/y
