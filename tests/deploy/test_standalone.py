"""The generated C in a program of somebody else: without tinydeploy, its port or its protocol."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tinydeploy import deploy, samples
from tinydeploy.oracle import open_oracle
from tinydeploy.quantize import quantize

from .conftest import DIGITS, MakeJob

pytestmark = pytest.mark.slow

WARNINGS = ["-Wall", "-Wextra", "-Wconversion", "-Wpedantic", "-Werror"]
COMPILERS = {"c11": ["gcc", "-std=c11"], "c++20": ["g++", "-x", "c++", "-std=c++20"]}
# The example of the generated README, with two states whose inferences are interleaved.
PROGRAM = """\
#include <stdio.h>
#include <string.h>
#include "model.h"

static model_state one, two;

static void swap(void *user, uint32_t layer, const void *output, size_t bytes) {
  (void)output;
  (void)bytes;
  if (layer == 1) { /* in the middle of `one`, all of `two` */
    model_invoke((model_state *)user, NULL, NULL);
  }
}

int main(void) {
  if (fread(one.arena + model_input_offset[0], 1, model_input_bytes[0], stdin) == 0 ||
      fread(two.arena + model_input_offset[0], 1, model_input_bytes[0], stdin) == 0) {
    return 1;
  }
  model_invoke(&one, swap, &two);
  fwrite(one.arena + model_output_offset[0], 1, model_output_bytes[0], stdout);
  fwrite(two.arena + model_output_offset[0], 1, model_output_bytes[0], stdout);
  return 0;
}
"""


@pytest.mark.parametrize("language", COMPILERS)
@pytest.mark.parametrize("optimize", ["balanced", "speed", "size"])
def test_generated_c_alone(make_job: MakeJob, tmp_path: Path, language: str, optimize: str) -> None:
    compiler = COMPILERS[language]
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed")
    calib = DIGITS / "calib.npz"
    job = make_job(DIGITS / "digits.keras", "host", calib=calib, optimize=optimize)
    deploy.generate(job, lambda text: None)
    source = job.folder / "project" / "src"
    alone = tmp_path / "alone"
    shutil.copytree(source / "kernels", alone / "kernels")
    for name in ("model.c", "model.h", "model_scales.h"):
        shutil.copy(source / name, alone)
    (alone / "main.c").write_text(PROGRAM)
    files = [alone / "main.c", alone / "model.c", *sorted((alone / "kernels").glob("*.c"))]
    flags = [*WARNINGS, "-O1", f"-I{alone}", f"-I{alone / 'kernels'}"]
    subprocess.run([*compiler, *flags, *files, "-o", alone / "program"], check=True)

    model = quantize(job.folder / "model.tflite", "int8")
    chosen = samples.choose(model.graph, calib, None, 2).inputs
    expected = b"".join(open_oracle(model.tflite).run(sample)[0] for sample in chosen)
    given = b"".join(sample[0] for sample in chosen)
    found = subprocess.run([alone / "program"], input=given, capture_output=True, check=True)
    assert found.stdout == expected


def test_generated_c_has_no_state_of_its_own(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(DIGITS / "digits.keras", "host", calib=DIGITS / "calib.npz")
    deploy.generate(job, lambda text: None)
    source = job.folder / "project" / "src"
    for number, path in enumerate([source / "model.c", *sorted((source / "kernels").glob("*.c"))]):
        made = tmp_path / f"{number}.o"
        include = [f"-I{source}", f"-I{source / 'kernels'}"]
        subprocess.run(
            ["gcc", "-std=c11", "-fno-pic", *include, "-c", path, "-o", made], check=True
        )
        symbols = subprocess.run(["nm", made], capture_output=True, text=True, check=True).stdout
        assert not re.findall(r"^\S+ [bBdDC] .*$", symbols, re.MULTILINE), path.name
        needed = set(re.findall(r"^ +U (\w+)$", symbols, re.MULTILINE))
        assert not needed & {"malloc", "calloc", "free", "printf", "exp", "expf"}, path.name
