"""Training for the schemes that need it: tiny networks, and a test for each trap that is silent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinydeploy import tflite
from tinydeploy.accuracy import dequantize_output, quantize_input
from tinydeploy.errors import UsageError
from tinydeploy.graph import Graph
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import quantize
from tinydeploy.schemes import SCHEMES, TRAININGS
from tinydeploy.training.examples import Examples, examples
from tinydeploy.training.recipe import Recipe
from tinydeploy.weights import measure

pytestmark = pytest.mark.slow
keras = pytest.importorskip("tensorflow").keras
layers = keras.layers

ROOT = Path(__file__).resolve().parents[2]
RECIPE = Recipe(epochs=2, sparsity=0.75, clusters=8)


@pytest.fixture(autouse=True)
def seeded() -> None:
    from tinydeploy.training.fitting import deterministic

    deterministic()


def images(count: int = 64) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(3)
    return random.normal(size=(count, 8, 8, 3)).astype(np.float32), random.integers(0, 4, count)


def functional(body: Callable[[Any], Any], shape: tuple[int, ...] = (8, 8, 3)) -> Any:
    given = keras.Input(shape)
    return keras.Model(given, body(given))


def residual(x: Any) -> Any:
    """A residual, ReLU6, pools, a concatenation, a depthwise layer, folded and unfolded norms."""
    a = layers.Conv2D(8, 3, padding="same", use_bias=False)(x)
    a = layers.ReLU(6.0)(layers.BatchNormalization()(a))
    b = layers.SeparableConv2D(8, 3, padding="same", activation="relu")(a)
    c = layers.Activation("relu")(layers.Add()([a, layers.BatchNormalization()(b)]))
    d = layers.Concatenate()([c, layers.Conv2D(4, 1)(c)])
    d = layers.AveragePooling2D(2)(layers.MaxPooling2D(2)(d))
    return layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling2D()(d))


def dense_and_norm(x: Any) -> Any:
    d = layers.BatchNormalization()(layers.Dense(16)(layers.Flatten()(x)))
    return layers.Dense(4, activation="softmax")(layers.Activation("relu")(d))


def sequence(x: Any) -> Any:
    d = layers.Conv1D(8, 3, padding="causal", activation="relu")(x)
    d = layers.MaxPooling1D(2)(layers.BatchNormalization()(d))
    return layers.Dense(4)(layers.GlobalAveragePooling1D()(layers.ReLU()(layers.Conv1D(8, 3)(d))))


def settled(model: Any) -> Any:
    """The model with statistics that its normalizations might have learned."""
    random = np.random.default_rng(5)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            size = len(np.asarray(layer.gamma))
            layer.set_weights([random.uniform(0.5, 1.5, size) for _ in range(4)])
    return model


def trained(model: Any, scheme: str, folder: Path, recipe: Recipe = RECIPE) -> tuple[Any, Graph]:
    """The trained model, and the graph of its .tflite (written to `folder`)."""
    from tinydeploy.training.fitting import Run

    x, y = images()
    if len(model.input.shape) == 3:
        x = x.reshape(len(x), -1, 3)
    run = Run(Examples(x, y, "classes"), recipe, folder / "checkpoints", lambda text: None)
    made = TRAININGS[scheme](model, run)
    return made, converted(made, scheme, x, folder)


def converted(model: Any, scheme: str, x: np.ndarray, folder: Path) -> Graph:
    import tensorflow as tf

    spec = tf.TensorSpec([1, *model.input.shape[1:]], tf.float32)
    saved = str(folder / "saved")
    model.export(saved, format="tf_saved_model", input_signature=[spec], verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(saved)
    SCHEMES[scheme].configure(converter, lambda: iter([[row[None]] for row in x]))
    data = converter.convert()
    (folder / "model.tflite").write_bytes(data)
    return tflite.read(data, "net")


@pytest.mark.parametrize("body", [residual, dense_and_norm, sequence])
def test_qat_leaves_nothing_in_float(body: Callable[[Any], Any], tmp_path: Path) -> None:
    shape = (64, 3) if body is sequence else (8, 8, 3)
    made, graph = trained(settled(functional(body, shape)), "int8-qat", tmp_path)
    assert {t.dtype for t in graph.tensors} <= {"int8", "int32"}
    # Batch 1 throughout: no shape is computed at run time.
    assert all(graph.tensor(i).shape[0] == 1 for i in (*graph.inputs, *graph.outputs))
    assert not {"SHAPE", "STRIDED_SLICE", "PACK"} & {node.op for node in graph.nodes}
    # Dense kernels have one scale, all others one for each channel.
    for node in graph.nodes:
        if node.op in ("FULLY_CONNECTED", "CONV_2D", "DEPTHWISE_CONV_2D"):
            scales = len(graph.input(node, 1).scales)
            assert (scales == 1) == (node.op == "FULLY_CONNECTED"), node.name
    # The variables' values went along: the .tflite answers as the trained model does.
    x, _ = images(8)
    x = x.reshape(8, *shape)
    oracle = open_oracle((tmp_path / "model.tflite").read_bytes())
    taken, given = graph.tensor(graph.inputs[0]), graph.tensor(graph.outputs[0])
    answers = [dequantize_output(oracle.run([quantize_input(r, taken)])[0], given) for r in x]
    wanted = made.predict(x, verbose=0)
    np.testing.assert_allclose(np.concatenate(answers), wanted, atol=4 * given.scale)


def test_ad01_has_no_float_operator_left(shared_models: Path, tmp_path: Path) -> None:
    from tinydeploy.training.fitting import Run

    random = np.random.default_rng(1)
    x = random.normal(size=(32, 640)).astype(np.float32)
    model = keras.models.load_model(shared_models / "ad01.h5", compile=False)
    run = Run(Examples(x, x, "values"), replace(RECIPE, epochs=1), tmp_path, lambda text: None)
    graph = converted(TRAININGS["int8-qat"](model, run), "int8-qat", x, tmp_path)
    assert {t.dtype for t in graph.tensors} == {"int8", "int32"}
    assert {node.op for node in graph.nodes} == {"FULLY_CONNECTED"}


def test_folding_changes_no_answer() -> None:
    from tinydeploy.training.folding import plain
    from tinydeploy.training.network import build

    model = settled(functional(residual))
    network = plain(model)
    left = [step.kind for step in network.steps if step.kind == "BatchNormalization"]
    assert not left
    x, _ = images(8)
    before = model.predict(x, verbose=0)
    np.testing.assert_allclose(build(network).predict(x, verbose=0), before, atol=1e-5)


def test_a_model_inside_of_a_model_and_a_shared_layer() -> None:
    from tinydeploy.training.folding import plain
    from tinydeploy.training.network import build

    again = layers.Conv2D(3, 3, padding="same", activation="relu")
    inner = keras.Sequential([keras.Input((8, 8, 3)), again, layers.BatchNormalization()])
    model = settled(functional(lambda x: layers.Flatten()(inner(again(again(x))))))
    x, _ = images(4)
    before = model.predict(x, verbose=0)
    np.testing.assert_allclose(build(plain(model)).predict(x, verbose=0), before, atol=1e-5)


def test_a_recurrent_layer_is_named(tmp_path: Path) -> None:
    model = functional(lambda x: layers.Dense(4)(layers.LSTM(4, name="memory")(x)), (64, 3))
    with pytest.raises(UsageError, match=r"recurrent layers \(memory\)"):
        trained(model, "int8-qat", tmp_path)


@pytest.mark.parametrize("epochs", [1, 2])
def test_pruning_reaches_its_sparsity_in_the_shortest_training(epochs: int, tmp_path: Path) -> None:
    _, graph = trained(
        settled(functional(residual)), "pruned", tmp_path, replace(RECIPE, epochs=epochs)
    )
    found = measure(graph)
    assert len(found) == 4
    for layer in found:
        assert layer.sparsity == pytest.approx(0.75, abs=0.02), layer.name
        filter_ = graph.input(graph.nodes[layer.node], 1).data
        assert filter_ is not None and np.all(filter_.reshape(len(filter_), -1).any(axis=1))
    # Depthwise layers are left alone.
    (depthwise,) = [n for n in graph.nodes if n.op == "DEPTHWISE_CONV_2D"][:1]
    assert np.count_nonzero(graph.input(depthwise, 1).data == 0) < 8


def test_the_schedule_fits_the_training() -> None:
    from tinydeploy.training.sparse import sparsity_at

    shares = [sparsity_at(step, 10, 0.8) for step in range(14)]
    assert shares[0] == 0 and shares[10:] == [0.8] * 4
    growth = np.diff(shares[:11])
    assert np.all(growth > 0) and np.all(np.diff(growth) < 0)


@pytest.mark.parametrize("scheme", ["clustered", "pruned-clustered"])
def test_clusters_survive_the_scales_of_channels(scheme: str, tmp_path: Path) -> None:
    _, graph = trained(settled(functional(residual)), scheme, tmp_path)
    for layer in measure(graph):
        scales = graph.input(graph.nodes[layer.node], 1).scales
        assert len(set(scales)) > 1, "one codebook for channels of different scales"
        assert 2 < layer.distinct <= 8, layer.name
        assert (layer.sparsity > 0.7) == (scheme == "pruned-clustered")


def test_a_codebook_has_the_ends_and_zero_as_they_are() -> None:
    from tinydeploy.training.shared import codebook, nearest

    random = np.random.default_rng(2)
    shares = np.clip(random.normal(size=500) / 3, -1, 1).astype(np.float32)
    shares[:3] = [-1, 1, 0]
    book = codebook(shares, 16)
    assert len(book) <= 16 and {-1.0, 0.0, 1.0} <= set(book.tolist())
    assert np.all(np.diff(book) > 0)
    error = np.abs(shares - book[nearest(shares, book)])
    assert error.mean() < 0.04
    assert np.array_equal(codebook(np.zeros(4, np.float32), 16), [0])


class Stopped(Exception):
    """What stops a training in the test."""


@pytest.mark.parametrize("scheme", ["int8-qat", "pruned-clustered"])
def test_a_stopped_training_ends_as_if_it_had_not_been(scheme: str, tmp_path: Path) -> None:
    from tinydeploy.training.fitting import Run, deterministic

    x, y = images()
    recipe = replace(RECIPE, epochs=4)

    def weights(folder: Path, stop_after: int = 99) -> list[np.ndarray]:
        keras.backend.clear_session()
        deterministic()
        model = settled(functional(dense_and_norm))
        told: list[str] = []

        def say(text: str) -> None:
            told.append(text)
            if len(told) == stop_after:
                raise Stopped

        made = TRAININGS[scheme](model, Run(Examples(x, y, "classes"), recipe, folder, say))
        return [np.asarray(w) for w in made.get_weights()]

    whole = weights(tmp_path / "whole")
    with pytest.raises(Stopped):
        weights(tmp_path / "stopped", stop_after=1)
    resumed = weights(tmp_path / "stopped")
    assert len(whole) == len(resumed) > 3
    for a, b in zip(whole, resumed, strict=True):
        np.testing.assert_array_equal(a, b)


def test_killed_and_started_again_it_gives_the_same_bytes(tmp_path: Path) -> None:
    """`kill -9` after an epoch, of the command and of its conversion."""
    x, y = images()
    np.savez(tmp_path / "train.npz", x=x, y=y)
    settled(functional(dense_and_norm)).save(tmp_path / "net.keras")
    command = [sys.executable, "-m", "tinydeploy", "quantize", "../net.keras", "-o", "net.tflite"]
    command += ["--scheme", "pruned", "--calib", "../train.npz", "--train", "../train.npz"]
    found = {}
    for name, kills in (("whole", False), ("killed", True), ("killed", False)):
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        started = subprocess.Popen(
            [*command, "--epochs", "3"],
            cwd=folder,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        assert started.stderr is not None
        said = []
        for line in started.stderr:
            said.append(line)
            if kills and "epoch 1 of 3" in line:
                os.killpg(started.pid, signal.SIGKILL)
        assert started.wait() == (-signal.SIGKILL if kills else 0), said
        found[name, kills] = (folder / "net.tflite").is_file(), "".join(said)
    assert not found["killed", True][0]
    assert "going on after epoch" in found["killed", False][1]
    assert (tmp_path / "killed/net.tflite").read_bytes() == (
        tmp_path / "whole/net.tflite"
    ).read_bytes()


def test_dynamic_says_what_is_left_in_float_and_why(tmp_path: Path) -> None:
    def body(x: Any) -> Any:
        d = layers.Dense(4, name="whole")(layers.Flatten()(x))
        return layers.Dense(255, name="small")(d)

    functional(body, (8, 8, 4)).save(tmp_path / "net.keras")
    made = quantize(tmp_path / "net.keras", "dynamic")
    weights = [made.graph.input(node, 1) for node in made.graph.nodes]
    assert sorted(one.dtype for one in weights if one.size >= 1020) == ["float32", "int8"], (
        "of 1,020 and of 1,024 weights"
    )
    (remark,) = made.remarks
    assert "1 layer is left in float" in remark and "1,020 weights" in remark
    assert "fewer than 1,024 elements" in remark


def test_the_whole_way(tmp_path: Path) -> None:
    """By `quantize`: progress, remarks, an untouched float model, a layer left in float."""
    x, y = images()
    np.savez(tmp_path / "train.npz", x=x, y=np.eye(4)[y])
    model = settled(functional(dense_and_norm))
    path = tmp_path / "net.keras"
    model.save(path)
    before = path.read_bytes()
    told: list[str] = []
    recipe = replace(RECIPE, train=tmp_path / "train.npz")
    made = quantize(
        path,
        "pruned-clustered",
        tmp_path / "train.npz",
        recipe=recipe,
        checkpoints=tmp_path / "kept",
        say=told.append,
    )
    assert path.read_bytes() == before
    assert [line for line in told if "epoch 1 of 1" in line]
    assert any("are zero" in remark for remark in made.remarks)
    assert {t.dtype for t in made.graph.tensors} == {"int8", "int32"}
    again: list[str] = []
    repeated = quantize(
        path,
        "deep-compressed",
        tmp_path / "train.npz",
        recipe=recipe,
        checkpoints=tmp_path / "kept",
        say=again.append,
    )
    assert repeated.tflite == made.tflite, "the same training, kept"
    assert all("going on after epoch 1 of 1" in line for line in again)
    sine = functional(lambda x: layers.Dense(4)(keras.ops.sin(layers.Flatten()(x))))
    sine.save(tmp_path / "sine.keras")
    with pytest.raises(UsageError, match=r"would compute in float: .*SIN"):
        quantize(tmp_path / "sine.keras", "int8-qat", recipe=recipe, checkpoints=tmp_path / "kept")


def test_kinds_of_answers(tmp_path: Path) -> None:
    x, y = images(16)
    path = tmp_path / "t.npz"

    def kind(answers: np.ndarray | None, output: tuple[int, ...]) -> str:
        arrays = {"x": x} if answers is None else {"x": x, "y": answers}
        np.savez(path, **arrays)
        return examples(path, (8, 8, 3), output).kind

    assert kind(y, (4,)) == kind(y[:, None], (4,)) == kind(np.eye(4)[y], (4,)) == "classes"
    assert kind(y % 2, (1,)) == "class"
    assert kind(y * 0.3, (1,)) == kind(np.eye(4)[y] * 0.5, (4,)) == "values"
    assert kind(None, (8, 8, 3)) == kind(None, (192,)) == "values"
    with pytest.raises(UsageError, match="has no array 'y'"):
        kind(None, (4,))
    with pytest.raises(UsageError, match=r"in 0\.\.3 do not fit the model's output \[3\]"):
        kind(y, (3,))
    with pytest.raises(UsageError, match="answer to sample 2 holds NaN"):
        kind(np.where(np.arange(16) == 2, np.nan, 1.0), (1,))
    with pytest.raises(UsageError, match="16 samples in x but 3 answers"):
        kind(y[:3], (4,))
