{ pkgs, ... }:
{
  name = "criu";
  nodes.machine.systemd.services.setup.script = "echo 'tcp-close no' > /etc/criu/runc.conf";
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.succeed("echo shell_job > /etc/criu/default.conf")
    with subtest("reads"):
        assert "shell_job" in machine.succeed("cat /etc/criu/default.conf")
  '';
}
