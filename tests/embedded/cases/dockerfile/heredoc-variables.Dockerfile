# syntax=docker/dockerfile:1
FROM debian:12
ARG MODE=close
ENV DIR=/etc/criu
COPY <<EOF $DIR/runc.conf
tcp-$MODE
log-file ${DIR}/x.log
ghost-limit ${LIMIT:-5m}
EOF
RUN <<EOF
mkdir -p $DIR
cat > $DIR/default.conf <<-INNER
	link-remap
	file_locks
INNER
EOF
RUN <<'EOF' bash
for o in tcp-established shell_job; do echo "$o" >> /etc/criu/crun.conf; done
EOF
