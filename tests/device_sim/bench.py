"""A bench without boards: the host's firmware behind a pty that comes and goes like a USB port."""

from __future__ import annotations

import itertools
import os
import select
import subprocess
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tinydeploy.build import Firmware
from tinydeploy.ports import Port

SKETCH, LOADER = "2341:805a", "2341:005a"
STEP_S = 0.002

_FOLDER = tempfile.TemporaryDirectory(prefix="tinydeploy-bench-")
_NUMBERS = itertools.count()

Filter = Callable[[bytes], bytes]


def whole(data: bytes) -> bytes:
    """A line that loses nothing."""
    return data


class Plug:
    """One appearance of a board on the bus: a pty, and its port as the system lists it."""

    def __init__(self, usb: str, serial_number: str) -> None:
        self.ours, self.theirs = os.openpty()
        tty.setraw(self.theirs)
        os.set_blocking(self.ours, False)
        # A name that no earlier appearance had; the system uses a pty's own name again at once.
        self._name = Path(_FOLDER.name) / f"ttySIM{next(_NUMBERS)}"
        self._name.symlink_to(os.ttyname(self.theirs))
        self.port = Port(str(self._name), usb, serial_number, "a simulated board")

    def baud(self) -> int:
        """The speed that was last set on it."""
        return int(termios.tcgetattr(self.theirs)[5])

    def close(self) -> None:
        """Unplug it: whoever has it open reads an error."""
        self._name.unlink()
        os.close(self.ours)
        os.close(self.theirs)


@dataclass
class SimBoard:
    """A board. What it does wrong is set before the test starts.

    `late_s`: how long it stays away when it re-enumerates; `stays_away`: until RESET is pressed;
    `flashed`: what an upload leaves in it, for a stale build; `baud`: where it answers, if not at
    any; `to_board` and `to_host` change bytes on their way; `boot`: said before its firmware runs.
    """

    number: str = "36C1A6B9"
    late_s: float = 0.0
    stays_away: bool = False
    stays_away_after_upload: bool = False
    usb: str = SKETCH
    loader_usb: str = LOADER
    loader_number: str = ""
    flashed: Firmware | None = None
    silent: bool = False
    baud: int = 0
    to_board: Filter = whole
    to_host: Filter = whole
    boot: bytes = b""
    pressed: int = 0
    resets: int = 0
    plug: Plug | None = None
    elf: Path | None = None
    _process: subprocess.Popen[bytes] | None = None
    _ends: bool = False
    _next: tuple[float, str, str] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _thread: threading.Thread | None = None

    def __post_init__(self) -> None:
        self.plug = Plug(self.usb, self.number)
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    @property
    def in_loader(self) -> bool:
        return self.plug is not None and self.plug.port.usb == self.loader_usb != self.usb

    def press_reset(self) -> None:
        """A double tap: the bootloader when none was there, else the firmware."""
        with self._lock:
            self.pressed += 1
            if self._next is not None:
                self._next = (0.0, *self._next[1:])

    def upload(self, firmware: Firmware) -> None:
        """What an upload tool does: the firmware is in, and the board restarts."""
        with self._lock:
            self.elf = (self.flashed or firmware).elf
            if self.loader_usb == self.usb:  # behind a bridge chip: the port stays
                self._start()
            else:
                away = float("inf") if self.stays_away_after_upload else self.late_s
                self._away(away, self.usb, self.number)

    def reset(self, port_too: bool = False) -> None:
        """The firmware starts anew; with `port_too` its USB port goes and comes back."""
        with self._lock:
            self.resets += 1
            self._stop()
            if port_too:
                self._away(self.late_s, self.usb, self.number)
            else:
                self._start()

    def enter_loader(self) -> None:
        """As after a double tap, before anyone asks."""
        with self._lock:
            self._away(0.0, self.loader_usb, self.number)
            self._back()

    def unplug(self) -> None:
        with self._lock:
            self._away(float("inf"), self.usb, self.number)

    def close(self) -> None:
        self._ends = True
        assert self._thread is not None
        self._thread.join()
        with self._lock:
            self._stop()
            if self.plug is not None:
                self.plug.close()

    def _away(self, for_s: float, usb: str, number: str) -> None:
        self._stop()
        if self.plug is not None:
            self.plug.close()
            self.plug = None
        self._next = (time.monotonic() + for_s, usb, number)

    def _back(self) -> None:
        if self._next is not None and time.monotonic() >= self._next[0]:
            _, usb, number = self._next
            self._next = None
            self.plug = Plug(usb, number)
            if usb == self.usb:
                self._start()

    def _start(self) -> None:
        self._stop()
        if self.elf is not None and not self.silent:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(
                [str(self.elf)], stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, bufsize=0
            )
            if self.boot and self.plug is not None:
                os.write(self.plug.ours, self.boot)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdout.close()
            self._process = None

    def _live(self) -> None:
        while not self._ends:
            with self._lock:
                self._back()
                self._touched()
                self._carry()
            time.sleep(STEP_S)

    def _touched(self) -> None:
        """Closed at 1200 baud, as Arduino's cores watch for: to the bootloader."""
        plug = self.plug
        if plug is None or self.in_loader or plug.baud() != termios.B1200:
            return
        away = float("inf") if self.stays_away else self.late_s
        self._away(away, self.loader_usb, self.loader_number or self.number)

    def _carry(self) -> None:
        """Bytes between the firmware and the port."""
        plug, process = self.plug, self._process
        if plug is None:
            return
        if data := _read(plug.ours):
            data = self.to_board(data) if self._heard(plug) else b""
            if self._process is process and process is not None and data:
                assert process.stdin is not None
                os.write(process.stdin.fileno(), data)
        process = self._process
        if process is not None and process.stdout is not None and self.plug is plug:
            data = _read(process.stdout.fileno())
            if data and self._heard(plug):
                os.write(plug.ours, self.to_host(data))

    def _heard(self, plug: Plug) -> bool:
        return not self.baud or plug.baud() == self.baud


def _read(fd: int) -> bytes:
    if not select.select([fd], [], [], 0)[0]:
        return b""
    try:
        return os.read(fd, 4096)
    except OSError:  # nobody has the other end open
        return b""


class Bench:
    """The boards that are plugged in, and an upload tool that finds them by port."""

    def __init__(self) -> None:
        self.boards: list[SimBoard] = []
        self.uploads: list[str] = []
        self.before_listing: Callable[[], None] = lambda: None

    def add(self, board: SimBoard) -> SimBoard:
        self.boards.append(board)
        return board

    def attached(self) -> list[Port]:
        """Stands for `ports.attached`."""
        self.before_listing()
        plugs = [board.plug for board in self.boards]
        return [plug.port for plug in plugs if plug is not None]

    def upload(self, firmware: Firmware, device: str) -> None:
        """Stands for `build.upload`: only a board that takes uploads there gets one."""
        self.uploads.append(device)
        for board in self.boards:
            if board.plug is not None and board.plug.port.device == device:
                assert board.in_loader or board.loader_usb == board.usb, "not in its bootloader"
                board.upload(firmware)
                return
        raise AssertionError(f"an upload to {device}, where no board is")

    def close(self) -> None:
        for board in self.boards:
            board.close()
