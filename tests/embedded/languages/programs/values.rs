// Writes criu/runc.conf: tcp_established is only mentioned here.
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

const DIRECTORY: &str = "criu";
static TEXT: &str = r#"tcp-established
log-file "a b"
"#;

fn path(name: &str) -> PathBuf {
    Path::new(DIRECTORY).join(name)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    writeln!(file, "ghost-limit {}{unit}", 10, unit = "m")?;
    Ok(())
}

fn main() -> std::io::Result<()> {
    fs::create_dir_all(DIRECTORY)?;
    fs::write(path("runc.conf"), TEXT)?;
    write(&path("default.conf"), "link_remap\n")?;
    fs::write("criu/a.conf", "tcp-established\n\
        log-level 4\n\u{e9}\x41\n")?;
    let mut text = String::new();
    text.push_str("tcp-close\n");
    text += &format!("external {}\n", "mnt[]");
    fs::write("criu/b.conf", &text)?;
    let lines = vec!["shell_job".to_string(), "file-locks".to_string()];
    fs::write("criu/c.conf", lines.join("\n") + "\n")?;
    let mut file = OpenOptions::new().append(true).open("criu/c.conf")?;
    for line in ["tcp-close no", "{}"] {
        writeln!(file, "{line}")?;
    }
    fs::write("criu/d.conf", b"timeout 5m\n")
}
