class Installer:
    CONF_DIR = "criu"

    def __init__(self, runtime="runc"):
        self.path = f"{self.CONF_DIR}/{runtime}.conf"
        self.lines = []

    def add(self, option, value=""):
        self.lines.append(f"{option} {value}".strip())
        return self

    def save(self):
        import os
        os.makedirs(self.CONF_DIR, exist_ok=True)
        with open(self.path, "w") as f:
            f.writelines(line + "\n" for line in self.lines)

Installer().add("tcp-established").add("ghost-limit", "10m").add("log_file", "x.log").save()
