FROM debian:12
ENV CRIU_OPTS="tcp-established file_locks"
RUN mkdir -p /etc/criu; for o in $CRIU_OPTS; do echo $o >> /etc/criu/runc.conf; done
HEALTHCHECK CMD grep -q tcp-established /etc/criu/runc.conf || exit 1
