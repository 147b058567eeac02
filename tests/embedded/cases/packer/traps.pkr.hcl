locals {
  doc = "tcp_close > /etc/criu/runc.conf"
  notes = ["tcp_close", "/etc/criu/runc.conf"]
}
build {
  provisioner "shell" { inline = ["echo '${join(" ", local.notes)}'"] }
}
