"""PlatformIO script: TensorFlow Lite Micro of the folder `custom_tflm_dir`, as a library.

The folder is what upstream's create_tflm_tree.py writes. Nothing of it is copied; its objects are
made in this project's build folder, and shared by projects with one `build_cache_dir`.
"""

import re
from pathlib import Path

Import("env")  # noqa: F821 - SCons gives Import and env

tree = Path(env.GetProjectOption("custom_tflm_dir"))  # noqa: F821
kernels = tree / "tensorflow" / "lite" / "micro" / "kernels"

# Tests are left out, and what the firmware has itself: time and the log of a bare board.
unwanted = ["*/test*", "*/*_test*", "*/fake_*", "*/mock_*", "*/recording_*", "*/kernel_runner.cc"]
unwanted += ["*/micro_time.cc", "*/debug_log.cc"]
wanted = ["tensorflow/*.cc"]
if "CMSIS_NN" in [define[0] for define in env["CPPDEFINES"] if isinstance(define, (tuple, list))]:  # noqa: F821
    wanted.append("third_party/cmsis_nn/Source/*.c")
    # A checkout has the portable kernel of the same name too; a tree does not.
    unwanted += [f"*/micro/kernels/{path.name}" for path in kernels.glob("cmsis_nn/*.cc")]
else:
    unwanted.append("*/kernels/cmsis_nn/*")


def text(path):
    """The tree's file at this path."""
    return (tree / path).read_text(encoding="utf-8", errors="replace")


def chosen(pattern):
    """Paths in the tree at any depth, without the unwanted."""
    found = sorted(path.relative_to(tree) for path in tree.glob(pattern.replace("/*", "/**/*", 1)))
    return [path for path in found if not any(path.match(glob) for glob in unwanted)]


def is_kernel(path):
    """Whether the source is of one operator."""
    return kernels in (tree / path).parents


def needed(sources):
    """Those without the kernels that no operator of src/op_resolver.h uses: most of the time.

    An operator's kernel registers it; what a source includes as `kernels/NAME.h` is defined in
    NAME.cc or NAME_common.cc.
    """
    resolver = Path(env.subst("$PROJECT_SRC_DIR"), "op_resolver.h").read_text(encoding="utf-8")  # noqa: F821
    methods = text("tensorflow/lite/micro/micro_mutable_op_resolver.h")
    registered = [
        name
        for method in re.findall(r"resolver\.(Add\w+)\(", resolver)
        for body in re.findall(rf"TfLiteStatus {method}\((.*?)\n  }}", methods, re.DOTALL)
        for name in re.findall(r"\b(Register_\w+)\(", body)
    ]
    texts = {path: text(path) for path in sources if path.suffix == ".cc"}
    pending = [path for path in texts if not is_kernel(path)]
    pending += [
        path
        for path in texts
        if is_kernel(path) and any(re.search(rf"\b{r}\(\) {{", texts[path]) for r in registered)
    ]
    taken = set()
    while pending:
        path = pending.pop()
        if path not in taken:
            taken.add(path)
            stems = re.findall(r'#include "tensorflow/lite/micro/kernels/(\w+)\.h"', texts[path])
            files = {f"{stem}{end}" for stem in stems for end in (".cc", "_common.cc")}
            pending += [path for path in texts if is_kernel(path) and path.name in files]
    return [path for path in sources if path.suffix != ".cc" or path in taken]


def picks(sources):
    """PlatformIO's filter for exactly these."""
    return " ".join(f"+<{path.as_posix()}>" for path in sources)


library = env.Clone()  # noqa: F821
# Members of one name from two folders must both stay: `r` would replace the first.
library.Replace(ARFLAGS=["qcs"])
library["CCFLAGS"] = [flag for flag in library["CCFLAGS"] if flag != "-g"]
library.Append(CPPDEFINES=["NDEBUG"])
sources = needed([path for pattern in wanted for path in chosen(pattern)])

# Nobody reads what the library logs: the serial line is the protocol's. Without its texts it also
# sends no profiler events, so the source that sends a layer's keeps them, and the log they call.
told = [path for path in sources if path.name in ("micro_interpreter_graph.cc", "micro_log.cc")]
archives = [library.BuildLibrary("$BUILD_DIR/tflm_told", str(tree), picks(told))]
mute = library.Clone(CPPDEFINES=[*library["CPPDEFINES"], "TF_LITE_STRIP_ERROR_STRINGS"])
silent = [path for path in sources if path not in told]
archives += [mute.BuildLibrary("$BUILD_DIR/tflm", str(tree), picks(silent))]
env.Append(LIBS=archives + archives)  # noqa: F821 - they call each other
