use std::{collections::BTreeMap, fs, io};
fn render(options: &BTreeMap<&str, &str>) -> String {
    let mut out = String::new();
    for (k, v) in options {
        out.push_str(k);
        if !v.is_empty() {
            out.push(' ');
            out.push_str(v);
        }
        out.push('\n');
    }
    out
}
fn main() -> io::Result<()> {
    let mut o = BTreeMap::new();
    o.insert("tcp-established", "");
    o.insert("ghost-limit", "5m");
    o.insert("skip_in_flight", "");
    fs::create_dir_all("criu")?;
    fs::write("criu/runc.conf", render(&o))
}
