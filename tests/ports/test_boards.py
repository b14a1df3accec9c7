"""Every board's rendered project, as far as it can be proven without PlatformIO's registry.

PlatformIO reads its platformio.ini; every C and C++ file compiles with the flags of that file and
warnings as errors, for Arm and for this machine, against stubs of the frameworks.
"""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tinydeploy import espidf, mlperf, project
from tinydeploy.board import Board, board_ids, load_board
from tinydeploy.compat import load_runtime
from tinydeploy.engines import ENGINES
from tinydeploy.errors import UnsupportedOp
from tinydeploy.quantize import QuantizedModel, quantize
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STUBS = HERE / "stubs"
SHARED = ROOT.parent / "shared" / "models"
DIGITS = ROOT / "examples" / "digits"
BUILDS = [
    (board.id, engine)
    for board in map(load_board, board_ids())
    for engine in board.engines
    if engine != "tflm" or board.tflm  # without a library of its own it wants --tflm-dir
]
MODELS = ("kws_ref_model.tflite", "pretrainedResnet_quant.tflite", "ad01_int8.tflite")
COMPILERS = {
    "arm": ("arm-none-eabi-gcc", "arm-none-eabi-g++"),
    "riscv": ("riscv64-unknown-elf-gcc", "riscv64-unknown-elf-g++"),
    "host": ("gcc", "g++"),
}
OFFLINE = {
    "PLATFORMIO_SETTING_ENABLE_TELEMETRY": "no",
    "PLATFORMIO_DISABLE_UPGRADE_CHECK": "true",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
}


def model_of(path: Path) -> QuantizedModel:
    data = path.read_bytes()
    graph = read(data, path.stem)
    return QuantizedModel(path.stem, data, sha256(data), "int8", graph, str(path), {})


@pytest.fixture(scope="session")
def tiny() -> QuantizedModel:
    return model_of(ROOT / "tests" / "golden" / "tiny.tflite")


@pytest.fixture(scope="session")
def digits(tmp_path_factory: pytest.TempPathFactory) -> QuantizedModel:
    return quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", None)


@pytest.fixture(scope="session")
def per_tensor_digits() -> QuantizedModel:
    return quantize(DIGITS / "digits.keras", "int8", DIGITS / "calib.npz", None, True)


@pytest.fixture(scope="session")
def proven() -> set[str]:
    """What was compiled already: boards share most of their files."""
    return set()


def rendered(
    model: QuantizedModel, board: Board, engine: str, benchmark: str = ""
) -> project.Project:
    plan = ENGINES[engine].plan(model, board, "balanced")
    if benchmark:
        plan = mlperf.apply(plan, model.graph, benchmark)
    return project.render(plan, board)


@pytest.mark.parametrize(("board_id", "engine"), BUILDS)
def test_platformio_accepts_the_project(
    board_id: str, engine: str, tiny: QuantizedModel, tmp_path: Path
) -> None:
    board = load_board(board_id)
    accepted(rendered(tiny, board, engine), tmp_path)


@pytest.mark.parametrize("engine", ["aot", "tflm"])
def test_an_arena_in_psram(
    engine: str, tiny: QuantizedModel, proven: set[str], tmp_path: Path
) -> None:
    """Its section and the partition table reach PlatformIO, and every file compiles for it."""
    board = espidf.with_arena(load_board("esp32s3-n8r8"), "psram")
    options = accepted(rendered(tiny, board, engine), tmp_path)
    assert f"-DTD_ARENA_SECTION={espidf.PSRAM_SECTION}" in options["build_flags"]
    assert options["board_build.partitions"] == espidf.TABLE
    config = (tmp_path / espidf.CONFIG).read_text(encoding="utf-8").splitlines()
    assert {"CONFIG_SPIRAM=y", "CONFIG_SPIRAM_MODE_OCT=y"} <= set(config)
    assert compile_all(tmp_path, board, "host", proven) > 0


def accepted(made: project.Project, tmp_path: Path) -> dict[str, Any]:
    """What PlatformIO reads in the project written to `tmp_path`."""
    board = made.board
    made.write(tmp_path)
    command = [sys.executable, "-m", "platformio", "project", "config", "--json-output"]
    environment = {**os.environ, **OFFLINE, "PLATFORMIO_CORE_DIR": str(tmp_path / "core")}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stderr
    sections = {name: dict(options) for name, options in json.loads(done.stdout)}
    options: dict[str, Any] = sections[f"env:{board.id}"]
    assert options["board"] == board.platformio.board
    assert options["monitor_speed"] == board.baud
    if board.platformio.platform:
        assert options["platform"] == board.platformio.platform
        assert "@" in board.platformio.platform, "a platform is pinned"
        assert options["framework"] == [board.platformio.framework]
    for line in board.platformio.options:
        key, _, value = (part.strip() for part in line.partition("="))
        found = options[key]
        assert (" ".join(found) if isinstance(found, list) else str(found)) == value
    # What a framework's headers warn of must not end a build.
    assert ("-Werror" in options["build_src_flags"]) is (board.baremetal is not None)
    if board.platformio.framework == "arduino":  # whose own flags are for size
        assert "-O2" in options["build_flags"] and "-Os" in str(options["build_unflags"])
    elif board.espidf is not None:
        assert "CONFIG_COMPILER_OPTIMIZATION_PERF=y\n" in (tmp_path / espidf.CONFIG).read_text()
    return options


