{ lib, ... }:
let toConf = attrs: lib.concatStrings (lib.mapAttrsToList (n: v: if v == true then "${n}\n" else "${n} ${toString v}\n") attrs);
in {
  environment.etc."criu/runc.conf".text = toConf {
    tcp-established = true;
    ghost_limit = "1M";
  };
}
