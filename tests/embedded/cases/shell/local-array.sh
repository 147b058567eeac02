#!/bin/bash
main() {
  local -r conf="/etc/criu/runc.conf"
  local lines=()
  lines+=("tcp-established")
  lines+=("ghost_limit 1M")
  ( IFS=$'\n'; echo "${lines[*]}" ) > "$conf"
}
[[ "${BASH_SOURCE[0]}" == "$0" ]] && main "$@"
