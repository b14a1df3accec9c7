"""`build`: a `Project` becomes a `Firmware`, through real PlatformIO and nothing but."""

from __future__ import annotations

import configparser
import json
import os
import re
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from tinydeploy import elf as image
from tinydeploy import espidf, linkmap, memory, scons, tflm_tree, tools
from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.errors import ToolError
from tinydeploy.linkmap import Placed
from tinydeploy.memory import Memory
from tinydeploy.project import Project
from tinydeploy.tools import sha256

BUILD_TIMEOUT_S = 600.0
DOWNLOAD_TIMEOUT_S = 3600.0
REGISTRY = "https://api.registry.platformio.org"
REGISTRY_TIMEOUT_S = 5.0
_GONE = re.compile(r"Could not find (?:a version of )?the package with '(?P<package>[^']+)'")

ARM_GCC_HINT = "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi"
RISCV_GCC_HINT = "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"
GCC_HINTS = {
    "arm-none-eabi-": ARM_GCC_HINT,
    "riscv64-unknown-elf-": RISCV_GCC_HINT,
    "": "apt-get install gcc",
}


@dataclass(frozen=True)
class Firmware:
    """A linked firmware and what its ELF and map say of it, in bytes.

    `model_bytes` are the generated model's constants, `code_bytes` the kernels and the generated
    calls, `arena_bytes` the model's state; the rest of flash and RAM is harness. `ram_bytes` counts
    `stack_bytes`, the room kept for the stack (0 where another framework owns the stack).
    `kernels` are the files whose code the linker kept, `toolchain` a name to a version, `flags`
    what the compiler was told but for defines and include folders. `memory` is `flash`, `ram` and,
    where there is some, `psram`, each by owner.
    """

    folder: Path
    elf: Path
    build_id: str
    board: str
    flash_bytes: int
    ram_bytes: int
    model_bytes: int
    code_bytes: int
    arena_bytes: int
    stack_bytes: int
    kernels: tuple[str, ...]
    toolchain: Mapping[str, str]
    flags: tuple[str, ...] = ()
    memory: Mapping[str, Memory] = field(default_factory=dict)


def build(project: Project, folder: Path) -> Firmware:
    """Write `project` to `folder` and build it there, unless the same was built there before.

    DoesNotFit when flash or RAM is too small; ToolError when a program is missing or fails, or
    PlatformIO's registry is needed and cannot be reached.
    """
    check_tools(project.board)
    with _locked(folder):
        project.write(folder)
        elf = folder / ".pio" / "build" / project.board.id / "firmware.elf"
        if not _up_to_date(project, folder, elf):
            _compile(project, folder, elf)
            _stamp(folder).write_text(json.dumps(_fingerprint(project, elf)), encoding="utf-8")
        firmware = _measure(project, folder, elf, linkmap.parse(_map_text(elf)))
        memory.check(project.board, firmware.memory)
        return firmware


def platformio(folder: Path, *arguments: str, timeout_s: float = BUILD_TIMEOUT_S) -> str:
    """`pio run` with `arguments`: a private core folder, no telemetry, no update check."""
    core = cache_dir() / "platformio"
    environment = {
        "PLATFORMIO_CORE_DIR": str(core),
        **(
            {"PLATFORMIO_BUILD_CACHE_DIR": str(cache_dir() / "objects")}
            if (folder / tflm_tree.SCRIPT).is_file()
            else {}
        ),
        "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
        "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
        "PLATFORMIO_SETTING_DISABLE_UDEV_RULES_CHECK": "yes",
        "PLATFORMIO_NO_ANSI": "true",
    }
    command = [sys.executable, "-m", "platformio", "run", *arguments]
    return tools.call(command, timeout_s=timeout_s, cwd=folder, env=environment)


def upload(firmware: Firmware, port: str) -> None:
    """Load `firmware` through `port` with its board's upload tool: `pio run -t upload`."""
    with _locked(firmware.folder):
        platformio(firmware.folder, "-t", "nobuild", "-t", "upload", "--upload-port", port)


def cache_dir() -> Path:
    """Where what can be made again is kept: `TINYDEPLOY_CACHE` or `~/.cache/tinydeploy`."""
    chosen = os.environ.get("TINYDEPLOY_CACHE")
    return Path(chosen).resolve() if chosen else Path.home() / ".cache" / "tinydeploy"


def check_tools(board: Board) -> None:
    """ToolError when a firmware for `board` cannot be built here and now."""
    core = cache_dir() / "platformio"
    if board.baremetal is not None:
        prefix = board.baremetal.toolchain
        tools.find(f"{prefix}gcc", GCC_HINTS.get(prefix, f"put {prefix}gcc on PATH"))
        scons.provide(core)
    elif not any((core / "platforms").glob(_platform_name(board) + "*")) and not _registry():
        free = [name for name in board_ids() if load_board(name).baremetal is not None]
        raise ToolError(
            f"board {board.id} needs {board.platformio.platform} from PlatformIO's registry, "
            f"and {REGISTRY} cannot be reached",
            "go online once; until then `tinydeploy generate` writes the project, and these "
            f"boards need no registry: {', '.join(free)}",
        )


def _platform_name(board: Board) -> str:
    return board.platformio.platform.split("@")[0].split("/")[-1].strip()


