FROM fedora AS base
COPY --chmod=644 <<"EOF" /etc/criu/
tcp-established
EOF
FROM base
COPY <<runc.conf <<default.conf /etc/criu/
tcp_established
runc.conf
link-remap
default.conf
