# SPDX-License-Identifier: BSD-2-Clause
"""shims/openbsd at work, on a small kernel of its own (openbsd/simkern.h, simnet.h): what no
compiler tells.  Waiting, timers, DMA, states, keys and block ack run in a process, sanitized."""
import pytest

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
SMALL = ["openbsd/simkern.c", "openbsd/simbus.c", "openbsd/simdma.c"]
NET = ["openbsd/simnet.c", "openbsd/simqueue.c"]
WIFI = ["openbsd/simwifi.c", "openbsd/simqueue.c"]


@pytest.mark.parametrize("program, compiler, classes, more", [
    ("kernel/shim.c", "gcc", [], []),
    pytest.param("kernel/shim.c", "clang", [], [], marks=pytest.mark.thorough),
    ("openbsd/hazards.c", "gcc", [], []),
    pytest.param("openbsd/wifi.c", "gcc", ["radio"], WIFI, marks=pytest.mark.thorough),
    ("openbsd/wifi.c", "clang", ["radio"], WIFI),
    ("kernel/ether.c", "gcc", ["ethernet"], NET), ("openbsd/ether.c", "clang", ["ethernet"], NET)])
def test_the_shim_does_what_it_promises(small_kernel, program, compiler, classes, more):
    """Every check of the program holds; each compiler sees the whole of the kit."""
    kernel = small_kernel("openbsd", HEADERS, {"bpfilter.h": "#define NBPFILTER 0\n"})
    kernel.run(compiler, program, SMALL + more, classes)
