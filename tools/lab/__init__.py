# SPDX-License-Identifier: BSD-2-Clause
"""The lab: one command inside a QEMU guest with an IOMMU, through a real kernel's VFIO.

    import lab
    r = lab.run(["run-edu", "--device", "$VOY_BDF"], device="edu")
    r.status, r.stdout, r.stderr, r.dmesg

Devices: "edu", "e1000e" (QEMU's own), {"socket": PATH} (a simulated card behind vfio-user-pci), or None.
Works as a plain user, with or without KVM.  See guest.py for the whole interface.
"""
from .errors import LabError
from .guest import Lab, Result, run

__all__ = ["Lab", "LabError", "Result", "run"]
