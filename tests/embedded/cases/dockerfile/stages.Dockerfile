FROM debian:12 AS base
RUN mkdir -p /etc/criu && echo tcp-established > /etc/criu/runc.conf
FROM base AS one
RUN echo link-remap >> /etc/criu/runc.conf

FROM base AS two
RUN echo "tcp-established" >> /etc/criu/runc.conf
FROM debian:12
RUN echo tcp-established >> /etc/criu/runc.conf
