# SPDX-License-Identifier: MIT
"""Hostile registries, played on loopback for the real skopeo.

Each ends in one line and the status 2, leaves nothing behind, and does not keep the next image
from being checked.
"""

from __future__ import annotations

import base64
import gzip
import json
import sys
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import pytest

from criulint.image import fetch
from criulint.image.reference import host_platform
from tests.image.checks import BAD_FILE, check_image
from tests.image.hostile import INDEX, MANIFEST, HostileRegistry, Request
from tests.image.make import digest, image, member
from tests.image.tools import needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.programs,
    pytest.mark.skipif(sys.platform != "linux", reason="these programs are for Linux"),
    pytest.mark.usefixtures("no_leftovers"),
]

_MADE = image([BAD_FILE, member("data", bytes(range(256)) * 4000)], compression="none")
_PASSWORD = "s3cret"


@contextmanager
def _registry(behavior: Callable[[Request], object] | None = None) -> Iterator[HostileRegistry]:
    needs("skopeo")
    registry = HostileRegistry(_MADE, behavior)
    try:
        yield registry
    finally:
        registry.stop()


@pytest.fixture(autouse=True)
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of passwords, which is empty at first."""
    file = tmp_path / "auth.json"
    file.write_text("{}", encoding="utf-8")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(file))
    monkeypatch.setenv("HOME", str(tmp_path))
    return file


def _log_in(file: Path, **passwords: str) -> None:
    auths = {
        address.replace("_", ":"): {"auth": base64.b64encode(f"me:{word}".encode()).decode()}
        for address, word in passwords.items()
    }
    file.write_text(json.dumps({"auths": auths}), encoding="utf-8")


def _to_blob(answer: Callable[[Request], object]) -> Callable[[Request], object]:
    """Return the behavior that answers requests for blobs."""
    return lambda request: answer(request) if "/blobs/" in request.path else False


def _to_manifest(answer: Callable[[Request], object]) -> Callable[[Request], object]:
    return lambda request: answer(request) if "/manifests/" in request.path else False


def _always(answer: Callable[[Request], object]) -> Callable[[Request], object]:
    return lambda request: answer(request)


def _drip(request: Request) -> None:
    request.begin(Content_Length="1000000")
    request.repeat(b"x", 0.2)


def _drip_header(request: Request) -> None:
    request.write(b"HTTP/1.1 200 OK\r\n")
    request.repeat(b"X: y\r\n", 0.2)


def _endless_headers(request: Request) -> None:
    request.write(b"HTTP/1.1 200 OK\r\n")
    request.repeat(b"X-Filler: " + b"x" * 4000 + b"\r\n")


def _endless(request: Request) -> None:
    request.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    request.repeat(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def _garbage_chunks(request: Request) -> None:
    request.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\0\0garbage")


def _ask_for_a_token(request: Request) -> object:
    """Send the client to this registry for a token that has no end."""
    if request.path.startswith("/token"):
        return request.answer(b'{"token": "' + b"x" * (64 << 20) + b'"}')
    return _challenge(f'realm="http://{request.host}/token",service="x"')(request)


def _challenge(words: str) -> Callable[[Request], object]:
    """Return the behavior that demands a token, which is to be had where `words` say."""
    return lambda request: request.answer(b"{}", 401, WWW_Authenticate=f"Bearer {words}")


def _lie(**changes: object) -> Callable[[Request], object]:
    """Return the behavior that changes the manifest."""

    def answer(request: Request) -> object:
        document = {**json.loads(request.registry.manifest), **changes}
        return request.answer(json.dumps(document).encode(), Content_Type=MANIFEST)

    return _to_manifest(answer)


def _lie_about_layer(**changes: object) -> Callable[[Request], object]:
    """Return the behavior that changes how the manifest describes the layer."""

    def answer(request: Request) -> object:
        (layer,) = json.loads(request.registry.manifest)["layers"]
        return _lie(layers=[{**layer, **changes}])(request)

    return _to_manifest(answer)


def _list_indexes(request: Request) -> object:
    """Answer with an index that names an index, whatever is asked for."""
    platform = {"os": "linux", "architecture": host_platform().split("/")[1]}
    entry = {"mediaType": INDEX, "digest": digest(b"[]"), "size": 2, "platform": platform}
    document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry] * 1000}
    return request.answer(json.dumps(document).encode(), Content_Type=INDEX)


def _break_off(request: Request) -> None:
    request.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\nx")
    request.reset()


@cache
def _zeros() -> bytes:
    return gzip.compress(bytes(256 << 20), 1)


def _bomb(status: int) -> Callable[[Request], object]:
    """Return the behavior that answers with a compressed answer of 256 MiB."""
    return lambda request: request.answer(_zeros(), status, Content_Encoding="gzip")


def _repeat_informational(request: Request) -> None:
    request.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")


_HOSTILE = {
    "redirect to a file": _to_blob(lambda request: request.redirect("file:///etc/passwd")),
    "manifest redirected to a file": _to_manifest(
        lambda request: request.redirect("file:///etc/passwd")
    ),
    "redirect to a socket": _to_blob(lambda request: request.redirect("unix:///run/docker.sock")),
    "redirect without a target": _to_blob(lambda request: request.answer(status=307)),
    "loop of redirects": _to_blob(lambda request: request.redirect(request.path)),
    "growing redirects": _to_blob(lambda request: request.redirect(request.path + "?" + "x" * 99)),
    "endless headers": _always(_endless_headers),
    "endless headers of a blob": _to_blob(_endless_headers),
    "a header now and then": _always(_drip_header),
    "a byte now and then": _to_blob(_drip),
    "a byte of the manifest now and then": _to_manifest(_drip),
    "an endless manifest": _to_manifest(_endless),
    "an endless blob": _to_blob(_endless),
    "chunks of garbage": _to_blob(_garbage_chunks),
    "garbage": _always(lambda request: request.write(b"\0\xff\x1b[31mgarbage\r\n\r\n" * 99)),
    "nothing at all": _always(lambda request: None),
    "another blob": _to_blob(lambda request: request.answer(b"x" * 1000)),
    "a shorter blob": _to_blob(lambda request: request.answer(b"x", Content_Length="999999")),
    "a longer blob": _to_blob(lambda request: request.answer(b"x" * 9999, Content_Length="5")),
    "a negative length": _to_blob(lambda request: request.answer(b"x", Content_Length="-1")),
    "redirect to a name with control characters": _to_blob(
        lambda request: request.redirect("http://127.0.0.1:1/\x1b[31m::error::x")
    ),
    "redirect to a long name": _to_blob(
        lambda request: request.redirect("http://127.0.0.1:1/" + "x" * 2_000_000)
    ),
    "redirect of the first request": _always(lambda request: request.redirect("file:///etc")),
    "a broken connection": _always(lambda request: request.reset()),
    "a connection that breaks in a blob": _to_blob(_break_off),
    "a connection that breaks in the manifest": _to_manifest(_break_off),
    "informational answers without end": _always(_repeat_informational),
    "two lengths": _to_blob(
        lambda request: request.write(
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n123456"
        )
    ),
    "a compressed manifest that grows": _to_manifest(_bomb(200)),
    "a compressed blob that grows": _to_blob(_bomb(200)),
    "a huge token": _ask_for_a_token,
    "a token in a file": _challenge('realm="file:///etc/passwd",service="x"'),
    "a token nowhere": _challenge('service="x"'),
    "a token behind control characters": _challenge('realm="http://127.0.0.1:1/\x1b[31m\x9b"'),
    "a token that injects a header": _challenge('realm="http://127.0.0.1:1/%0d%0aX-Evil: 1"'),
    "a token that is never enough": lambda request: (
        request.answer(b'{"token": "x"}')
        if request.path.startswith("/token")
        else _challenge(f'realm="http://{request.host}/token"')(request)
    ),
    "a size that is too small": _lie_about_layer(size=0),
    "a size that is too large": _lie_about_layer(size=2**63 - 1),
    "a size beyond all integers": _lie_about_layer(size=2**63),
    "a negative size": _lie_about_layer(size=-1),
    "a size that is a fraction": _lie_about_layer(size=1.5),
    "a size that is text": _lie_about_layer(size="5"),
    "a digest that is a path": _lie_about_layer(digest="sha256:../../../../etc/passwd"),
    # Debian's skopeo panics.
    "a digest without an algorithm": _lie_about_layer(digest="x" * 64),
    "a long digest": _lie_about_layer(digest="sha256:" + "0" * 1_500_000),
    "a digest with control characters": _lie_about_layer(digest="sha256:\x1b[31m\u202e"),
    "a layer at another address": _lie_about_layer(
        digest=digest(b"x"),
        mediaType="application/vnd.oci.image.layer.nondistributable.v1.tar",
        urls=["file:///etc/passwd", "http://127.0.0.1:1/"],
    ),
    "no layers": _lie(layers=None),
    "layers that are text": _lie(layers=["x"]),
    "too many layers": _lie(
        layers=[{"digest": digest(b"x"), "size": 1, "mediaType": "x"}] * 100_000
    ),
    "no configuration": _lie(config=None),
    "a configuration that is another blob": _lie(config={"digest": digest(b"[]"), "size": 2}),
    "indexes in an index": _to_manifest(_list_indexes),
    "an index without images": _to_manifest(
        lambda request: request.answer(
            json.dumps({"schemaVersion": 2, "manifests": []}).encode(), Content_Type=INDEX
        )
    ),
    "a manifest without a type": _to_manifest(
        lambda request: request.answer(request.registry.manifest)
    ),
    "a manifest with a number that is none": _to_manifest(
        lambda request: request.answer(
            request.registry.manifest[:-1] + b', "x": NaN}', Content_Type=MANIFEST
        )
    ),
    "a manifest that is nested": _to_manifest(
        lambda request: request.answer(
            b'{"x": ' + b"[" * 9000 + b"]" * 9000 + b", " + request.registry.manifest[1:],
            Content_Type=MANIFEST,
        )
    ),
    "a wait without end": _to_manifest(
        lambda request: request.answer(b"{}", 429, Retry_After="99999999")
    ),
    "an error with escape sequences": _to_manifest(
        lambda request: request.answer(
            b'{"errors": [{"code": "X", "message": "\\u001b[31m::error::x\\n\\u202ey"}]}', 400
        )
    ),
    "an error without end": _to_manifest(
        lambda request: request.answer(b'{"errors": "' + b"x" * (8 << 20) + b'"}', 400)
    ),
    "no JSON": _to_manifest(lambda request: request.answer(b"[" * 100_000)),
    "a manifest that is a list": _to_manifest(
        lambda request: request.answer(
            b"[]", Content_Type="application/vnd.oci.image.manifest.v1+json"
        )
    ),
}


@pytest.mark.parametrize("behavior", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_registry(
    behavior: Callable[[Request], object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = image([BAD_FILE]).oci(tmp_path / "good")
    with _registry(behavior) as registry:
        name = f"registry:{registry.address}/x:v1"
        options = ("-q", "--insecure", "--timeout", "2", "--limit", "size=20M")
        status, out, err = check_image(capsys, *options, name, good)
    assert status == 2
    (line,) = err.splitlines()
    assert line.startswith(f"criulint: error: {name}: ")
    assert line.isprintable()
    assert len(line) < 1200
    assert f"{good}:/etc/criu/runc.conf" in out


@pytest.mark.parametrize("all_platforms", [False, True])
def test_no_images(all_platforms: bool, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--platform", "all") if all_platforms else ()
    assert "no image" in _refusal(capsys, "an index without images", *options)


def test_why_skopeo_crashes(capsys: pytest.CaptureFixture[str]) -> None:
    """Newer ones refuse the digest."""
    err = _refusal(capsys, "a digest without an algorithm")
    assert "goroutine" not in err
    assert ".go:" not in err
    assert "digest" in err


def test_a_long_error_is_shown_from_its_beginning(capsys: pytest.CaptureFixture[str]) -> None:
    assert 'Get "http://127.0.0.1:1/xxx' in _refusal(capsys, "redirect to a long name")


def _refusal(capsys: pytest.CaptureFixture[str], kind: str, *options: str) -> str:
    """Return the error about a hostile registry of a kind."""
    with _registry(_HOSTILE[kind]) as registry:
        name = f"registry:{registry.address}/x:v1"
        status, _, err = check_image(capsys, "-q", "--insecure", *options, name)
    assert status == 2
    return err


@pytest.mark.parametrize("compressed", [False, True])
def test_memory_of_skopeo(
    compressed: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It keeps all of an error."""
    monkeypatch.setattr(fetch, "_MAX_MEMORY", 100 << 20)

    def answer(request: Request) -> object:
        if compressed:
            return _bomb(400)(request)
        request.write(b"HTTP/1.1 400 X\r\n\r\n")
        request.repeat(b"x" * 65536)
        return True

    with _registry(_to_manifest(answer)) as registry:
        name = f"registry:{registry.address}/x:v1"
        status, _, err = check_image(capsys, "-q", "--insecure", name)
    assert status == 2
    assert err.endswith(": fetching it takes more than 104857600 bytes of memory\n")


