FROM fedora
SHELL ["bash", "-c"]
RUN echo -e "tcp-established\ttrue" > /etc/criu/runc.conf
