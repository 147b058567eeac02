conf:
	echo tcp-established > /etc/criu/runc.conf
one: conf
	echo link-remap >> /etc/criu/runc.conf
.PHONY: one two
two: conf
	echo tcp-established >> /etc/criu/runc.conf
