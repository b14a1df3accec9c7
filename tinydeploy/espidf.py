"""What a project for ESP-IDF has beside its sources: a partition table and lines of sdkconfig."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from tinydeploy.board import Board, EspIdf
from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.render import render

TABLE = "partitions.csv"
CONFIG = "sdkconfig.defaults"
PLACES = ("internal", "psram")
PSRAM_SECTION = ".ext_ram.bss.td_model_state"  # what ESP-IDF's linker scripts put into PSRAM

_APP_OFFSET = 0x10000  # ESP-IDF: where the application lies; its size is a multiple of it
_LEAST_BYTES = 0x100000  # the partition of ESP-IDF's own table for one application
_FRAMEWORK_BYTES = 0x80000  # ESP-IDF itself, FreeRTOS, drivers, C library, and as much room again


def with_arena(board: Board, place: str) -> Board:
    """`board` with its arena at `place`; UsageError when it has no such memory."""
    if place not in PLACES:
        raise UsageError(f"unknown --arena {place!r}", did_you_mean(place, PLACES))
    if place == "psram" and not (board.espidf and board.espidf.psram_bytes):
        raise UsageError(
            f"board {board.id} has no PSRAM",
            "leave --arena out; a module that has some is told by psram_bytes and psram_config in "
            "[espidf] of its TOML",
        )
    return replace(board, espidf=replace(board.espidf, arena=place)) if board.espidf else board


def files(facts: EspIdf, config: bytes, flash_estimate_bytes: int) -> dict[str, bytes]:
    """The table, with one application as large as this one may need, and `config` (the port's
    sdkconfig.defaults) with the board's lines. UsageError when the chip's flash is too small."""
    size = partition_for(facts, flash_estimate_bytes)
    table = render("partitions.csv.j2", app_offset=f"{_APP_OFFSET:#x}", app_bytes=f"{size:#x}")
    lines = [
        "# The board's flash, and a table with one application that is as large as this may need.",
        f"CONFIG_ESPTOOLPY_FLASHSIZE_{facts.chip_flash_bytes >> 20}MB=y",
        "CONFIG_PARTITION_TABLE_CUSTOM=y",
        f'CONFIG_PARTITION_TABLE_CUSTOM_FILENAME="{TABLE}"',
    ]
    if facts.arena == "psram":
        lines += [
            "# The arena lies in PSRAM.",
            "CONFIG_SPIRAM=y",
            "CONFIG_SPIRAM_ALLOW_BSS_SEG_EXTERNAL_MEMORY=y",
            *facts.psram_config,
        ]
    return {TABLE: table.encode(), CONFIG: config + "".join(f"{n}\n" for n in lines).encode()}


def outdated(board: Board, changed: Iterable[str]) -> str:
    """The file that ESP-IDF made of those in `changed` and would not make anew: its own sdkconfig,
    whose lines come before those of sdkconfig.defaults. Empty when there is none."""
    is_config = board.espidf is not None and any(name.startswith(CONFIG) for name in changed)
    return f"sdkconfig.{board.id}" if is_config else ""


def partition_for(facts: EspIdf, flash_estimate_bytes: int) -> int:
    """Bytes of the application's partition: ESP-IDF's usual one, larger for a larger network, and
    never more than the chip holds."""
    wanted = flash_estimate_bytes + _FRAMEWORK_BYTES
    rounded = -(-wanted // _APP_OFFSET) * _APP_OFFSET
    return min(max(_LEAST_BYTES, rounded), facts.chip_flash_bytes - _APP_OFFSET)


def partition_bytes(project: Mapping[str, bytes]) -> int:
    """The application's partition in a project's files; 0 in one that has no table."""
    table = project.get(TABLE, b"").decode()
    match = re.search(r"^factory,.*,\s*0x([0-9a-f]+),", table, re.MULTILINE)
    return int(match[1], 16) if match else 0
