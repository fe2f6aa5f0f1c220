# SPDX-License-Identifier: BSD-2-Clause
"""Header sets: what a driver can be compiled against for a system.

    tree(out, system, folder, machine)      the source tree of a kernel (--src)
    installed(out, system, about, folder, machine)
                                            headers as that system installs them (ziglang's), with
                                            an overlay of prototypes for those that are not
Both give a HeaderSet, whose folder of generated headers, below `out`, port_gen.py fills.
"""
import dataclasses
import os
import pathlib

from . import paths, port_gen, port_system
from .errors import VoyError

TREE = "source tree"
INSTALLED = "installed headers"


@dataclasses.dataclass
class HeaderSet:
    """One of them; `root`: where the kernel's headers begin."""
    system: port_system.System
    machine: str
    release: str
    evidence: str
    root: pathlib.Path
    includes: list
    defines: list
    gen: pathlib.Path

    @property
    def about(self):
        """The description of its machine."""
        return self.system.machine(self.machine)

    @property
    def overlay(self):
        """Prototypes for headers that are not there; opened only for those."""
        return port_system.FOLDER / "overlay" / self.system.name

    def flags(self, compiler):
        """The compiler's arguments for any file."""
        d, about = self.system.data, self.about
        common = [f.format(gen=self.gen) for f in d["flags"]]
        if compiler == "clang":
            start = ["-target", about["target"]]
        else:
            start = [*about["gcc"], "-fno-pic", "-fno-pie", "-fno-stack-protector",
                     "-U__linux__", "-U__linux", "-Ulinux", "-U__gnu_linux__",
                     f"-D{d['system_define']}=1"]
        dirs = [word for i in self.includes for word in ("-isystem", str(i))]
        own = [f"-I{paths.ROOT / i}" for i in ("shims/include", *d["shim"])]
        # A kernel's interfaces have parameters that not every function needs.
        common.append("-Wno-unused-parameter")
        return [*start, *common, *about["flags"], "-nostdinc", *self.defines, *own, *dirs,
                "-idirafter", str(self.overlay)]


def _gen_dir(out, system, release, machine, kind):
    plain = "".join(c if c.isalnum() or c in ".-" else "_" for c in release)
    return out / "gen" / f"{system.name}-{plain}-{machine}-{kind}"


def _includes(patterns, **where):
    return [pathlib.Path(p.format(**where)) for p in patterns]


def root(system, folder):
    """Where in `folder` the kernel's sources begin, and their release; raises VoyError."""
    folder = pathlib.Path(folder)
    option = f"--src {system.name}={folder}"
    if not folder.is_dir():
        raise VoyError(f"{option}: no such folder; give the {system.title} source tree, "
                       "/usr/src or its sys")
    for place in system.data["tree"]["places"]:
        top = folder / place
        try:
            text = (top / "sys/param.h").read_text(errors="replace")
        except OSError:
            continue
        release = port_system.release(system, text)
        if release:
            _whole(system, top, option)
            return top.resolve(), release
        raise VoyError(f"{option}: {top / 'sys/param.h'} is not {system.title}'s (it defines no "
                       f"{system.data['version']['define']}); give that system's source tree")
    raise VoyError(f"{option}: there is no sys/param.h in it; give the {system.title} source "
                   "tree, /usr/src or its sys")


def _whole(system, top, option):
    """Raise VoyError when something lacks that is in every tree."""
    for want in system.data["tree"]["want"]:
        if not (top / want).exists():
            raise VoyError(f"{option}: {top / want} is missing; the tree is not whole")


def tree(out, system, folder, machine):
    """The HeaderSet of a source tree; raises VoyError when it is none.  None: not that machine."""
    top, release = root(system, folder)
    system = system.of(top)
    about = system.machine(machine)
    if not all((top / to).is_dir() for to in about["links"].values()) \
            or not (top / about.get("needs", ".")).exists():
        return None
    gen = _gen_dir(out, system, release, machine, "tree")
    port_gen.fill(gen, system, top, links={n: top / t for n, t in about["links"].items()},
                  forward=about.get("forward"))
    return HeaderSet(system, machine, release, TREE, top,
                     _includes(system.data["tree"]["includes"], gen=gen, src=top), [], gen)


def installed(out, system, about, folder, machine):
    """The HeaderSet of installed headers below `folder`, one entry (`about`) of the system's
    "installed"; None: there are none for that machine."""
    if "stack" in about:
        system = system.with_stack(about["stack"])
    inside = system.machine(machine).get("installed")
    if not inside or not (folder / inside).is_dir():
        return None
    top = folder / f"generic-{system.name}"
    if not top.is_dir():
        return None
    gen = _gen_dir(out, system, about["release"], machine, "installed")
    links = {name: folder / to for name, to in about.get("links", {}).items()}
    port_gen.fill(gen, system, top, links=links, more=[folder / inside])
    defines = [f"-D{system.data['version']['define']}={about['version']}"]
    defines = about.get("defines", defines)
    return HeaderSet(system, machine, about["release"], about.get("evidence", INSTALLED), top,
                     _includes(about["includes"], gen=gen, headers=folder, installed=inside,
                               overlay=port_system.FOLDER / "overlay"), defines, gen)


def used_overlay(header_set, opened):
    """Names of the overlay's headers among the files that a compiler opened."""
    top = os.path.join(header_set.overlay.parent, "")
    return sorted({p[len(top):].partition("/")[2] for p in map(os.path.normpath, opened)
                   if p.startswith(top)})
