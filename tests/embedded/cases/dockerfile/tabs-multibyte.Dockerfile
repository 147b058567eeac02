FROM debian:12
RUN	mkdir -p /etc/criu;	echo "# größe €" > /etc/criu/runc.conf; \
	echo "läuft" >/dev/null; echo "shell_job" >> /etc/criu/runc.conf