def _registry() -> bool:
    """Whether PlatformIO's registry answers at all, also through a proxy."""
    try:
        urllib.request.urlopen(REGISTRY, timeout=REGISTRY_TIMEOUT_S).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One at a time in `folder`: PlatformIO's own state there does not bear two."""
    (folder / ".pio").mkdir(parents=True, exist_ok=True)
    with (folder / ".pio" / "tinydeploy.lock").open("w") as lock:
        _lock(lock.fileno())
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: int) -> None:
        while True:
            try:
                return msvcrt.locking(file, msvcrt.LK_LOCK, 1)
            except OSError:  # it gives up after ten seconds
                continue
else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)


def _compile(project: Project, folder: Path, elf: Path) -> None:
    map_file = elf.with_suffix(".map")
    map_file.unlink(missing_ok=True)
    elf.unlink(missing_ok=True)
    bare = project.board.baremetal is not None
    try:
        quick = bare and not (folder / tflm_tree.SCRIPT).is_file()
        platformio(folder, timeout_s=BUILD_TIMEOUT_S if quick else DOWNLOAD_TIMEOUT_S)
    except ToolError as failed:  # when all but the sizes is right: better than the linker says it
        used = memory.of_map(_map_text(elf), _limits(project))
        # The larger: a linker knows the gaps, the map the stack's room.
        over = Counter(memory.excess(used) if bare else {}) | Counter(
            memory.overflow(failed.output)
        )
        if over:
            raise memory.does_not_fit(project.board, over, used) from None
        if gone := _GONE.search(failed.output):
            raise _no_such_release(project.board, gone["package"]) from None
        raise


def _no_such_release(board: Board, package: str) -> ToolError:
    return ToolError(
        f"PlatformIO's registry has no {package}, which {board.platformio.platform} needs",
        "it drops old releases: copy the board's TOML, put a newer one into `platform` or "
        "`lib_deps`, and give the copy with --board ./copy.toml",
    )


def _limits(project: Project) -> dict[str, int]:
    return memory.limits(project.board, espidf.partition_bytes(project.files))


def _stamp(folder: Path) -> Path:
    return folder / ".pio" / "tinydeploy.json"


def _fingerprint(project: Project, elf: Path) -> dict[str, str]:
    found = {"build_id": project.build_id, "platformio": version("platformio")}
    if project.board.baremetal is not None:
        compiler = tools.find(f"{project.board.baremetal.toolchain}gcc", "")
        found["gcc"] = tools.call([compiler, "--version"], timeout_s=10).splitlines()[0]
    return {**found, "elf": sha256(elf.read_bytes())}


def _up_to_date(project: Project, folder: Path, elf: Path) -> bool:
    stamp = _stamp(folder)
    if not (stamp.is_file() and elf.is_file() and elf.with_suffix(".map").is_file()):
        return False
    return stamp.read_text(encoding="utf-8") == json.dumps(_fingerprint(project, elf))


def _map_text(elf: Path) -> str:
    path = elf.with_suffix(".map")
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _measure(project: Project, folder: Path, elf: Path, placed: list[Placed]) -> Firmware:
    used = memory.account(placed, image.sections(elf), _limits(project))
    constant = [p for p in placed if memory.places(p.output) == ("flash",)]
    code = [p for p in constant if memory.is_code(p)]
    network = [p for p in constant if memory.is_network(p)]
    calls = [p for p in code if memory.owner(p) == "kernels" and p not in network]
    return Firmware(
        folder=folder,
        elf=elf,
        build_id=project.build_id,
        board=project.board.id,
        flash_bytes=used["flash"].used_bytes,
        ram_bytes=used["ram"].used_bytes,
        model_bytes=sum(p.bytes for p in constant if _is_model(p)),
        code_bytes=sum(p.bytes for p in (*network, *calls)),
        arena_bytes=sum(m.owners.get("arena", 0) for kind, m in used.items() if kind != "flash"),
        stack_bytes=used["ram"].owners.get("stack", 0),
        kernels=tuple(sorted({memory.source(p) for p in code if memory.is_network(p)})),
        toolchain={"platformio": version("platformio"), "compiler": image.compiler(elf)},
        flags=_flags(project),
        memory=used,
    )


def _is_model(placed: Placed) -> bool:
    """The network's constants, without what a hosted system's linker adds to them."""
    return memory.owner(placed) == "model" and placed.section.startswith((".rodata", ".srodata"))


def _flags(project: Project) -> tuple[str, ...]:
    """The compiler's flags, of platformio.ini, the board and our own platform (by its hash)."""
    ini = configparser.ConfigParser(interpolation=None)
    ini.read_string(project.files["platformio.ini"].decode())
    section = ini[f"env:{project.board.id}"]
    lines = [
        *section.get("build_flags", "").split("\n"),
        *section.get("build_src_flags", "").split("\n"),
    ]
    flags = [line.strip() for line in lines if not line.strip().startswith(("-D", "-I", '"-I'))]
    if project.board.baremetal is not None:
        flags += project.board.baremetal.machine_flags
        builder = project.files["platform/builder/main.py"]
        flags.append(f"platform {sha256(builder)[:12]}")
    else:
        flags += [f"{key} = {section[key]}" for key in ("platform", "lib_deps") if section.get(key)]
    return tuple(flag for flag in flags if flag)
