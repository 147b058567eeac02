OPTIONS := tcp-established link-remap file_locks
setup:
	@mkdir -p /etc/criu
	@rm -f /etc/criu/runc.conf
	@for o in $(OPTIONS); do echo $$o >> /etc/criu/runc.conf; done
	@echo '# end' | tee -a /etc/criu/runc.conf >/dev/null
