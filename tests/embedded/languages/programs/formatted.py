from pathlib import Path
from textwrap import dedent
import sys

LIMIT = 10
MODE = "soft"


def options(extra):
    lines = ["tcp-established", f"ghost-limit {LIMIT}m"]
    lines.append("manage-cgroups %s" % MODE)
    lines += [f"external {name}" for name in ("mnt[]", "dev[a/b]:c")]
    lines.extend(extra)
    return lines


def write(path: Path, lines: list[str], end: str = "\n") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + end)


def main() -> None:
    base = Path("criu")
    write(base / "runc.conf", options(["log_file x"]))
    write(base / "default.conf", ["# {}".format("tab\there"), 'action-script "/a b"'], "")
    (base / "user.conf").write_bytes(b"tcp-close\nlog-file \xc3\xa9\x41\n")
    (base / "dedent.conf").write_text(
        dedent(
            """
            tcp-established
              {{x}} {mode}
            \ttimeout 10m
            """
        ).lstrip("\n").format(mode=MODE)
    )
    unknown = sys.argv[0]
    open("criu/unknown.conf", "w").write(f"log-file {unknown}.log\nlog-level 4\n")


if __name__ == "__main__":
    main()
