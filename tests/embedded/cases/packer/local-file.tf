resource "aws_instance" "gpu" {
  ami = "x"
  user_data = <<-EOF
    #!/bin/bash
    mkdir -p /etc/criu
    cat > /etc/criu/runc.conf <<CONF
    tcp-established
    ghost_limit ${var.limit}
    timeout 5m
    CONF
  EOF
  provisioner "remote-exec" {
    inline = ["echo shell_job | sudo tee /etc/criu/default.conf"]
  }
}
resource "local_file" "criu" {
  filename = "/etc/criu/crun.conf"
  content  = "tcp-established\nfile_locks\n"
}
