FROM debian:12
RUN mkdir -p /etc/criu
RUN cat <<'A' > /etc/criu/runc.conf && cat <<B >> /etc/criu/runc.conf
tcp-established = yes
A
link-remap
B
RUN cat > /etc/criu/default.conf <<-EOF
	ghost-limit 1g
	EOF
