@test "config" {
	echo tcp-established > /etc/criu/runc.conf
	runc checkpoint a
}
@test "other" {
	echo tcp-established > /etc/criu/runc.conf
	# echo log-level 4 >> /etc/criu/runc.conf
	run grep -c tcp-established /etc/criu/runc.conf
	[[ "$output" != "log-level 4 > /etc/criu/runc.conf" ]]
}
