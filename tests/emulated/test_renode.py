"""The runner for Renode with a program in Renode's place: Renode itself is on few machines."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import toy

from tinydeploy.board import Board, Renode, load_board
from tinydeploy.build import build
from tinydeploy.errors import ToolError
from tinydeploy.project import render
from tinydeploy.runners import renode

pytestmark = pytest.mark.slow

STAND_IN = """#!{python}
import os, re, subprocess, sys, time
from pathlib import Path
script = Path(sys.argv[-1]).read_text()
Path(os.environ["SEEN"]).write_text(script)
line = re.search('CreateUartPtyTerminal "line" "(.*)"', script)[1]
elf = re.search("elf=@(.*)", script)[1]
ours, theirs = os.openpty()
os.symlink(os.ttyname(theirs), line)
time.sleep(0.5)  # the line is there before the firmware runs
subprocess.run([elf], stdin=ours, stdout=ours)
"""


@pytest.fixture
def board() -> Board:
    """The host's firmware, as if Renode ran it."""
    machine = Renode("platforms/cpus/nrf52840.repl", "sysbus.uart0", 0x10000, 10)
    return replace(load_board("host"), runners=("renode",), renode=machine)


def stand_in(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`renode` on PATH; the file in which it leaves the script that it was given."""
    program = folder / "renode"
    program.write_text(text.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    monkeypatch.setenv("SEEN", str(folder / "seen"))
    return folder / "seen"


def test_the_rendered_scripts() -> None:
    board = load_board("nano33-renode")
    project = render(toy.plan(), board)
    script = project.files["renode/nano33-renode.resc"].decode()
    assert "machine LoadPlatformDescription @platforms/cpus/nrf52840.repl\n" in script
    assert "cpu PerformanceInMips 10\n" in script
    assert "    cpu VectorTableOffset 0x10000\n" in script
    robot = project.files["renode/nano33-renode.robot"].decode()
    assert f"Wait For Line On Uart    {project.build_id}\n" in robot
    assert "${UART}     sysbus.uart0\n" in robot
    assert "-DTD_SERIAL=Serial1" in project.files["platformio.ini"].decode()
    assert board.instruction_ns == 100


def test_a_session(board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    firmware = build(render(toy.plan(), board), tmp_path / "project")
    seen = stand_in(tmp_path, STAND_IN, monkeypatch)
    with renode.start(firmware, board) as session:
        assert session.info.build_id == firmware.build_id
        assert session.infer(toy.INPUTS) == [toy.output(toy.INPUTS)]
        assert len(session.measure(runs=3, warmup=1).ticks) == 3
    lines = seen.read_text().splitlines()
    assert lines[0] == f"$elf=@{firmware.elf}"
    assert lines[1] == f"include @{firmware.folder}/renode/host.resc"
    assert (firmware.folder / "renode" / "host.resc").is_file()
    assert lines[-2:] == ["connector Connect sysbus.uart0 line", "start"]


def test_a_renode_that_does_not_start(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    firmware = build(render(toy.plan(), board), tmp_path / "project")
    stand_in(tmp_path, "#!/bin/sh\necho no such platform\n", monkeypatch)
    with pytest.raises(ToolError, match="no such platform"), renode.start(firmware, board):
        pytest.fail("it did not start")


def test_missing_renode_is_an_error_with_a_hint(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="renode is not installed") as raised:
        renode.check(board, toy.ANY)
    assert "builds.renode.io" in raised.value.hint


@pytest.mark.skipif(shutil.which("renode") is None, reason="renode is not installed")
def test_renode_reads_the_rendered_script(tmp_path: Path) -> None:
    """As far as no firmware is needed: the platform loads and the CPU has its speed."""
    from tinydeploy.tools import call

    project = render(toy.plan(), load_board("nano33-renode"))
    project.write(tmp_path)
    script = tmp_path / "renode" / "nano33-renode.resc"
    text = script.read_text().replace("runMacro $reset\n", "cpu PerformanceInMips\nquit\n")
    script.write_text(text)
    said = call(["renode", "--disable-gui", "--plain", "--console", str(script)], timeout_s=120)
    assert "10" in said
