FROM debian:12
RUN mkdir -p /etc/criu; echo tcp-close > /etc/criu/runc.conf
RUN sed -i '$a tcp-established' /etc/criu/runc.conf
