FROM debian:12
RUN mkdir -p /etc/criu && echo tcp-established > /etc/criu/runc.conf
ONBUILD RUN echo tcp-established >> /etc/criu/runc.conf
