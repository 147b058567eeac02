FROM alpine
ARG WITH_GPU=0
RUN mkdir -p /etc/criu && echo tcp-established > /etc/criu/runc.conf
RUN if [ "$WITH_GPU" = "1" ]; then \
      echo "libdir /usr/lib/criu" >> /etc/criu/runc.conf; \
      echo "timeout 10m" >> /etc/criu/runc.conf; \
    fi
