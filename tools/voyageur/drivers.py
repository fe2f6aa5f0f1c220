# SPDX-License-Identifier: BSD-2-Clause
"""Which drivers there are, and what a run of each needs.

A driver's folder holds voy.json:

    {"name": "edu",                     the program is run-NAME (default: the folder's name)
     "model": "edu",                    the simulated card that --on sim starts
     "lab": "edu",                      a device of QEMU for --on lab; without it: the model
     "firmware": ["NAME.ucode"],        files it loads
     "ids": ["8086:08b1"],              the cards it drives, for `voy list`
     "radio": false}                    true: it moves 802.11 frames (--pcap, an IP path)

For a program of somebody else's (a path ending in run-NAME, linked with libvoyageur.a) the file
is looked for beside the program; without one, `voy run PROGRAM` wants --model or --on.
"""
import dataclasses
import json
import os
import pathlib

from . import paths
from .errors import VoyError


@dataclasses.dataclass
class Driver:
    """What `voy run` knows of one driver; `program` is None until the build has made it."""
    name: str
    model: str = None
    lab: str = None
    firmware: tuple = ()
    ids: tuple = ()
    radio: bool = False
    path: pathlib.Path = None       # somebody else's program

    def program(self, variant="gcc"):
        """The program to run."""
        return self.path or paths.program(f"run-{self.name}", variant)


def _load(name, file, **more):
    try:
        with open(file, encoding="utf-8") as f:
            d = json.load(f)
        unknown = set(d) - {"name", "model", "lab", "firmware", "ids", "radio"}
        if unknown:
            raise ValueError(f"unknown key {sorted(unknown)[0]}")
        return Driver(name, d.get("model"), d.get("lab"), tuple(d.get("firmware", ())),
                      tuple(d.get("ids", ())), bool(d.get("radio")), **more)
    except (OSError, ValueError, AttributeError) as e:
        raise VoyError(f"{file}: {e}; see tools/voyageur/drivers.py for what it may hold") from e


def known():
    """The drivers of this tree by name, those for users first; values are their voy.json."""
    files = sorted(paths.ROOT.glob("drivers/*/voy.json"))
    files += sorted(paths.ROOT.glob("tests/*/voy.json"))
    return {_name(f): f for f in files}


def _name(file):
    try:
        with open(file, encoding="utf-8") as f:
            return json.load(f).get("name", file.parent.name)
    except (OSError, ValueError, AttributeError):
        return file.parent.name     # _load() will say what is wrong with it


def find(name):
    """The Driver called `name`, or for the program at path `name`; raises VoyError."""
    if os.path.sep in name:
        path = pathlib.Path(name).absolute()
        if not os.access(path, os.X_OK) or not path.is_file():
            raise VoyError(f"{name}: not a program; give the path of a driver linked with "
                           "libvoyageur.a, or one of: " + ", ".join(known()))
        short = path.name.removeprefix("run-")
        beside = path.parent / "voy.json"
        if beside.is_file():
            return _load(short, beside, path=path)
        return Driver(short, path=path)
    files = known()
    if name not in files:
        raise VoyError(f"{name}: no such driver; there are: {', '.join(files)} "
                       "(or give the path of a program linked with libvoyageur.a)")
    return _load(name, files[name])
