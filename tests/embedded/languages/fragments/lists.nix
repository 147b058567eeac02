{ lib, ... }: {
  environment.etc."criu/runc.conf".text = lib.concatStringsSep "\n" (
    [ "tcp-established" ] ++ lib.optional false "bad_one" ++ map (n: "external mnt[${n}]") [ "a" "b" ]
    ++ lib.mapAttrsToList (k: v: "${k} ${toString v}") { ghost-limit = 10; log-level = 4; }
  );
}
