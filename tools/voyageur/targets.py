# SPDX-License-Identifier: BSD-2-Clause
"""What --on names: where a driver meets its device.

    sim             a simulated card in a process of its own (the default)
    lab             the same, or a device of QEMU's, behind the real VFIO of a guest kernel
    BDF             a card in this machine, bound to vfio-pci (0000:03:00.0 or 03:00.0)
    unix:PATH       a vfio-user server that runs already
    replay:FILE     no device, but what --record FILE wrote of another run
"""
import dataclasses
import os
import re
import stat

from .errors import VoyError

BDF = re.compile(r"(?:([0-9a-fA-F]{4,8}):)?([0-9a-fA-F]{2}):([0-1][0-9a-fA-F])\.([0-7])")
FORMS = "sim, lab, a PCI address (0000:03:00.0), unix:PATH or replay:FILE"


@dataclasses.dataclass
class Target:
    """kind is sim, lab, bdf, unix or replay; device is what the harness is told (of the others)."""
    kind: str
    device: str = None


def parse(text):
    """The Target that `text` names; raises VoyError for a form that is none."""
    if text in ("sim", "lab"):
        return Target(text)
    if text.startswith("unix:"):
        if not text[5:]:
            raise VoyError("--on unix: names no socket; give unix:PATH")
        return Target("unix", "unix:" + os.path.abspath(text[5:]))
    if text.startswith("replay:"):
        if not text[7:]:
            raise VoyError("--on replay: names no recording; give replay:FILE")
        return Target("replay", "replay:" + os.path.abspath(text[7:]))
    m = BDF.fullmatch(text)
    if m:
        return Target("bdf", f"{m[1] or '0000'}:{m[2]}:{m[3]}.{m[4]}".lower())
    raise VoyError(f"--on {text}: not a target; give {FORMS}")


def check(target):
    """Raise VoyError for a target that cannot be there: no such socket, no such device."""
    if target.kind == "unix":
        path = target.device[5:]
        try:
            if not stat.S_ISSOCK(os.stat(path).st_mode):
                raise VoyError(f"{path}: not a socket; give the path of a vfio-user server's "
                               "(voy sim MODEL --socket PATH starts one)")
        except OSError as e:
            raise VoyError(f"{path}: {e.strerror}; start a vfio-user server there first "
                           f"(voy sim MODEL --socket {path})") from e
    if target.kind == "replay" and not os.path.exists(target.device[7:]):
        raise VoyError(f"{target.device[7:]}: no such file; voy run DRIVER --record FILE writes a "
                       "recording")
    if target.kind == "bdf" and not os.path.exists(f"/sys/bus/pci/devices/{target.device}"):
        raise VoyError(f"{target.device}: no such PCI device in this machine; "
                       "`voy list` shows what there is")
