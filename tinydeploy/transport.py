"""`SerialPort`: a `wire.Transport` over pyserial."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress

import serial

from tinydeploy.errors import DeviceError
from tinydeploy.wire import Restarted

if sys.platform == "win32":
    _FAILURES: tuple[type[Exception], ...] = (serial.SerialException, OSError, ValueError)
else:
    import termios

    # pyserial lets termios' own error through in places; TypeError: its descriptor is None.
    _FAILURES = (serial.SerialException, OSError, ValueError, TypeError, termios.error)

SLICE_S = 0.02
WRITE_S = 10.0


class SerialPort:
    """The serial port `device`, opened for us alone; DeviceError when that is not possible.

    DTR and RTS stay as the system sets them on opening: boards reset by them do so then, and not
    again while it is open.

    `again` finds the name under which a port that is gone came back. It is opened anew then, and
    `Restarted` is raised, for the board behind it has booted. Without it that is a DeviceError.
    """

    def __init__(self, device: str, baud: int, again: Callable[[], str] | None = None) -> None:
        self._again = again
        self._port = _open(device, baud)

    def read(self, timeout_s: float) -> bytes:
        """See `wire.Transport`."""
        end = time.monotonic() + timeout_s
        try:
            while True:
                if data := self._port.read(max(1, self._port.in_waiting)):
                    return bytes(data)
                if time.monotonic() >= end:
                    return b""
        except _FAILURES as error:
            self._gone(error)
            raise Restarted from None

    def write(self, data: bytes) -> None:
        """See `wire.Transport`."""
        try:
            self._port.write(data)
        except serial.SerialTimeoutException:
            raise DeviceError(
                f"{self._port.port} takes no byte for {WRITE_S:g} s",
                "the firmware hangs, or never reads: reset the board",
            ) from None
        except _FAILURES as error:
            self._gone(error)
            raise Restarted from None

    def set_baud(self, baud: int) -> bool:
        """Go on at another rate; False when the port cannot have it."""
        try:
            self._port.baudrate = baud
        except _FAILURES:
            return False
        return True

    def close(self) -> None:
        """Give the port back."""
        self._port.close()

    def _gone(self, error: Exception) -> None:
        """Open the port anew under the name it has now."""
        self._port.close()
        if self._again is None:
            raise DeviceError(
                f"{self._port.port} is gone: {error}",
                "the board was unplugged, or it restarted and its port with it: try again",
            )
        self._port = _open(self._again(), self._port.baudrate)


def touch(device: str, baud: int) -> None:
    """Open and close the port at a rate that asks for something; it may be gone before we are."""
    with suppress(*_FAILURES):
        port = serial.Serial(device, baud, exclusive=True)
        port.dtr = False
        port.close()


def _open(device: str, baud: int) -> serial.Serial:
    try:
        return serial.Serial(device, baud, timeout=SLICE_S, write_timeout=WRITE_S, exclusive=True)
    except _FAILURES as error:
        raise DeviceError(
            f"{device} cannot be opened: {error}",
            "is another program using it? `tinydeploy ports` shows who",
        ) from None
