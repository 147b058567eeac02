# SPDX-License-Identifier: MIT
"""Images that other programs fetch, from real stores, daemons and registries."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from criulint.cli import main
from tests.image.make import (
    image,
    member,
    several,
)
from tests.image.tools import Registry, needs, push, run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(sys.platform != "linux", reason="these programs are for Linux"),
]

_BAD = image(
    [member("etc/criu/default.conf", "port 0\n")], [member("etc/criu/runc.conf", "nonsense\n")]
)


_FOUND = [("CRIU106", "/etc/criu/default.conf", 1), ("CRIU101", "/etc/criu/runc.conf", 2)]


def _find_in_image(
    capsys: pytest.CaptureFixture[str], *arguments: object
) -> list[tuple[str, str, int]]:
    main(["image", "--isolated", "--criu", "4.2.1", "--format", "json", *map(str, arguments)])
    captured = capsys.readouterr()
    assert captured.err == ""
    return [
        (one["code"], one["image"]["path"], one["image"]["layer"])
        for one in json.loads(captured.out)
    ]


def _make_path(directory: Path, *programs: str) -> str:
    """Return a PATH with these programs and no others that fetch images."""
    needs(*programs)
    directory.mkdir()
    for program in programs:
        (directory / program).symlink_to(str(shutil.which(program)))
    return str(directory)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store of Podman and Buildah with ``localhost/node:v1``.

    The digest of its manifest is in a file beside it.
    """
    needs("skopeo")
    if os.geteuid() != 0:
        pytest.skip("only root's store needs nothing set up")
    configuration = tmp_path / "storage.conf"
    text = (
        '[storage]\ndriver = "vfs"\n'
        f'graphroot = "{tmp_path / "store"}"\nrunroot = "{tmp_path / "run"}"\n'
    )
    configuration.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(configuration))
    layout = _BAD.oci(tmp_path / "layout", "v1")
    run(
        "skopeo",
        "--insecure-policy",
        "copy",
        "--quiet",
        f"oci:{layout}:v1",
        "containers-storage:localhost/node:v1",
    )
    return tmp_path


