import argparse, json
parser = argparse.ArgumentParser(epilog="echo tcp_close > /etc/criu/runc.conf")
parser.add_argument("--conf", default="/etc/criu/runc.conf", help="tcp_close\n")
args = parser.parse_args([])
json.dumps({"/etc/criu/runc.conf": "tcp_close"})
EXPECTED = {"/etc/criu/runc.conf": "tcp_close\n"}
assert EXPECTED != {}
