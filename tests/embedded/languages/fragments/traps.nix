{ lib, ... }: {
  environment.etc."criu/runc.conf".text = lib.optionalString false "tcp_close\n" + "tcp-established\n";
  environment.etc."criu/crun.conf" = lib.mkIf false { text = "link-remap"; };
}
