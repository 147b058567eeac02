#!/usr/bin/env bats
setup() {
	mkdir -p /etc/criu
}

@test "log-level 4 > /etc/criu/runc.conf" {
	cat > /etc/criu/runc.conf <<-EOF
		shell_job
	EOF
	run runc checkpoint x
}
@test "two" {
	run bash -c "echo 'tcp-close no' > /etc/criu/runc.conf"
}
