# SPDX-License-Identifier: BSD-2-Clause
"""shims/openbsd/pdk.c at work, on a small kernel of its own (openbsd/simkern.h): what no compiler
tells.  The interrupt, timer, task, DMA and autoconf paths run in a process, under sanitizers."""
import os
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# The kernel's headers that the shim includes and that a C library has not, or has others of.
HEADERS = ("sys/param.h", "sys/systm.h", "sys/endian.h", "sys/kernel.h", "sys/device.h",
           "sys/malloc.h", "sys/mbuf.h", "sys/stdint.h", "sys/task.h", "sys/timeout.h",
           "sys/proc.h", "sys/vnode.h", "machine/bus.h", "machine/cpu.h", "machine/intr.h",
           "dev/pci/pcireg.h", "dev/pci/pcivar.h")


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_pdk_does_what_it_promises(tmp_path, compiler):
    """Every check of openbsd/shim.c holds, and nothing that was taken is lost or used too long."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    for name in HEADERS:
        header = tmp_path / "include" / name
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text('#include "simkern.h"\n')
    program = tmp_path / "shim"
    subprocess.run(
        [compiler, "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-builtin-malloc",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
         f"-I{tmp_path / 'include'}", f"-I{HERE / 'openbsd'}", f"-I{ROOT / 'shims/include'}",
         f"-I{ROOT / 'shims/openbsd'}", ROOT / "shims/openbsd/pdk.c", HERE / "openbsd/simkern.c",
         HERE / "openbsd/shim.c", "-o", program], check=True, timeout=600)
    run = subprocess.run([program], text=True, capture_output=True, timeout=600,
                         env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # it counts itself
    lines = run.stdout.splitlines()
    assert not [line for line in lines if not line.startswith(("ok ", "1.."))], run.stdout
    assert run.returncode == 0 and run.stderr == "", run.stderr
    assert lines[-1] == f"1..{len(lines) - 1}" and len(lines) > 50
