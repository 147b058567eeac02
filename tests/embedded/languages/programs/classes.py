import io
import os
import tempfile


class Writer:
    DIRECTORY = "criu"
    NAME = "runc.conf"

    def __init__(self, text: str) -> None:
        self.text = text
        self.path = os.path.join(self.DIRECTORY, self.NAME)

    def write(self) -> None:
        temporary = self.path + ".tmp"
        with open(temporary, "w") as file:
            file.write(self.text)
        os.replace(temporary, self.path)


def build(name: str = "tcp-established", *, value: bool = True) -> str:
    buffer = io.StringIO()
    buffer.write(name)
    if value:
        buffer.write(" yes")
    buffer.write("\n")
    return buffer.getvalue()


FILES = {
    "criu/a.conf": "tcp-established\n" r"log-file C:\new" "\n",
    "criu/b.conf": """link_remap
""",
}

os.makedirs("criu", exist_ok=True)
for path, text in FILES.items():
    with open(path, "wt") as file:
        file.write(text)
for number, path in enumerate(["criu/c.conf", "criu/d.conf"]):
    with open(path, "w") as file:
        file.write(build(value=False))
with open("criu/e.conf", "w") as first, open("criu/f.conf", "w") as second:
    print("a", "b", sep="-", end="\n\n", file=first)
    print(file=second)
open("criu/g.conf", "w").write("overwritten\n")
open("criu/g.conf", "w").write("tcp-close\n")
