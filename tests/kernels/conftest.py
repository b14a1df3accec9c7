"""What several kernel tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
import toolchain

from tinydeploy import tools


@pytest.fixture(scope="session")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All kernels as one library for this machine, with sanitizers."""
    toolchain.need("gcc", "ar")
    folder = tmp_path_factory.mktemp("kernels")
    sources = [str(path) for path in sorted((toolchain.FIRMWARE / "kernels").glob("*.c"))]
    tools.call([*toolchain.SANITIZED, "-c", *sources], timeout_s=300, cwd=folder)
    objects = [str(path) for path in sorted(folder.glob("*.o"))]
    tools.call(["ar", "rcs", str(folder / "libkernels.a"), *objects], timeout_s=60)
    return folder / "libkernels.a"