def flags_of(ini: Path) -> tuple[list[str], list[str]]:
    """The flags for C, and those for C++, that the project's platformio.ini names."""
    parser = configparser.ConfigParser()
    parser.read(ini, encoding="utf-8")
    section = parser[next(name for name in parser.sections() if name.startswith("env:"))]
    flags = shlex.split(section["build_flags"]) + shlex.split(section["build_src_flags"])
    standard = [flag for flag in flags if flag.startswith("-std=")] or ["-std=gnu++17"]
    others = [flag for flag in flags if not flag.startswith("-std=")]
    return ["-std=gnu11", *others], [*standard, "-fno-exceptions", "-fno-rtti", *others]


def machine_flags(machine: str, board: Board) -> list[str]:
    """What the board's manifest has PlatformIO pass; the board's own CPU where the compiler knows
    it."""
    bare = board.baremetal
    if bare is not None and bare.toolchain:
        defines = [f"-D{d}" for d in bare.defines]
        return [*bare.machine_flags, f"-DF_CPU={board.clock_hz}UL", *defines]
    return [f"-mcpu={board.cpu}"] if machine == "arm" and board.cpu.startswith("cortex") else []


def compile_all(folder: Path, board: Board, machine: str, proven: set[str]) -> int:
    c_flags, cxx_flags = flags_of(folder / "platformio.ini")
    stubs = [f"-I{STUBS / name}" for name in (board.port, "tflm") if (STUBS / name).is_dir()]
    common = ["-fsyntax-only", "-Werror", "-Iinclude", *stubs, *machine_flags(machine, board)]
    count = 0
    for source in sorted(folder.glob("src/**/*.c*")):
        cxx = source.suffix != ".c"
        command = [COMPILERS[machine][cxx], *(cxx_flags if cxx else c_flags), *common]
        key = hashlib.sha256(source.read_bytes() + repr((machine, command)).encode()).hexdigest()
        if key in proven:
            continue
        done = subprocess.run(
            [*command, str(source.relative_to(folder))], cwd=folder, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        proven.add(key)
        count += 1
    return count


def compiled() -> list[tuple[str, str, str]]:
    """Which board's project is compiled for which machine: ours for the one they are for."""

    def machines(board: Board) -> list[str]:
        if board.baremetal is None:
            return ["arm", "host"]
        prefix = board.baremetal.toolchain
        return [m for m, (compiler, _) in COMPILERS.items() if compiler == f"{prefix}gcc"]

    return [
        (board, engine, machine)
        for board, engine in BUILDS
        for machine in machines(load_board(board))
    ]


@pytest.mark.parametrize(("board_id", "engine", "machine"), compiled())
def test_every_file_compiles(
    board_id: str,
    engine: str,
    machine: str,
    tiny: QuantizedModel,
    proven: set[str],
    tmp_path: Path,
) -> None:
    board = load_board(board_id)
    if shutil.which(COMPILERS[machine][0]) is None:
        pytest.skip(f"{COMPILERS[machine][0]} is not installed")
    rendered(tiny, board, engine).write(tmp_path)
    compile_all(tmp_path, board, machine, proven)


@pytest.mark.parametrize("machine", ["arm", "host"])
@pytest.mark.parametrize(
    ("benchmark", "name"),
    [("ad", "ad01_int8"), ("kws", "kws_ref_model"), ("ic", "pretrainedResnet_quant")],
)
def test_every_encoding_compiles(
    benchmark: str, name: str, machine: str, proven: set[str], tmp_path: Path
) -> None:
    path = SHARED / f"{name}.tflite"
    if not path.is_file():
        pytest.skip(f"{path} is not there: the real models lie beside the project only in-house")
    if shutil.which(COMPILERS[machine][0]) is None:
        pytest.skip(f"{COMPILERS[machine][0]} is not installed")
    board = load_board("nucleo_l4r5zi")
    rendered(model_of(path), board, "aot", benchmark).write(tmp_path)
    assert compile_all(tmp_path, board, machine, proven) > 0


@pytest.mark.parametrize("name", MODELS)
def test_real_models_render(name: str) -> None:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{path} is not there: the real models lie beside the project only in-house")
    renders_for_every_board(model_of(path))


def test_digits_renders(digits: QuantizedModel, per_tensor_digits: QuantizedModel) -> None:
    renders_for_every_board(digits, per_tensor_digits)


def test_per_axis_dense_is_refused_with_the_way_out(digits: QuantizedModel) -> None:
    with pytest.raises(
        UnsupportedOp, match=r"FULLY_CONNECTED.*first of its 10 scales.*--tflm-dir"
    ) as found:
        ENGINES["tflm"].plan(digits, load_board("nano33"), "balanced")
    assert "--engine aot" in found.value.hint


def test_keras_dense_for_an_old_library_has_one_scale(per_tensor_digits: QuantizedModel) -> None:
    graph = per_tensor_digits.graph
    dense = [node for node in graph.nodes if node.op == "FULLY_CONNECTED"]
    others = [node for node in graph.nodes if node.op == "CONV_2D"]
    assert dense and all(len(graph.input(node, 1).scales) == 1 for node in dense)
    assert any(len(graph.input(node, 1).scales) > 1 for node in others)


def renders_for_every_board(
    model: QuantizedModel, per_tensor: QuantizedModel | None = None
) -> None:
    plans = {}
    for board_id, engine in BUILDS:
        board = load_board(board_id)
        library = board.tflm if engine == "tflm" else None
        old = library and not load_runtime(library.runtime).per_axis_dense
        right = per_tensor if old and per_tensor else model
        key = (engine, board.cpu, board.tflm)
        if key not in plans:
            plans[key] = ENGINES[engine].plan(right, board, "balanced")
        files = project.render(plans[key], board).files
        assert (
            f"platform = {board.platformio.platform or 'symlink'}"
            in files["platformio.ini"].decode()
        )
        text = files["src/model.c" if engine == "aot" else "src/model_data.cc"]
        assert right.sha256[:16].encode() in text or right.sha256.encode() in text
