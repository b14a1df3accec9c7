"""What is built only with PlatformIO's registry, compiled here against stubs of the frameworks."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tinydeploy import project
from tinydeploy.board import load_board
from tinydeploy.engines import aot, tflm
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
        *("small 1 needs 0", "small 1 needs 3", "small 1 needs 0"),  # TD_ERROR_ARENA
        "misread 4",  # TD_ERROR_SCHEMA
        "init 0",
        "input 16",
        *(f"layer {i} tensor {5 + i} bytes {n}" for i, n in enumerate((8, 8, 3, 3))),
        "invoke 0",
        "silent 0",
        "result 3 3.0",
        "calls 4 of 4",
    ]


def espidf_program(tmp_path: Path, port: str) -> Path:
    """The tiny model's project for an ESP32, linked with espidf_check.c in ESP-IDF's place; `port`
    is the text of its port."""
    path = HERE.parent / "golden" / "tiny.tflite"
    data = path.read_bytes()
    model = QuantizedModel("tiny", data, sha256(data), "int8", read(data, "tiny"), str(path), {})
    board = load_board("esp32")
    project.render(aot.plan(model, board, "balanced"), board).write(tmp_path)
    (tmp_path / "src" / "td_port_espidf.c").write_text(port, encoding="utf-8")
    config = (tmp_path / "sdkconfig.defaults").read_text(encoding="utf-8").splitlines()
    assert "CONFIG_ESP_TASK_WDT_CHECK_IDLE_TASK_CPU0=n" in config
    assert "CONFIG_ESP_TASK_WDT_CHECK_IDLE_TASK_CPU1=n" in config
    (limit,) = [n.split("=")[1] for n in config if n.startswith("CONFIG_ESP_TASK_WDT_TIMEOUT_S=")]
    options = [f"-I{STUBS / 'espidf'}", f"-I{tmp_path / 'include'}", f"-I{tmp_path / 'src'}"]
    options += [f"-I{tmp_path / 'src' / 'kernels'}", f"-DTIMEOUT_S={limit}", "-DINFERENCE_S=5"]
    sources = [str(source) for source in sorted((tmp_path / "src").glob("**/*.c"))]
    program = tmp_path / "check"
    wrap = ["-Wl,--wrap=td_model_invoke", "-lm", "-o", str(program)]
    compile_file("gcc", HERE / "espidf_check.c", "-std=gnu11", *options, *sources, *wrap)
    return program


# Twenty inferences of 5 s each, in every way that a host can ask for them, and a host that is away.
ESPIDF_COMMANDS = ["td run 20 20%", "infer 20 20%", "td layers%", "td mem%", "", "name%"]


def test_long_inferences_do_not_trip_esp_idfs_task_watchdog(tmp_path: Path) -> None:
    port = (FIRMWARE / "ports" / "espidf" / "td_port_espidf.c").read_text(encoding="utf-8")
    program = espidf_program(tmp_path, port)
    done = subprocess.run([program, *ESPIDF_COMMANDS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
    lines = done.stdout.splitlines()
    assert lines[0] == "task tinydeploy core 1 priority 1"  # the last, and its own
    laps = [int(line.removeprefix("m-ticks-")) for line in lines if line.startswith("m-ticks-")]
    assert laps == [5 * 240_000_000] * 20
    assert lines[-2:] == ["m-name-dut-[tinydeploy]", "m-ready"]


def test_a_port_that_does_not_feed_it_does_trip_it(tmp_path: Path) -> None:
    port = (FIRMWARE / "ports" / "espidf" / "td_port_espidf.c").read_text(encoding="utf-8")
    starving = port.replace("  esp_task_wdt_reset();\n  return", "  return")
    assert starving != port
    program = espidf_program(tmp_path, starving)
    done = subprocess.run([program, *ESPIDF_COMMANDS], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "watchdog: nothing fed it for 65 s"
