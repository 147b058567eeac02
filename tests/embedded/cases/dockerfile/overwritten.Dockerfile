FROM debian:12
RUN echo log-level 4 > /etc/criu/runc.conf && \
   echo timeout 1h > /etc/criu/runc.conf
