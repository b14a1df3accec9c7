"""Random small Keras graphs, drawn by hypothesis, converted to int8 many at a time.

A graph is data: an input shape and layers, each a name and its arguments, some with a branch of
layers that joins again. `keras_nets.py FOLDER SEED COUNT` draws and converts some; `keras_nets.py
store` rewrites keras_nets.xz, the graphs that every run tests.

One conversion takes as long as many: so PACK graphs are one Keras model, whose .tflite is cut
apart again, for they share nothing.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from tflite_micro.tensorflow.lite.micro.python import schema_py_generated as schema

HERE = Path(__file__).parent
STORE = HERE / "keras_nets.xz"
STORED, PACK = 480, 40
CALIBRATION = 6

Shape = tuple[int, ...]
Layer = list[Any]
Draw = Callable[[st.SearchStrategy[Any]], Any]

ACTIVATIONS = ["relu", "relu6", "tanh", "sigmoid", "hard_silu", "silu", "hard_sigmoid"]
ALONE = [*ACTIVATIONS, "elu", "leaky_relu", "softsign", "tanh_shrink", "hard_shrink", "softmax"]
ALONE += ["log_softmax", "glu", "gelu", "softplus", "mish", "selu", "hard_tanh", "exponential"]
SINGLE = ["abs", "negative", "square", "sin", "floor", "round", "relu", "sqrt", "log1p"]
REDUCED = ["sum", "mean", "max", "min", "std", "var", "cumsum", "flip"]
PAIRS = ["add", "subtract", "multiply", "maximum", "minimum", "divide", "squared_difference"]
PAIRS += ["where", "greater", "concatenate", "stack"]


@st.composite
def graphs(draw: Draw) -> dict[str, Any]:
    """An input shape without the batch, and one to five layers."""
    kind = draw(st.sampled_from(["image", "image", "sequence", "vector"]))
    sizes = {"image": 3, "sequence": 2, "vector": 1}[kind]
    shape = [draw(st.integers(2, 7)) for _ in range(sizes - 1)] + [draw(st.integers(1, 6))]
    count = draw(st.integers(1, 5))
    return {"shape": shape, "layers": [draw(layers(sizes)) for _ in range(count)]}


@st.composite
def layers(draw: Draw, rank: int) -> Layer:
    """A layer that takes tensors of this rank, or none where an earlier one has changed it."""
    common = [activation, single, reduced, pair, norm, dense, sliced]
    special = {
        3: [conv, depthwise, transposed, pooled, padded, resized, conv],
        2: SERIES,
        1: [dense],
    }
    return draw(draw(st.sampled_from([*common, *special[rank], *special[rank]]))())


def activation() -> st.SearchStrategy[Layer]:
    limits = st.builds(lambda x: ["ReLU", {"max_value": x}], st.sampled_from([1.0, 3.0, 6.0]))
    leaky = st.just(["LeakyReLU", {"negative_slope": 0.1}])
    named = st.sampled_from(ALONE).map(lambda name: ["Activation", {"activation": name}])
    axis = st.sampled_from([1, -1]).map(lambda axis: ["Softmax", {"axis": axis}])
    return st.one_of(named, named, limits, leaky, axis, st.just(["PReLU", {}]))


def single() -> st.SearchStrategy[Layer]:
    return st.sampled_from(SINGLE).map(lambda name: ["ops", {"name": name}])


def reduced() -> st.SearchStrategy[Layer]:
    made = st.tuples(st.sampled_from(REDUCED), st.sampled_from([1, -1]))
    return made.map(lambda two: ["ops", {"name": two[0], "axis": two[1]}])


def pair() -> st.SearchStrategy[Layer]:
    """A second branch, which keeps the shape, joined with the first."""
    return st.tuples(st.sampled_from(PAIRS), st.sampled_from(ACTIVATIONS), st.booleans()).map(
        lambda three: ["pair", {"name": three[0], "activation": three[1], "swap": three[2]}]
    )


def norm() -> st.SearchStrategy[Layer]:
    return st.sampled_from([["BatchNormalization", {}], ["LayerNormalization", {}]])


def dense() -> st.SearchStrategy[Layer]:
    made = st.tuples(st.integers(1, 9), st.sampled_from([None, *ACTIVATIONS]))
    return made.map(lambda two: ["Dense", {"units": two[0], "activation": two[1]}])


def sliced() -> st.SearchStrategy[Layer]:
    return st.tuples(st.integers(0, 1), st.sampled_from([1, 2, -1])).map(
        lambda two: ["slice", {"begin": two[0], "step": two[1]}]
    )


def conv() -> st.SearchStrategy[Layer]:
    return st.fixed_dictionaries(
        {
            "filters": st.integers(1, 8),
            "kernel_size": st.sampled_from([1, 2, 3, [1, 3]]),
            "strides": st.integers(1, 2),
            "padding": st.just("same"),
            "activation": st.sampled_from([None, *ACTIVATIONS]),
        }
    ).map(lambda options: ["Conv2D", options])


def depthwise() -> st.SearchStrategy[Layer]:
    return st.fixed_dictionaries(
        {
            "kernel_size": st.sampled_from([1, 3]),
            "strides": st.integers(1, 2),
            "depth_multiplier": st.integers(1, 2),
            "padding": st.just("same"),
        }
    ).map(lambda options: ["DepthwiseConv2D", options])


def transposed() -> st.SearchStrategy[Layer]:
    return st.fixed_dictionaries(
        {
            "filters": st.integers(1, 5),
            "kernel_size": st.integers(1, 3),
            "strides": st.integers(1, 2),
            "padding": st.sampled_from(["same", "valid"]),
        }
    ).map(lambda options: ["Conv2DTranspose", options])


def pooled() -> st.SearchStrategy[Layer]:
    window = {"pool_size": 2, "padding": "same"}
    return st.sampled_from(
        [
            ["MaxPooling2D", window],
            ["AveragePooling2D", window],
            ["GlobalAveragePooling2D", {"keepdims": True}],
            ["GlobalMaxPooling2D", {"keepdims": True}],
            ["GlobalAveragePooling2D", {}],
        ]
    )


def padded() -> st.SearchStrategy[Layer]:
    return st.sampled_from(
        [
            ["ZeroPadding2D", {"padding": [[1, 0], [0, 2]]}],
            ["Cropping2D", {"cropping": [[0, 1], [0, 0]]}],
            ["Permute", {"dims": [2, 3, 1]}],
            ["Flatten", {}],
        ]
    )


def resized() -> st.SearchStrategy[Layer]:
    return st.sampled_from(
        [
            ["UpSampling2D", {"size": 2, "interpolation": "bilinear"}],
            ["UpSampling2D", {"size": 2, "interpolation": "nearest"}],
            ["Resizing", {"height": 5, "width": 3, "interpolation": "nearest"}],
        ]
    )


def series() -> st.SearchStrategy[Layer]:
    convolution = st.fixed_dictionaries(
        {
            "filters": st.integers(1, 8),
            "kernel_size": st.integers(1, 3),
            "padding": st.sampled_from(["same", "causal"]),
            "dilation_rate": st.integers(1, 2),
        }
    )
    return convolution.map(lambda options: ["Conv1D", options])


def recurrent() -> st.SearchStrategy[Layer]:
    made = st.tuples(
        st.sampled_from(["LSTM", "GRU", "SimpleRNN"]), st.integers(1, 4), st.booleans()
    )
    return made.map(
        lambda three: [three[0], {"units": three[1], "return_sequences": three[2], "unroll": True}]
    )


def over_time() -> st.SearchStrategy[Layer]:
    return st.sampled_from(
        [
            ["MaxPooling1D", {"pool_size": 2, "padding": "same"}],
            ["AveragePooling1D", {"pool_size": 2, "padding": "same"}],
            ["GlobalAveragePooling1D", {}],
            ["SeparableConv1D", {"filters": 4, "kernel_size": 3, "padding": "same"}],
            ["ZeroPadding1D", {"padding": [1, 2]}],
            ["UpSampling1D", {"size": 2}],
            ["attention", {"heads": 2, "depth": 3}],
            ["Attention", {}],
        ]
    )


SERIES = [series, series, recurrent, over_time]


def drawn(number: int, count: int) -> list[dict[str, Any]]:
    """`count` graphs that differ in more than numbers, always the same for a seed's number."""
    found: dict[str, dict[str, Any]] = {}

    @seed(number)
    @settings(
        max_examples=8 * count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(graphs())
    def collect(graph: dict[str, Any]) -> None:
        found.setdefault(
            f"{len(graph['shape'])} {[kind(layer) for layer in graph['layers']]}", graph
        )

    collect()
    return list(found.values())[:count]


def kind(layer: Layer) -> str:
    """A layer's name with what it is called by."""
    return " ".join(str(layer[1].get(key, "")) for key in ("name", "activation")) + layer[0]


def built(graph: dict[str, Any], name: str) -> tuple[Any, Any]:
    """The Keras input and output of a graph; a layer that its input does not fit is left out."""
    import keras

    made = given_ = keras.Input(tuple(graph["shape"]), batch_size=1, name=name)
    for layer, options in graph["layers"]:
        try:
            after = applied(made, layer, options)
        except (ValueError, TypeError, IndexError):
            continue
        if 0 < int(np.prod(after.shape)) <= 600 and 2 <= len(after.shape) <= 4:
            made = after
    return given_, keras.ops.cast(made, "float32")


def applied(x: Any, layer: str, options: dict[str, Any]) -> Any:
    import keras
    from keras import layers, ops

    if layer == "ops":
        extra = {k: v for k, v in options.items() if k != "name"}
        safe = ops.relu(x) + 0.1 if options["name"] in ("sqrt", "log1p") else x
        return getattr(ops, options["name"])(safe, **extra)
    if layer == "pair":
        return joined(
            x, ops.multiply(keras.activations.get(options["activation"])(x), 0.7), options
        )
    if layer == "slice":
        return x[:, options["begin"] :: options["step"]]
    if layer == "attention":
        return layers.MultiHeadAttention(options["heads"], options["depth"])(x, x)
    if layer == "Attention":
        return layers.Attention()([x, x])
    known = {k: tuple(v) if k == "kernel_size" and v == [1, 3] else v for k, v in options.items()}
    made = getattr(layers, layer)(**known)
    y = made(x, training=False) if layer == "BatchNormalization" else made(x)
    if layer == "BatchNormalization":
        rng = np.random.default_rng(made.gamma.shape[0])
        for weight in (made.gamma, made.moving_variance):
            weight.assign(rng.uniform(0.5, 2, weight.shape))
        for weight in (made.beta, made.moving_mean):
            weight.assign(rng.normal(size=weight.shape) / 3)
    return y


def joined(x: Any, y: Any, options: dict[str, Any]) -> Any:
    from keras import ops

    name = options["name"]
    first, second = (y, x) if options["swap"] else (x, y)
    if name == "where":
        return ops.where(first > second, first, 0.25)
    if name == "greater":
        return ops.where(ops.greater(first, second), second, first)
    if name == "concatenate":
        return ops.concatenate([first, second], axis=-1)
    if name == "stack":
        return ops.max(ops.stack([first, second], axis=1), axis=1)
    if name == "divide":
        return ops.divide(first, ops.abs(second) + 0.5)
    if name == "squared_difference":
        return ops.square(ops.subtract(first, second))
    return getattr(ops, name)(first, second)


def converted(graphs: list[dict[str, Any]]) -> list[bytes]:
    """Each graph's .tflite, empty where nothing is left of it or TensorFlow cannot convert it."""
    from tensorflow.errors import OpError

    try:
        return converted_at_once(graphs)
    except (RuntimeError, ValueError, OpError) as error:
        if len(graphs) == 1:
            print(f"not converted: {graphs[0]}: {str(error).splitlines()[0]}")
            return [b""]
        half = len(graphs) // 2
        return converted(graphs[:half]) + converted(graphs[half:])


def converted_at_once(graphs: list[dict[str, Any]]) -> list[bytes]:
    """Each graph's .tflite, from one conversion."""
    import keras
    import tensorflow as tf

    from tinydeploy.schemes import SCHEMES

    keras.utils.set_random_seed(len(graphs))
    names = [f"net{i:03}" for i in range(len(graphs))]
    ends = [built(graph, name) for graph, name in zip(graphs, names, strict=True)]
    model = keras.Model([x for x, _ in ends], [y for _, y in ends])
    shapes = [tuple(graph["shape"]) for graph in graphs]
    specs = [tf.TensorSpec([1, *s], tf.float32, name=n) for s, n in zip(shapes, names, strict=True)]
    rng = np.random.default_rng(7)
    samples = [
        {n: rng.normal(size=(1, *s)).astype(np.float32) for s, n in zip(shapes, names, strict=True)}
        for _ in range(CALIBRATION)
    ]
    with tempfile.TemporaryDirectory() as folder:
        model.export(folder, format="tf_saved_model", input_signature=[specs], verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        SCHEMES["int8"].configure(converter, lambda: iter(samples))
        whole = converter.convert()
    return [part(whole, f"net{i:03}") for i in range(len(graphs))]


def part(whole: bytes, name: str) -> bytes:
    """The .tflite of what is made of the input of this name."""
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(whole, 0))
    graph = model.subgraphs[0]
    inputs = [i for i in graph.inputs if f"_{name}:" in graph.tensors[i].name.decode()]
    reached, nodes = set(inputs), []
    for node in graph.operators:
        if reached.intersection(node.inputs):
            reached.update(node.outputs)
            nodes.append(node)
    outputs = [i for i in graph.outputs if i in reached]
    if not nodes or not outputs:
        return b""
    kept = sorted({i for node in nodes for i in (*node.inputs, *node.outputs) if i >= 0} | reached)
    places = {-1: -1} | {int(old): new for new, old in enumerate(kept)}
    codes = sorted({node.opcodeIndex for node in nodes})
    for node in nodes:
        node.opcodeIndex = codes.index(node.opcodeIndex)
        node.inputs = [places[int(i)] for i in node.inputs]
        node.outputs = [places[int(i)] for i in node.outputs]
    buffers = [schema.BufferT()]
    for i in kept:
        buffers.append(model.buffers[graph.tensors[i].buffer])
        graph.tensors[i].buffer = len(buffers) - 1
        graph.tensors[i].name = f"t{places[int(i)]}".encode()
    graph.tensors = [graph.tensors[i] for i in kept]
    graph.operators = nodes
    graph.inputs = [places[int(i)] for i in inputs]
    graph.outputs = [places[int(i)] for i in outputs]
    model.operatorCodes = [model.operatorCodes[i] for i in codes]
    model.subgraphs = [graph]  # those that set variables to their first values are another's
    model.buffers, model.metadata, model.signatureDefs = buffers, None, None
    model.metadataBuffer, model.description = None, b""
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def made(number: int, count: int) -> dict[str, tuple[dict[str, Any], bytes]]:
    """Graphs with their .tflite by name; those that nothing is left of are not among them."""
    found = {}
    specs = drawn(number, count)
    for start in range(0, len(specs), PACK):
        some = specs[start : start + PACK]
        for i, (graph, data) in enumerate(zip(some, converted(some), strict=True)):
            if data:
                found[f"seed{number}_{start + i}"] = graph, data
    return found


def written(nets: dict[str, tuple[dict[str, Any], bytes]]) -> bytes:
    """All of them in few bytes."""
    names, specs = list(nets), [graph for graph, _ in nets.values()]
    head = json.dumps({"names": names, "graphs": specs}).encode()
    arrays = {f"m{i}": np.frombuffer(data, np.uint8) for i, (_, data) in enumerate(nets.values())}
    with io.BytesIO() as file:
        np.savez(file, head=np.frombuffer(head, np.uint8), **arrays)
        return lzma.compress(file.getvalue(), preset=9 | lzma.PRESET_EXTREME)


def read(packed: bytes) -> dict[str, tuple[dict[str, Any], bytes]]:
    """What `written` packed."""
    with np.load(io.BytesIO(lzma.decompress(packed))) as stored:
        head = json.loads(stored["head"].tobytes())
        data = [stored[f"m{i}"].tobytes() for i in range(len(head["names"]))]
    return dict(zip(head["names"], zip(head["graphs"], data, strict=True), strict=True))


def main(arguments: list[str]) -> None:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if arguments == ["store"]:
        STORE.write_bytes(written(made(0, STORED)))
    else:
        Path(arguments[0]).write_bytes(written(made(int(arguments[1]), int(arguments[2]))))


if __name__ == "__main__":
    main(sys.argv[1:])
