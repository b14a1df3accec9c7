"""Pages in headless Chromium: what its console says."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")


def console(page: Path, profile: Path) -> list[str]:
    """What the console says when `page` is shown; skips where there is no Chromium."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.skip("no Chromium: apt-get install chromium")
    command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    command += [f"--user-data-dir={profile}", "--virtual-time-budget=2000", "--dump-dom"]
    done = subprocess.run(
        [*command, page.as_uri()], capture_output=True, text=True, timeout=120, check=True
    )
    assert "</html>" in done.stdout
    return [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def outside(page: str) -> list[str]:
    """What the page would fetch from elsewhere."""
    found = re.findall(r"(?:src|href)=\"([^\"#][^\"]*)\"|url\(([^)#][^)]*)\)|(<script)", page)
    return ["".join(one) for one in found]
