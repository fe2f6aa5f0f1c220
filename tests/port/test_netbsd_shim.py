# SPDX-License-Identifier: BSD-2-Clause
"""shims/netbsd at work, on a small kernel of its own (netbsd/simkern.h): what no compiler tells.
Waiting, timers, soft interrupts, DMA, power run in a process, sanitized."""
import pytest

# The kernel's headers that the shim includes and that a C library has not, or has others of.
HEADERS = {
    "simkern.h": ("sys/param.h", "sys/systm.h", "sys/kernel.h", "sys/endian.h", "sys/mutex.h",
                  "sys/condvar.h", "sys/callout.h", "sys/lwp.h", "sys/proc.h", "sys/mbuf.h",
                  "sys/bus.h", "sys/intr.h", "sys/device.h", "sys/kmem.h", "sys/kthread.h",
                  "sys/pmf.h", "sys/malloc.h", "sys/cpu.h", "dev/firmload.h",
                  "dev/pci/pcireg.h", "dev/pci/pcivar.h"),
    "simnet.h": ("sys/socket.h", "sys/sockio.h", "net/bpf.h", "net/if.h", "net/if_arp.h",
                 "net/if_dl.h", "net/if_ether.h", "net/if_media.h", "net/if_types.h"),
}
CDEFS = "#include_next <sys/cdefs.h>\n#define __KERNEL_RCSID(n, text) struct k_rcsid\n"
SMALL = ["kernel/threads.c", "netbsd/simthread.c", "netbsd/simbus.c", "netbsd/simdma.c"]


@pytest.mark.parametrize("program, compiler, classes, more", [
    ("kernel/shim.c", "gcc", [], []),
    pytest.param("kernel/shim.c", "clang", [], [], marks=pytest.mark.thorough),
    ("netbsd/hazards.c", "clang", [], []),
    ("kernel/ether.c", "gcc", ["ethernet"], ["netbsd/simnet.c"])])
def test_the_shim_does_what_it_promises(small_kernel, program, compiler, classes, more):
    """Every check of the program holds; each compiler sees the whole of the kit."""
    kernel = small_kernel("netbsd", HEADERS, {"sys/cdefs.h": CDEFS})
    kernel.run(compiler, program, SMALL + more, classes, ["-Wno-unused-parameter"])
