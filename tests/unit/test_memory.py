"""Who takes how much memory, and what a build that failed for want of it is turned into."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tinydeploy import espidf, linkmap, memory
from tinydeploy.board import Board, EspIdf, load_board
from tinydeploy.elf import Section
from tinydeploy.errors import DoesNotFit, UsageError
from tinydeploy.linkmap import Placed
from tinydeploy.memory import Memory

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OVERFLOWS = tomllib.loads(Path(__file__).with_name("overflows.toml").read_text("utf-8"))["text"]


@pytest.mark.parametrize("case", OVERFLOWS, ids=lambda case: case["name"])
def test_what_ran_over_is_read(case: dict[str, Any]) -> None:
    assert memory.overflow(case["text"]) == case["over"]
    assert case["source"]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        (".text", ("flash",)),  # unknown by name: by its flags
        (".rodata", ("flash",)),
        (".flash.rodata", ("flash",)),
        (".iram0.text", ("flash",)),
        (".data", ("flash", "ram")),
        (".dram0.data", ("flash", "ram")),
        (".dram0.bss", ("ram",)),
        (".bss", ("ram",)),
        (".noinit", ("ram",)),
        (".stack", ("ram",)),
        (".stack_dummy", ()),
        (".flash_rodata_dummy", ()),
        (".ext_ram.dummy", ()),
        (".dram0.dummy", ("ram",)),  # code in IRAM, on chips where that is RAM too
        (".ext_ram.bss", ("psram",)),
        (".debug_info", ()),
        (".ARM.attributes", ()),
    ],
)
def test_where_a_section_lies_by_its_name(name: str, kinds: tuple[str, ...]) -> None:
    assert memory.places(name) == kinds


def test_where_a_section_lies_by_its_flags() -> None:
    def of(in_file: bool, writable: bool) -> tuple[str, ...]:
        return memory.places(".own", Section(".own", 8, in_file, writable))

    assert of(True, False) == ("flash",)
    assert of(True, True) == ("flash", "ram")
    assert of(False, True) == ("ram",)


def test_each_byte_has_one_owner() -> None:
    placed = [
        Placed(".text", ".text.td_model_invoke", "src/model.o", 100),
        Placed(".text", ".rodata.layer0_filter", "src/model.o", 400),
        Placed(".text", ".text", "src/kernels/td_conv_2d_s8.o", 300),
        Placed(".text", ".text", "libtflm.a(micro_interpreter.o)", 50),
        Placed(".text", ".text", "libtflm.a(arm_convolve_s8.o)", 60),
        Placed(".text", ".text", "src/td_main.o", 40),
        Placed(".bss", ".bss.td_model_state", "src/td_model_aot.o", 2_000),
    ]
    sections = [Section(".text", 1_000, True, False), Section(".bss", 2_010, False, True)]
    found = memory.account(placed, sections, {"flash": 1_000, "ram": 4_000})
    assert found["flash"].owners == {
        "model": 400,
        "kernels": 460,
        "framework": 50,
        "rest": 90,  # our protocol, and what no input section accounts for
    }
    assert found["ram"].owners == {"arena": 2_000, "rest": 10}
    assert (found["flash"].used_bytes, found["ram"].available_bytes) == (1_000, 4_000)


def test_too_much_is_told_by_owner() -> None:
    board = load_board("nano33")
    used = {"ram": Memory({"arena": 200_000, "stack": 8_192, "framework": 90_000}, 262_144)}
    with pytest.raises(DoesNotFit) as found:
        memory.check(board, used)
    assert found.value.message == (
        "nano33: RAM over by 36,048 bytes (needed 298,192, available 262,144): arena 200,000, "
        "framework 90,000, stack 8,192"
    )
    assert "--engine" in found.value.hint


def test_every_kind_that_is_too_small_is_told() -> None:
    used = {"flash": Memory({"model": 90}, 100), "ram": Memory({"arena": 60, "rest": 4}, 60)}
    assert memory.excess(used) == {"ram": 4}
    told = memory.does_not_fit(load_board("nano33"), {"flash": 8, "ram": 4, "psram": 2}, used)
    assert told.message == (
        "nano33: PSRAM over by 2 bytes; "
        "RAM over by 4 bytes (needed 64, available 60): arena 60, rest 4; "
        "flash over by 8 bytes (needed 108, available 100): model 90, rest 18"
    )


MAP = """
Linker script and memory map

