from dataclasses import dataclass, field
import pathlib

@dataclass
class CriuConfig:
    path: str = "criu/runc.conf"
    options: list = field(default_factory=lambda: ["tcp-established", "ghost-limit 1g"])

    def write(self):
        p = pathlib.Path(self.path)
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text("\n".join(self.options) + "\n")

CriuConfig().write()
