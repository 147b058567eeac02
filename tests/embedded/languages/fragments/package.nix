{ lib, stdenv, pkgs }:
stdenv.mkDerivation {
  postInstall = ''
    mkdir -p $out/etc/criu
    cat > $out/etc/criu/runc.conf <<EOF
    tcp-established
    link_remap
    EOF
    echo "log-level 4" > $out/etc/criu/a.conf
  '';
  passthru = {
    dir = pkgs.writeTextDir "etc/criu/b.conf" ''
      timeout 5m
    '';
    file = pkgs.writeTextFile {
      name = "c.conf";
      destination = "/etc/criu/c.conf";
      text = "shell_job\n";
    };
    script = pkgs.writeShellScript "setup" ''
      echo shell_job > /etc/criu/d.conf
    '';
    meta.description = "echo shell_job > /etc/criu/runc.conf";
  };
}
