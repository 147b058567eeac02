DESTDIR ?=
CONFDIR = $(DESTDIR)/etc/criu
GHOST ?= 10m

.PHONY: all criu-conf
all: criu-conf

criu-conf: $(CONFDIR)
	printf '%s\n' tcp-established "ghost-limit $(GHOST)" > $(CONFDIR)/runc.conf
	@echo "link_remap" >> $(CONFDIR)/runc.conf
	@echo "wrote $(CONFDIR)/runc.conf"

$(CONFDIR):
	mkdir -p $@
