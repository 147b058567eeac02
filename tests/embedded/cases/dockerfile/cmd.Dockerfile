FROM debian:12
CMD echo "shell_job" > /etc/criu/runc.conf && exec /usr/bin/app
