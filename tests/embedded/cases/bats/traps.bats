@test "a" { # writes /etc/criu/runc.conf: tcp_close
  expected='tcp_close'
  diff <(echo "$expected") /etc/criu/runc.conf || true
  run cat /etc/criu/runc.conf
  [ "${lines[0]}" != "tcp_close" ]
}
