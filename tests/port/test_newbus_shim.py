# SPDX-License-Identifier: BSD-2-Clause
"""shims/newbus and shims/vap at work, on a small FreeBSD kernel of its own (freebsd/simkern.h):
what no compiler tells.  Waiting, timers, DMA, boot, states and keys run in a process, sanitized."""
import pytest

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
TIME = '#include_next <sys/time.h>\n#include "simkern.h"\n'
SMALL = ["kernel/threads.c", "freebsd/simthread.c", "freebsd/simbus.c", "freebsd/simdma.c"]
NET = ["freebsd/simnet.c"]
# Checks: the shim's files of a class, what else the small kernel has to have.
PROGRAMS = {"kernel/shim.c": ([], []), "freebsd/hazards.c": ([], []),
            "kernel/ether.c": (["ethernet"], NET),
            "freebsd/wifi.c": (["radio"], [*NET, "freebsd/simwifi.c"])}


@pytest.mark.parametrize("compiler, version", [("gcc", 1500068), ("clang", 1300139)])
@pytest.mark.parametrize("program", PROGRAMS)
def test_the_shim_does_what_it_promises(small_kernel, program, compiler, version):
    """Every check of the program holds."""
    kernel = small_kernel("freebsd", HEADERS, {"sys/time.h": TIME})
    classes, more = PROGRAMS[program]
    kernel.run(compiler, program, SMALL + more, classes, [f"-D__FreeBSD_version={version}"])
