# SPDX-License-Identifier: BSD-2-Clause
"""What `voy port` compiles: a driver's own C files, and those of a system's shim for its class.

voy.json (drivers.py) says the class: "radio": 802.11 frames, "ethernet": a wired interface; a
driver whose sources include the header of that boundary is of the class as well.  And "sources":
patterns for the C files when not all in the folder are the driver's; "headers": folders of other
drivers whose headers it opens.  DRIVER may be the path of a
folder, too; without a voy.json all C files in it are the driver.
"""
import dataclasses
import os
import pathlib
import re

from . import drivers, paths
from .errors import VoyError

CLASSES = {"radio": "pdk80211.h", "ethernet": "pdknet.h"}


@dataclasses.dataclass
class Source:
    """A driver to compile."""
    name: str
    folder: pathlib.Path
    files: list
    classes: tuple
    own: tuple = ()         # folders whose headers are the driver's

    def shim(self, system):
        """The C files of a system's shim that it is linked with."""
        groups = system.data["files"]
        return [paths.ROOT / f for c in ("always", *self.classes) for f in groups[c]]


def find(name):
    """The Source called `name`, or the one in the folder of that path; raises VoyError."""
    if os.path.sep in name:
        return _in(pathlib.Path(name).absolute(), name)
    driver = drivers.find(name)
    return _of(driver, drivers.known()[name].parent)


def _in(folder, given):
    if not folder.is_dir():
        raise VoyError(f"{given}: no such folder; give a driver's folder, or one of: "
                       + ", ".join(drivers.known()))
    file = folder / "voy.json"
    driver = drivers.load(file) if file.is_file() else drivers.Driver(folder.name)
    return _of(driver, folder)


def _of(driver, folder):
    patterns = driver.sources or ("*.c",)
    files = sorted({p for pattern in patterns for p in folder.glob(pattern)})
    if not files:
        raise VoyError(f"{folder}: no C file of a driver there ({', '.join(patterns)})")
    included = _included(files)
    classes = tuple(c for c, header in CLASSES.items()
                    if getattr(driver, c) or header in included)
    own = tuple((folder / f).resolve() for f in (".", *driver.headers))
    return Source(driver.name, folder, files, classes, own)


def _included(files):
    """Names in <> that a driver's files include, by themselves or by their own headers."""
    out, seen, todo = set(), set(), list(files)
    while todo:
        file = todo.pop()
        if file in seen or not file.is_file():
            continue
        seen.add(file)
        text = file.read_text(errors="replace")
        out.update(re.findall(r"^\s*#\s*include\s*<([^>]+)>", text, re.M))
        todo += [file.parent / n for n in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, re.M)]
    return out
