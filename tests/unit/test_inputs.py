from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tinydeploy.errors import UsageError
from tinydeploy.graph import Graph, Node, Tensor
from tinydeploy.inputs import Input, check, inputs_of, load, load_with_labels, one_by_one
from tinydeploy.samples import choose

INPUTS = (Input("image", (4, 4, 1)), Input("imu", (6,)), Input("token", (2,), "int32", 9))
OUTPUTS = ("kind", "angle")
RANDOM = np.random.default_rng(1)
GOOD: dict[str, Any] = {
    "image": RANDOM.normal(size=(5, 4, 4, 1)),
    "imu": RANDOM.normal(size=(5, 6)),
    "token": RANDOM.integers(0, 9, (5, 2)),
}
SCALE = {"scales": (0.5,), "zero_points": (0,)}
GRAPH = Graph(
    "three",
    (
        Tensor(0, "serving_default_imu:0", (1, 6), "int8", **SCALE),
        Tensor(1, "token", (1, 2), "int32"),
        Tensor(2, "table", (9, 3), "int8", **SCALE, data=np.zeros((9, 3), np.int8)),
        Tensor(3, "flat", (2,), "int32"),
        Tensor(4, "found", (2, 3), "int8", **SCALE),
    ),
    (
        Node(0, "RESHAPE", "flat", (1,), (3,), {}),
        Node(1, "GATHER", "found", (2, 3), (4,), {"axis": 0, "batch_dims": 0}),
    ),
    (0, 1),
    (4,),
)


def saved(folder: Path, *nameless: Any, **arrays: Any) -> Path:
    np.savez(folder / "data.npz", *nameless, **arrays)
    return folder / "data.npz"


def test_each_input_has_its_array(tmp_path: Path) -> None:
    path = saved(tmp_path, **dict(reversed(GOOD.items())))
    check(path)
    image, imu, token = load(path, INPUTS)
    np.testing.assert_array_equal(image, GOOD["image"].astype(np.float32))
    np.testing.assert_array_equal(imu, GOOD["imu"].astype(np.float32))
    np.testing.assert_array_equal(token, GOOD["token"])
    assert (image.dtype, imu.dtype, token.dtype) == ("float32", "float32", "int64")


def test_nameless_arrays_are_told_apart_by_their_shapes(tmp_path: Path) -> None:
    path = saved(tmp_path, GOOD["token"], GOOD["image"], GOOD["imu"])
    for found, wanted in zip(
        load(path, INPUTS), load(saved(tmp_path, **GOOD), INPUTS), strict=True
    ):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("changed", "said", "hint"),
    [
        ({"imu": None}, r"no array for input imu \[6\]", "imu=…"),
        ({"imu": None, "image": None}, r"inputs image \[4, 4, 1\], imu \[6\]", "image=…"),
        ({"imu": None, "IMU": GOOD["imu"]}, "no array for input imu", "imu=…"),
        ({"imu": None, "imus": GOOD["imu"]}, "no array for input imu", "mean 'imus'"),
        ({"gyro": GOOD["imu"]}, "'gyro' is no input", "inputs are image"),
        ({"imu": GOOD["imu"][:4]}, "5 samples of input 'image' but 4 of 'imu'", "equally many"),
        ({"imu": GOOD["imu"][:, :5]}, r"input 'imu': samples \[5\] do not fit", r"\[n, 6\]"),
        ({"image": GOOD["image"][..., 0]}, r"input 'image': samples \[4, 4\]", "None"),
        ({"imu": GOOD["imu"] * np.nan}, "input 'imu': sample 0 holds nan", "mend"),
        ({"imu": np.zeros((5, 6))}, "input 'imu': every value is 0", "real samples"),
        ({"imu": np.array(["a"] * 5)}, "input 'imu': samples are of type <U1", "float32"),
        ({"token": GOOD["token"] + 0.5}, r"input 'token': it takes whole numbers", "indices"),
        ({"token": GOOD["token"] + 9}, r"'token': values .* are not all in 0..8", "table"),
        ({"token": GOOD["token"].astype(str)}, r"'token': samples of type <U", "int32"),
    ],
)
def test_what_is_wrong_names_the_input(
    tmp_path: Path, changed: dict[str, Any], said: str, hint: str
) -> None:
    arrays = {name: x for name, x in {**GOOD, **changed}.items() if x is not None}
    with pytest.raises(UsageError, match=said) as caught:
        load(saved(tmp_path, **arrays), INPUTS)
    with pytest.raises(AssertionError, match=hint):
        raise AssertionError(caught.value.hint)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (("left", "right"), "arr_0 fits the inputs left and right alike"),
        (("left", "other"), r"arr_1 \[7\] fits no input"),
    ],
)
def test_nameless_arrays_that_could_be_either_are_refused(
    tmp_path: Path, arrays: tuple[str, ...], said: str
) -> None:
    of = {"left": GOOD["imu"], "right": GOOD["imu"], "other": RANDOM.normal(size=(5, 7))}
    inputs = (Input("left", (6,)), Input("right", (6,) if "right" in arrays else (8,)))
    with pytest.raises(UsageError, match=said):
        load(saved(tmp_path, *(of[name] for name in arrays)), inputs)


