"""`render`: a `Plan` for a `Board` becomes a `Project`, a PlatformIO project as plain bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from tinydeploy import espidf, tflm_tree
from tinydeploy.board import Board, Tflm
from tinydeploy.errors import UsageError
from tinydeploy.plan import Plan
from tinydeploy.render import render as render_template
from tinydeploy.tools import data_dir, sha256, write_atomic

BUILD_HEADER = "include/td_build.h"
WRITTEN = ".tinydeploy-files"


@dataclass(frozen=True)
class Project:
    """A PlatformIO project: relative path → bytes. `build_id` is a hash over all of them, and the
    firmware knows it."""

    board: Board
    build_id: str
    files: Mapping[str, bytes]

    def write(self, folder: Path) -> None:
        """Make `folder` hold these files: what is the same is not touched, what an earlier project
        left there and this one does not have is removed, other files are left alone."""
        record = folder / WRITTEN
        earlier = record.read_text(encoding="utf-8").splitlines() if record.is_file() else []
        for name in sorted(set(earlier) - set(self.files)):
            (folder / name).unlink(missing_ok=True)
        write_atomic(record, "".join(f"{n}\n" for n in sorted(self.files)).encode())
        changed = [name for name, data in self.files.items() if _read(folder / name) != data]
        for name in changed:
            write_atomic(folder / name, self.files[name])
        if made := espidf.outdated(self.board, changed):
            (folder / made).unlink(missing_ok=True)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def render(plan: Plan, board: Board) -> Project:
    """The project for `plan` on `board`. Pure: the same plan gives the same bytes anywhere.

    UsageError when the plan names a firmware file that does not exist.
    """
    files = {f"src/{name}": text.encode() for name, text in plan.files.items()}
    files |= _firmware_files(plan, board)
    if board.espidf is not None:
        config = files[espidf.CONFIG]
        files |= espidf.files(board.espidf, config, plan.flash_estimate_bytes)
    files["platformio.ini"] = _ini(plan, board, files).encode()
    own = board.baremetal is not None
    files["README.md"] = render_template(
        "project.md.j2",
        board=board,
        engine=plan.engine,
        model_name=plan.model_name,
        model_sha256=plan.model_sha256,
        platform_note="; `platform/` and `boards/` what PlatformIO needs to know" if own else "",
    ).encode()
    if board.tflm is not None and board.tflm.tree and plan.engine == "tflm":
        script = data_dir("firmware") / "engines" / "tflm_tree" / tflm_tree.SCRIPT
        files[tflm_tree.SCRIPT] = script.read_bytes()
    if own:
        files |= _tree("platform", "platform")
        files[f"boards/{board.platformio.board}.json"] = _board_json(board)
    build_id = sha256("".join(f"{n}\0{sha256(files[n])}\n" for n in sorted(files)).encode())[:16]
    header = f'#ifndef TD_BUILD_H\n#define TD_BUILD_H\n#define TD_BUILD_ID "{build_id}"\n#endif\n'
    files[BUILD_HEADER] = header.encode()
    if board.renode is not None:
        names = {renode_script(board): "board.resc", f"renode/{board.id}.robot": "board.robot"}
        for name, template in names.items():
            files[name] = render_template(
                f"renode/{template}.j2", board=board, model_name=plan.model_name, build_id=build_id
            ).encode()
    return Project(board, build_id, dict(sorted(files.items())))


def renode_script(board: Board) -> str:
    """Where in a project the script is that makes the board in Renode."""
    return f"renode/{board.id}.resc"


def _firmware_files(plan: Plan, board: Board) -> dict[str, bytes]:
    """Copies of the C that does not depend on the model, each at its place in the project."""
    firmware = data_dir("firmware")
    port = firmware / "ports" / board.port
    if not port.is_dir():
        raise UsageError(f"board {board.id}: no port {board.port!r}", f"add {port}/")
    files = _tree("include", "include")
    files |= {f"src/{path.name}": path.read_bytes() for path in firmware.glob("td_*.[ch]")}
    for above in list(PurePosixPath(board.port).parents)[:-1]:  # what ports of one CPU share
        shared = [path for path in (firmware / "ports" / above).iterdir() if path.is_file()]
        files |= {f"src/{path.name}": path.read_bytes() for path in shared}
    for name, data in _tree(f"ports/{board.port}", "").items():
        inside = PurePosixPath(name)
        at_root = inside.parts[0] == "project"
        files[str(inside.relative_to("project")) if at_root else f"src/{inside}"] = data
    sources = plan.sources
    if not any(source.startswith("encodings/") for source in sources):
        sources = (*sources, "encodings/td_encoding_raw.c")
    for source in sources:
        path = firmware / source
        if not path.is_file():
            raise UsageError(f"the plan needs firmware/{source}, which does not exist")
        files[f"src/{_place(source)}"] = path.read_bytes()
    return files


def _place(source: str) -> str:
    """Where a source lies in `src/`: an engine's and an encoding's own files at its top, others as
    in `firmware/`."""
    parts = PurePosixPath(source).parts
    dropped = {"engines": 2, "encodings": 1}.get(parts[0], 0)
    return "/".join(parts[dropped:])


def _tree(folder: str, to: str) -> dict[str, bytes]:
    """Every file below `firmware/<folder>`, by its path below `to`."""
    top = data_dir("firmware") / folder
    paths = (path for path in top.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        str(PurePosixPath(to) / path.relative_to(top).as_posix()): path.read_bytes()
        for path in paths
    }


def _ini(plan: Plan, board: Board, files: Mapping[str, bytes]) -> str:
    pio = board.platformio
    bare = board.baremetal
    library = board.tflm if plan.engine == "tflm" else None
    tree = library.tree if library else ""
    # C++ is not held to -Wconversion: the headers of TensorFlow Lite Micro would not pass.
    has_cpp = any(name.endswith((".cc", ".cpp")) for name in files)
    return render_template(
        "platformio.ini.j2",
        board=board,
        engine=plan.engine,
        model_name=plan.model_name,
        # The platform travels with the project; PlatformIO's link to it must not be another's.
        directories=[
            *([("platforms_dir", ".pio/platforms")] if bare else []),
            *([("build_cache_dir", "~/.cache/tinydeploy/objects")] if tree else []),
        ],
        platform="symlink://platform" if bare else pio.platform,
        options=[
            *([("framework", pio.framework)] if pio.framework else []),
            *(tuple(part.strip() for part in line.split("=", 1)) for line in pio.options),
            *([("board_build.partitions", espidf.TABLE)] if board.espidf else []),
            *(_tree_options(library) if library and tree else []),
        ],
        build_flags=[
            *pio.build_flags,
            f"-DTD_BAUD={board.baud}",
            *(
                f"-D{name}={value}" if value else f"-D{name}"
                for name, value in plan.defines.items()
            ),
            *_placement(board),
            "-Isrc",
            "-Isrc/kernels",
            *(f'"-I{PurePosixPath(tree) / name}"' for name in tflm_tree.INCLUDES if tree),
        ],
        warnings=[
            *("-Wall", "-Wextra"),
            *([] if has_cpp else ["-Wconversion"]),
            *(["-Werror"] if bare else []),  # a framework's headers and compiler are not ours
        ],
        lib_deps=dict.fromkeys((*pio.lib_deps, *plan.lib_deps)),
    )


def _placement(board: Board) -> list[str]:
    """Where the arena lies, and the map that tells of every byte: a framework may write none."""
    psram = board.espidf is not None and board.espidf.arena == "psram"
    return [
        *([f"-DTD_ARENA_SECTION={espidf.PSRAM_SECTION}"] if psram else []),
        *([] if board.baremetal else [f"-Wl,-Map,.pio/build/{board.id}/firmware.map"]),
    ]


def _tree_options(library: Tflm) -> list[tuple[str, str]]:
    """What the script that compiles TensorFlow Lite Micro reads, and the hash of what it compiles:
    with another tree the project is another."""
    return [
        ("extra_scripts", tflm_tree.SCRIPT),
        ("custom_tflm_dir", library.tree),
        ("custom_tflm_sha256", library.tree_sha256),
    ]


def _board_json(board: Board) -> bytes:
    """PlatformIO's description of a board of tinydeploy's own platform."""
    bare = board.baremetal
    assert bare is not None
    manifest = {
        "name": board.name,
        "vendor": "tinydeploy",
        "url": "https://docs.platformio.org/page/platforms/creating_board.html",
        "frameworks": [],
        "build": {
            "mcu": board.cpu,
            "cpu": board.cpu,
            "f_cpu": f"{board.clock_hz}UL",
            "toolchain": bare.toolchain,
            "machine_flags": list(bare.machine_flags),
            "defines": list(bare.defines),
            "link_flags": list(bare.link_flags),
            "ldscript": bare.ldscript,
            "flash_origin": bare.flash_origin,
            "ram_origin": bare.ram_origin,
            "stack_bytes": bare.stack_bytes,
        },
        "upload": {
            "protocol": "gdb" if board.qemu else "none",
            "maximum_size": board.flash_bytes,
            "maximum_ram_size": board.ram_bytes,
        },
    }
    return (json.dumps(manifest, indent=2) + "\n").encode()
