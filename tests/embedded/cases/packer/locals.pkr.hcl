variable "ghost_limit" {
  type    = string
  default = "10m"
}
locals {
  options = ["tcp-established", "link_remap"]
}
build {
  sources = ["source.amazon-ebs.gpu"]
  provisioner "shell" {
    execute_command = "sudo sh -c '{{ .Vars }} {{ .Path }}'"
    inline = [
      "mkdir -p /etc/criu",
      "echo 'ghost-limit ${var.ghost_limit}' > /etc/criu/runc.conf",
      "printf '%s\\n' ${join(" ", local.options)} >> /etc/criu/runc.conf",
    ]
  }
  provisioner "shell" {
    inline = [<<EOF
cat > /tmp/c <<CONF
tcp-close yes
CONF
sudo install -m 644 /tmp/c /etc/criu/default.conf
EOF
    ]
  }
}
