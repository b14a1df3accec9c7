"""Memory truth: who takes how much of flash and RAM, and by how much a firmware is too large."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tinydeploy import linkmap
from tinydeploy.board import Board
from tinydeploy.elf import Section
from tinydeploy.errors import DoesNotFit
from tinydeploy.linkmap import Placed
from tinydeploy.tools import data_dir

OWNERS = ("model", "kernels", "arena", "framework", "stack", "rest")
STATE = "td_model_state"
TEXT = (".text", ".literal", ".iram")  # how input sections of code are called; Xtensa has literals

# Where an output section lies, by how its name begins; the first that fits. What ESP-IDF runs from
# IRAM comes from flash; where IRAM and RAM are one memory (S3, C3) `.dram0.dummy` is what that code
# takes of it (esp_system/ld/esp32s3/sections.ld.in), its other dummies only keep addresses free.
_PLACES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\.dram0\.dummy", ("ram",)),
    (r"\.debug|\.comment|\.\w+\.attributes|\.xt|.*dummy", ()),
    (r"\.ext_ram", ("psram",)),
    (r"\.flash|\.iram|\.rtc|\.boot", ("flash",)),
    (r"\.(dram0\.)?s?data|\.got|\.tdata|\.dynamic|\.uninitialized_data", ("flash", "ram")),
    (r"\.(dram0\.)?s?bss|\.noinit|\.tbss|\.stack|\._user_heap", ("ram",)),
)
_UNCLAIMED = {".stack": "stack", ".dram0.dummy": "framework"}  # whose what no input section has is
_NETWORK = re.compile(r"tflm|tflite|tensorflow|esp[-_]nn|cmsis[-_]nn", re.IGNORECASE)
_INTERPRETER = re.compile(
    r"(micro|memory|flatbuffer|schema|recording|non_persistent|persistent|single_arena)_|"
    r"\w+_memory_planner|common$|error_reporter|debug_log|system_setup|hexdump|tensor_utils"
)
_NAMES = {"psram": "PSRAM", "ram": "RAM", "flash": "flash"}  # as they are told


@dataclass(frozen=True)
class Memory:
    """One kind of memory: bytes by owner, and how many a firmware may take there."""

    owners: Mapping[str, int]
    available_bytes: int

    @property
    def used_bytes(self) -> int:
        """All owners' bytes."""
        return sum(self.owners.values())


def account(
    placed: Iterable[Placed], sections: Iterable[Section], limits: Mapping[str, int]
) -> dict[str, Memory]:
    """Every kind of memory of `limits`, and any other that is used, by owner.

    Sizes are the sections'; what no input section accounts for (alignment, tables of the linker) is
    the rest's.
    """
    by_output: dict[str, Counter[str]] = {}
    for part in placed:
        by_output.setdefault(part.output, Counter())[owner(part)] += part.bytes
    known = {section.name: section for section in sections}
    used: dict[str, Counter[str]] = {kind: Counter() for kind in limits}
    for name, section in known.items():
        owners = by_output.get(name, Counter())
        left = section.bytes - owners.total()
        owners[_UNCLAIMED.get(name, "rest")] += max(0, left)
        for kind in places(name, section):
            used.setdefault(kind, Counter()).update(owners)
    return {
        kind: Memory({o: owners[o] for o in OWNERS if owners[o]}, limits.get(kind, 0))
        for kind, owners in used.items()
    }


def of_map(text: str, limits: Mapping[str, int]) -> dict[str, Memory]:
    """`account` of a link that failed, by its map; the map does not tell where sections of unknown
    names lie, so those are flash."""
    sections = [
        Section(name, size, True, False) for name, size in linkmap.output_bytes(text).items()
    ]
    return account(linkmap.parse(text), sections, limits)


def places(name: str, section: Section | None = None) -> tuple[str, ...]:
    """The kinds of memory an output section takes: its flags tell where its name is unknown."""
    for pattern, kinds in _PLACES:
        if re.match(pattern, name):
            return kinds
    if section is None:
        return ("flash",)
    ram = section.writable or not section.in_file
    return (*(("flash",) if section.in_file else ()), *(("ram",) if ram else ()))


def owner(placed: Placed) -> str:
    """Whose an input section is: one of OWNERS."""
    if STATE in placed.section:
        return "arena"
    if placed.output == ".stack":
        return "stack"
    name = source(placed)
    if name in ("model", "model_data"):
        return "kernels" if is_code(placed) else "model"
    if name.startswith("td_"):
        return "kernels" if _is_own_kernel(placed) else "rest"
    if is_network(placed) and not _INTERPRETER.match(name):
        return "kernels"
    return "framework" if placed.object else "rest"


