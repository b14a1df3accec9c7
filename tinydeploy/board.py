"""`Board`: one board's facts, all of them from its TOML file. Unknown keys are errors."""

from __future__ import annotations

import sys
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from tinydeploy.errors import UsageError, did_you_mean
from tinydeploy.tools import data_dir

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class PlatformIO:
    """What goes to platformio.ini. An empty `platform` is tinydeploy's own (no registry needed);
    `options` are further lines `key = value` of its environment."""

    board: str
    platform: str = ""
    framework: str = ""
    lib_deps: tuple[str, ...] = ()
    build_flags: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Baremetal:
    """Facts for tinydeploy's own PlatformIO platform; no `toolchain` is the machine's own gcc.
    `ldscript` is a file of that platform. `stack_bytes` of RAM are kept for the stack; `td mem`
    tells how many of them were used."""

    toolchain: str
    machine_flags: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()
    ldscript: str = ""
    flash_origin: int = 0
    ram_origin: int = 0
    stack_bytes: int = 8192
    defines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Qemu:
    """How QEMU emulates the board; an instruction lasts 2**icount_shift ns of its virtual time.
    `options` are further arguments."""

    binary: str
    machine: str
    icount_shift: int
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rp2040js:
    """How rp2040js (from npm) emulates the board: its version, and the virtual time that every
    instruction takes."""

    version: str
    instruction_ns: int


@dataclass(frozen=True)
class Renode:
    """How Renode emulates the board: a platform description (a file of Renode, or a path), the
    peripheral that is its serial line, where its vector table lies (0: Renode finds it in the ELF),
    and how many million instructions make a second of virtual time."""

    platform: str
    uart: str
    vector_table: int = 0
    mips: int = 1


@dataclass(frozen=True)
class Tflm:
    """The board's TensorFlow Lite Micro library, pinned: `lib_deps` for PlatformIO or `components`
    (`name==version`) for ESP-IDF. `runtime` is a file of `boards/runtimes/`: what the library can.
    `arena_bytes` is the arena's size where it is not to be found automatically (0).

    `tree` is a folder of its sources instead (`--tflm-dir`), `tree_sha256` a hash of them, and with
    `cmsis_nn` its CMSIS-NN kernels are used."""

    runtime: str
    lib_deps: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    arena_bytes: int = 0
    tree: str = ""
    tree_sha256: str = ""
    cmsis_nn: bool = False


@dataclass(frozen=True)
class EspIdf:
    """Facts for ESP-IDF: `chip_flash_bytes` of the flash chip, `psram_bytes` of external RAM that
    the arena may lie in, and the lines of sdkconfig that this kind of PSRAM takes. `arena` is where
    the arena lies: `internal` or `psram`."""

    chip_flash_bytes: int
    psram_bytes: int = 0
    psram_config: tuple[str, ...] = ()
    arena: str = "internal"


@dataclass(frozen=True)
class Usb:
    """The USB ids (`vendor:product`, lower-case hexadecimal) under which the board shows up.

    `ids` are of its serial port while a firmware runs, or of the board's USB-serial chip: with
    `bridge`, which other boards have too. `bootloader_ids` are of the serial port that its
    bootloader opens after a touch at 1200 baud; `bootloader_disk_ids` of a bootloader that takes
    firmware without a serial port.
    """

    ids: tuple[str, ...]
    bootloader_ids: tuple[str, ...] = ()
    bootloader_disk_ids: tuple[str, ...] = ()
    bridge: bool = False


_FEATURES = {
    "cortex-m4": frozenset({"dsp"}),
    "cortex-m7": frozenset({"dsp"}),
    "cortex-m33": frozenset({"dsp"}),
    "cortex-m55": frozenset({"dsp", "mve"}),
}  # what a cpu has beyond its base instructions that a kernel is chosen for


