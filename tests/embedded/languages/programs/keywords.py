import os
OPTIONS = "tcp-established ext-unix-sk file_locks".split()
def write(path, *lines, mode=0o644):
    os.makedirs("criu", exist_ok=True)
    with open(path, "w") as f:
        for line in lines:
            f.write(f"{line}\n")
write("criu/runc.conf", *OPTIONS)
write("criu/default.conf", *[o for o in OPTIONS if o != "file_locks"], "timeout 5m")
for i, opt in enumerate(sorted({"link-remap": 1, "auto_dedup": 2})):
    with open("criu/crun.conf", "a") as f:
        print(opt, file=f)
