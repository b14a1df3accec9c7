"""PlatformIO's one core package, SCons, from this Python environment instead of its registry.

Without it `pio run` waits a minute for the registry and then fails with an empty message.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import SCons
from platformio.dependencies import get_core_dependencies

from tinydeploy.errors import ToolError

_SITE = "site-packages.txt"
_OURS = "SCons of the Python environment tinydeploy runs in"


def provide(core: Path) -> None:
    """Make `tool-scons` exist in PlatformIO's core folder `core`; PlatformIO's own is left alone.

    ToolError when the environment's SCons is not the version this PlatformIO wants.
    """
    wanted = get_core_dependencies()["tool-scons"].lstrip("~^=")
    packed = wanted.split(".")[1]  # 41101: 4.11.1
    release = f"{packed[0]}.{int(packed[1:3])}.{int(packed[3:5])}"
    package = core / "packages" / "tool-scons"
    if _usable(package, wanted):
        return
    if SCons.__version__ != release:
        raise ToolError(
            f"this PlatformIO needs SCons {release}, and {SCons.__version__} is installed",
            f"pip install scons=={release}",
        )
    package.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".tool-scons.", dir=package.parent))
    try:
        for name, text in _files(wanted).items():
            (draft / name).write_text(text, encoding="utf-8")
        if package.exists():
            package.rename(draft / "stale")
        draft.rename(package)
    except OSError:
        if not _usable(package, wanted):  # another process was not faster
            raise
    finally:
        shutil.rmtree(package / "stale", ignore_errors=True)
        shutil.rmtree(draft, ignore_errors=True)


def _usable(package: Path, wanted: str) -> bool:
    """Whether PlatformIO would find a SCons there: its own, or that of an environment that is still
    there. Environments share it, so that two of them do not replace each other's."""
    try:
        manifest = json.loads((package / "package.json").read_text(encoding="utf-8"))
        if manifest.get("description") != _OURS:
            return True
        site = (package / _SITE).read_text(encoding="utf-8")
    except (OSError, ValueError, KeyError):
        return False
    return bool(manifest["version"] == wanted) and (Path(site) / "SCons").is_dir()


def _files(version: str) -> dict[str, str]:
    site = str(Path(SCons.__file__).resolve().parent.parent)
    spec = {
        "owner": "platformio",
        "id": None,
        "name": "tool-scons",
        "requirements": None,
        "uri": None,
    }
    start = f"import sys\n\nsys.path.append({site!r})\n\n"
    return {
        "package.json": json.dumps(
            {"name": "tool-scons", "version": version, "system": "*", "description": _OURS}
        ),
        ".piopm": json.dumps(
            {"type": "tool", "name": "tool-scons", "version": version, "spec": spec}
        ),
        ".piokeep": "",
        _SITE: site,
        # Appended, so that a PlatformIO of another environment takes only SCons from here.
        "scons.py": start + "import SCons.Script\n\nSCons.Script.main()\n",
    }
