"""What is built only with PlatformIO's registry, compiled here against stubs of the frameworks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tinydeploy import project
from tinydeploy.board import load_board
from tinydeploy.engines import tflm
from tinydeploy.quantize import QuantizedModel
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
STUBS = HERE / "stubs"
FIRMWARE = HERE.parents[1] / "firmware"
WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Werror"]
CXX = ["-fno-exceptions", "-fno-rtti"]
COMPILERS = {"host": ("gcc", "g++"), "arm": ("arm-none-eabi-gcc", "arm-none-eabi-g++")}


def compile_file(compiler: str, source: Path, *options: str) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    command = [compiler, *WARNINGS, f"-I{FIRMWARE / 'include'}", "-DTD_BAUD=115200", *options]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("machine", COMPILERS)
@pytest.mark.parametrize("standard", ["gnu++14", "c++17"])
@pytest.mark.parametrize("cpu", [[], ["-DSTUB_CYCLE_COUNTER"]])
def test_arduino_port_compiles(machine: str, standard: str, cpu: list[str]) -> None:
    source = FIRMWARE / "ports" / "arduino" / "td_port_arduino.cpp"
    stub = f"-I{STUBS / 'arduino'}"
    compile_file(
        COMPILERS[machine][1], source, f"-std={standard}", "-fsyntax-only", stub, *CXX, *cpu
    )


@pytest.mark.parametrize("machine", COMPILERS)
def test_espidf_port_compiles(machine: str) -> None:
    source = FIRMWARE / "ports" / "espidf" / "td_port_espidf.c"
    stub = f"-I{STUBS / 'espidf'}"
    compile_file(COMPILERS[machine][0], source, "-std=gnu11", "-fsyntax-only", stub)


@pytest.fixture
def source_folder(tmp_path: Path) -> Path:
    """The rendered project of the golden tests' tiny model."""
    path = HERE.parent / "golden" / "tiny.tflite"
    data = path.read_bytes()
    model = QuantizedModel("tiny", data, sha256(data), "int8", read(data, "tiny"), str(path), {})
    board = load_board("nano33")
    project.render(tflm.plan(model, board, "balanced"), board).write(tmp_path)
    return tmp_path / "src"


@pytest.mark.parametrize("machine", COMPILERS)
@pytest.mark.parametrize("standard", ["gnu++14", "c++17"])
@pytest.mark.parametrize("name", ["td_model_tflm.cc", "model_data.cc"])
def test_tflm_sources_compile(source_folder: Path, machine: str, standard: str, name: str) -> None:
    options = [f"-std={standard}", "-fsyntax-only", "-DTF_LITE_STATIC_MEMORY=1", *CXX]
    compile_file(COMPILERS[machine][1], source_folder / name, *options, f"-I{STUBS / 'tflm'}")


def test_the_library_and_the_glue_must_agree_on_static_memory(source_folder: Path) -> None:
    options = ["-std=c++17", "-fsyntax-only", f"-I{STUBS / 'tflm'}"]
    with pytest.raises(AssertionError, match="define TF_LITE_STATIC_MEMORY"):
        compile_file("g++", source_folder / "td_model_tflm.cc", *options)


def test_tflm_glue_runs(source_folder: Path, tmp_path: Path) -> None:
    """Layers in order with their tensors and sizes; no call without a hook; real results."""
    program = tmp_path / "check"
    includes = [f"-I{STUBS / 'tflm'}", f"-I{source_folder}"]
    options = ["-std=c++17", "-DTF_LITE_STATIC_MEMORY=1", *CXX, *includes]
    sources = [str(source_folder / name) for name in ("td_model_tflm.cc", "model_data.cc")]
    sanitize = ["-fsanitize=address,undefined", "-fno-sanitize=vptr"]
    compile_file("g++", HERE / "tflm_check.cc", *options, *sanitize, *sources, "-o", str(program))
    done = subprocess.run([str(program)], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines() == [
        "misread 4",  # TD_ERROR_SCHEMA
        "init 0",
        "input 16",
        *(f"layer {i} tensor {5 + i} bytes {n}" for i, n in enumerate((8, 8, 3, 3))),
        "invoke 0",
        "silent 0",
        "result 3 3.0",
        "calls 4 of 4",
    ]
