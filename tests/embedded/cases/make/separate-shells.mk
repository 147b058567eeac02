setup:
	CONF=/etc/criu/runc.conf
	CONF=/etc/criu/default.conf; echo shell-job no > $$CONF
	-echo log-level 4 > $$CONF
