"""What the linked ELF proves: which kernels each operator has, and that constants are in flash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tinydeploy import elf as image
from tinydeploy import emit, memory
from tinydeploy.errors import ToolError
from tinydeploy.plan import Plan

# How the functions are called that CMSIS-NN and ESP-NN have for an int8 operator. Only names that
# no other operator's kernel calls: CMSIS-NN's dense layer runs some convolutions.
_OPTIMIZED = {
    "ADD": ("arm_elementwise_add_s8", "esp_nn_add_elementwise_s8"),
    "AVERAGE_POOL_2D": ("arm_avgpool_s8", "esp_nn_avg_pool_s8"),
    "BATCH_MATMUL": ("arm_batch_matmul_s8",),
    "CONV_2D": ("arm_convolve_wrapper_s8", "esp_nn_conv_s8"),
    "DEPTHWISE_CONV_2D": ("arm_depthwise_conv_wrapper_s8", "esp_nn_depthwise_conv_s8"),
    "FULLY_CONNECTED": ("arm_fully_connected_", "esp_nn_fully_connected_"),
    "MAX_POOL_2D": ("arm_max_pool_s8", "esp_nn_max_pool_s8"),
    "MAXIMUM": ("arm_maximum_s8",),
    "MINIMUM": ("arm_minimum_s8",),
    "MUL": ("arm_elementwise_mul_s8", "esp_nn_mul_elementwise_s8"),
    "PAD": ("arm_pad_s8",),
    "SOFTMAX": ("arm_softmax_s8", "esp_nn_softmax_s8"),
    "SVDF": ("arm_svdf_s8",),
    "TRANSPOSE": ("arm_transpose_s8",),
    "TRANSPOSE_CONV": ("arm_transpose_conv_wrapper_s8",),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("arm_lstm_unidirectional_s8",),
}
_NO_KERNEL = ("_ansi", "_size", "_sizes", "_dsp", "_mve")  # portable, or only sizes of buffers
# Kernels of ours that any CPU and layer can take, where a faster one of the same types exists.
_PORTABLE = {
    f"td_{kernel}_{values}"
    for kernel in ("conv_2d", "depthwise_conv_2d", "fully_connected")
    for values in ("s8", "s16", "s4")
} - {"td_depthwise_conv_2d_s4"}
_MULTIPLY = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
_MODEL, _ALIGNMENT = "td_model_data", 16
_INLINED_BYTES = 64  # a compiler may put constants as small into the code
_REPORT = "please report this with the project: the compiler must keep it as it is declared"


@dataclass(frozen=True)
class Operator:
    """The kernels of one operator in a firmware; `optimized` is None for an operator that has no
    faster kernel than the plain one anywhere."""

    op: str
    symbols: tuple[str, ...]
    optimized: bool | None


def operators(plan: Plan, elf: Path) -> tuple[Operator, ...]:
    """What the ELF holds for each operator of the plan, by name."""
    functions = {symbol.name for symbol in image.symbols(elf) if symbol.is_function}
    if plan.engine == "aot":
        return tuple(_own(plan, functions))
    return tuple(_library(op, functions) for op in sorted({layer.op for layer in plan.layers}))


def require_optimized(found: Iterable[Operator]) -> None:
    """ToolError that names each operator whose kernel is the plain one though there are faster."""
    plain = [operator.op for operator in found if operator.optimized is False]
    if plain:
        raise ToolError(
            f"the firmware has reference kernels for {', '.join(plain)}",
            "engine tflm: give a --tflm-dir that create_tflm_tree.py wrote with "
            "OPTIMIZED_KERNEL_DIR=cmsis_nn, or take --engine aot; engine aot: --optimize balanced; "
            "without --require-optimized it is built, and the report tells",
        )


def check_constants(plan: Plan, elf: Path) -> None:
    """ToolError unless the network's constants lie in flash alone, a .tflite 16-aligned too.

    A linker script of a framework decides that, and it costs the RAM of a whole model silently.
    """
    found = {s.name.split(".")[0]: s for s in image.symbols(elf) if not s.is_function}
    sections = {section.name: section for section in image.sections(elf)}
    for name, has_bytes in _constants(plan):
        symbol = found.get(name)
        if symbol is None:
            if has_bytes > _INLINED_BYTES:
                raise ToolError(f"{elf}: no constant {name}", _REPORT)
            continue
        where = memory.places(symbol.section, sections.get(symbol.section))
        if where != ("flash",):
            raise ToolError(
                f"{elf}: the model's {name} ({symbol.bytes:,} bytes) lies in {symbol.section}, "
                "which takes RAM",
                "the board's linker script must leave .rodata in flash",
            )
        if name == _MODEL and symbol.address % _ALIGNMENT:
            raise ToolError(
                f"{elf}: {name} at {symbol.address:#x} is not {_ALIGNMENT}-aligned", _REPORT
            )


def _constants(plan: Plan) -> Iterator[tuple[str, int]]:
    """The names of the network's constants in the C, and their bytes."""
    if plan.engine == "tflm":
        yield _MODEL, _INLINED_BYTES + 1
    for call in (call for call in plan.calls if call.kernel):
        for const in call.constants:
            if const.owner < 0:
                yield emit.constant_name(call, const), const.data.nbytes


def _own(plan: Plan, functions: set[str]) -> Iterator[Operator]:
    named: dict[str, set[str]] = {layer.op: set() for layer in plan.layers}
    ops = {layer.index: layer.op for layer in plan.layers}
    for call in plan.calls:
        if call.kernel:
            named[ops[call.node]].add(call.kernel)
    for op, kernels in sorted(named.items()):
        yield Operator(op, tuple(sorted(kernels & functions)), _is_fast(op, kernels, functions))


def _is_fast(op: str, kernels: set[str], functions: set[str]) -> bool | None:
    """False also when a kernel of the plan is not in the ELF: nothing is proven then."""
    if kernels & _PORTABLE or kernels - functions:
        return False
    integers = any(kernel.endswith(("_s8", "_s16", "_s4")) for kernel in kernels)
    return True if op in _MULTIPLY and integers else None


def _library(op: str, functions: set[str]) -> Operator:
    known = _OPTIMIZED.get(op)
    if known is None:
        return Operator(op, ("reference",), None)
    found = [f for f in functions if f.startswith(known) and not f.endswith(_NO_KERNEL)]
    return Operator(op, tuple(sorted(found)) or ("reference",), bool(found))
