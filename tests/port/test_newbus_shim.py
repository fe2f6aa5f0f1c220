# SPDX-License-Identifier: BSD-2-Clause
"""shims/newbus and shims/vap at work, on a small FreeBSD kernel of its own (freebsd/simkern.h):
what no compiler tells.  Waiting, timers, DMA, boot, states and keys run in a process, sanitized."""
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
    "simkern.h": ("sys/param.h", "sys/systm.h", "sys/bus.h", "sys/callout.h", "sys/endian.h",
                  "sys/kernel.h", "sys/libkern.h", "sys/lock.h", "sys/malloc.h", "sys/mbuf.h",
                  "sys/module.h", "sys/taskqueue.h", "sys/mutex.h", "sys/eventhandler.h",
                  "sys/firmware.h", "sys/rman.h", "sys/stdarg.h", "machine/bus.h",
                  "machine/resource.h", "machine/stdarg.h", "dev/pci/pcireg.h",
                  "dev/pci/pcivar.h"),
    "simnet.h": ("sys/socket.h", "sys/sockio.h", "net/bpf.h", "net/ethernet.h", "net/if.h",
                 "net/if_dl.h", "net/if_media.h", "net/if_types.h", "net/if_var.h", "net/vnet.h"),
    "simwifi.h": ("sys/sbuf.h", "net80211/ieee80211_var.h", "net80211/ieee80211_regdomain.h",
                  "net80211/ieee80211_radiotap.h", "net80211/ieee80211_ratectl.h",
                  "net80211/ieee80211_input.h"),
}
SMALL = ("simthread.c", "simbus.c", "simdma.c")
# Checks: the shim's files of a class, what else the small kernel has to have.
PROGRAMS = {"kernel/shim.c": ((), ()), "freebsd/hazards.c": ((), ()),
            "kernel/ether.c": (("ethernet",), ("simnet.c",)),
            "freebsd/wifi.c": (("radio",), ("simnet.c", "simwifi.c"))}
WARN = ("-Wall", "-Wextra", "-Werror")


def headers(folder):
    """The names by which the shim includes what the small kernel's headers have."""
    for simulated, names in HEADERS.items():
        for name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#include "{simulated}"\n')
    (folder / "sys/time.h").write_text('#include_next <sys/time.h>\n#include "simkern.h"\n')
    return folder


def build(compiler, program, version, folder):
    """Compile the shim's files, the small kernel and the program of checks."""
    classes, more = PROGRAMS[program]
    about = port_system.find("freebsd").data
    shim = [ROOT / f for c in ("always", *classes) for f in about["files"][c]]
    small = [HERE / "freebsd" / f for f in SMALL + more] + [HERE / "kernel/tap.c"]
    includes = [headers(folder / "include"), HERE / "freebsd", HERE / "kernel",
                ROOT / "shims/include", *(ROOT / f for f in about["shim"])]
    subprocess.run(
        [compiler, "-std=gnu11", "-g", "-O1", *WARN, "-fno-builtin-malloc",
         f"-D__FreeBSD_version={version}", "-fsanitize=address,undefined",
         "-fno-sanitize-recover=all", *(f"-I{i}" for i in includes), *shim, *small,
         HERE / program, "-pthread", "-o", folder / "checks"], check=True, timeout=600)
    return folder / "checks"


@pytest.mark.parametrize("compiler, version", [("gcc", 1500068), ("clang", 1300139)])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_shim_does_what_it_promises(tmp_path, program, compiler, version):
    """Every check of the program holds, and nothing that was taken is lost or used too long."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    run = subprocess.run([build(compiler, program, version, tmp_path)], text=True,
                         capture_output=True, timeout=600,
                         env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})  # it counts itself
    lines = run.stdout.splitlines()
    assert not [line for line in lines if not line.startswith(("ok ", "1.."))], run.stdout
    assert run.returncode == 0 and run.stderr == "", run.stderr
    assert lines[-1] == f"1..{len(lines) - 1}" and len(lines) > 20
