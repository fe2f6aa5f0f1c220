# SPDX-License-Identifier: BSD-2-Clause
"""shims/openbsd at work, on a small kernel of its own (openbsd/simkern.h, simnet.h): what no
compiler tells.  Waiting, timers, DMA, states, keys and block ack run in a process, sanitized."""
import os
import pathlib
import shutil
import subprocess

import pytest

from voyageur import port_system

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# The kernel's headers that the shim includes and that a C library has not, or has others of.
HEADERS = {
    "simkern.h": ("sys/param.h", "sys/systm.h", "sys/endian.h", "sys/kernel.h", "sys/device.h",
                  "sys/malloc.h", "sys/mbuf.h", "sys/stdint.h", "sys/task.h", "sys/timeout.h",
                  "sys/proc.h", "sys/vnode.h", "machine/bus.h", "machine/cpu.h",
                  "machine/intr.h", "dev/pci/pcireg.h", "dev/pci/pcivar.h"),
    "simnet.h": ("sys/socket.h", "sys/sockio.h", "net/if.h", "net/if_dl.h", "net/if_media.h",
                 "netinet/in.h", "netinet/if_ether.h", "net80211/ieee80211_var.h",
                 "net80211/ieee80211_amrr.h", "net80211/ieee80211_radiotap.h"),
}
PROGRAMS = {"shim.c": (), "wifi.c": ("radio",), "ether.c": ("ethernet",)}     # of which class


def headers(folder):
    """The names by which the shim includes what the two headers have."""
    for simulated, names in HEADERS.items():
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#include "{simulated}"\n')
    (folder / "bpfilter.h").write_text("#define NBPFILTER 0\n")
    return folder


def build(compiler, program, folder):
    """Compile the shim's files, the small kernel and the program of checks."""
    out = folder / "checks"
    files = port_system.find("openbsd").data["files"]
    shim = [ROOT / f for part in ("always", *PROGRAMS[program]) for f in files[part]]
    subprocess.run(
        [compiler, "-std=gnu11", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-fno-builtin-malloc",
         "-fsanitize=address,undefined", "-fno-sanitize-recover=all",
         f"-I{headers(folder / 'include')}", f"-I{HERE / 'openbsd'}",
         f"-I{ROOT / 'shims/include'}", f"-I{ROOT / 'shims/openbsd'}", *shim,
         HERE / "openbsd/simkern.c", HERE / "openbsd" / program, "-o", out],
        check=True, timeout=600)
    return out


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_shim_does_what_it_promises(tmp_path, program, compiler):
    """Every check of the program holds, and nothing that was taken is lost or used too long."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    run = subprocess.run([build(compiler, program, tmp_path)], text=True, capture_output=True,
                         timeout=600,
                         env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # it counts itself
    lines = run.stdout.splitlines()
    assert not [line for line in lines if not line.startswith(("ok ", "1.."))], run.stdout
    assert run.returncode == 0 and run.stderr == "", run.stderr
    assert lines[-1] == f"1..{len(lines) - 1}" and len(lines) > 20
