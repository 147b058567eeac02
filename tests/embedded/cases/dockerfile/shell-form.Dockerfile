FROM debian:12
RUN mkdir -p /etc/criu && \
    echo "tcp-established" > /etc/criu/runc.conf && echo tcp-close >> /etc/criu/runc.conf \
 && echo "log-level 4" >> /etc/criu/runc.conf