.text           0x00000000     0x5060
 .text          0x00000000      0x100 src/td_main.o
                0x00000000                main
.ARM.extab
.bss            0x20000000     0x27c8 load address 0x00005060
.a_name_that_fills_its_line
                0x20002800       0x10
.debug_info     0x00000000       0x26
"""


def test_sections_are_read_from_the_map_of_a_failed_link() -> None:
    assert linkmap.output_bytes(MAP) == {
        ".text": 0x5060,
        ".bss": 0x27C8,
        ".a_name_that_fills_its_line": 0x10,
        ".debug_info": 0x26,
    }
    used = memory.of_map(MAP, {"flash": 0, "ram": 0})
    assert used["ram"].used_bytes == 0x27C8


def psram_board() -> Board:
    board = load_board("esp32s3")
    assert board.espidf is not None
    return replace(board, espidf=replace(board.espidf, psram_bytes=8 << 20))


def test_psram_is_named_where_there_is_some() -> None:
    assert "--arena psram" in memory.does_not_fit(psram_board(), {"ram": 4}, {}).hint
    assert "--arena psram" not in memory.does_not_fit(load_board("esp32s3"), {"ram": 4}, {}).hint


def test_the_arena_goes_where_it_is_asked_for() -> None:
    board = psram_board()
    assert board.espidf is not None and board.espidf.arena == "internal"
    moved = espidf.with_arena(board, "psram").espidf
    assert moved is not None and moved.arena == "psram"
    assert espidf.with_arena(load_board("nano33"), "internal") == load_board("nano33")
    for name in ("nano33", "esp32c3"):
        with pytest.raises(UsageError, match=f"board {name} has no PSRAM"):
            espidf.with_arena(load_board(name), "psram")
    with pytest.raises(UsageError, match="unknown --arena 'spram'") as found:
        espidf.with_arena(board, "spram")
    assert "did you mean 'psram'?" in found.value.hint


@pytest.mark.parametrize(
    ("estimate", "partition"),
    [
        (0, 0x100000),  # ESP-IDF's usual one
        (0x80000, 0x100000),
        (0x80001, 0x110000),  # in steps that the chip can map
        (0x200000, 0x280000),
        (0x4000000, 0x3F0000),  # no more than there is
    ],
)
def test_the_partition_fits_the_network(estimate: int, partition: int) -> None:
    facts = EspIdf(chip_flash_bytes=4 << 20)
    assert espidf.partition_for(facts, estimate) == partition
    project = espidf.files(facts, b"", estimate)
    assert espidf.partition_bytes(project) == partition
    assert b"CONFIG_ESPTOOLPY_FLASHSIZE_4MB=y\n" in project[espidf.CONFIG]
    assert b"SPIRAM" not in project[espidf.CONFIG]


def test_psram_is_configured_when_the_arena_lies_there() -> None:
    facts = EspIdf(8 << 20, 8 << 20, ("CONFIG_SPIRAM_MODE_OCT=y",), "psram")
    config = espidf.files(facts, b"FIRST=y\n", 0)[espidf.CONFIG].decode().splitlines()
    assert config[0] == "FIRST=y"
    assert {
        "CONFIG_SPIRAM=y",
        "CONFIG_SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY=y",
        "CONFIG_SPIRAM_MODE_OCT=y",
    } <= set(config)
    assert espidf.partition_bytes({}) == 0
