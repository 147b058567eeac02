.ONESHELL:
SHELL = /bin/bash
setup:
	cat > /etc/criu/runc.conf <<EOF
	tcp-established
	shell_job
	EOF
