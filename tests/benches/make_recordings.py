"""Writes recordings/ anew, from firmwares of the toy model; run it as a program.

host and mps2-an386 talk over a pty; lost-byte and restart are a simulated board on a bad line.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "emulated"))
sys.path.append(str(Path(__file__).resolve().parents[1] / "device_sim"))

import toy
from bench import Bench, SimBoard

from tinydeploy import ports, recording
from tinydeploy.board import load_board
from tinydeploy.build import Firmware, build
from tinydeploy.project import render
from tinydeploy.runners import RUNNERS, serial
from tinydeploy.session import Session

FOLDER = Path(__file__).parent / "recordings"


def firmware(name: str, folder: Path) -> Firmware:
    return build(render(toy.plan(TOY_BYTES="8"), load_board(name)), folder / name)


def talk(session: Session) -> None:
    """What `test_the_kept_recordings_of_a_firmware` asks."""
    session.infer(toy.INPUTS)
    session.layer_output(0)
    session.measure(runs=3, warmup=1)


def simulated(name: str, built: Firmware, board: SimBoard, spoil: bytes) -> None:
    """Once, when `spoil` is on its way to the board, its last byte is lost, or all and the RAM."""
    bench = Bench()
    bench.add(board)
    ports.attached = bench.attached
    serial.upload = bench.upload

    def bad_line(data: bytes) -> bytes:
        if spoil not in data:
            return data
        board.to_board = lambda data: data
        if name == "restart":
            board.reset()
            return b""
        return data.replace(spoil, spoil[:-1])

    with recording.to(FOLDER / f"{name}.jsonl"), serial.start(built, load_board("nano33")) as found:
        board.to_board = bad_line
        talk(found)
    bench.close()


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, runner in (("host", "host"), ("mps2-an386", "qemu")):
            built, board = firmware(name, Path(folder)), load_board(name)
            record = recording.to(FOLDER / f"{name}.jsonl")
            with record, RUNNERS[runner].start(built, board) as session:
                talk(session)
        built = firmware("host", Path(folder))
        simulated("lost-byte", built, SimBoard(), b"td run 3 1%")
        simulated("restart", built, SimBoard(), b"td layer")


if __name__ == "__main__":
    main()
