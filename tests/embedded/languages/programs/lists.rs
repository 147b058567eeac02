use std::path::Path;
fn main() {
    let dir = Path::new("criu");
    std::fs::create_dir_all(dir).unwrap();
    let opts = ["tcp-established", "link-remap on", "ext-unix-sk"];
    std::fs::write(dir.join("runc.conf"), opts.join("\n") + "\n").unwrap();
    let name = "criu.log";
    std::fs::write(dir.join("crun.conf"), format!("log-file={name}\nfile_locks\n")).unwrap();
}
