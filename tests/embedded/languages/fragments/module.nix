{ config, lib, pkgs, ... }:
let
  # environment.etc."criu/runc.conf".text = "shell_job";
  limit = 10;
  common = [ "tcp-established" "ghost-limit ${toString limit}m" ];
  conf = ''
    link_remap
      timeout = 5
    # ''${x} ''' $
    log-file ${cfg.log}
  '';
in
{
  environment.etc."criu/runc.conf".text = conf;
  environment.etc = {
    "criu/crun.conf" = {
      text = lib.concatStringsSep "\n" (common ++ lib.optional cfg.close "tcp-close no");
      mode = "0644";
    };
    "criu/default.conf".source = pkgs.writeText "default.conf" ''
      log-level 4
    '';
    "criu/mkif.conf".text = lib.mkIf cfg.enable (lib.mkDefault "shell_job\n");
    "crio/crio.conf.d/10-criu.conf".text = "[crio.runtime]";
    "modules-load.d/criu.conf".text = "tcp_diag";
  };
  home.file.".criu/default.conf".text =
    if cfg.strict then "timeout 5m" else "timeout 5";
  xdg.configFile."criu.conf".text = "x";
}
