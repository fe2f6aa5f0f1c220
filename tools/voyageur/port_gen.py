# SPDX-License-Identifier: BSD-2-Clause
"""The headers that a kernel's own build generates: options, interfaces, links to the machine's.

A header opt_*.h is generated for each that a header of the system or the shim includes: empty, as
if no option were set, unless the description of the system (port_system.py) says more.  An *_if.h
comes from the tree's own *_if.m by its own makeobjops.awk.
"""
import os
import pathlib
import re
import shutil
import subprocess

from . import paths
from .errors import VoyError

INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*["<]((?:opt_\w+|\w+_if)\.h)[">]', re.M)


def _named(folder):
    """Names of generated headers that the C files and headers of a folder include."""
    out = set()
    for entry in os.scandir(folder):
        if entry.name.endswith((".h", ".c")) and entry.is_file():
            with open(entry.path, "rb") as f:
                out.update(name.decode() for name in INCLUDE.findall(f.read()))
    return out


def _below(folder):
    """A folder and all in it, and what its links lead to."""
    return [pathlib.Path(d) for d, _, _ in os.walk(folder, followlinks=True)]


def _wanted(system, root, links, more):
    folders = [root / d for d in system.data["headers"]]
    folders += [d for top in (*links.values(), *more) for d in _below(top)]
    folders += [paths.ROOT / d for d in system.data["shim"]]
    folders += {(paths.ROOT / f).parent for group in system.data["files"].values() for f in group}
    out = set(system.data.get("interfaces", ())) | set(system.data["options"])
    for folder in folders:
        if folder.is_dir():
            out |= _named(folder)
    return out


def _interface(gen, root, name):
    """Make x_if.h from the tree's x_if.m, where the tree has one."""
    awk = root / "tools/makeobjops.awk"
    found = [p for d in ("kern", "dev/pci", "bus/pci", "net", "opencrypto", "libkern")
             for p in [root / d / name.replace(".h", ".m")] if p.is_file()]
    if not found or not awk.is_file():
        return      # an overlay may have it; else the compiler says what is missing
    try:
        p = subprocess.run(["awk", "-f", str(awk), str(found[0]), "-h"], cwd=gen, text=True,
                           capture_output=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as e:
        raise VoyError(f"awk: {e.strerror}; it makes {name} of {found[0]}: install awk") from e
    if p.returncode != 0 or not (gen / name).is_file():
        raise VoyError(f"{name}: {awk} could not make it of {found[0]}: "
                       f"{(p.stderr or p.stdout).strip()}")


def _forward(gen, links, forward):
    """Headers <machine/x.h> for those that only the processor's folder has, as DragonFly's make."""
    for name, link in forward.items():
        folder = gen / "forward" / name
        folder.mkdir(parents=True)
        for entry in sorted(os.listdir(links[link])):
            if entry.endswith(".h") and not (links[name] / entry).exists():
                (folder / entry).write_text(f"#include <{link}/{entry}>\n")


def fill(gen, system, root, links=None, more=(), forward=None):
    """Make the folder `gen` anew; `links`: {name: folder}; `more`: folders of headers besides;
    `forward`: {name of a link: that which has what it lacks}."""
    links = links or {}
    shutil.rmtree(gen, ignore_errors=True)
    gen.mkdir(parents=True)
    for name, to in links.items():
        (gen / name).symlink_to(to)
    _forward(gen, links, forward or {})
    for name in sorted(_wanted(system, root, links, more)):
        if name.startswith("opt_") or name in system.data["options"]:
            (gen / name).write_text(system.data["options"].get(name, ""))
        else:
            _interface(gen, root, name)
