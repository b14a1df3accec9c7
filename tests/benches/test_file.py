"""bench.toml and the cells it stands for."""

from __future__ import annotations

import re

import pytest

from tinydeploy.bench.file import read_bench
from tinydeploy.bench.matrix import cells
from tinydeploy.errors import UsageError
from tinydeploy.training.recipe import Recipe

from .conftest import BENCH, Write


def test_the_least_that_is_enough(write: Write) -> None:
    bench = read_bench(write())
    (cell,) = cells(bench)
    assert cell.id == "tiny-host-aot-int8-balanced"
    assert (cell.samples, cell.runs, cell.skip, cell.is_real) == (3, 2, "", False)


WRONG = {
    "[modls.x]\n" + BENCH: "unknown key 'modls'.*did you mean 'models'",
    BENCH + "enginse = ['aot']": "unknown key 'enginse'.*did you mean 'engines'",
    BENCH + "engines = ['aott']": "unknown engine 'aott'.*did you mean 'aot'",
    BENCH + "models = ['tinny']": "unknown model 'tinny'.*did you mean 'tiny'",
    BENCH + "optimize = 'fast'": "unknown optimize 'fast'",
    BENCH.replace('["host"]', '["hots"]'): "unknown board 'hots'.*did you mean 'host'",
    BENCH.replace("samples = 3", "samples = '3'"): "samples must be a whole number",
    BENCH.replace("samples = 3", "samples = 0"): "at least 1",
    BENCH.replace("samples = 3", "samples = []"): "samples is empty",
    BENCH.replace("runs = 2", "runs = -1"): "runs must not be negative",
    BENCH + "[[budget]]\nram = 3": r"\[\[budget\]\] 1: unknown key 'ram'",
    BENCH + "[[budget]]\nus = true": "us must be a number",
    BENCH + "[[inventory]]\nid = 'x'": "missing platform",
    BENCH.replace("tiny.tflite", "gone.tflite"): "model tiny: no such file",
    "x = ": "bench.toml: ",
    "[models.x]\npath = 'tiny.tflite'": r"no \[models.NAME\] or no \[\[matrix\]\]",
    "matrix = 3": "matrix must be a list of tables",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_told(write: Write, text: str) -> None:
    with pytest.raises(UsageError) as raised:
        cells(read_bench(write(text)))
    assert re.search(WRONG[text], str(raised.value), re.DOTALL), raised.value


def test_all_combinations_each_once(write: Write) -> None:
    text = BENCH + "optimize = ['balanced', 'size']\n" + BENCH[BENCH.index("[[matrix]]") :]
    text = text.replace("samples = 3", "samples = [3, 5]")
    found = cells(read_bench(write(text)))
    assert sorted(cell.id for cell in found) == [
        "tiny-host-aot-int8-balanced-n3",
        "tiny-host-aot-int8-balanced-n5",
        "tiny-host-aot-int8-size-n3",
        "tiny-host-aot-int8-size-n5",
    ]
    assert len({cell.build for cell in found}) == 2
    assert len({cell.key for cell in found}) == 4
    assert [c.id for c in cells(read_bench(write(text)), "size n5")] == [
        "tiny-host-aot-int8-size-n5"
    ]
    with pytest.raises(UsageError, match="no cell matches 'pico'"):
        cells(read_bench(write(text)), "pico")


def test_a_key_changes_with_what_it_stands_for(write: Write) -> None:
    path = write()
    before = cells(read_bench(path))[0]
    assert cells(read_bench(path))[0].key == before.key
    changed = cells(read_bench(write(BENCH.replace("runs = 2", "runs = 3"))))[0]
    assert changed.key != before.key and changed.build == before.build
    model = path.with_name("tiny.tflite")
    model.write_bytes(model.read_bytes() + b"\0")
    assert cells(read_bench(write()))[0].build != before.build


TRAIN = """train = "train.npz"
epochs = 3
sparsity = 0.5
clusters = 8
"""


def test_how_a_model_is_trained_is_told_and_part_of_its_keys(write: Write) -> None:
    text = BENCH.replace("[[matrix]]", TRAIN + "\n[[matrix]]") + 'schemes = ["pruned"]\n'
    path = write(text)
    with pytest.raises(UsageError, match=r"model tiny: no such file: .*train\.npz"):
        cells(read_bench(path))
    path.with_name("train.npz").write_bytes(b"examples")
    (before,) = cells(read_bench(path))
    assert before.recipe == Recipe(path.with_name("train.npz"), 3, 0.5, 8)
    for old, new in (
        ("epochs = 3", "epochs = 4"),
        ("sparsity = 0.5", "sparsity = 0.6"),
        ("clusters = 8", "clusters = 16"),
    ):
        (after,) = cells(read_bench(write(text.replace(old, new))))
        assert (after.conversion, after.build) != (before.conversion, before.build), new
    path.with_name("train.npz").write_bytes(b"others")
    (after,) = cells(read_bench(write(text)))
    assert after.conversion != before.conversion


def test_boards_that_cannot_are_skipped_and_say_why(write: Write) -> None:
    text = BENCH.replace('["host"]', '["nano33", "host"]\nengines = ["tflm", "aot"]')
    text += "[[inventory]]\nplatform = 'nano33'\nconnected = false\nserial = '36C1'\n"
    found = {cell.id: cell.skip for cell in cells(read_bench(write(text)))}
    assert found["tiny-nano33-aot-int8-balanced"] == "bench.toml says that no nano33 is connected"
    assert found["tiny-host-tflm-int8-balanced"] == "board host has no engine tflm"
    assert found["tiny-host-aot-int8-balanced"] == ""


def test_budgets_are_for_the_cells_they_name(write: Write) -> None:
    text = BENCH + "[[budget]]\nboard = 'mps2-*'\nus = 1\n[[budget]]\nflash_bytes = 9\n"
    (cell,) = cells(read_bench(write(text)))
    assert [budget.flash_bytes for budget in cell.budgets] == [9]
