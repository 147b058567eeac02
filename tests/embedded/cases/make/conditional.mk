setup:
ifdef DEBUG
	echo tcp-established > /etc/criu/runc.conf
else
	echo shell_job > /etc/criu/runc.conf
endif
