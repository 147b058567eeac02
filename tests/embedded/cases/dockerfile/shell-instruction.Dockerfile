FROM fedora
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# one line in bash
RUN echo "a\nlog-level 4" | sed 's/^a.n//' > /etc/criu/runc.conf
SHELL ["/bin/sh", "-c"]
RUN echo tcp-established >> /etc/criu/runc.conf
