"""Projects built by real PlatformIO."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import toy

from tinydeploy.board import load_board
from tinydeploy.build import build, cache_dir, platformio
from tinydeploy.errors import DoesNotFit, ToolError
from tinydeploy.project import render
from tinydeploy.tools import data_dir

pytestmark = pytest.mark.slow


def test_ram_overflow_names_the_owners(tmp_path: Path) -> None:
    board = replace(toy.board("mps2-an386"), ram_bytes=16 * 1024)
    with pytest.raises(DoesNotFit) as raised:
        build(render(toy.plan(TOY_BYTES="6000"), board), tmp_path)
    message = raised.value.message
    assert "RAM over by" in message and "available 16,384" in message
    assert "arena 12,000" in message and "stack 8,192" in message


@pytest.mark.parametrize("name", ["mps2-an386", "riscv32-virt"])
def test_a_board_of_ones_own_is_over_by_what_the_linker_says(tmp_path: Path, name: str) -> None:
    """A real link, of a user's .toml: flash as GNU ld tells it, RAM as the map's addresses do."""
    limits = {"flash_bytes": 4096, "ram_bytes": 12_000}
    own = tmp_path / "own.toml"
    text = (data_dir("boards") / f"{name}.toml").read_text(encoding="utf-8")
    for key, value in limits.items():
        text = re.sub(rf"^{key} = .*$", f"{key} = {value}", text, flags=re.MULTILINE)
    own.write_text(text, encoding="utf-8")
    board = load_board(str(own))
    if shutil.which(f"{board.baremetal.toolchain if board.baremetal else ''}gcc") is None:
        pytest.skip("its compiler is not installed")
    folder = tmp_path / "project"
    with pytest.raises(DoesNotFit) as raised:
        build(render(toy.plan(TOY_BYTES="6000"), board), folder)
    with pytest.raises(ToolError) as told:
        platformio(folder)
    (flash,) = re.findall(r"region `FLASH' overflowed by (\d+) bytes", told.value.output)
    assert f"flash over by {int(flash):,} bytes" in raised.value.message
    (last,) = re.findall(r"overlaps section \.bss VMA \[\w+,(\w+)\]", told.value.output)
    assert board.baremetal is not None
    used = int(last, 16) + 1 - board.baremetal.ram_origin + board.baremetal.stack_bytes
    assert f"RAM over by {used - 12_000:,} bytes" in raised.value.message


def test_flash_overflow_names_the_owners(tmp_path: Path) -> None:
    board = replace(toy.board("mps2-an386"), flash_bytes=32 * 1024)
    own = (toy.HERE / "toy_model" / "model.c").read_text()
    big = own.replace("int8_t weights[8]", "int8_t weights[40000]")
    big = big.replace("weights[i % 8u]", "weights[(i + (uint32_t)input[0]) % 40000u]")
    with pytest.raises(DoesNotFit, match=r"flash over by .* available 32,768\): model 40,"):
        build(render(toy.plan({"model.c": big}), board), tmp_path)


KERNEL = """
#include "td_toy.h"
static const int8_t table[100] = {1, 2, 3};
int8_t td_toy(int8_t index) { return table[index & 63]; }
"""


@pytest.mark.parametrize("name", ["host", "mps2-an386"])
def test_the_network_is_told_from_the_harness(tmp_path: Path, name: str) -> None:
    own = (toy.HERE / "toy_model" / "model.c").read_text()
    before = build(render(toy.plan(), toy.board(name)), tmp_path)
    files = {
        "kernels/td_toy.h": "#include <stdint.h>\nint8_t td_toy(int8_t index);\n"
        "int8_t td_unused(int8_t index);\n",
        "kernels/td_toy.c": KERNEL,
        "kernels/td_unused.c": KERNEL.replace("td_toy(", "td_unused("),
        "model.c": '#include "td_toy.h"\n'
        + own.replace("weights[8] =", "weights[1000] =").replace(
            "weights[i % 8u]", "(weights[i % 999u] + td_toy((int8_t)i))"
        ),
    }
    after = build(render(toy.plan(files), toy.board(name)), tmp_path)
    assert before.kernels == () and after.kernels == ("td_toy",)
    assert 992 <= after.model_bytes - before.model_bytes <= 992 + 32
    assert 100 < after.code_bytes - before.code_bytes < 300
    assert before.arena_bytes == after.arena_bytes == 16


def test_a_warning_in_generated_code_is_an_error(tmp_path: Path) -> None:
    own = (toy.HERE / "toy_model" / "model.c").read_text()
    with pytest.raises(ToolError, match="unused_name"):
        files = {"model.c": own + "static int unused_name;\n"}
        build(render(toy.plan(files), toy.board("host")), tmp_path)


def test_missing_arm_gcc_is_an_error_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = toy.board("mps2-an386")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="arm-none-eabi-gcc is not installed") as raised:
        build(render(toy.plan(), board), tmp_path / "project")
    assert raised.value.hint == "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"
    assert not (tmp_path / "project").exists()


def test_the_same_is_not_built_again(tmp_path: Path) -> None:
    project = render(toy.plan(), toy.board("host"))
    first = build(project, tmp_path)
    built_at = first.elf.stat().st_mtime_ns
    assert build(project, tmp_path) == first
    assert first.elf.stat().st_mtime_ns == built_at
    first.elf.write_bytes(first.elf.read_bytes() + b"\0")
    assert build(project, tmp_path) == first
    other = build(render(toy.plan(EXTRA="1"), toy.board("host")), tmp_path)
    assert other.build_id != first.build_id


def test_a_project_builds_alone(built: toy.Built, tmp_path: Path) -> None:
    built("host")  # PlatformIO's SCons is in the cache from here on
    render(toy.plan(), toy.board("host")).write(tmp_path)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PLATFORMIO_")}
    environment["PLATFORMIO_CORE_DIR"] = str(cache_dir() / "platformio")
    command = [sys.executable, "-m", "platformio", "run"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".pio" / "build" / "host" / "firmware.elf").is_file()
