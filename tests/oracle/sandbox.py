# SPDX-License-Identifier: MIT
"""A place where a real CRIU may dump and restore: namespaces of its own, with an unpacked suite
as the root.

The process that is the first one there (``inside.py``) calls functions for the tests. When it
ends, so does everything that it started, and mounts and files are gone: the unpacked suite is
only the lower layer of an overlay in memory.

It takes root, and the ``unshare`` and ``mount`` of util-linux. CRIU goes without iptables and
nftables there.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.oracle import inside, rpc
from tests.oracle.roots import RootError, prepare, subject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

#: The files that CRIU looks for by itself.
DEFAULT_FILE = "/etc/criu/default.conf"
HOME_FILE = "/root/.criu/default.conf"
#: A file for a client to name; runc has it here.
RPC_FILE = "/etc/criu/runc.conf"
#: The releases that can dump a process here: the vDSO of a kernel of 2026 is too strange for
#: 3.17.1.
DUMPING = ("4.1.1", "4.2.1", "4.3")

_TIMEOUT = 60
# Not as a module's main program: what is sent to and fro belongs to the module.
_MAIN = "import sys; from tests.oracle import inside; inside.main(*sys.argv[1:])"

_Result = TypeVar("_Result")


class Sandbox:
    """A sandbox for the CRIU of a release in `roots.SUITES`. RootError if it can't be had.

    `root` is another unpacked suite than that of the release; `module` has functions to be called
    in the sandbox, where nothing can be imported.
    """

    def __init__(
        self, release: str, root: Path | None = None, module: str = inside.__name__
    ) -> None:
        self.release = release
        if os.geteuid() != 0:
            raise RootError("a sandbox for CRIU needs root")
        if not shutil.which("unshare"):
            raise RootError("a sandbox for CRIU needs unshare")
        root = root or prepare(release).path
        ours, theirs = socket.socketpair()
        namespaces = ("--mount", "--pid", "--net", "--ipc", "--uts")
        with theirs:
            self._process = subprocess.Popen(
                [
                    *("unshare", *namespaces, "--fork", "--kill-child", "--"),
                    *(sys.executable, "-c", _MAIN, str(theirs.fileno()), str(root), str(subject())),
                    module,
                ],
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parents[2],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        self._connection = Connection(ours.detach())
        try:
            self.call(os.getpid)
        except (EOFError, OSError) as error:
            output = self._end().decode(errors="replace").splitlines() or [str(error)]
            raise RootError(f"no sandbox for CRIU {release}: {output[-1]}") from error

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def _end(self) -> bytes:
        self._process.kill()
        self._connection.close()
        return self._process.communicate(timeout=_TIMEOUT)[0]

    def call(self, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """What the function returns when it is called in the sandbox. Both go there by their
        names: no lambdas.
        """
        self._connection.send((function, arguments))
        if not self._connection.poll(2 * _TIMEOUT):
            self._end()
            raise TimeoutError(function.__name__)
        error, result = self._connection.recv()
        if error:
            raise error
        return result  # type: ignore[no-any-return]

    def clear(self) -> None:
        """Make it as new, but for what CRIU found out about the kernel."""
        self.call(inside.clear)

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        self.call(inside.write, path, text)

    def read(self, path: str) -> str:
        """The text of a file; empty if there is none."""
        return self.call(inside.read, path)

    def names(self, path: str) -> set[str]:
        """What is in a directory."""
        return set(self.call(os.listdir, path))

    def remove(self, *paths: str) -> None:
        """Remove files, and empty directories."""
        self.call(inside.remove, paths)

    def criu(self, *words: str, **environment: str) -> inside.Done:
        """Run ``criu`` with these words in ``inside.IMAGES``, with no more environment than
        what is given.
        """
        return self.call(inside.criu, words, environment)

    def ask(
        self,
        kind: str,
        options: Mapping[str, Any] | None = None,
        service: str | None = None,
        timeout: float = rpc.TIMEOUT,
        **environment: str,
    ) -> rpc.Answer:
        """Send one request to a ``criu swrk`` of its own, or to the `service` with that socket.
        In the options the images go to ``inside.IMAGES``, if nothing else is said.
        """
        return self.call(inside.ask, kind, options, environment, service, timeout)

    def start(self, what: str = "nothing") -> int:
        """Start ``subject.c`` with a word; its process id."""
        return self.call(inside.start, what)

    def alive(self, process: int) -> bool:
        """Whether there is such a process, and it has not ended."""
        return self.call(inside.alive, process)

    def ends(self, process: int) -> bool:
        """Whether a process that was killed ends, after a while perhaps."""
        return self.call(inside.ends, process)

    def stops(self, process: int) -> bool:
        """Whether a process is stopped, after a while perhaps."""
        return self.call(inside.stops, process)

    def kill(self, process: int) -> None:
        """End a process."""
        self.call(inside.kill, process)
