# SPDX-License-Identifier: MIT
"""A client of ``criu swrk``, which is CRIU as container runtimes start it, with requests over a
socket; and of the ``criu service`` that waits for anyone's.

Only the fields that the tests use are here; their numbers are those of CRIU's
``images/rpc.proto`` (4.3). Messages in which the tests do not look are bytes.
"""

from __future__ import annotations

import socket
import subprocess
import tempfile
from typing import TYPE_CHECKING, Any, NamedTuple

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds to wait for an answer.
TIMEOUT = 60.0

# Message -> field -> its number and type. A type is a message of the same table or one of
# protobuf's; "repeated" goes before it.
_MESSAGES = {
    "options": {
        "images_dir_fd": (1, "int32"),
        "pid": (2, "int32"),
        "leave_running": (3, "bool"),
        "ext_unix_sk": (4, "bool"),
        "tcp_established": (5, "bool"),
        "evasive_devices": (6, "bool"),
        "shell_job": (7, "bool"),
        "file_locks": (8, "bool"),
        "log_level": (9, "int32"),
        "log_file": (10, "string"),
        "ps": (11, "bytes"),
        "notify_scripts": (12, "bool"),
        "root": (13, "string"),
        "parent_img": (14, "string"),
        "track_mem": (15, "bool"),
        "auto_dedup": (16, "bool"),
        "work_dir_fd": (17, "int32"),
        "link_remap": (18, "bool"),
        "cpu_cap": (20, "uint32"),
        "force_irmap": (21, "bool"),
        "ext_mnt": (23, "repeated bytes"),
        "manage_cgroups": (24, "bool"),
        "cg_root": (25, "repeated bytes"),
        "rst_sibling": (26, "bool"),
        "inherit_fd": (27, "repeated bytes"),
        "manage_cgroups_mode": (34, "int32"),
        "ghost_limit": (35, "uint32"),
        "irmap_scan_paths": (36, "repeated string"),
        "ext_sharing": (29, "bool"),
        "ext_masters": (30, "bool"),
        "external": (37, "repeated string"),
        "empty_ns": (38, "uint32"),
        "freeze_cgroup": (44, "string"),
        "timeout": (45, "uint32"),
        "tcp_skip_in_flight": (46, "bool"),
        "weak_sysctls": (47, "bool"),
        "lazy_pages": (48, "bool"),
        "orphan_pts_master": (50, "bool"),
        "config_file": (51, "string"),
        "tcp_close": (52, "bool"),
        "lsm_profile": (53, "string"),
        "tls": (58, "bool"),
        "tls_no_cn_verify": (59, "bool"),
        "lsm_mount_context": (63, "string"),
        "network_lock": (64, "int32"),
        "mntns_compat_mode": (65, "bool"),
        "skip_file_rwx_check": (66, "bool"),
        "unprivileged": (67, "bool"),
        "images_dir": (68, "string"),
        "leave_stopped": (69, "bool"),
        "display_stats": (70, "bool"),
        "stream": (78, "bool"),
    },
    "request": {
        "type": (1, "int32"),
        "opts": (2, "options"),
        "notify_success": (3, "bool"),
    },
    "restored": {"pid": (1, "int32")},
    "notification": {"script": (1, "string")},
    "version": {
        "major_number": (1, "int32"),
        "minor_number": (2, "int32"),
        "sublevel": (4, "int32"),
    },
    "response": {
        "type": (1, "int32"),
        "success": (2, "bool"),
        "restore": (4, "restored"),
        "notify": (5, "notification"),
        "cr_errno": (7, "int32"),
        "cr_errmsg": (9, "string"),
        "version": (10, "version"),
    },
}
_KINDS = {
    "dump": 1,
    "restore": 2,
    "check": 3,
    "pre-dump": 4,
    "notify": 6,
    "version": 10,
    "single pre-dump": 13,
}


class Answer(NamedTuple):
    """The result of a request.

    `success`, `errno` and `message` are CRIU's; `success` is None if CRIU closed the connection
    without an answer. `status`: the exit status of ``criu swrk``, or the negated signal.
    `output`: what it printed. `pid`: of the restored process. `version`: of CRIU. `stages`:
    those that CRIU told the client of.
    """

    success: bool | None
    errno: int = 0
    message: str = ""
    status: int = 0
    output: str = ""
    pid: int = 0
    version: tuple[int, ...] = ()
    stages: tuple[str, ...] = ()


def _message_classes() -> dict[str, Any]:
    file = descriptor_pb2.FileDescriptorProto(
        name="criulint/rpc.proto", package="criulint", syntax="proto2"
    )
    kinds = descriptor_pb2.FieldDescriptorProto
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, described) in fields.items():
            kind = described.removeprefix("repeated ")
            label = kinds.LABEL_OPTIONAL if kind == described else kinds.LABEL_REPEATED
            added = message.field.add(name=field, number=number, label=label)
            if kind in _MESSAGES:
                added.type, added.type_name = kinds.TYPE_MESSAGE, f".criulint.{kind}"
            else:
                added.type = kinds.Type.Value(f"TYPE_{kind.upper()}")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"criulint.{name}"))
        for name in _MESSAGES
    }


_CLASSES = _message_classes()


class Asked(NamedTuple):
    """A request that a client sent: its kind, and the options in it by their fields' names."""

    kind: str
    options: dict[str, Any]


def decode(data: bytes) -> Asked:
    """Return what a request says; a field that the table lacks is left out."""
    request = _CLASSES["request"].FromString(data)
    kind = next((name for name, number in _KINDS.items() if number == request.type), "")
    return Asked(kind, {field.name: value for field, value in request.opts.ListFields()})


def ask(
    criu: str,
    environment: Mapping[str, str],
    kind: str,
    options: Mapping[str, Any] | None,
    timeout: float = TIMEOUT,
) -> Answer:
    """Start ``criu swrk`` for one request, and agree to all that it asks about meanwhile.

    TimeoutError if it does not answer.
    """
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(timeout)
    with ours, tempfile.TemporaryFile() as output:
        with theirs:
            process = subprocess.Popen(
                [criu, "swrk", str(theirs.fileno())],
                env=environment,
                cwd="/",
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            answer = _converse(ours, kind, options)
            status = process.wait(timeout)
        except BaseException:
            process.kill()
            process.wait()
            raise
        output.seek(0)
        return answer._replace(status=status, output=output.read().decode(errors="replace"))


def ask_service(path: str, kind: str, options: Mapping[str, Any] | None) -> Answer:
    """Send a request to the ``criu service`` with this socket, in the same way."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.settimeout(TIMEOUT)
        connection.connect(path)
        return _converse(connection, kind, options)


def _converse(connection: socket.socket, kind: str, options: Mapping[str, Any] | None) -> Answer:
    stages: list[str] = []
    try:
        connection.sendall(_CLASSES["request"](type=_KINDS[kind], opts=options).SerializeToString())
        while data := connection.recv(1 << 16):
            response = _CLASSES["response"].FromString(data)
            if response.type != _KINDS["notify"]:
                version = (
                    response.version.major_number,
                    response.version.minor_number,
                    response.version.sublevel,
                )
                return Answer(
                    response.success,
                    response.cr_errno,
                    response.cr_errmsg,
                    pid=response.restore.pid,
                    version=version,
                    stages=tuple(stages),
                )
            stages.append(response.notify.script)
            agreed = _CLASSES["request"](type=_KINDS["notify"], notify_success=True)
            connection.sendall(agreed.SerializeToString())
    except (BrokenPipeError, ConnectionResetError):
        pass
    return Answer(None, stages=tuple(stages))
