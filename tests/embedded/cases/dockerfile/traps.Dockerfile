FROM debian:12
LABEL conf="cat > /etc/criu/runc.conf" tcp_established="/etc/criu/runc.conf"
ENV HINT="echo log-level 4 > /etc/criu/runc.conf"
RUN echo "log-level 4" > /etc/criu/runc.conf.bak
RUN echo "log-level 4" > /etc/init/criu.conf
RUN ["echo", "log-level 4", ">>", "/etc/criu/runc.conf"]
RUN echo "write log-level 4 to /etc/criu/runc.conf"
HEALTHCHECK CMD test -f /etc/criu/runc.conf
COPY criu.conf /etc/modules-load.d/criu.conf
