# echo log-level 4 > /etc/criu/runc.conf
HINT = echo log-level 4 > /etc/criu/runc.conf
install:
	@# echo log-level 4 > /etc/criu/runc.conf
	@echo "$(HINT)"
	@echo 'log-level 4 > /etc/criu/runc.conf'
	install -m 644 criu.conf $(DESTDIR)/etc/modules-load.d/criu.conf
