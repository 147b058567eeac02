FROM debian:12
WORKDIR /etc
WORKDIR criu
RUN echo log-level 4 > runc.conf
RUN cd /tmp && echo log-level 4 > runc.conf
