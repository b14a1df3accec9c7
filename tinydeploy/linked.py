"""What the linked ELF proves: which kernels each operator has, and that constants are in flash."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tinydeploy import elf as image
from tinydeploy import emit, memory
from tinydeploy.errors import ToolError
from tinydeploy.plan import Plan

# How the functions of CMSIS-NN and ESP-NN begin that an operator's kernel calls; the types follow.
# Only names that no other operator's kernel calls: CMSIS-NN's dense layer runs some convolutions.
_OPTIMIZED = {
    "ADD": ("arm_elementwise_add", "esp_nn_add_elementwise"),
    "AVERAGE_POOL_2D": ("arm_avgpool", "esp_nn_avg_pool"),
    "BATCH_MATMUL": ("arm_batch_matmul",),
    "CONV_2D": ("arm_convolve_wrapper", "esp_nn_conv"),
    "DEPTHWISE_CONV_2D": (
        "arm_depthwise_conv_wrapper",
        "arm_depthwise_conv",
        "esp_nn_depthwise_conv",
    ),
    "FULLY_CONNECTED": (
        "arm_fully_connected",
        "arm_fully_connected_per_channel",
        "arm_fully_connected_wrapper",
        "esp_nn_fully_connected",
        "esp_nn_fully_connected_per_ch",
    ),
    "MAX_POOL_2D": ("arm_max_pool", "esp_nn_max_pool"),
    "MAXIMUM": ("arm_maximum",),
    "MINIMUM": ("arm_minimum",),
    "MUL": ("arm_elementwise_mul", "esp_nn_mul_elementwise"),
    "PAD": ("arm_pad",),
    "SOFTMAX": ("arm_softmax", "esp_nn_softmax"),
    "SVDF": ("arm_svdf", "arm_svdf_state_s16"),
    "TRANSPOSE": ("arm_transpose",),
    "TRANSPOSE_CONV": ("arm_transpose_conv_wrapper",),
    "UNIDIRECTIONAL_SEQUENCE_LSTM": ("arm_lstm_unidirectional",),
}
_OTHER_TYPES = {  # all of the above have int8; kernels/cmsis_nn of tflite-micro at 90b983c2
    "s16": {
        "ADD",
        "AVERAGE_POOL_2D",
        "BATCH_MATMUL",
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "MAX_POOL_2D",
        "MUL",
        "SOFTMAX",
        "UNIDIRECTIONAL_SEQUENCE_LSTM",
    },
    "s4": {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"},
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
    types = {op: {layer.types for layer in plan.layers if layer.op == op} for op in _ops(plan)}
    return tuple(_library(op, types[op], functions) for op in sorted(types))


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


def _ops(plan: Plan) -> set[str]:
    return {layer.op for layer in plan.layers}


def _library(op: str, types: set[str], functions: set[str]) -> Operator:
    """A kernel is proven for the types it is called with: a library that has int8 kernels links
    them with the reference's for float, also where every layer is of float."""
    faster = [kind for kind in types if _has_faster(op, kind)]
    if not faster:
        return Operator(op, ("reference",), None)
    found = {kind: _named(_OPTIMIZED[op], kind, functions) for kind in faster}
    symbols = sorted(set().union(*found.values()))
    return Operator(op, tuple(symbols) or ("reference",), all(found.values()))


def _has_faster(op: str, types: str) -> bool:
    return op in _OPTIMIZED and (types == "s8" or op in _OTHER_TYPES.get(types, ()))


def _named(stems: tuple[str, ...], types: str, functions: set[str]) -> set[str]:
    starts = [f"{stem}_{types}" for stem in stems]
    named = {f for f in functions if any(f == s or f.startswith(f"{s}_") for s in starts)}
    return {f for f in named if not f.endswith(_NO_KERNEL)}
