"""Codes of filters: sizes, completeness, and when none is taken."""

from __future__ import annotations

import numpy as np
import pytest

from tinydeploy import coding
from tinydeploy.errors import UsageError
from tinydeploy.training.recipe import Recipe


def sparse(size: int, share: float, values: int) -> np.ndarray:
    random = np.random.default_rng(4)
    book = random.integers(1, 128, values)
    kept = random.random(size) < share
    return np.where(kept, random.choice(book, size), 0).astype(np.int8)


def test_deep_compression_takes_a_quarter() -> None:
    weights = sparse(5000, 0.2, 15)
    name, size = coding.best(weights, (coding.HUFFMAN, coding.CODEBOOK))
    assert name == coding.HUFFMAN
    entropy = 0.722 + 0.2 * np.log2(15)  # bits a weight
    assert entropy * 5000 / 8 < size < 1.06 * entropy * 5000 / 8 + 64


def test_what_does_not_get_smaller_stays_as_it_is() -> None:
    noise = np.random.default_rng(1).integers(-127, 128, 900).astype(np.int8)
    assert coding.best(noise, (coding.HUFFMAN, coding.CODEBOOK)) == ("", 900)
    assert coding.codebook(noise) is None
    assert coding.best(np.array([5, 6], np.int8), (coding.HUFFMAN, coding.CODEBOOK))[0] == ""


def test_one_codebook_serves_a_filter_of_many_scales() -> None:
    # The codes hold int8 weights, not what they stand for: per channel or per tensor is the same.
    weights = np.random.default_rng(1).choice(np.array([-127, -3, 9, 127], np.int8), (8, 50))
    code = coding.codebook(weights)
    assert code is not None
    assert (code.bits, sorted(code.book.tolist())) == (2, [-127, -3, 9, 127])
    assert len(code.stream) == 100


@pytest.mark.parametrize("size", [1, 3, 8, 700])
@pytest.mark.parametrize("values", [1, 2, 30])
def test_every_table_is_a_complete_code(size: int, values: int) -> None:
    code = coding.huffman(sparse(size, 0.3, values))
    for table in (code.gaps, code.weights):
        lengths = np.arange(1, len(table.counts) + 1)
        assert np.sum(table.counts / 2.0**lengths) == 1
        assert table.counts.sum() == len(table.symbols)
        assert len(table.counts) <= 8


def test_very_uneven_counts_give_codes_of_at_most_8_bits() -> None:
    values = np.repeat(np.arange(1, 24), 2 ** np.minimum(np.arange(23), 16)).astype(np.int8)
    code = coding.huffman(values)
    assert len(code.weights.counts) <= 8
    assert sorted(code.weights.symbols) == list(range(1, 24))


def test_all_values_unevenly_frequent_still_fit_into_8_bits() -> None:
    values = np.repeat(np.arange(-128, 128), 1 + (np.arange(256) % 3)).astype(np.int8)
    code = coding.huffman(values)
    assert len(code.weights.counts) == 8
    assert len(code.weights.symbols) == 255, "zeros are gaps"


def test_lanes_are_taken_apart() -> None:
    weights = np.array([-3, 5, 7, -1, 0, -127, -128, 127], np.int8)
    packed = (weights[0::2] + 256 * weights[1::2].astype(np.int32)).astype("<i2").view(np.int8)
    found = coding.lanes(packed)
    assert found is not None
    np.testing.assert_array_equal(found, weights)
    assert coding.lanes(packed[:3]) is None


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (Recipe(epochs=0), "0 epochs"),
        (Recipe(sparsity=1.0), "sparsity of 1"),
        (Recipe(clusters=12), "12 different weights"),
        (Recipe(clusters=256), "256 different weights"),
    ],
)
def test_recipes_that_make_no_sense(recipe: Recipe, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        recipe.check()
