FROM debian:12
ARG LEVEL
ENV LIMIT=10m
ARG NAME=criu.log
COPY <<EOF /etc/criu/runc.conf
tcp-established
ghost-limit $LIMIT
log-file ${DIR:-/var/log}/$NAME
verbosity $LEVEL
EOF
COPY --chown=root:root <<'A.conf' <<"b.conf" /etc/criu/
link-remap
A.conf
file-locks
evasive_devices
b.conf
ADD <<'EOF' /etc/criu/crun.conf
action-script $HOME/hook.sh
EOF
