variable "conf" {
  default = "/etc/criu/runc.conf"
}
source "null" "x" { communicator = "none" }
build {
  sources = ["null.x"]
  provisioner "shell" {
    inline = [
      "mkdir -p /etc/criu", # "echo log-level 4 > /etc/criu/runc.conf"
      "echo \"shell_job\" > ${var.conf}",
      "printf 'tcp-close no\\n' >> ${var.conf}",
    ]
  }
  provisioner "file" {
    content     = <<EOF
link-remap
timeout 1h
log-file ${var.log}
EOF
    destination = "/etc/criu/default.conf"
  }
}
