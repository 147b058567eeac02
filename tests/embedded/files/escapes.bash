echo "tcp-close yes\nlink_remap" > /etc/criu/runc.conf
echo -e "tcp-close yes\nshell_job" > /etc/criu/crun.conf
echo $'é\tlog-level\nport 0' > /etc/criu/default.conf
options=(tcp-close "port 0" # a comment
  file_locks)
printf '%s\n' "${options[@]}" > ~/.criu/default.conf
