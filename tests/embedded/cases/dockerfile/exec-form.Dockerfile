FROM debian:12
RUN ["echo", "log-level 4", ">", "/etc/criu/runc.conf"]
RUN ["/bin/bash", "-c", "mkdir -p /etc/criu && echo \"link-remap true\" > /etc/criu/runc.conf"]
LABEL example="echo tcp_established > /etc/criu/runc.conf"
