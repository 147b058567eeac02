#!/bin/bash
# Words can be changed where they stand; what they are made of cannot.
LIMIT=10m
add() { printf '%s\n' "$1" >> /etc/criu/runc.conf; }
add "ghost-limit $LIMIT"
for option in link_remap "tcp-close false"; do
	add "$option"
done
if true; then
	cat >> /etc/criu/runc.conf <<-EOF
		verbosity 4
		file-locks
		file-locks
	EOF
fi
VERB=verb
echo "${VERB}osity 4" > /etc/criu/crun.conf
printf 'shell-job\nshell-job\n' >> /etc/criu/crun.conf
ssh host 'sudo sh -c "echo \"tcp-close no\" > /etc/criu/default.conf"'
