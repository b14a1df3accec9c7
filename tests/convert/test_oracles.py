"""Both oracles on the same model: where they must agree, and where they are known not to."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from places import DIGITS

from tinydeploy import oracle as oracles
from tinydeploy.accuracy import quantize_input
from tinydeploy.dataset import load_labelled
from tinydeploy.errors import UsageError
from tinydeploy.oracle import Oracle, open_oracle
from tinydeploy.quantize import QuantizedModel
from tinydeploy.tflite import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated"),
]


@pytest.fixture
def lite_rt(digits: QuantizedModel, monkeypatch: pytest.MonkeyPatch) -> Oracle:
    """The oracle of a machine for which no tflite_micro wheel exists."""
    monkeypatch.setattr(oracles, "find_spec", lambda name: None)
    return open_oracle(digits.tflite)


def test_lite_rt_is_used_without_the_wheel(lite_rt: Oracle, digits: QuantizedModel) -> None:
    assert lite_rt.name.startswith("LiteRT BUILTIN_REF ")
    assert lite_rt.arena_bytes() is None
    with pytest.raises(UsageError, match="no tensor"):
        lite_rt.tensors([bytes(64)], [len(digits.graph.tensors)])
    with pytest.raises(UsageError, match="the model takes"):
        lite_rt.run([bytes(63)])
    with pytest.raises(UsageError, match="cut short"):
        open_oracle(digits.tflite[:5000])


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="no tflite_micro wheel")
def test_both_agree_up_to_the_dense_layer(digits: QuantizedModel, lite_rt: Oracle) -> None:
    """In FULLY_CONNECTED LiteRT rounds once, TensorFlow Lite Micro twice: ±1 from there on."""
    micro, graph = oracles._MicroOracle(digits.tflite), digits.graph
    before = [node.outputs[0] for node in graph.nodes if node.op in ("CONV_2D", "MAX_POOL_2D")]
    for x in load_labelled(DIGITS / "test.npz").x[:20]:
        sample = [quantize_input(x, graph.tensor(graph.inputs[0]))]
        assert micro.tensors(sample, before) == lite_rt.tensors(sample, before)
        ours, theirs = (np.frombuffer(o.run(sample)[0], np.int8) for o in (micro, lite_rt))
        assert np.abs(ours.astype(int) - theirs).max() <= 2


@pytest.mark.skipif(find_spec("tflite_micro") is None, reason="no tflite_micro wheel")
@pytest.mark.parametrize(
    "name", ["kws_ref_model.tflite", "pretrainedResnet_quant.tflite", "ad01_int8.tflite"]
)
def test_intermediate_tensors_end_in_the_same_output(shared_models: Path, name: str) -> None:
    data = (shared_models / name).read_bytes()
    graph, oracle = read(data, name), open_oracle(data)
    random = np.random.default_rng(0)
    sample = [random.integers(-128, 128, graph.tensor(graph.inputs[0]).size, np.int8).tobytes()]
    inner = oracle.tensors(sample, range(len(graph.tensors)))
    assert [inner[graph.outputs[0]]] == oracle.run(sample)
    assert inner[graph.inputs[0]] == sample[0]
    for tensor in graph.tensors:
        assert len(inner[tensor.index]) == tensor.bytes


def test_a_hybrid_model_runs_with_its_constants_in_float32(shared_models: Path) -> None:
    data = (shared_models / "kws_ref_model_float32.tflite").read_bytes()
    oracle = open_oracle(data)
    assert "with constants in float32" in oracle.name
    graph = read(data, "kws")
    sample = [bytes(graph.tensor(index).bytes) for index in graph.inputs]
    (output,) = oracle.run(sample)
    assert abs(float(np.frombuffer(output, np.float32).sum()) - 1.0) < 1e-5  # a softmax
