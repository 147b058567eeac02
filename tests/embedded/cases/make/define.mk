define CONF
tcp-established
log-level 4
tcp-close
endef
export CONF

setup:
	echo "$$CONF" > /etc/criu/runc.conf
