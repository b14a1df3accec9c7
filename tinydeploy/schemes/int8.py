"""int8: weights, activations, input and output are 8-bit integers (full integer quantization)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tinydeploy.graph import Graph, Node, Tensor

needs_calibration = True
needs_training = False

_FROM_KERAS = "give the Keras model (.keras, .h5 or SavedModel) and --calib"


def configure(converter: Any, samples: Callable[[], Iterator[list[Any]]]) -> None:
    """Post-training quantization with a representative data set.

    The restriction to integer kernels makes the converter fail rather than leave a layer in float.
    """
    import tensorflow as tf

    # DEFAULT is the only value left: the old OPTIMIZE_FOR_SIZE and _LATENCY are aliases of it.
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8


def refuse(graph: Graph) -> tuple[str, str]:
    """A .tflite must compute in int8 already; a float or hybrid one cannot be made so."""
    return refuse_but(graph, "int8")


def refuse_but(graph: Graph, dtype: str) -> tuple[str, str]:
    """Why a .tflite does not compute in integers of type `dtype`, and what to do."""
    hybrid = [_show(node) for node in graph.nodes if _is_hybrid(graph, node)]
    if hybrid:
        return (
            f"{graph.name} is hybrid (dynamic range): float layers with int8 or float16 weights "
            f"({listed(hybrid)})",
            f"{_FROM_KERAS} for full {dtype}; microcontroller kernels cannot run hybrid layers",
        )
    dtypes = {t.dtype for node in graph.nodes for t in _activations(graph, node) if t.scales}
    if dtype in dtypes:
        return "", ""
    if not dtypes:
        return (
            f"{graph.name} is a float model; a .tflite cannot be quantized afterwards",
            f"{_FROM_KERAS}, or deploy it as it is with --scheme float32",
        )
    as_it_is = ", or deploy it as it is with --scheme int16x8" if dtypes == {"int16"} else ""
    return (
        f"{graph.name} is quantized to {', '.join(sorted(dtypes))}, not {dtype}",
        f"{_FROM_KERAS} to quantize it anew{as_it_is}",
    )


def left_in_float(graph: Graph) -> tuple[str, ...]:
    """Layers with a float activation; the border's own QUANTIZE and DEQUANTIZE may be there."""
    return tuple(
        _show(node)
        for node in graph.nodes
        if not _is_border(graph, node)
        and any(t.dtype in ("float32", "float16") for t in _activations(graph, node))
    )


def _activations(graph: Graph, node: Node) -> list[Tensor]:
    tensors = [graph.tensor(i) for i in (*node.inputs, *node.outputs) if i >= 0]
    return [t for t in tensors if t.data is None]


def _is_border(graph: Graph, node: Node) -> bool:
    if node.op == "QUANTIZE":
        return node.inputs[0] in graph.inputs
    return node.op == "DEQUANTIZE" and node.outputs[0] in graph.outputs


def _is_hybrid(graph: Graph, node: Node) -> bool:
    """Computes in float but has smaller constants, or is the DEQUANTIZE of such constants."""
    if not any(t.dtype == "float32" for t in _activations(graph, node)):
        return False
    inputs = [graph.tensor(i) for i in node.inputs if i >= 0]
    return any(t.data is not None and (t.scales or t.dtype == "float16") for t in inputs)


def _show(node: Node) -> str:
    return f"{node.name} ({node.op})"


def listed(names: list[str], most: int = 3) -> str:
    """Names for a sentence, the first few of them."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
