FROM debian:12
# RUN echo log-level 4 > /etc/criu/runc.conf
RUN set -eux; \
  # a comment that ends with a backslash \

  { echo tcp-established; \
    echo "timeout=10"; \
    # another: echo log-level 4 > /etc/criu/runc.conf
  } > /etc/criu/runc.conf; \

  echo shell_job >> /etc/criu/runc.conf
