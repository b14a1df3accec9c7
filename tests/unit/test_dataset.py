from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tinydeploy.dataset import (
    calibration_remarks,
    count_remarks,
    facts,
    fit,
    load_labelled,
    load_samples,
    range_remarks,
)
from tinydeploy.errors import UsageError

X = np.arange(24, dtype=np.float32).reshape(4, 6)


def saved(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "data.npz"
    np.savez(path, **arrays)
    return path


def test_takes_the_key_x_else_the_first_array_else_the_npy(tmp_path: Path) -> None:
    np.testing.assert_array_equal(load_samples(saved(tmp_path, a=X + 1, x=X)), X)
    np.testing.assert_array_equal(load_samples(saved(tmp_path, a=X + 1, b=X)), X + 1)
    np.save(tmp_path / "data.npy", X.astype(np.float64))
    loaded = load_samples(tmp_path / "data.npy")
    np.testing.assert_array_equal(loaded, X)
    assert loaded.dtype == np.float32


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_names_the_first_sample_that_is_not_finite(tmp_path: Path, value: float) -> None:
    bad = X.copy()
    bad[2, 3] = bad[3, 1] = value
    with pytest.raises(UsageError, match=rf"sample 2 holds {value}.*2 of 4"):
        load_samples(saved(tmp_path, x=bad))


def test_a_value_too_large_for_float32_is_not_finite(tmp_path: Path) -> None:
    bad = X.astype(np.float64)
    bad[1, 0] = 1e300
    with pytest.raises(UsageError, match="sample 1 holds inf"):
        load_samples(saved(tmp_path, x=bad))


def test_refuses_constant_empty_and_textual_samples(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="every value is 3"):
        load_samples(saved(tmp_path, x=np.full((5, 2), 3.0)))
    with pytest.raises(UsageError, match="no samples"):
        load_samples(saved(tmp_path, x=np.zeros((0, 2))))
    with pytest.raises(UsageError, match="of type <U1"):
        load_samples(saved(tmp_path, x=np.array(["a"])))
    with pytest.raises(UsageError, match="no array"):
        load_samples(saved(tmp_path))


def test_never_unpickles(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a readable"):
        load_samples(saved(tmp_path, x=np.array([{}], dtype=object)))


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
@pytest.mark.parametrize("suffix", ["npz", "npy"])
def test_a_truncated_file_is_one_error(tmp_path: Path, keep: float, suffix: str) -> None:
    path = tmp_path / f"data.{suffix}"
    with path.open("wb") as file:
        np.savez_compressed(file, x=X) if suffix == "npz" else np.save(file, X)
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data) if isinstance(keep, float) else keep)])
    with pytest.raises(UsageError, match="not a readable"):
        load_samples(path)


def test_a_damaged_member_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "data.npz"
    np.savez_compressed(path, x=X)
    data = bytearray(path.read_bytes())
    data[60:80] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(UsageError, match="not a readable"):
        load_samples(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        load_samples(tmp_path / "absent.npz")


@pytest.mark.parametrize(
    "y", [np.array([0, 2, 1, 2]), np.array([[0], [2], [1], [2]]), np.eye(3)[[0, 2, 1, 2]]]
)
def test_labels_are_class_numbers_or_one_hot(tmp_path: Path, y: np.ndarray) -> None:
    labelled = load_labelled(saved(tmp_path, x=X, y=y))
    assert labelled.y.tolist() == [0, 2, 1, 2]


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (np.array([0, 1]), "4 samples in x but 2 labels"),
        (np.array([0.5, 1, 2, 3]), "not class numbers"),
        (np.array([-1, 1, 2, 3]), "not class numbers"),
        (np.array(["a", "b", "c", "d"]), "labels of type"),
    ],
)
def test_refuses_other_labels(tmp_path: Path, y: np.ndarray, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        load_labelled(saved(tmp_path, x=X, y=y))


def test_labelled_needs_both_keys(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no array 'y'"):
        load_labelled(saved(tmp_path, x=X, Y=X))
    np.save(tmp_path / "data.npy", X)
    with pytest.raises(UsageError, match="not x and y"):
        load_labelled(tmp_path / "data.npy")


@pytest.mark.parametrize(
    ("have", "want", "fitted"),
    [
        ((5, 8, 8, 1), (8, 8, 1), (5, 8, 8, 1)),
        ((8, 8, 1), (8, 8, 1), (1, 8, 8, 1)),
        ((5, 1, 8, 8, 1), (8, 8, 1), (5, 8, 8, 1)),
        ((5, 12, 9, 3), (None, None, 3), (5, 12, 9, 3)),
    ],
)
def test_fits_with_and_without_a_batch(
    have: tuple[int, ...], want: tuple[int | None, ...], fitted: tuple[int, ...]
) -> None:
    assert fit(np.zeros(have, np.float32), want, Path("d.npz")).shape == fitted


@pytest.mark.parametrize(
    ("have", "want", "hint"),
    [
        ((5, 8, 8), (8, 8, 1), r"x\[..., None\]"),
        ((5, 49, 10, 1), (49, 10), r"x\[..., 0\]"),
        ((5, 3, 32, 16), (32, 16, 3), r"transpose\(0, 2, 3, 1\)"),
        ((5, 64), (8, 8, 1), r"reshape\(-1, 8, 8, 1\)"),
        ((5, 7), (8, 8, 1), r"samples \[n, 8, 8, 1\]"),
    ],
)
def test_another_shape_comes_with_its_remedy(
    have: tuple[int, ...], want: tuple[int, ...], hint: str
) -> None:
    with pytest.raises(UsageError, match=r"d\.npz: samples \[.*\] do not fit") as caught:
        fit(np.zeros(have, np.float32), want, Path("d.npz"))
    with pytest.raises(AssertionError, match=hint):
        raise AssertionError(caught.value.hint)


def test_facts_are_the_samples_own() -> None:
    assert facts(np.array([[0, 2], [4, 6]], np.float32)) == {
        "count": 2,
        "min": 0.0,
        "max": 6.0,
        "mean": 3.0,
        "std": pytest.approx(5**0.5),
    }


def test_remarks_on_few_and_on_unscaled_samples() -> None:
    bytes_like = np.arange(256, dtype=np.float32).repeat(2).reshape(128, 4)
    assert "0..255" in " ".join(calibration_remarks(bytes_like, rescales=False))
    assert calibration_remarks(bytes_like, rescales=True) == []
    assert calibration_remarks(bytes_like / 255, rescales=False) == []
    assert calibration_remarks(bytes_like - 128, rescales=False) == []
    (few,) = count_remarks(99)
    assert "99" in few
    assert count_remarks(100) == []


def test_remarks_on_labelled_samples_of_another_scale() -> None:
    unit = np.linspace(0, 1, 50, dtype=np.float32)
    assert range_remarks(unit, unit * 1.2) == []
    assert "0..255" in range_remarks(unit, unit * 255)[0]
