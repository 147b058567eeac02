FROM debian:12
ENTRYPOINT ["/bin/sh", "-c"]
CMD ["echo shell_job > /etc/criu/runc.conf; exec app"]
