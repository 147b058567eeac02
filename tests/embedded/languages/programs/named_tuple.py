from typing import NamedTuple
from pathlib import Path
class Opt(NamedTuple):
    name: str
    value: str = ""
opts = [Opt("tcp-established"), Opt("ghost-limit", "10m")]
Path("criu").mkdir(exist_ok=True)
Path("criu/runc.conf").write_text("".join(f"{o.name} {o.value}".rstrip() + "\n" for o in opts))
