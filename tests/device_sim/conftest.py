from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tinydeploy import ports
from tinydeploy.board import Board, load_board
from tinydeploy.build import Firmware, build
from tinydeploy.project import render
from tinydeploy.runners import serial

sys.path.append(str(Path(__file__).parents[1] / "emulated"))  # the toy model

import toy
from bench import Bench

FAST = serial.Limits(back_s=0.4, reset_s=0.8, answer_s=1.0, other_baud_s=0.25, poll_s=0.01)


@pytest.fixture(scope="session")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    """The toy model's firmware for this machine."""
    board = toy.board("host")
    return build(render(toy.plan(TOY_BYTES="8"), board), tmp_path_factory.mktemp("toy"))


@pytest.fixture(scope="session")
def stale(firmware: Firmware, tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    """The same of another build."""
    board = toy.board("host")
    made = build(render(toy.plan(TOY_BYTES="16"), board), tmp_path_factory.mktemp("stale"))
    assert made.build_id != firmware.build_id
    return made


@pytest.fixture
def nano() -> Board:
    return load_board("nano33")


@pytest.fixture
def esp() -> Board:
    return load_board("esp32")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """An empty bench, in the place of the system's ports and of the upload tool."""
    made = Bench()
    monkeypatch.setattr(ports, "attached", made.attached)
    monkeypatch.setattr(ports, "modem_manager_runs", lambda: False)
    monkeypatch.setattr(serial, "upload", made.upload)
    monkeypatch.setattr(serial, "LIMITS", FAST)
    yield made
    made.close()
