FROM debian:12
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN mkdir -p /etc/criu
RUN echo -e "tcp-established\nlog_file criu.log" > /etc/criu/runc.conf
RUN <<EOT
set -e
cat > /etc/criu/default.conf <<'CONF'
ghost-limit 10M
file-locks on
CONF
EOT
