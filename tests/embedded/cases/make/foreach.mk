RT := runc crun
DEST := /etc/criu
all: $(foreach r,$(RT),$(DEST)/$(r).conf) $(DEST)/default.conf
$(DEST)/%.conf: | $(DEST)
	echo "tcp-established" > $@
	@printf '%s\n' $(addprefix log-file=,$*.log) >> $@
	echo 'link_remap' >> $@
$(DEST)/default.conf:
	mkdir -p $(@D); echo "ghost-limit 5m" > $@
$(DEST):
	mkdir -p $@