def test_two_nameless_arrays_for_one_input(tmp_path: Path) -> None:
    inputs = (Input("left", (6,)), Input("right", (8,)))
    with pytest.raises(UsageError, match="arr_0 and arr_1 both fit the input left"):
        load(saved(tmp_path, GOOD["imu"], GOOD["imu"]), inputs)


def test_labels_are_of_the_first_output_or_of_the_one_they_are_named_after(tmp_path: Path) -> None:
    y = np.array([0, 1, 2, 0, 1])
    first = load_with_labels(saved(tmp_path, **GOOD, y=y), INPUTS, OUTPUTS)
    assert (first.output, first.y.tolist()) == (0, y.tolist())
    other = load_with_labels(saved(tmp_path, **GOOD, angle=y), INPUTS, OUTPUTS)
    assert (other.output, other.y.tolist()) == (1, y.tolist())
    one = load_with_labels(saved(tmp_path, x=GOOD["imu"], angle=y), INPUTS[1:2], OUTPUTS)
    assert (one.output, len(one.x)) == (1, 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [({}, "no labels"), ({"y": [0, 1]}, "5 samples but 2 labels in y"), ({"kind": [0]}, "in kind")],
)
def test_labels_that_are_missing_or_too_few(
    tmp_path: Path, more: dict[str, Any], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        load_with_labels(saved(tmp_path, **GOOD, **more), INPUTS, OUTPUTS)


def test_an_input_that_has_the_labels_name(tmp_path: Path) -> None:
    inputs = (Input("y", (6,)), Input("image", (4, 4, 1)))
    with pytest.raises(UsageError, match="'y' would be an input and the labels"):
        load_with_labels(saved(tmp_path, y=GOOD["imu"], image=GOOD["image"]), inputs, ("kind",))


def test_inputs_of_a_converted_model() -> None:
    assert inputs_of(GRAPH) == (Input("imu", (6,)), Input("token", (2,), "int32", 9))


def test_samples_as_bytes_and_noise_that_stays_inside_of_the_table(tmp_path: Path) -> None:
    path = saved(tmp_path, imu=GOOD["imu"], token=GOOD["token"])
    assert len(one_by_one(GRAPH, path)) == 5
    chosen = choose(GRAPH, path, None, 3)
    assert len(chosen.inputs) == 3
    assert chosen.inputs[1][1] == GOOD["token"][1].astype("<i4").tobytes()
    drawn = [np.frombuffer(one[1], "<i4") for one in choose(GRAPH, None, None, 50).inputs]
    assert (np.min(drawn), np.max(drawn)) == (0, 8)
