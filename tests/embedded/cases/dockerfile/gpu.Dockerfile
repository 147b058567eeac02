# syntax=docker/dockerfile:1
FROM debian:12
ARG CRIU_VERSION=4.0
ARG GHOST_LIMIT=64m
ENV CRIU_CONF=/etc/criu/runc.conf
RUN mkdir -p "$(dirname "$CRIU_CONF")" \
 && { \
      echo "tcp-established"; \
      echo "ghost-limit ${GHOST_LIMIT}"; \
      echo "link_remap"; \
    } > "$CRIU_CONF"
CMD ["sleep", "infinity"]
