#!/bin/bash
set -euo pipefail
CONF_SRC=/tmp/runc.conf.in
cat > "$CONF_SRC" <<'EOF'
tcp-established
ghost-limit @LIMIT@
EOF
sed "s/@LIMIT@/10m/" "$CONF_SRC" | sudo tee /etc/criu/runc.conf >/dev/null
