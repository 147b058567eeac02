# syntax=docker/dockerfile:1
# escape=`

FROM debian:12
RUN echo tcp-established > /etc/criu/runc.conf `
    && echo 'tcp_close' >> `
    # here
    /etc/criu/runc.conf
