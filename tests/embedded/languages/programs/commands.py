import os
import subprocess

CONF = "criu/runc.conf"
os.makedirs("criu", exist_ok=True)
subprocess.run("echo 'tcp-established true' > criu/a.conf", shell=True, check=True)
subprocess.run(["sh", "-c", f"printf 'link_remap\\n' > {CONF}"], check=True)
subprocess.run(["tee", "-a", CONF], input="it's\n", text=True, check=True, stdout=subprocess.DEVNULL)
os.system("echo log-level 4 > criu/b.conf")
subprocess.check_call(
    """
    cat > criu/c.conf <<EOF
ghost-limit 1g
EOF
    """,
    shell=True,
)
