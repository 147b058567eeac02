FROM debian:12
ENV CONF=/etc/criu/runc.conf \
    OPTIONS="tcp-established\ntcp-close"
ENV EXTRA link-remap true
RUN printf "$OPTIONS\n$EXTRA\n" > "$CONF"