def is_code(placed: Placed) -> bool:
    """Whether it is code, or what Xtensa keeps beside it."""
    return placed.section.startswith(TEXT)


def is_network(placed: Placed) -> bool:
    """What the network needs: a kernel of ours, or a library that runs networks."""
    return _is_own_kernel(placed) or bool(_NETWORK.search(placed.object))


def _is_own_kernel(placed: Placed) -> bool:
    in_folder = Path(placed.object).parent.name == "kernels"
    own = (data_dir("firmware") / "kernels" / f"{source(placed)}.c").is_file()
    return source(placed).startswith("td_") and (in_folder or own)


def source(placed: Placed) -> str:
    """The source file's name without its suffix, also of an archive's member."""
    return Path(placed.object.rstrip(")").rpartition("(")[2]).name.split(".")[0]


def limits(board: Board, app_partition_bytes: int = 0) -> dict[str, int]:
    """Bytes that a firmware may take; on an ESP32 flash is the application's partition."""
    found = {"flash": app_partition_bytes or board.flash_bytes, "ram": board.ram_bytes}
    psram = board.espidf.psram_bytes if board.espidf else 0
    return {**found, **({"psram": psram} if psram else {})}


def check(board: Board, memories: Mapping[str, Memory]) -> None:
    """DoesNotFit when a kind of memory is too small."""
    if over := excess(memories):
        raise does_not_fit(board, over, memories)


def excess(memories: Mapping[str, Memory]) -> dict[str, int]:
    """By how many bytes each kind of memory is too small, of those that are."""
    over = {kind: m.used_bytes - m.available_bytes for kind, m in memories.items()}
    return {kind: count for kind, count in over.items() if count > 0}


def does_not_fit(
    board: Board, over: Mapping[str, int], memories: Mapping[str, Memory]
) -> DoesNotFit:
    """`RAM over by N bytes` for each kind in `over`, with who takes it as far as that is known."""
    told = [_told(kind, over[kind], memories.get(kind)) for kind in _NAMES if kind in over]
    more = (
        "a smaller model, another engine (--engine), --optimize size, or a board with more memory"
    )
    if "ram" in over and board.espidf and board.espidf.psram_bytes:
        more = f"--arena psram puts the arena into the board's PSRAM; else {more}"
    return DoesNotFit(f"{board.id}: {'; '.join(told)}", more)


def _told(kind: str, over: int, memory: Memory | None) -> str:
    found = f"{_NAMES[kind]} over by {over:,} bytes"
    if memory is None or not memory.available_bytes:
        return found
    needed = memory.available_bytes + over
    owners = Counter(memory.owners)
    owners["rest"] += max(0, needed - memory.used_bytes)  # the linker's own gaps
    users = ", ".join(f"{who} {taken:,}" for who, taken in owners.most_common() if taken)
    return f"{found} (needed {needed:,}, available {memory.available_bytes:,}): {users}"


_REGION = re.compile(r"region [`'‘\"](?P<region>\w+)['’\"] overflowed by (?P<over>\d+) bytes?")
_PLATFORMIO = re.compile(
    r"The (?P<what>program|data) size \((?P<needed>\d+) bytes\) is greater than maximum allowed "
    r"\((?P<available>\d+) bytes\)"
)
_PARTITION = re.compile(
    r"app partitions? (?:is|are) too small for binary \S+ size 0x[0-9a-f]+:?\s+"
    r"- Part .*? size 0x(?P<size>[0-9a-f]+) \(overflow 0x(?P<over>[0-9a-f]+)\)"
)
_FLASH_REGION = re.compile(r"flash|rom|iram0_2", re.IGNORECASE)  # iram0_2: mapped flash of ESP32s


def overflow(text: str) -> dict[str, int]:
    """The kinds of memory that a failed build ran out of, and by how many bytes; none when its
    output tells of nothing such. Read are GNU ld, PlatformIO and ESP-IDF."""
    found: Counter[str] = Counter()
    for match in _REGION.finditer(text):
        region = match["region"]
        kind = "flash" if _FLASH_REGION.search(region) else "ram"
        found["psram" if "ext" in region else kind] += int(match["over"])
    for match in _PLATFORMIO.finditer(text):
        kind = "flash" if match["what"] == "program" else "ram"
        found[kind] = max(found[kind], int(match["needed"]) - int(match["available"]))
    for match in _PARTITION.finditer(text):
        found["flash"] = max(found["flash"], int(match["over"], 16))
    return dict(found)
