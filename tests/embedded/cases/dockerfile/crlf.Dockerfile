FROM debian:12
RUN mkdir -p /etc/criu && \
  echo 'shell-job no' > /etc/criu/runc.conf
