conf: ; mkdir -p /etc/criu
a: conf
	{ echo tcp-established; \
	  echo shell_job; \
	  echo "tcp-close no"; } \
	    > /etc/criu/runc.conf
