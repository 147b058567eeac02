# SPDX-License-Identifier: MIT
"""Standard output and standard error, as the commands see them.

What is written is safe to show, whatever is in it (`criulint.text.make_safe`), and in any encoding.
Standard error may be full or closed, or have no reader: what cannot be written there is dropped,
and the exit status stays what it is.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO, cast

from criulint.text import make_safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from criulint.report.terminal import Style


class SafeStream:
    """A stream that makes text safe before it writes it; for the rest, the `stream` itself."""

    def __init__(self, stream: TextIO, *, must_write: bool) -> None:
        self.stream = stream
        self._must_write = must_write
        self._failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write text. OSError if that fails and must not."""
        return self.write_safe(make_safe(text))

    def write_safe(self, text: str) -> int:
        """Write text that is safe already: it may hold colours, or commands for a CI system."""
        try:
            return self.stream.write(text) if text else 0
        except (OSError, ValueError) as error:
            self._fail(error)
            return len(text)

    def flush(self) -> None:
        """Flush the stream. OSError if that fails and must not, or if writing did before."""
        if self._failure:
            raise self._failure
        try:
            self.stream.flush()
        except (OSError, ValueError) as error:
            self._fail(error)

    def _fail(self, error: OSError | ValueError) -> None:
        """Discard what cannot be written, or raise; argparse passes that over in its messages."""
        if self._must_write:
            self._failure = error if isinstance(error, OSError) else OSError(str(error))
            raise self._failure
        discard(self.stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def safe_streams() -> Iterator[None]:
    """Replace the standard streams by safe ones; the child of a daemon may lack some of them."""
    before = sys.stdin, sys.stdout, sys.stderr
    stream: Any
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name) or open(os.devnull, mode, encoding="utf-8")  # noqa: SIM115
        if mode == "w":
            # A path or a value may hold what the terminal's encoding cannot show.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
            stream = SafeStream(stream, must_write=name == "stdout")
        setattr(sys, name, stream)
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stdin, sys.stdout, sys.stderr = before


def write_safe(stream: TextIO, text: str) -> None:
    """Write a report, which is safe already (`criulint.report.render`)."""
    if isinstance(stream, SafeStream):
        stream.write_safe(text)
    else:
        stream.write(text)


def show(text: str, style: Style) -> None:
    """Print text for people, which may hold the colours and links of a `style`, and a line end."""
    write_safe(sys.stdout, make_safe(f"{text}\n", colours=style.colour))


def unguarded_stderr() -> TextIO:
    """Return the real standard error, to move the cursor; its users escape what they write."""
    return cast("TextIO", getattr(sys.stderr, "stream", sys.stderr))


def discard(stream: TextIO) -> None:
    """Discard what a stream still has to write: Python would complain when it flushes at exit."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)
