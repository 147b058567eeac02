# The directory is not known, but the name: nothing opens it. What is not known is not judged.
echo tcp-close >"$root/etc/criu/criu.conf"
echo tcp-close >"/etc/criu/$name.conf"
