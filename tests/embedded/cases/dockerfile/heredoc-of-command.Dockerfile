FROM alpine
RUN mkdir /etc/criu && cat <<EOF > /etc/criu/runc.conf && echo done
tcp-established
time_out 5
EOF
RUN <<A cat > /etc/criu/default.conf
link-remap
A
COPY <<-"EOF" /etc/criu/crun.conf
	a $HOME \
	b
EOF
