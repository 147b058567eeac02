FROM debian:12
WORKDIR /etc
COPY <<EOF criu/runc.conf
shell_job
EOF
