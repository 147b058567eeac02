.PHONY: conf
conf: CONF = /etc/criu/runc.conf
conf:
	mkdir -p $(dir $(CONF))
	echo "tcp-close no" > $(CONF)
