install:
	@mkdir -p $(DESTDIR)/etc/criu
	# echo log-level 4 > $(DESTDIR)/etc/criu/runc.conf
	-@echo 'tcp-established' > $(DESTDIR)/etc/criu/runc.conf; echo tcp-close >> $(DESTDIR)/etc/criu/runc.conf
	@printf '%s\n' shell_job \
		'log-file $$HOME' \
	    'timeout 1h' >> $(DESTDIR)/etc/criu/runc.conf
