"""SCons script of tinydeploy's own platform. Every fact about a board comes from its JSON file."""

import os
import sys
from pathlib import Path

from SCons.Script import COMMAND_LINE_TARGETS, AlwaysBuild, Default, DefaultEnvironment

env = DefaultEnvironment()
board = env.BoardConfig()
platform_dir = Path(env.PioPlatform().get_dir())
toolchain = board.get("build.toolchain")
machine_flags = board.get("build.machine_flags")

env.Replace(
    AR=toolchain + "gcc-ar",
    AS=toolchain + "as",
    CC=toolchain + "gcc",
    CXX=toolchain + "g++",
    LINK=toolchain + "gcc",
    OBJCOPY=toolchain + "objcopy",
    RANLIB=toolchain + "gcc-ranlib",
    SIZETOOL=toolchain + "size",
    ARFLAGS=["rc"],
    SIZEPROGREGEXP=r"^(?:\.isr_vector|\.text|\.rodata|\.data|\.ARM\.\w+|\.\w+_array)\s+(\d+).*",
    SIZEDATAREGEXP=r"^(?:\.data|\.bss|\.stack)\s+(\d+).*",
    SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
    SIZEPRINTCMD="$SIZETOOL -B -d $SOURCES",
    PROGNAME="firmware",
    PROGSUFFIX=".elf",
)
env.Append(
    ASPPFLAGS=["-x", "assembler-with-cpp"],
    CCFLAGS=[*machine_flags, "-O2", "-g", "-ffunction-sections", "-fdata-sections"],
    CFLAGS=["-std=gnu11"],
    CXXFLAGS=["-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"],
    CPPDEFINES=[("F_CPU", "$BOARD_F_CPU"), *board.get("build.defines")],
    LINKFLAGS=[
        *machine_flags,
        "-O2",
        "-Wl,--gc-sections",
        '-Wl,-Map,"${BUILD_DIR}/${PROGNAME}.map"',  # quoted: a shell may run this
    ],
    LIBS=["m"],
)

if board.get("build.ldscript"):
    symbols = {
        "td_flash_origin": board.get("build.flash_origin"),
        "td_flash_bytes": board.get("upload.maximum_size"),
        "td_ram_origin": board.get("build.ram_origin"),
        "td_ram_bytes": board.get("upload.maximum_ram_size"),
        "td_stack_bytes": board.get("build.stack_bytes"),
    }
    env.Append(
        LINKFLAGS=["-nostartfiles", *board.get("build.link_flags")]
        + [f"-Wl,--defsym={name}={value}" for name, value in symbols.items()]
    )
    # Relative to the project, where the linker runs: the folder's own name may hold a space.
    script = os.path.relpath(platform_dir / board.get("build.ldscript"), env.subst("$PROJECT_DIR"))
    env.Replace(LDSCRIPT_PATH=script)

elf = "$BUILD_DIR/${PROGNAME}.elf"
program = [elf] if "nobuild" in COMMAND_LINE_TARGETS else env.BuildProgram()
AlwaysBuild(env.Alias("nobuild", program))
build = env.Alias("buildprog", program, program)

size = env.AddPlatformTarget(
    "size",
    program,
    env.VerboseAction("$SIZEPRINTCMD", "Calculating size $SOURCE"),
    "Program size",
    "Calculate program size",
)

protocol = env.subst("$UPLOAD_PROTOCOL")
if protocol == "gdb":
    loader = platform_dir / "upload.py"
    env.Replace(UPLOADCMD=f'"$PYTHONEXE" "{loader}" "$UPLOAD_PORT" "{elf}"')
    actions = [env.VerboseAction("$UPLOADCMD", "Loading $SOURCE")]
elif protocol == "none":
    actions = []
else:
    sys.exit(f"unknown upload protocol {protocol!r}: this platform knows gdb and none")
env.AddPlatformTarget("upload", program, actions, "Upload")

Default([build, size])
