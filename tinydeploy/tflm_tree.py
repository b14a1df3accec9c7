"""`--tflm-dir`: a TensorFlow Lite Micro tree as the library of a board that has none of its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from tinydeploy.board import Board, Tflm
from tinydeploy.errors import UsageError

VARIABLE = "TINYDEPLOY_TFLM_DIR"
SCRIPT = "tflm_tree.py"
INCLUDES = (
    "",
    "third_party/flatbuffers/include",
    "third_party/gemmlowp",
    "third_party/ruy",
    "third_party/cmsis_nn",
    "third_party/cmsis_nn/Include",
    "third_party/cmsis",
    "third_party/cmsis/CMSIS/Core/Include",
)
_CMSIS_NN = "third_party/cmsis_nn/Include/arm_nnfunctions.h"
_NEEDED = (
    "tensorflow/lite/micro/micro_interpreter.h",
    "tensorflow/lite/micro/micro_mutable_op_resolver.h",
    "tensorflow/lite/schema/schema_generated.h",
    "third_party/flatbuffers/include/flatbuffers/flatbuffers.h",
    "third_party/gemmlowp/fixedpoint/fixedpoint.h",
    "third_party/ruy/ruy/profiler/instrumentation.h",
)
_MAKE = "make it with upstream's tensorflow/lite/micro/tools/project_generation/create_tflm_tree.py"
_OLD, _NEW = "tflite_micro_2023", "tflite_micro_2026"
_SOURCES = {".c", ".cc", ".h"}


def with_tree(board: Board, tree: Path) -> Board:
    """`board` with the library of `tree` in place of its own; UsageError when it is no whole tree.

    CMSIS-NN is used when the tree has it and the board's CPU is a Cortex-M.
    """
    missing = [name for name in _NEEDED if not (tree / name).is_file()]
    cmsis_nn = board.cpu.startswith("cortex-m") and (tree / _CMSIS_NN).is_file()
    if cmsis_nn and not (tree / "third_party/cmsis/CMSIS/Core/Include/cmsis_gcc.h").is_file():
        missing.append("third_party/cmsis/CMSIS/Core/Include/cmsis_gcc.h")
    if missing:
        raise UsageError(
            f"--tflm-dir {tree}: no TensorFlow Lite Micro tree, it lacks {', '.join(missing)}",
            f"{_MAKE} --makefile_options='OPTIMIZED_KERNEL_DIR=cmsis_nn' for a Cortex-M",
        )
    dense = tree.glob("tensorflow/lite/micro/kernels/**/fully_connected*.cc")
    library = Tflm(
        tree=str(tree.resolve()),
        tree_sha256=_hash(tree),
        cmsis_nn=cmsis_nn,
        runtime=_NEW if any(map(_reads_every_scale, dense)) else _OLD,
        arena_bytes=board.tflm.arena_bytes if board.tflm else 0,
    )
    return replace(board, tflm=library)


def _reads_every_scale(source: Path) -> bool:
    """What sets newer sources apart: a Dense layer may have one scale for each output."""
    return "is_per_channel" in source.read_text(encoding="utf-8")


def _hash(tree: Path) -> str:
    """A hash of the names and contents of all sources, so that another tree is another build."""
    total = hashlib.sha256()
    for path in sorted(p for p in tree.rglob("*") if p.suffix in _SOURCES):
        total.update(f"{path.relative_to(tree).as_posix()}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()
