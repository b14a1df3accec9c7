"""Runner `renode`: a board as Renode models it, its serial line a pseudo-terminal of Renode's."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tinydeploy.board import Board, Renode, table
from tinydeploy.build import Firmware
from tinydeploy.errors import ToolError
from tinydeploy.ports import ANY, Wanted
from tinydeploy.project import renode_script
from tinydeploy.runners.pty import running
from tinydeploy.session import Kind, Session
from tinydeploy.tools import find
from tinydeploy.transport import SerialPort

kind: Kind = "emulated"

READY_S = 60.0
_HINT = "get it from https://builds.renode.io and put it on PATH"


def check(board: Board, wanted: Wanted) -> None:
    """See `runners.Runner`: Renode is there."""
    _machine(board)
    find("renode", _HINT)


def _machine(board: Board) -> Renode:
    return table(board, "renode", board.renode)


@contextmanager
def start(
    firmware: Firmware,
    board: Board,
    wanted: Wanted = ANY,
    say: Callable[[str], None] = lambda text: None,
) -> Iterator[Session]:
    """See `runners.Runner`. ToolError when Renode is missing or does not start."""
    machine = _machine(board)
    renode = find("renode", _HINT)
    with tempfile.TemporaryDirectory(prefix="tinydeploy-") as name:
        folder = Path(name)
        line, log, script = folder / "line", folder / "log", folder / "run.resc"
        script.write_text(_script(firmware, board, machine, line), encoding="utf-8")
        command = [renode, "--disable-gui", "--plain", "--port", "-1", str(script)]
        with (
            log.open("wb") as said,
            running(command, subprocess.DEVNULL, said.fileno(), said.fileno()) as process,
        ):
            _wait_for(line, process, log)
            port = SerialPort(str(line), board.baud)
            try:
                yield Session(port, kind, firmware.build_id)
            finally:
                port.close()


def _script(firmware: Firmware, board: Board, machine: Renode, line: Path) -> str:
    """The project's own script, then its UART on `line`."""
    return "\n".join(
        [
            f"$elf=@{firmware.elf}",
            f"include @{firmware.folder / renode_script(board)}",
            f'emulation CreateUartPtyTerminal "line" "{line}"',
            f"connector Connect {machine.uart} line",
            "start",
            "",
        ]
    )


def _wait_for(line: Path, renode: subprocess.Popen[bytes], log: Path) -> None:
    """Until Renode made the pseudo-terminal."""
    end = time.monotonic() + READY_S
    while not line.exists():
        if renode.poll() is not None or time.monotonic() > end:
            said = log.read_text(encoding="utf-8", errors="replace").strip()
            raise ToolError(
                f"Renode did not start: {said[-1000:] or 'it said nothing'}", "run again with -v"
            )
        time.sleep(0.05)
