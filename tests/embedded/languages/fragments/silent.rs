//! fs::write("/etc/criu/runc.conf", "shell_job\n")
/// fs::write("/etc/criu/runc.conf", "shell_job\n")
fn check() {
    let text = fs::read_to_string("/etc/criu/runc.conf").unwrap();
    assert_eq!(text, "shell_job\n");
    let options = Options { config_file: "/etc/criu/runc.conf".into(), log: "shell_job\n" };
    println!("/etc/criu/runc.conf: {}", "shell_job\n");
}
