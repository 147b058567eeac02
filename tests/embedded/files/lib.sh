#!/bin/sh
log() { printf '%s\n' "$*" >&2; }

write_criu_conf() {
    log "writing CRIU's configuration"
    mkdir -p /etc/criu
    cat > /etc/criu/runc.conf <<EOF
tcp-established
external = mnt[]
action-script ~/hooks/criu.sh
EOF
}

main() {
    write_criu_conf
    log done
}
main "$@"
