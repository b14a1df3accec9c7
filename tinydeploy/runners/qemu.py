"""Runner `qemu`: a virtual board, started empty and flashed by its upload tool like a real one."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydeploy.board import Board, Qemu, table
from tinydeploy.build import Firmware, upload
from tinydeploy.errors import ToolError
from tinydeploy.ports import ANY, Wanted
from tinydeploy.runners.pty import open_pty, running
from tinydeploy.session import Kind, Session
from tinydeploy.tools import find

kind: Kind = "emulated"

READY_S = 10.0
HINTS = {
    "qemu-system-arm": "apt-get install qemu-system-arm",
    "qemu-system-riscv32": "apt-get install qemu-system-misc",
}


def check(board: Board, wanted: Wanted) -> None:
    """See `runners.Runner`: QEMU is there."""
    _binary(_machine(board))


def _machine(board: Board) -> Qemu:
    return table(board, "qemu", board.qemu)


def _binary(qemu: Qemu) -> str:
    return find(qemu.binary, HINTS.get(qemu.binary, f"install {qemu.binary}"))


@contextmanager
def start(
    firmware: Firmware,
    board: Board,
    wanted: Wanted = ANY,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Session]:
    """See `runners.Runner`. ToolError when QEMU is missing or does not start."""
    machine = _machine(board)
    binary = _binary(machine)
    with tempfile.TemporaryDirectory(prefix="tinydeploy-") as folder, open_pty() as line:
        stub = Path(folder) / "gdb"
        log = Path(folder) / "log"
        command = [
            binary,
            *(
                "-machine",
                machine.machine,
                "-display",
                "none",
                "-monitor",
                "none",
                "-nodefaults",
            ),
            *machine.options,
            *("-icount", f"shift={machine.icount_shift}", "-S"),
            *("-gdb", f"unix:{stub},server=on,wait=off"),
            *("-chardev", f"serial,id=line,path={line.path}", "-serial", "chardev:line"),
        ]
        with log.open("wb") as stderr:
            process = running(command, subprocess.DEVNULL, stderr.fileno(), stderr.fileno())
            with process as qemu:
                _wait_for(stub, qemu, log)
                upload(firmware, str(stub))
                line.release()
                yield Session(line, kind, firmware.build_id)


def _wait_for(stub: Path, qemu: subprocess.Popen[bytes], log: Path) -> None:
    """Until QEMU listens for GDB."""
    end = time.monotonic() + READY_S
    while not stub.exists():
        if qemu.poll() is not None or time.monotonic() > end:
            said = log.read_text(encoding="utf-8", errors="replace").strip()
            raise ToolError(f"QEMU did not start: {said or 'it said nothing'}", "run again with -v")
        time.sleep(0.01)
