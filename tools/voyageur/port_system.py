# SPDX-License-Identifier: BSD-2-Clause
"""The systems a driver is ported to, as tools/port/NAME.json tells of them, and their releases.

    title           the name for people
    shim            folders of the shim, for -I
    files           the shim's C files: always, and for drivers of a class (radio, ethernet)
    version         define: the macro in sys/param.h that says the release; format: how to read it;
                    not: a macro which shows that it is another system's
    system_define   what a compiler for that system defines (gcc is not one)
    flags           of its kernel's compilation; {gen}: the folder of generated headers
    options         generated headers which are not empty
    headers         folders whose headers, and
    interfaces      names of *_if.h whose contents, are generated when a header wants them
    tree            of a source tree: places (where in the given folder it may begin), want (what
                    must be in it), includes, exports (folders that define a kernel's functions)
    installed       of the headers that an installed system has, for each release: release, version,
                    includes, package (ziglang's version; without it, the newest that
                    fetch_headers.py knows); of what is put together for a stack: stack, evidence
                    (what to call that), links (folders by name, of others of the package, that take
                    the place of its own)
    stacks          other 802.11 stacks that a release may have, by name: has (a file that shows
                    it), shim and radio, in the place of those above
    machines        by name: target (clang's name), links in the folder of generated headers,
                    forward (of a link, the one that has the headers which it lacks), flags,
                    emulation (ld's name), gcc (what makes an x86 gcc compile for it; without it gcc
                    cannot), clang (false: the system's headers are not for it), installed,
                    machine_arch, needs (a file without which it has no PCI).  The first is the
                    main one
    compiler        symbols that the system's compiler makes use of and its kernels have
"""
import dataclasses
import json
import re

from . import paths
from .errors import VoyError

NAMES = ("netbsd", "openbsd", "freebsd", "dragonfly")
FOLDER = paths.ROOT / "tools/port"


@dataclasses.dataclass
class System:
    """One of them; `data` is its description."""
    name: str
    data: dict

    @property
    def title(self):
        """For people."""
        return self.data["title"]

    def machines(self):
        """Names of machines, the main one first."""
        return list(self.data["machines"])

    def machine(self, name):
        """The description of one."""
        return self.data["machines"][name]

    def with_stack(self, name):
        """The system as it is with another 802.11 stack."""
        stack = self.data["stacks"][name]
        files = {**self.data["files"], "radio": stack["radio"]}
        return System(self.name, {**self.data, "files": files, "shim": stack["shim"]})

    def of(self, top):
        """The system as the source tree at `top` is."""
        for name, stack in self.data.get("stacks", {}).items():
            if (top / stack["has"]).exists():
                return self.with_stack(name)
        return self


def find(name):
    """The System called `name`."""
    with open(FOLDER / f"{name}.json", encoding="utf-8") as f:
        return System(name, json.load(f))


def _netbsd(value, _):
    number = int(value)
    patch = number // 100 % 10000
    return f"{number // 10 ** 8}.{number // 10 ** 6 % 100}" + (f".{patch}" if patch else "")


def _openbsd(value, text):
    m = re.search(r"^#define\s+OpenBSD(\d+)_(\d+)\b", text, re.M)
    return f"{m[1]}.{m[2]} ({value[:4]}-{value[4:]})" if m else value


def _freebsd(value, _):
    return f"{int(value) // 100000}.{int(value) // 1000 % 100}"


def _dragonfly(value, _):
    return f"{int(value) // 100000}.{int(value) % 100000 // 100}"


_FORMATS = {"netbsd": _netbsd, "openbsd": _openbsd, "freebsd": _freebsd, "dragonfly": _dragonfly}


def release(system, text):
    """The release that the text of a sys/param.h is of, or None when it is another system's."""
    about = system.data["version"]
    other = about.get("not")
    if other and re.search(rf"^#\s*define\s+{other}\b", text, re.M):
        return None
    m = re.search(rf"^#\s*define\s+{about['define']}\s+(\d+)", text, re.M)
    return _FORMATS[about["format"]](m[1], text) if m else None


def sources(given):
    """{system: [folder, ...]} of --src arguments; raises VoyError for one of another form."""
    out = {}
    for text in given or ():
        name, equals, folder = text.partition("=")
        if not equals or not folder or name not in NAMES:
            raise VoyError(f"--src {text}: not of the form NAME=DIR, NAME one of "
                           f"{', '.join(NAMES)}; for example --src netbsd=/usr/src")
        out.setdefault(name, []).append(folder)
    return out
