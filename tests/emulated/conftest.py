from __future__ import annotations

import pytest
import toy

from tinydeploy.build import Firmware, build
from tinydeploy.project import render


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> toy.Built:
    """The toy of so many bytes for a board, built once in a test run."""
    made: dict[tuple[str, int], Firmware] = {}

    def get(name: str, toy_bytes: int = 8) -> Firmware:
        board = toy.board(name)
        key = (name, toy_bytes)
        if key not in made:
            folder = tmp_path_factory.mktemp(f"{name}-{toy_bytes}-")
            made[key] = build(render(toy.plan(TOY_BYTES=str(toy_bytes)), board), folder)
        return made[key]

    return get
