"""A program whose serial line is a pseudo-terminal that we hold, and that never outlives us."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from tinydeploy.errors import DeviceError, ToolError

if sys.platform != "win32":
    import tty

STOP_S = 5.0
WRITE_S = 10.0
_PR_SET_PDEATHSIG = 1


class Pty:
    """Our end of a pseudo-terminal (a `session.Transport`); `path` is the other end's name."""

    def __init__(self) -> None:
        self._ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        os.set_blocking(self._ours, False)
        self.path = os.ttyname(self.theirs)

    def read(self, timeout_s: float) -> bytes:
        """See `session.Transport`."""
        if not select.select([self._ours], [], [], timeout_s)[0]:
            return b""
        try:
            return os.read(self._ours, 65536)
        except OSError:  # EIO: nobody has the other end open any more
            raise _gone() from None

    def write(self, data: bytes) -> None:
        """See `session.Transport`."""
        view = memoryview(data)
        while view:
            if not select.select([], [self._ours], [], WRITE_S)[1]:
                raise DeviceError(
                    f"the firmware takes no byte off its line for {WRITE_S:g} s",
                    "it hangs, or never reads: flash it again",
                )
            try:
                view = view[os.write(self._ours, view) :]
            except OSError:
                raise _gone() from None

    def release(self) -> None:
        """Close our copy of the other end; the program's end then ends our reading."""
        if self.theirs >= 0:
            os.close(self.theirs)
            self.theirs = -1

    def close(self) -> None:
        """Close both ends."""
        self.release()
        os.close(self._ours)


def _gone() -> DeviceError:
    return DeviceError(
        "the firmware's program ended", "run again with -v and look at what it printed"
    )


@contextmanager
def open_pty() -> Iterator[Pty]:
    """A fresh pseudo-terminal in raw mode, closed at the end. ToolError where there are none."""
    if sys.platform == "win32":
        raise ToolError(
            "Windows has no pseudo-terminals, which this board's runner needs",
            "use Linux, macOS or WSL, or a board on a serial port",
        )
    line = Pty()
    try:
        yield line
    finally:
        line.close()


@contextmanager
def running(
    command: Sequence[str], stdin: int, stdout: int, stderr: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """`command` as a process that is gone when the block is left, however it is left; on Linux also
    when this process is killed."""
    process = subprocess.Popen(
        command, stdin=stdin, stdout=stdout, stderr=stderr, preexec_fn=_die_with_parent()
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def set_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return set_signal
