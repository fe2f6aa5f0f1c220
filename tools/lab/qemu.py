# SPDX-License-Identifier: BSD-2-Clause
"""The guest machine as a QEMU command line.

The parts are fixed by measurement: a simulated card behind vfio-user-pci works together with a
virtual IOMMU only with interrupt remapping and caching mode, and the guest's memory must be a
shared memfd so that the card's process can map it.
"""
import json
import subprocess

from voyageur import procs

from . import tsc

SLOT = "0000:00:10.0"
# Of the root ports that cards are put behind, the first at SLOT.  0x00, 0x1e and 0x1f are the
# host bridge's, the channels' and the chipset's.
SLOTS = [*range(0x10, 0x1e), *range(0x02, 0x10)]
CHANNELS = ("ctl", "out", "err")
# Of an emulated guest: the newest that programs built here want, ThreadSanitizer's runtime for one.
CPU = "qemu64,+ssse3,+sse4.1,+sse4.2,+popcnt"
# The last line is about time only: under emulation it saves about a second and a half.
KERNEL_PARAMETERS = (
    "console=ttyS0 loglevel=7 printk.devkmsg=on panic=-1 oops=panic intel_iommu=on "
    "nokaslr mitigations=off tsc=reliable no_timer_check random.trust_cpu=on "
    "cryptomgr.notests noreplace-smp audit=0 apparmor=0")


# QEMU's own devices that may be given; e1000e has a router behind it (10.0.2.2, DHCP).
OWN = {"edu": ["-device", "edu,addr=0x10"],
       "e1000e": ["-netdev", "user,id=net0,ipv6=off",
                  "-device", "e1000e,addr=0x10,netdev=net0,mac=52:54:00:82:57:4c,rombar=0"]}


def device_arguments(device):
    """-device arguments for the device under test; see guest.run for what `device` may be."""
    if device is None:
        return []
    if isinstance(device, str):
        return OWN[device]
    argv = []
    for i, card in enumerate(device if isinstance(device, list) else [device]):
        port = f"port{i}"
        # The firmware cannot give 4 KiB of the 64 KiB of I/O space to each of twenty ports.
        argv += ["-device", f"pcie-root-port,id={port},chassis={i + 1},slot={i + 1},"
                            f"addr={SLOTS[i]:#x},io-reserve=0",
                 "-device", json.dumps({"driver": "vfio-user-pci", "bus": port,
                                        "id": f"card{i}", "socket": {
                                            "type": "unix", "path": str(card["socket"])}})]
    return argv


def command_line(prefix, accel, kernel, device, fds, memory_mb=512, cpus=1, sockets=None):
    """The whole command line.  `fds` maps "log", CHANNELS and "initrd" to inherited descriptors,
    `sockets` names of further channels to the UNIX sockets that QEMU connects to."""
    kvm = accel == "kvm"
    argv = [*prefix, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35,memory-backend=mem,smbus=off,sata=off,hpet=off"
            + (",kernel-irqchip=split" if kvm else ""),
            "-accel", accel, "-cpu", "host" if kvm else CPU, "-smp", str(cpus),
            "-m", f"{memory_mb}M",
            "-object", f"memory-backend-memfd,id=mem,size={memory_mb}M,share=on",
            "-device", "intel-iommu,intremap=on,caching-mode=on",
            "-chardev", f"file,id=log,path=/dev/fd/{fds['log']}", "-serial", "chardev:log",
            "-device", "virtio-serial-pci,addr=0x1e,disable-legacy=on"]
    for c, path in (sockets or {}).items():     # before the others, whose coming init awaits
        path = str(path).replace(",", ",,")
        argv += ["-chardev", f"socket,id=ch-{c},server=off,path={path}",
                 "-device", f"virtserialport,chardev=ch-{c},name=voy-{c}"]
    for c in CHANNELS:
        argv += ["-chardev", f"file,id={c},path=/dev/fd/{fds[c]}",
                 "-device", f"virtserialport,chardev={c},name=voy.{c}"]
    argv += device_arguments(device)
    rate = None if kvm else tsc.khz()
    argv += ["-kernel", str(kernel), "-initrd", f"/dev/fd/{fds['initrd']}", "-append",
             KERNEL_PARAMETERS + (f" tsc_early_khz={rate}" if rate else "")]
    return argv


def start(argv, **options):
    """A Popen of QEMU, in a session of its own, without input; it cannot outlive this thread."""
    return procs.start(argv, stdin=subprocess.DEVNULL, start_new_session=True, **options)
