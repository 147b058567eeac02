#!/usr/bin/env bash
# Prepare a GPU node for checkpoint/restore
set -euo pipefail

readonly CRIU_CONF_DIR="/etc/criu"
readonly CRIU_RUNC_CONF="${CRIU_CONF_DIR}/runc.conf"
changed_any=0

need_root() { [[ $EUID -eq 0 ]] || { echo "run as root" >&2; exit 1; }; }
have_cmd() { command -v "$1" >/dev/null 2>&1; }

write_if_changed() {
  local path="$1" content="$2"
  if [[ -f "$path" ]] && diff -q <(printf '%s' "$content") "$path" >/dev/null; then
    return 0
  fi
  printf '%s' "$content" > "$path"
  changed_any=1
}

need_root
mkdir -p "$CRIU_CONF_DIR"
write_if_changed "$CRIU_RUNC_CONF" 'tcp-established
link_remap
ghost-limit 64m
'
(( changed_any )) && systemctl restart crio || true
