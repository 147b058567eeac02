build {
  provisioner "shell" {
    inline = [<<-EOT
      cat > /etc/criu/runc.conf <<EOF
      tcp-established
      tcp-close
      EOF
    EOT
    ]
  }
}
