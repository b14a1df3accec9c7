"""docs/failures.md names a test for each failure: they must exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
ROWS = [line for line in TABLE.splitlines() if line.startswith("| ")][2:]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TABLE)


# The threads of our notes on what goes wrong in the field, one line for each failure told there.
FIELD = """
tflite-micro #2602, #2673; esp-tflite-micro #108
tensorflow #35070; tflite-micro #1104
tflite-micro #302, #2196
tflite-micro #566, #2645
tflite-micro #757, #3766
tensorflow #53293, #40935
tensorflow #40935, #41840
model-optimization #1270
tensorflow #42286
tflite-micro #2674
esp-tflite-micro #87; pico-tflmicro #1
tflite-micro #418
esp-nn #26, #36; esp-tflite-micro #25
esp-tflite-micro #3, #94, #96
esp-tflite-micro #25, #54
platform-nordicnrf52 #175, #184
pyserial #156
mlcommons/tiny #79
tensorflow #99072; CMSIS-NN #214
"""


def threads(text: str) -> set[tuple[str, str]]:
    """Repository and number of each thread: `esp-nn #26, #36` are two of one."""
    return {
        (repository, number)
        for repository, numbers in re.findall(r"([\w/-]+) ((?:#\d+,? ?)+)", text)
        for number in re.findall(r"#\d+", numbers)
    }


def test_no_failure_of_the_notes_is_missing() -> None:
    answered = threads(" ; ".join(row.split("|")[2] for row in ROWS))
    assert len(threads(FIELD)) == 33
    assert threads(FIELD) - answered == set()
    for words in ("`Arduino_TensorFlowLite`", "ST's most repeated forum thread"):
        assert any(words in row.split("|")[2] for row in ROWS)


def test_every_row_names_a_test() -> None:
    assert ROWS
    assert [row for row in ROWS if not re.search(r"`tests/[\w/]+\.py::\w+`", row)] == []


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_it_exists(path: str, name: str) -> None:
    assert re.search(rf"^def {name}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
