{ lib, config, ... }:
let
  opts = [ "tcp-established" "shell_job" ];
  settings = { tcp-close = true; link-remap = false; "ghost-limit" = "5m"; };
in {
  environment.etc."criu/runc.conf".text = lib.concatMapStrings (o: "${o}\n") opts;
  environment.etc."criu/crun.conf".text = lib.generators.toKeyValue { } settings;
  environment.etc."criu/default.conf".text =
    if config.x.gpu then "timeout 5m\n" else "file_locks\n";
}