@pytest.mark.parametrize("program", ["podman", "buildah", "skopeo"])
def test_each_program_fetches_from_the_store(
    program: str, store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Podman and Buildah know short names, too."""
    monkeypatch.setenv("PATH", _make_path(store / "bin", program))
    names = ["podman:localhost/node:v1", "containers-storage:localhost/node:v1"]
    names += [] if program == "skopeo" else ["podman:node:v1", "node:v1", "localhost/node:v1"]
    for name in names:
        assert _find_in_image(capsys, name) == _FOUND, name
    assert main(["image", f"{names[0]}x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "image not known" in line or "does not resolve to an image" in line
    assert line.endswith("; the local tags are v1") == (program != "skopeo")


def test_temporary_files_of_skopeo_are_private(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It copies layers of a store into /var/tmp, whatever TMPDIR is, and leaves them if stopped."""
    (store / "bin").mkdir()
    script = store / "bin" / "skopeo"
    text = f'#!/bin/sh\necho "$*" >> {store}/commands\nexec {shutil.which("skopeo")} "$@"\n'
    script.write_text(text, encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(store / "bin"))
    monkeypatch.setattr(tempfile, "tempdir", str(store))
    assert _find_in_image(capsys, "containers-storage:localhost/node:v1") == _FOUND
    (command,) = (store / "commands").read_text(encoding="utf-8").splitlines()
    assert command.startswith(f"--tmpdir={store}/criulint-")


def test_directory_does_not_hide_an_image(
    store: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("buildah")
    (store / "node").mkdir()
    monkeypatch.chdir(store)
    assert _find_in_image(capsys, "node:v1") == _FOUND
    _BAD.oci(store / "node", "v1")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert _find_in_image(capsys, "node:v1") == _FOUND


def test_digest_is_the_image_id(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs("podman")
    identity = run("podman", "image", "inspect", "--format", "{{.Id}}", "node:v1").strip()
    for name in ("podman:node:v1", "containers-storage:localhost/node:v1", "node:v1"):
        main(["image", "--format", "json", name])
        assert {one["image"]["digest"] for one in json.loads(capsys.readouterr().out)} == {
            f"sha256:{identity}"
        }


@pytest.fixture(scope="module")
def docker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The socket of a daemon without a network."""
    needs("docker", "dockerd")
    if os.geteuid() != 0:
        pytest.skip("the daemon needs root")
    # The path of a socket must be short.
    directory = Path(tempfile.mkdtemp(prefix="dockerd-"))
    places = [
        f"--data-root={directory}/data",
        f"--exec-root={directory}/exec",
        f"--pidfile={directory}/pid",
    ]
    # Runc fails where another group of the machine has the processors for itself, so it sees no
    # such groups.
    hide = 'umount /sys/fs/cgroup/cpuset 2>/dev/null; exec "$@"'
    command = [
        *("unshare", "--mount", "--propagation=slave", "sh", "-c", hide, "sh"),
        "dockerd",
        "--iptables=false",
        "--bridge=none",
        "--storage-driver=vfs",
        *places,
        f"--host=unix://{directory}/sock",
    ]
    with open(directory / "log", "wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    try:
        while daemon.poll() is None and not (directory / "sock").exists():
            time.sleep(0.1)
        assert daemon.poll() is None, (directory / "log").read_text(encoding="utf-8")[-2000:]
        yield directory / "sock"
    finally:
        daemon.terminate()
        daemon.wait()
        shutil.rmtree(directory, ignore_errors=True)


_DOCKERFILE = """\
FROM scratch AS base
COPY busybox /bin/sh
COPY busybox /bin/busybox

FROM base
WORKDIR /etc/criu
ARG WORDS="x y"
COPY default.conf .
RUN true
SHELL ["/bin/busybox", "sh", "-c"]
RUN echo 'nonsense' \\
  # a comment

  > /etc/criu/runc.conf
CMD ["x"]
"""


def _without_names(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return findings without the names of the image, and the digests of layers as stored."""
    names = dict.fromkeys(("image", "repository", "layer_digest"))
    return [{**one, "path": None, "image": {**one["image"], **names}} for one in found]


@pytest.mark.parametrize("without", [None, "docker", "skopeo"])
def test_image_built_by_docker(
    docker: Path,
    without: str | None,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has the lines of the Dockerfile, and the digest that Docker calls the image ID."""
    needs("busybox", "skopeo")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{docker}")
    monkeypatch.setenv("DOCKER_BUILDKIT", "0")
    monkeypatch.chdir(tmp_path)
    shutil.copy(str(shutil.which("busybox")), "busybox")
    Path("default.conf").write_text("port 0\n", encoding="utf-8")
    Path("Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    run("docker", "build", "--quiet", "--network=none", "--tag=node:v1", ".")
    identity = run("docker", "image", "inspect", "--format={{.Id}}", "node:v1").strip()
    run("docker", "save", "--output=saved.tar", "node:v1")
    if without:
        monkeypatch.setenv(
            "PATH", _make_path(tmp_path / "bin", *({"docker", "skopeo"} - {without}))
        )
    outputs = []
    for name in ("docker:node:v1", f"docker-daemon:{identity}", "docker-archive:saved.tar"):
        arguments = ["--criu=4.2.1", "--dockerfile=Dockerfile", "--format=json", name]
        assert main(["image", *arguments]) == 1
        outputs.append(capsys.readouterr().out)
    found = [_without_names(json.loads(output)) for output in outputs]
    assert found[0] == found[1] == found[2]
    reported = json.loads(outputs[0])
    assert [(one["code"], one["image"]["path"], one["image"]["line"]) for one in reported] == [
        ("CRIU106", "/etc/criu/default.conf", 8),
        ("CRIU101", "/etc/criu/runc.conf", 11),
    ]
    assert {one["image"]["digest"] for one in reported} == {identity}
    assert main(["image", "docker:gone:v1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "docker:gone:v1: " in line
    assert "gone" in line.partition("docker:gone:v1: ")[2] or "does not exist" in line


@pytest.mark.parametrize("program", ["docker", "skopeo"])
def test_a_daemon_that_another_user_may_ask(docker: Path, program: str, tmp_path: Path) -> None:
    """Most users of a machine may not: they are told so in one line."""
    needs("setpriv")
    path = _make_path(tmp_path / "bin", program)
    # Root may do all that it has the capabilities for.
    limits = "--bounding-set=-dac_override,-dac_read_search"
    command = [str(shutil.which("setpriv")), limits, sys.executable, "-m", "criulint", "image"]
    before = docker.stat()
    os.chown(docker, 65534, 65534)
    docker.chmod(0o600)
    try:
        environment = {**os.environ, "PATH": path, "DOCKER_HOST": f"unix://{docker}"}
        done = subprocess.run(
            [*command, "docker:node:v1"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        os.chown(docker, before.st_uid, before.st_gid)
        docker.chmod(before.st_mode & 0o777)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("criulint: error: docker:node:v1: ")
    assert "permission denied" in line


@pytest.mark.parametrize("format_", ["oci", "v2s2"])
def test_multi_platform_image_in_a_registry(
    format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each has the digest that the registry has for it, also in Docker's own format."""
    needs("docker-registry", "skopeo")
    layout = several(tmp_path / "layout", "v1")
    registry = Registry(tmp_path, None)
    try:
        push(registry, layout, "--all", "--format", format_)
        name = f"registry:{registry.address}/a/b:v1"
        inspect = [
            "skopeo",
            "inspect",
            "--raw",
            "--tls-verify=false",
            f"docker://{registry.address}/a/b:v1",
        ]
        digests = {
            one["platform"]["architecture"]: one["digest"]
            for one in json.loads(run(*inspect))["manifests"]
        }
        for platform, expected in (
            ("all", ["amd64", "arm64", "s390x"]),
            ("linux/arm64", ["arm64"]),
        ):
            main(["image", "--insecure", "--platform", platform, "--format", "json", name])
            reported = {
                one["image"]["platform"]: one["image"]["digest"]
                for one in json.loads(capsys.readouterr().out)
            }
            assert reported == {
                f"linux/{architecture}": digests[architecture] for architecture in expected
            }
        assert main(["image", "--insecure", "--platform", "linux/riscv64", name]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "for architecture riscv64" in line
    finally:
        registry.stop()


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class _TokenServer(BaseHTTPRequestHandler):
    """Gives a token for the repository a/b, signed with the key in `directory`.

    The client has to send the password.
    """

    directory: Path

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(b'me:secret').decode()}":
            self.send_error(401)
            return
        certificate = (
            (self.directory / "token.crt")
            .read_text(encoding="utf-8")
            .split("-----")[2]
            .replace("\n", "")
        )
        now = int(time.time())
        access = [{"type": "repository", "name": "a/b", "actions": ["pull", "push"]}]
        claims = {
            "iss": "us",
            "aud": "registry",
            "sub": "me",
            "iat": now,
            "nbf": now - 60,
            "exp": now + 600,
            "jti": "1",
        }
        parts = ({"typ": "JWT", "alg": "RS256", "x5c": [certificate]}, {**claims, "access": access})
        signed = ".".join(_base64(json.dumps(part).encode()) for part in parts)
        command = ["openssl", "dgst", "-sha256", "-sign", str(self.directory / "token.key")]
        signature = subprocess.run(
            command, input=signed.encode(), capture_output=True, check=True
        ).stdout
        answer = json.dumps({"token": f"{signed}.{_base64(signature)}"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        pass


def test_registry_with_tokens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another server gives it for the password in the usual file."""
    needs("docker-registry", "skopeo", "openssl")
    key, certificate = str(tmp_path / "token.key"), str(tmp_path / "token.crt")
    make = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=us",
        "-days",
        "2",
    ]
    run(*make, "-keyout", key, "-out", certificate)
    _TokenServer.directory = tmp_path
    tokens = ThreadingHTTPServer(("127.0.0.1", 0), _TokenServer)
    Thread(target=tokens.serve_forever, daemon=True).start()
    realm = f"http://127.0.0.1:{tokens.server_address[1]}/token"
    registry = Registry(
        tmp_path,
        None,
        token=f"{{realm: '{realm}', service: registry, issuer: us, rootcertbundle: {certificate}}}",
    )
    try:
        push(registry, _BAD.oci(tmp_path / "layout", "v1"), "--dest-creds", "me:secret")
        name = f"registry:{registry.address}/a/b:v1"
        for file, secret in (("config.json", b"me:secret"), ("other.json", b"me:wrong")):
            login = {"auths": {registry.address: {"auth": base64.b64encode(secret).decode()}}}
            (tmp_path / ".docker").mkdir(exist_ok=True)
            (tmp_path / ".docker" / file).write_text(json.dumps(login), encoding="utf-8")
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("REGISTRY_AUTH_FILE", raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "none"))
        assert _find_in_image(capsys, "--insecure", name) == _FOUND
        monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / ".docker" / "other.json"))
        assert main(["image", "--insecure", name]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert (
            "unauthorized" in line
            or "invalid username/password" in line
            or "authentication" in line
        )
    finally:
        registry.stop()
        tokens.shutdown()
        tokens.server_close()


def test_registry_with_a_private_certificate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("docker-registry", "skopeo", "openssl")
    ours, key, certificate = (str(tmp_path / name) for name in ("ca.crt", "key", "server.crt"))
    make = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    run(*make, "-x509", "-days", "2", "-keyout", f"{ours}.key", "-out", ours)
    run(*make, "-keyout", key, "-out", str(tmp_path / "request"))
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1", encoding="utf-8")
    sign = [
        "openssl",
        "x509",
        "-req",
        "-days",
        "2",
        "-in",
        str(tmp_path / "request"),
        "-extfile",
        str(tmp_path / "names"),
    ]
    run(*sign, "-CA", ours, "-CAkey", f"{ours}.key", "-out", certificate)
    registry = Registry(tmp_path, None, tls=(certificate, key))
    try:
        push(registry, _BAD.oci(tmp_path / "layout", "v1"))
        name = f"registry:{registry.address}/a/b:v1"
        assert main(["image", name]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "certificate signed by unknown authority (--insecure allows this)" in line
        assert _find_in_image(capsys, "--insecure", name) == _FOUND
        monkeypatch.setenv("SSL_CERT_FILE", ours)
        assert _find_in_image(capsys, name) == _FOUND
        assert main(["image", "--limit", "size=100", name]) == 2
        assert "it has more than 100 bytes" in capsys.readouterr().err
    finally:
        registry.stop()


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a registry that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def _list_leftovers(directory: Path) -> list[str]:
    return sorted(str(path) for path in directory.iterdir())


def test_silent_registry(
    silent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("skopeo")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main(["image", "--insecure", "--timeout", "1", f"registry:{silent}/x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("/x: fewer than 1024 bytes in 1 seconds (--timeout SECONDS waits longer)")
    assert _list_leftovers(tmp_path) == []


def _is_running(needle: str) -> bool:
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if needle.encode() in path.read_bytes():
                return True
    return False


_STOPS: list[tuple[signal.Signals, ...]] = [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGHUP,)]
# A supervisor sends these together, and an impatient person the last ones.
_STOPS += [(signal.SIGTERM, signal.SIGHUP), (signal.SIGINT, signal.SIGINT, signal.SIGTERM)]


@pytest.mark.parametrize("numbers", _STOPS)
def test_stopped_run_leaves_nothing(
    silent: str, numbers: tuple[signal.Signals, ...], tmp_path: Path
) -> None:
    needs("skopeo")
    command = [sys.executable, "-m", "criulint", "image", "--insecure", f"registry:{silent}/x"]
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(tmp_path)}, stderr=subprocess.PIPE, text=True
    )
    while not _is_running(f"docker://{silent}/x"):
        assert process.poll() is None
        time.sleep(0.05)
    for number in numbers:
        process.send_signal(number)
    _, err = process.communicate(timeout=60)
    # Which of several comes first is up to the kernel.
    assert process.returncode in [128 + number for number in numbers]
    assert err == ""
    assert _list_leftovers(tmp_path) == []
    while _is_running(f"docker://{silent}/x"):
        time.sleep(0.05)  # it was killed, but may not be gone yet


_PODMAN = """\
#!/bin/sh
trap '' TERM HUP INT
for word; do target=${word#dir:}; done
mkdir "$target"
(trap '' TERM HUP INT; while :; do echo x >> "$target/data"; sleep 0.02; done) &
echo $! >> "$PIDS"
echo $$ >> "$PIDS"
wait
"""


def _wait_until_dead(pids: list[int]) -> None:
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        time.sleep(0.05)


def test_stubborn_program_and_its_children_end(tmp_path: Path) -> None:
    """One that ignores signals, writes all the time, and has started another one."""
    program, scratch = tmp_path / "bin" / "podman", tmp_path / "scratch"
    program.parent.mkdir()
    program.write_text(_PODMAN, encoding="utf-8")
    program.chmod(0o755)
    scratch.mkdir()
    environment = {
        "PATH": f"{program.parent}:/usr/bin:/bin",
        "TMPDIR": str(scratch),
        "PIDS": str(tmp_path / "pids"),
    }
    command = [sys.executable, "-m", "criulint", "image", "podman:x"]
    process = subprocess.Popen(command, env={**os.environ, **environment})
    while not list(scratch.glob("*/*/data")):
        assert process.poll() is None
        time.sleep(0.05)
    pids = [int(word) for word in (tmp_path / "pids").read_text(encoding="ascii").split()]
    process.send_signal(signal.SIGHUP)
    assert process.wait(60) == 128 + signal.SIGHUP
    _wait_until_dead(pids)
    assert _list_leftovers(scratch) == []


def test_program_ends_with_a_killed_run(silent: str, tmp_path: Path) -> None:
    """Nothing can clean up after SIGKILL, but nothing goes on either."""
    needs("skopeo")
    command = [sys.executable, "-m", "criulint", "image", "--insecure", f"registry:{silent}/x"]
    process = subprocess.Popen(command, env={**os.environ, "TMPDIR": str(tmp_path)})
    while not _is_running(f"docker://{silent}/x"):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    while _is_running(f"docker://{silent}/x"):
        time.sleep(0.05)


def _run_on_terminal(*arguments: str) -> str:
    """Return what a run shows on a terminal."""
    import fcntl
    import pty
    import struct
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "criulint", "image", *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    shown = b""
    while True:
        try:
            data = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not data:
            break
        shown += data
    os.close(ours)
    process.wait()
    return shown.decode("utf-8", "replace")


def test_progress_bar_on_a_terminal(silent: str) -> None:
    """It is shown after a second, and is gone before anything else is printed."""
    needs("skopeo")
    arguments = ["--insecure", "--timeout", "3", f"registry:{silent}/x"]
    shown = _run_on_terminal(*arguments)
    bar, _, message = shown.rpartition("\r" + " " * 20)
    assert f"\rregistry:{silent}/x: " in bar
    assert "B/s]" in bar
    assert re.sub(r"\x1b\[[0-9;]*m", "", message).strip().startswith("criulint: error: ")
    assert "B/s]" not in _run_on_terminal("--quiet", *arguments)


def test_no_progress_bar_for_a_quick_run(tmp_path: Path) -> None:
    shown = _run_on_terminal(str(_BAD.oci(tmp_path / "layout")))
    assert "nonsense" in shown
    assert "B/s]" not in shown


@pytest.fixture
def registry(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Registry]:
    needs("docker-registry", "skopeo", "htpasswd")
    made = Registry(tmp_path, getattr(request, "param", None))
    yield made
    made.stop()


def test_registry(registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = image([member("etc/criu/runc.conf", "port 0\n")])
    push(registry, made.oci(tmp_path / "layout", "v1"))
    reference = f"registry:{registry.address}/a/b:v1"
    assert main(["image", "--insecure", "--format", "json", reference]) == 1
    (reported,) = json.loads(capsys.readouterr().out)
    assert reported["path"] == f"{reference}:/etc/criu/runc.conf"
    digest = reported["image"]["digest"]
    assert (
        main(
            ["image", "--insecure", "--format", "json", f"registry:{registry.address}/a/b@{digest}"]
        )
        == 1
    )
    (again,) = json.loads(capsys.readouterr().out)
    assert again["image"]["digest"] == digest
    assert main(["image", "--insecure", "-q", f"{registry.address}/a/b:v1"]) == 1
    capsys.readouterr()
    # Plain HTTP needs --insecure.
    assert main(["image", reference]) == 2
    assert (
        "server gave HTTP response to HTTPS client (--insecure allows this)"
        in capsys.readouterr().err
    )
    assert main(["image", "--insecure", f"registry:{registry.address}/a/gone:v1"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "name unknown" in line or "manifest unknown" in line


@pytest.mark.parametrize("registry", ["me:secret"], indirect=True)
def test_registry_with_a_password(
    registry: Registry,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    push(
        registry,
        image([member("etc/criu/runc.conf", "port 0\n")]).oci(tmp_path / "layout", "v1"),
        "--dest-creds",
        "me:secret",
    )
    reference = f"registry:{registry.address}/a/b:v1"
    nobody = tmp_path / "nobody.json"
    nobody.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(nobody))
    assert main(["image", "--insecure", reference]) == 2
    assert "authentication required" in capsys.readouterr().err
    login = tmp_path / "auth.json"
    secret = base64.b64encode(b"me:secret").decode()
    login.write_text(json.dumps({"auths": {registry.address: {"auth": secret}}}), encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(login))
    assert main(["image", "--insecure", "-q", reference]) == 1


def test_local_store(
    built: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """skopeo reads the store of Buildah and Podman."""
    needs("skopeo")
    configuration = built / "storage.conf"
    text = (
        f'[storage]\ndriver = "vfs"\ngraphroot = "{built / "store"}"\nrunroot = "{built / "run"}"\n'
    )
    configuration.write_text(text, encoding="utf-8")
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(configuration))
    for name in ("podman:localhost/layers:latest", "containers-storage:localhost/layers"):
        assert main(["image", "--criu", "4.2", "--format", "concise", name]) == 1
        assert "CRIU404" in capsys.readouterr().out


def test_without_skopeo(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert main(["image", "registry:example.org/x"]) == 2
    assert "skopeo is needed, but not installed" in capsys.readouterr().err


def test_missing_daemon(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs("skopeo")
    monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")
    assert main(["image", "docker:x"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("criulint: error: docker:x: ")
