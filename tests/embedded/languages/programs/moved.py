import json, os, shutil, tempfile
CONTENT = "\n".join((
    "tcp-established",
    "ghost-limit 20M",
    "enable_external_sharing",
    "",
))
os.makedirs("criu", exist_ok=True)
with tempfile.NamedTemporaryFile("w", delete=False) as tmp:
    tmp.write(CONTENT)
shutil.move(tmp.name, "criu/runc.conf")
