CONF := /etc/criu/runc.conf
LIMIT ?= 10m
OPTIONS = tcp-established 'file-locks no'
OPTIONS += link-remap # the last

setup:
	printf '%s\n' $(OPTIONS) > $(CONF)
	echo "ghost-limit ${LIMIT}" >> $(CONF)
	echo "log-file $(DIR)" >> $(CONF)
