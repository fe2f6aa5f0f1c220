# SPDX-License-Identifier: BSD-2-Clause
"""The driver alone, against the contract: what holds for every system at once.

Its files are compiled freestanding, with the pdk's own headers and nobody's system, for 64 and 32
bits, little and big endian (tools/port/contract.json).  On the way:
    - no header is opened but the pdk's and the driver's own;
    - the objects leave nothing undefined but what shims/linux/pdk.syms permits;
    - every structure of the device's has the same layout on each machine (port_wire.py);
    - what the device stores is converted, whatever the processor's byte order (port_order.py);
    - no handler calls what its context forbids (port_context.py).
"""
import glob
import json
import os

from . import paths, port_ast, port_build, port_context, port_order, port_symbols, port_system, \
    port_wire

EVIDENCE = "contract"
MAIN = "amd64"      # the machine whose objects are looked at
FOREIGN = ("{name} is no part of the pdk: a driver calls the pdk's functions only, never a "
           "system's or libc's (shims/linux/pdk.syms)")
HEADER = ("opens {name}: a driver includes the pdk's headers and its own only, never a system's "
          "or libc's")


def describe():
    """The description of the machines."""
    with open(port_system.FOLDER / "contract.json", encoding="utf-8") as f:
        return json.load(f)


def _includes():
    """The pdk's headers, and after them what those open: the compiler's, errno, queue(3)."""
    host = [os.path.dirname(os.path.dirname(p))
            for p in sorted(glob.glob("/usr/include/*-linux-gnu/sys/queue.h"))[:1]]
    after = [word for d in (*host, "/usr/include") for word in ("-idirafter", d)]
    return [f"-I{paths.ROOT / 'shims/include'}", f"-I{paths.ROOT / 'shims/linux'}", *after]


def flags(machine, compiler="clang"):
    """The compiler's arguments for one of the machines."""
    about = describe()
    start = ["-target", about["machines"][machine]["target"]] if compiler == "clang" else \
        about["machines"][machine]["gcc"]
    return [*start, *about["machines"][machine].get("flags", ()), *about["flags"], *_includes()]


def _rule(file, line, text):
    """A diagnostic of ours."""
    return {"kind": "rule", "file": file, "line": line, "text": text}


class Contract:
    """What is found out once about a driver, in all its files together."""

    def __init__(self, source, scratch):
        self.source, self.scratch = source, scratch
        self.faults = []        # dicts like a compiler's diagnostics, of kind "rule"
        self.wire = None
        self.checks = []        # C files that assert the layout of wire structures

    def read(self):
        """Read the files' syntax trees; fills `faults`, `wire` and `checks`."""
        own = port_system.FOLDER / "contract/byteorder.h"
        roots = port_ast.load(self.source.files, [*flags(MAIN), "-include", str(own)])
        self.wire = port_wire.Wire(roots)
        for node, text in self.wire.faults:
            self._fault(node, text)
        for root, ids in zip(roots, self.wire.ids):
            for node, text in port_order.faults(root, ids, self.wire.records):
                self._fault(node, text)
        for node, text in port_context.faults(roots):
            self._fault(node, text)
        self._write_checks()

    def _fault(self, node, text):
        said = _rule(port_build.short(node.file or ""), node.line, text)
        if said not in self.faults:
            self.faults.append(said)

    def headers(self, opened):
        """Diagnostics for headers that are neither the pdk's nor the driver's own, by which files.

        `opened`: by all files together.
        """
        base = self.scratch / "base.c"
        base.write_text("#include <pdk.h>\n#include <pdk80211.h>\n#include <pdknet.h>\n")
        known = set(port_build.opened(flags(MAIN), base))
        tops = tuple(os.path.join(f, "") for f in self.source.own)

        def foreign(paths_of):
            return sorted(p for p in paths_of
                          if p not in known and not os.path.realpath(p).startswith(tops))
        if not foreign(opened):
            return []
        return [_rule(port_build.short(f), 0, HEADER.format(name=p)) for f in self.source.files
                for p in foreign(port_build.opened(flags(MAIN), f))]

    def _write_checks(self):
        for number, names in sorted(self.wire.plan().items()):
            lines = [f'#include "{self.source.files[number]}"']
            for spelled in names:
                lines += self.wire.asserts(spelled)
            file = self.scratch / f"wire-{self.source.files[number].name}"
            file.write_text("\n".join(lines) + "\n")
            self.checks.append(file)

    def symbols(self, objects):
        """Diagnostics for what the driver's objects want of others than the pdk."""
        return [_rule(self.source.name, 0, FOREIGN.format(name=n))
                for n in port_symbols.foreign(port_symbols.undefined(objects))]
