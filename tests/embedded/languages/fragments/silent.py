"""A module that writes nothing.

    Path("/etc/criu/runc.conf").write_text("shell_job\n")
"""
from pathlib import Path

CONF = "/etc/criu/runc.conf"
# Path(CONF).write_text("shell_job\n")
EXAMPLE = """
echo tcp_established > /etc/criu/runc.conf
"""
HELP = "write tcp_established to /etc/criu/runc.conf\n"


class TestMessages:
    def test_message(self):
        """echo shell_job > /etc/criu/runc.conf"""
        self.assertEqual(read("/etc/criu/runc.conf"), "shell_job\n")
        assert_content("/etc/criu/runc.conf", "shell_job\n")
        self.assertIn("tcp_established", Path(CONF).read_text())
        assert Path(CONF).read_text() == "shell_job\n"

    def test_parse(self):
        log_error("/etc/criu/runc.conf", "could not be read\n")
        print("shell_job > /etc/criu/runc.conf")
        errors = {"/etc/criu/runc.conf": "permission denied"}
        open(CONF).read()
        Path("/etc/modules-load.d/criu.conf").write_text("tcp_diag\n")
        subprocess.run(["echo", "shell_job", ">", "/etc/criu/runc.conf"])