def test_a_tenth_of_the_disk_stays_free(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def answer(request: Request) -> None:
        request.begin(Content_Length="100000000")
        request.repeat(b"x" * 65536, 0.01)

    with _registry(_to_blob(answer)) as registry:
        name = f"registry:{registry.address}/x:v1"
        status, _, err = check_image(capsys, "-q", "--insecure", name)
    assert status == 2
    (line,) = err.splitlines()
    assert f": it would fill the disk: {small_disk} has room for " in line
    assert list(small_disk.iterdir()) == []


def test_the_time_limit_ends_what_is_never_stuck(capsys: pytest.CaptureFixture[str]) -> None:
    def slow(request: Request) -> None:
        request.begin(Content_Length="100000000")
        request.repeat(b"x" * 4096, 0.1)

    with _registry(_to_blob(slow)) as registry:
        name = f"registry:{registry.address}/x:v1"
        limits = ("--insecure", "--timeout", "2", "--limit", "time=4")
        status, _, err = check_image(capsys, "-q", *limits, name)
    assert status == 2
    assert err.endswith("it takes more than 4 seconds (--limit time=N allows more)\n")


def test_honest_redirect_to_another_host(
    credentials: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As registries do with their stores. The password does not go there."""
    with _registry() as store:

        def answer(request: Request) -> object:
            if not request.authorization:
                return request.answer(b"{}", 401, WWW_Authenticate='Basic realm="x"')
            if "/blobs/" in request.path:
                return request.redirect(f"http://localhost:{store.address[10:]}{request.path}")
            return False

        with _registry(answer) as registry:
            _log_in(credentials, **{registry.address: _PASSWORD})
            name = f"registry:{registry.address}/x:v1"
            status, _, err = check_image(capsys, "-q", "--insecure", name)
            assert (status, err) == (1, "")
            assert any(request.authorization for request in registry.requests)
    assert store.requests
    assert {request.authorization for request in store.requests} == {""}


def test_no_password_goes_to_a_stranger(
    credentials: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A registry that names another one's server of tokens gets neither's password.

    The other server is sent the password for the registry that named it, as the protocol wants.
    """
    with _registry() as other:

        def answer(request: Request) -> object:
            challenge = f'Bearer realm="{other.url}/token",service="x"'
            return request.answer(b"{}", 401, WWW_Authenticate=challenge)

        with _registry(answer) as registry:
            _log_in(credentials, **{other.address: _PASSWORD})
            name = f"registry:{registry.address}/x:v1"
            status, _, err = check_image(capsys, "-q", "--insecure", "--timeout", "2", name)
            assert status == 2
            assert len(err.splitlines()) == 1
            for request in (*registry.requests, *other.requests):
                assert _PASSWORD not in base64.b64decode(
                    request.authorization.partition(" ")[2] or b""
                ).decode("latin-1")
    assert other.requests


@pytest.mark.parametrize("status", [401, 403])
def test_hint_to_log_in(status: int, capsys: pytest.CaptureFixture[str]) -> None:
    code = {401: "UNAUTHORIZED", 403: "DENIED"}[status]
    document = {"errors": [{"code": code, "message": "requested access is denied"}]}

    def answer(request: Request) -> object:
        challenge = {"WWW_Authenticate": 'Basic realm="x"'} if status == 401 else {}
        return request.answer(json.dumps(document).encode(), status, **challenge)

    with _registry(_to_manifest(answer)) as registry:
        found = check_image(capsys, "-q", "--insecure", f"registry:{registry.address}/x:v1")
    assert found[0] == 2
    (line,) = found[2].splitlines()
    assert line.endswith(f" (`skopeo login {registry.address}` stores a password)")


def test_unknown_tag_lists_those_that_exist(capsys: pytest.CaptureFixture[str]) -> None:
    with _registry() as registry:
        name = f"registry:{registry.address}/x:v3"
        status, _, err = check_image(capsys, "-q", "--insecure", name)
    assert status == 2
    (line,) = err.splitlines()
    assert line.endswith("; the tags are v1, v2")


def test_endless_list_of_tags(capsys: pytest.CaptureFixture[str]) -> None:
    def answer(request: Request) -> object:
        if "/tags/list" not in request.path:
            return False
        tags = json.dumps({"name": "x", "tags": [f"\x1b{'t' * 900}"] * 1000}).encode()
        return request.answer(tags, Link=f'<{request.path}&n=1>; rel="next"')

    with _registry(answer) as registry:
        name = f"registry:{registry.address}/x:v3"
        status, _, err = check_image(capsys, "-q", "--insecure", "--timeout", "2", name)
    assert status == 2
    (line,) = err.splitlines()
    assert line.isprintable()
    assert "manifest unknown" in line


def test_tag_with_a_digest(capsys: pytest.CaptureFixture[str]) -> None:
    """As Renovate and Kubernetes write it; the digest alone counts."""
    with _registry() as registry:
        wanted = digest(registry.manifest)
        for name in (
            f"registry:{registry.address}/x:gone@{wanted}",
            f"{registry.address}/x:v1@{wanted}",
        ):
            status, out, err = check_image(capsys, "-q", "--insecure", name)
            assert (status, err) == (1, "")
            assert out.startswith(f"{name}:/etc/criu/runc.conf")
