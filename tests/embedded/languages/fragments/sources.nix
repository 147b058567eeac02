{ pkgs, lib, ... }:
let
  runcConf = pkgs.writeText "runc.conf" ''
    tcp-established
    ${lib.optionalString true "link_remap"}
  '';
in
{
  environment.etc."criu/runc.conf".source = runcConf;
  system.activationScripts.criu = ''
    echo "file_locks" > /etc/criu/crun.conf
  '';
  systemd.services.x.preStart = "echo timeout 5m > /etc/criu/default.conf";
  home.file.".criu/default.conf".text = ''
    shell_job
  '';
}
