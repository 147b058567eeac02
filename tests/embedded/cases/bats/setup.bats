#!/usr/bin/env bats
setup() {
	mkdir -p /etc/criu
	CONF=/etc/criu/runc.conf
}
teardown() {
	runc delete x || true
	rm -f "$CONF"
}
@test "checkpoint with a log file" {
	echo "log-file=a.log" >"$CONF"
	runc run -d x
	runc checkpoint x
}
@test "checkpoint with mistakes" {
	cat >"$CONF" <<-EOF
		tcp-established
		shell_job
	EOF
	run runc checkpoint x
	[ "$status" -eq 0 ]
	run grep "tcp_close" "$CONF"
}
