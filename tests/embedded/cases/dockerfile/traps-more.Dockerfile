FROM debian:12
# RUN echo tcp_close > /etc/criu/runc.conf
LABEL setup="echo tcp_close > /etc/criu/runc.conf"
RUN ["echo", "tcp_close", ">", "/etc/criu/runc.conf"]
RUN echo "echo tcp_close > /etc/criu/runc.conf" > /etc/doc.txt
RUN cat /etc/criu/runc.conf | grep tcp_close || true
RUN rm -f /etc/criu/runc.conf
