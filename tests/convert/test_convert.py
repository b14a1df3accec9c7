from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tinydeploy.errors import UsageError
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import QuantizedModel, quantize

pytestmark = pytest.mark.slow


def operators(model: QuantizedModel) -> list[str]:
    return [node.op for node in model.graph.nodes]


def assert_full_int8(model: QuantizedModel) -> None:
    graph = model.graph
    border = [graph.tensor(i) for i in (*graph.inputs, *graph.outputs)]
    assert {tensor.dtype for tensor in border} == {"int8"}
    assert all(tensor.shape[0] == 1 for tensor in border)
    assert not any(tensor.dtype == "float32" for tensor in graph.tensors)
    assert not any("float" in remark for remark in model.remarks)


def test_an_old_h5_and_a_saved_model_give_the_same_layers(made_models: Path) -> None:
    images = made_models / "images.npz"
    from_h5 = quantize(made_models / "old.h5", "int8", images, images)
    from_folder = quantize(made_models / "saved", "int8", images, images)
    for model in (from_h5, from_folder):
        assert_full_int8(model)
        assert operators(model) == ["DEPTHWISE_CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
        assert model.calibration["count"] == 120
        assert (model.calibration["min"], model.calibration["max"]) == (0, 255)
    assert from_h5.float_accuracy == from_folder.float_accuracy
    sample = [np.load(images)["x"][0].view(np.int8).tobytes()]
    assert open_oracle(from_h5.tflite).run(sample) == open_oracle(from_folder.tflite).run(sample)
    # Only Keras tells that its first layer scales the raw bytes.
    assert from_h5.remarks == ()
    assert "like raw bytes" in from_folder.remarks[0]


def test_a_saved_model_of_plain_tensorflow_gets_batch_1(made_models: Path) -> None:
    vectors = made_models / "vectors.npz"
    model = quantize(made_models / "plain", "int8", vectors, vectors)
    assert_full_int8(model)
    assert operators(model) == ["FULLY_CONNECTED", "SOFTMAX"]


def test_dense_with_batch_normalization_is_not_left_in_float(made_models: Path) -> None:
    vectors = made_models / "vectors.npz"
    model = quantize(made_models / "normalized.keras", "int8", vectors, vectors)
    assert_full_int8(model)
    assert model.float_accuracy is not None


def test_an_input_of_any_size_takes_the_size_of_the_samples(made_models: Path) -> None:
    model = quantize(made_models / "any_size.keras", "int8", made_models / "planes.npz")
    assert model.graph.tensor(model.graph.inputs[0]).shape == (1, 12, 12, 1)
    with pytest.raises(UsageError, match="no fixed size"):
        quantize(made_models / "any_size.keras", "float32")


def test_bytes_and_64_bit_indices_become_what_firmware_has(
    made_models: Path, tmp_path: Path
) -> None:
    rng = np.random.default_rng(2)
    picture, ids = rng.integers(0, 256, (100, 8, 8, 3), np.uint8), rng.integers(0, 9, (100, 4))
    np.savez(tmp_path / "raw.npz", picture, ids)  # nameless, told apart by their shapes
    model = quantize(made_models / "raw.keras", "int8", tmp_path / "raw.npz")
    found = {tensor.shape: tensor for tensor in map(model.graph.tensor, model.graph.inputs)}
    assert found[1, 8, 8, 3].dtype == "int8"
    assert (found[1, 8, 8, 3].scale, found[1, 8, 8, 3].zero_point) == (pytest.approx(1), -128)
    assert (found[1, 4].dtype, found[1, 4].scales) == ("int32", ())
    assert not {"CAST", "DEQUANTIZE"} & set(operators(model))


def test_float32_only_converts(made_models: Path) -> None:
    model = quantize(made_models / "normalized.keras", "float32")
    assert {tensor.dtype for tensor in model.graph.tensors} <= {"float32", "int32"}
    assert dict(model.calibration) == {}


@pytest.mark.parametrize(
    ("source", "calibration", "said"),
    [
        ("no_such_operator", "vectors.npz", "it has no tf.MatrixInverse"),
        ("fours", "vectors.npz", "'x' takes 4 samples at a time"),
        ("custom.keras", "vectors.npz", "Could not locate class 'Twice'"),
        ("two_inputs.keras", "vectors.npz", "no array for inputs"),
        ("normalized.keras", "planes.npz", r"samples \[12, 12, 1\] do not fit .* \[6\]"),
    ],
)
def test_what_cannot_be_converted_is_one_clear_error(
    made_models: Path, source: str, calibration: str, said: str
) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        quantize(made_models / source, "int8", made_models / calibration)
    assert caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(("name", "cut"), [("old.h5", 9000), ("saved/saved_model.pb", 3000)])
def test_a_truncated_model_is_one_clear_error(
    made_models: Path, tmp_path: Path, name: str, cut: int
) -> None:
    short = tmp_path / name
    short.parent.mkdir(exist_ok=True)
    short.write_bytes((made_models / name).read_bytes()[:cut])
    source = short.parent if name.endswith(".pb") else short
    with pytest.raises(UsageError, match=r"cannot (be read|load)") as caught:
        quantize(source, "int8", made_models / "images.npz")
    assert "\n" not in caught.value.message


def test_samples_of_another_scale_than_the_calibration_are_noticed(
    made_models: Path, tmp_path: Path
) -> None:
    with np.load(made_models / "vectors.npz") as vectors:
        np.savez(tmp_path / "scaled.npz", x=vectors["x"] * 100, y=vectors["y"])
    model = quantize(
        made_models / "normalized.keras",
        "int8",
        made_models / "vectors.npz",
        tmp_path / "scaled.npz",
    )
    assert any("scaled alike" in remark for remark in model.remarks)


@pytest.mark.parametrize(("name", "shape"), [("pretrainedResnet", (32, 32, 3)), ("ad01", (640,))])
def test_real_h5_files_load(
    shared_models: Path, tmp_path: Path, name: str, shape: tuple[int, ...]
) -> None:
    random = np.random.default_rng(0)
    np.save(tmp_path / "c.npy", random.uniform(0, 255, (20, *shape)).astype(np.float32))
    model = quantize(shared_models / f"{name}.h5", "int8", tmp_path / "c.npy")
    assert_full_int8(model)
    assert "only 20 calibration samples" in model.remarks[0]


def test_nothing_reaches_the_terminal(made_models: Path) -> None:
    """Checked on the descriptors of a process of its own: pytest has its hands on ours."""
    code = (
        "from pathlib import Path; from tinydeploy.quantize import quantize; "
        f"m = quantize(Path({str(made_models / 'normalized.keras')!r}), 'float32'); "
        "print(len(m.tflite))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert done.stdout.strip().isdigit()
