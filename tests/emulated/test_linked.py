"""What is proven by a linked ELF: where the model's constants lie, and which kernels there are."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tinydeploy import linked
from tinydeploy.board import load_board
from tinydeploy.build import build
from tinydeploy.engines import ENGINES
from tinydeploy.errors import ToolError
from tinydeploy.plan import Plan
from tinydeploy.project import render
from tinydeploy.quantize import QuantizedModel
from tinydeploy.tflite import read
from tinydeploy.tools import sha256

pytestmark = pytest.mark.slow

TINY = Path(__file__).parents[1] / "golden" / "tiny.tflite"
FILTER = "layer0_filter"


@pytest.fixture(scope="module")
def plans() -> dict[str, Plan]:
    data = TINY.read_bytes()
    model = QuantizedModel("tiny", data, sha256(data), "int8", read(data, "tiny"), str(TINY), {})
    board = load_board("mps2-an386")
    return {
        "balanced": ENGINES["aot"].plan(model, board, "balanced"),
        "tflm": ENGINES["tflm"].plan(model, load_board("nano33"), "balanced"),
    }


@pytest.fixture(scope="module")
def built(plans: dict[str, Plan], tmp_path_factory: pytest.TempPathFactory) -> Path:
    board = load_board("mps2-an386")
    return build(render(plans["balanced"], board), tmp_path_factory.mktemp("built")).elf


def linked_from(folder: Path, text: str) -> Path:
    """An ELF for a Cortex-M4 whose sections lie where the linker's own script puts them."""
    source, elf = folder / "a.c", folder / "a.elf"
    source.write_text(text, encoding="utf-8")
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-nostdlib", "-Wl,-e,main"]
    subprocess.run([*command, str(source), "-o", str(elf)], check=True)
    return elf


def tflm_elf(folder: Path, declaration: str) -> Path:
    return linked_from(folder, f"{declaration} = {{1}};\nint main(void) {{ return 0; }}\n")


def test_constants_of_a_real_build_are_in_flash(plans: dict[str, Plan], built: Path) -> None:
    assert FILTER in dict(linked._constants(plans["balanced"]))
    linked.check_constants(plans["balanced"], built)


def test_a_model_in_flash_and_aligned_is_fine(plans: dict[str, Plan], tmp_path: Path) -> None:
    elf = tflm_elf(tmp_path, "_Alignas(16) const unsigned char td_model_data[256]")
    linked.check_constants(plans["tflm"], elf)


def test_a_model_in_ram_is_an_error(plans: dict[str, Plan], tmp_path: Path) -> None:
    elf = tflm_elf(tmp_path, "_Alignas(16) unsigned char td_model_data[256]")
    with pytest.raises(ToolError, match=r"td_model_data \(256 bytes\) lies in \.data, which takes"):
        linked.check_constants(plans["tflm"], elf)


def test_a_filter_in_ram_is_an_error(plans: dict[str, Plan], tmp_path: Path) -> None:
    elf = tflm_elf(tmp_path, f"signed char {FILTER}[72]")
    with pytest.raises(ToolError, match=rf"{FILTER} \(72 bytes\) lies in \.data"):
        linked.check_constants(plans["balanced"], elf)


def test_an_unaligned_model_is_an_error(plans: dict[str, Plan], tmp_path: Path) -> None:
    lines = [
        ".section .rodata",
        ".balign 16",
        ".byte 0",
        ".type td_model_data, %object",
        ".size td_model_data, 256",
        "td_model_data: .space 256",
        ".text",
    ]
    text = "\\n".join(lines)
    elf = linked_from(tmp_path, f'__asm__("{text}");\nint main(void) {{ return 0; }}\n')
    with pytest.raises(ToolError, match=r"td_model_data at 0x.*1 is not 16-aligned"):
        linked.check_constants(plans["tflm"], elf)


def test_a_model_that_is_not_there_is_an_error(
    plans: dict[str, Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linked, "_INLINED_BYTES", 0)
    elf = linked_from(tmp_path, "int main(void) { return 0; }\n")
    for name in ("tflm", "balanced"):
        with pytest.raises(ToolError, match="no constant"):
            linked.check_constants(plans[name], elf)


def test_kernels_of_a_real_build(plans: dict[str, Plan], built: Path) -> None:
    found = {o.op: o for o in linked.operators(plans["balanced"], built)}
    assert found["CONV_2D"].optimized is True and found["FULLY_CONNECTED"].optimized is True
    assert found["SOFTMAX"].optimized is None
    named = {call.kernel for call in plans["balanced"].calls if call.kernel}
    assert {symbol for o in found.values() for symbol in o.symbols} == named
    linked.require_optimized(found.values())


@pytest.mark.parametrize("kernel", ["td_conv_2d_s8", "td_conv_2d_s16", "td_conv_2d_s4"])
def test_portable_kernels_count_as_reference(plans: dict[str, Plan], kernel: str) -> None:
    plan = plans["balanced"]
    portable = replace(plan, calls=(replace(plan.calls[0], kernel=kernel), *plan.calls[1:]))
    functions = {call.kernel for call in portable.calls}
    found = {o.op: o for o in linked._own(portable, functions)}
    assert found["CONV_2D"] == linked.Operator("CONV_2D", (kernel,), False)
    assert found["FULLY_CONNECTED"].optimized is True
    with pytest.raises(ToolError, match=r"reference kernels for CONV_2D\n") as error:
        linked.require_optimized(found.values())
    assert "--optimize balanced" in error.value.hint


def test_a_kernel_that_was_not_linked_proves_nothing(plans: dict[str, Plan], built: Path) -> None:
    """The ELF tells, not the plan."""
    plan = plans["balanced"]
    other = replace(plan.calls[0], kernel="td_conv_2d_never_packed_s8")
    wrong = replace(plan, calls=(other, *plan.calls[1:]))
    found = {o.op: o for o in linked.operators(wrong, built)}
    assert found["CONV_2D"] == linked.Operator("CONV_2D", (), False)
