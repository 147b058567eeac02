#!/usr/bin/env bats
function setup() {
  export CRIU_DIR=/etc/criu
  mkdir -p "$CRIU_DIR"
}
write_conf() {
  printf '%s\n' "$@" >"$CRIU_DIR/runc.conf"
}
@test "one" {
  write_conf tcp-established "log-file x.log"
  run runc checkpoint a
}
@test "two" {
  for mode in ignore soft; do
    write_conf "manage-cgroups $mode"
    run runc checkpoint a
  done
}
@test "three" { # bats test_tags=x
  echo "tcp_close" | tee "$CRIU_DIR/crun.conf"
  runc checkpoint x
}