@dataclass(frozen=True)
class Board:
    """One board. `engines` and `runners` are in order of preference; `port` is a folder below
    `firmware/ports/`; `flash_bytes` and `ram_bytes` are what a firmware may use; `silicon` tells
    when docs/hardware-checklist.md was gone through on a real one, and is empty until then."""

    id: str
    name: str
    cpu: str
    clock_hz: int
    flash_bytes: int
    ram_bytes: int
    engines: tuple[str, ...]
    runners: tuple[str, ...]
    port: str
    platformio: PlatformIO
    baud: int = 115200
    silicon: str = ""
    baremetal: Baremetal | None = None
    qemu: Qemu | None = None
    rp2040js: Rp2040js | None = None
    renode: Renode | None = None
    tflm: Tflm | None = None
    usb: Usb | None = None
    espidf: EspIdf | None = None

    @property
    def instruction_ns(self) -> int:
        """The virtual time of an instruction in nanoseconds; 0 when the board is not emulated.

        With `-icount shift=N` QEMU gives each instruction 2**N ns (QEMU: tcg-icount).
        """
        if self.qemu is not None:
            return 1 << self.qemu.icount_shift
        if self.rp2040js is not None:
            return self.rp2040js.instruction_ns
        return 1000 // self.renode.mips if self.renode is not None else 0

    @property
    def features(self) -> frozenset[str]:
        """What the CPU has beyond its base instructions: `dsp`, `mve`."""
        return _FEATURES.get(self.cpu, frozenset())


_TABLES: dict[str, type[Any]] = {
    "platformio": PlatformIO,
    "baremetal": Baremetal,
    "qemu": Qemu,
    "rp2040js": Rp2040js,
    "renode": Renode,
    "tflm": Tflm,
    "usb": Usb,
    "espidf": EspIdf,
}

T = TypeVar("T")


def table(board: Board, name: str, found: T | None) -> T:
    """`found`, the board's table `[name]`; UsageError when the board has none."""
    if found is None:
        raise UsageError(
            f"board {board.id} has no [{name}] table", "choose a runner that the board lists"
        )
    return found


def board_ids(own: Path | None = None) -> list[str]:
    """Ids of the boards that ship with tinydeploy and of those in the folder `own`, sorted."""
    return sorted({path.stem for path in _files(own)})


def load_board(name: str, own: Path | None = None) -> Board:
    """The board with this id, or of the TOML file at this path.

    A board in the folder `own` comes before one of the same id that ships with tinydeploy.
    """
    path = board_file(name, own)
    if not path.is_file():
        raise UsageError(f"no board file {name}", "give a board's id or an existing .toml file")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error}", "mend the file's TOML syntax") from None
    for key, cls in _TABLES.items():
        if key in table:
            table[key] = _make(cls, table[key], f"{path}: [{key}]")
    return _make(Board, table, str(path))


def board_file(name: str, own: Path | None = None) -> Path:
    """The TOML file of the board with this id; of a path that ends with .toml the path itself."""
    if name.endswith(".toml"):
        return Path(name)
    for path in _files(own):
        if path.stem == name:
            return path
    raise UsageError(f"unknown board {name!r}", did_you_mean(name, board_ids(own)))


def _files(own: Path | None) -> list[Path]:
    if own is not None and not own.is_dir():
        raise UsageError(f"no folder of boards {own}", "mend `boards` in tinydeploy.toml")
    folders = [folder for folder in (own, data_dir("boards")) if folder is not None]
    return [path for folder in folders for path in sorted(folder.glob("*.toml"))]


def _make(cls: type[T], table: dict[str, Any], where: str) -> T:
    """A dataclass from a TOML table whose keys are known and complete, of the right types."""
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise UsageError(f"{where}: unknown key {key!r}", did_you_mean(key, known))
        values[key] = _check(value, str(known[key].type), f"{where}: {key}")
    missing = [k for k, f in known.items() if k not in values and f.default is MISSING]
    if missing:
        raise UsageError(
            f"{where}: missing {', '.join(missing)}", "see docs/boards.md for every key"
        )
    return cls(**values)


def _check(value: Any, annotation: str, where: str) -> Any:
    if annotation.startswith("tuple"):
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise UsageError(f"{where} must be a list of strings", f"it is {value!r}")
        return tuple(value)
    wanted = {"int": int, "str": str, "bool": bool}.get(annotation)
    if wanted and type(value) is not wanted:
        raise UsageError(f"{where} must be of type {annotation}", f"it is {value!r}")
    return value
