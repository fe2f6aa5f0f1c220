# SPDX-License-Identifier: BSD-2-Clause
"""Which kernel modules a guest needs, in the order in which they must be loaded."""
import json

from .errors import LabError

BASE = ["virtio_pci", "virtio_console"]
VFIO = ["vfio_iommu_type1", "vfio_pci"]
# What a module asks the kernel for by name when it is used (request_module), which the guest,
# without modprobe's index, cannot answer: ciphers for protected frames.
LATE = {"mac80211": ["ctr", "ccm", "gcm", "cmac", "ghash_generic"]}


def closure(kernel, names):
    """[(name, path)] of modules `names` and all they need, each after what it needs.

    A name that is built into the kernel is left out; one that is not there raises LabError.
    """
    index = json.loads((kernel.modules / "voy-modules.json").read_text(encoding="utf-8"))
    builtin = {line.rsplit("/", 1)[-1].split(".")[0].replace("-", "_") for line in
               (kernel.modules / "modules.builtin").read_text(encoding="utf-8").split()}
    order, begun = [], set()

    def visit(name, wanted_by, optional=False):
        name = name.replace("-", "_")
        if name in builtin or name in begun:
            return
        begun.add(name)
        if name not in index:
            if optional:
                return
            raise LabError(f"lab: kernel module {name}{wanted_by}: not in Debian's kernel "
                           f"{kernel.release} as kept in the cache ({kernel.modules})")
        for soft in index[name]["soft"]:
            visit(soft, f" (wanted by {name})", optional=True)
        for need in index[name]["needs"]:
            visit(need, f" (needed by {name})")
        for late in LATE.get(name, ()):
            visit(late, f" (used by {name})", optional=True)
        order.append((name, kernel.modules / index[name]["path"]))

    for name in names:
        visit(name, "")
    return order
