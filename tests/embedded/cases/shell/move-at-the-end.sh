#!/bin/sh
DEST=${DESTDIR:-}/etc/criu
mkdir -p "$DEST"
cat <<-'EOF' > "$DEST/default.conf.tmp"
	# managed
	skip-in-flight
	evasive_devices
EOF
mv -f "$DEST/default.conf.tmp" "$DEST/default.conf"
