"""Kernel proof: which kernels of each operator the linker put into the ELF."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

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
_PORTABLE = {"td_conv_2d_s8", "td_depthwise_conv_2d_s8", "td_fully_connected_s8"}


@dataclass(frozen=True)
class Operator:
    """The kernels of one operator in a firmware; `optimized` is None for an operator that has no
    faster kernel than the plain one anywhere."""

    op: str
    symbols: tuple[str, ...]
    optimized: bool | None


def operators(plan: Plan, elf: Path) -> tuple[Operator, ...]:
    """What the ELF holds for each operator of the plan, by name."""
    if plan.engine == "aot":
        return tuple(_own(plan))
    functions = _functions(elf)
    return tuple(_library(op, functions) for op in sorted({layer.op for layer in plan.layers}))


def require_optimized(found: Iterable[Operator]) -> None:
    """ToolError that names each operator whose kernel is the plain one though there are faster."""
    plain = [operator.op for operator in found if operator.optimized is False]
    if plain:
        raise ToolError(
            f"the firmware has reference kernels for {', '.join(plain)}",
            "give a --tflm-dir that create_tflm_tree.py wrote with OPTIMIZED_KERNEL_DIR=cmsis_nn, "
            "or use --engine aot --optimize balanced; without --require-optimized it is built",
        )


def _own(plan: Plan) -> Iterable[Operator]:
    named: dict[str, set[str]] = {layer.op: set() for layer in plan.layers}
    ops = {layer.index: layer.op for layer in plan.layers}
    for call in plan.calls:
        if call.kernel:
            named[ops[call.node]].add(call.kernel)
    for op, kernels in sorted(named.items()):
        has_faster = op in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
        optimized = not kernels & _PORTABLE if has_faster else None
        yield Operator(op, tuple(sorted(kernels)), optimized)


def _library(op: str, functions: set[str]) -> Operator:
    known = _OPTIMIZED.get(op)
    if known is None:
        return Operator(op, ("reference",), None)
    found = [f for f in functions if f.startswith(known) and not f.endswith(_NO_KERNEL)]
    return Operator(op, tuple(sorted(found)) or ("reference",), bool(found))


def _functions(elf: Path) -> set[str]:
    with elf.open("rb") as file:
        tables = [s for s in ELFFile(file).iter_sections() if isinstance(s, SymbolTableSection)]
        return {
            symbol.name
            for table in tables
            for symbol in table.iter_symbols()
            if symbol["st_info"]["type"] == "STT_FUNC"
        }
