# SPDX-License-Identifier: BSD-2-Clause
"""`voy port`: does a driver's very source build in the kernels of the BSDs, and what is in the way?

Rows, each of one kind of evidence:
    contract            the driver alone against the pdk (port_contract.py)
    source tree         driver and shim against a kernel's sources (--src NAME=DIR), linked to a
                        relocatable module whose undefined symbols the kernel must have
    installed headers   the same against the headers that an installed system has (ziglang's)
For machines but the main one driver and shim are compiled (by clang to its intermediate code), not
linked.  A header set that is not there is a row that says "skip" and how to get it; a system that
was asked for by --os and could not be checked at all fails the run, as does a run that checked no
system.
"""
import contextlib
import fcntl
import functools
import os
import pathlib
import platform

from . import fetch_headers, paths, port_build, port_contract, port_headers, port_source, \
    port_symbols, port_system, port_table
from .errors import VoyError

COMPILERS = ("gcc", "clang")
PLAIN = "-O0"       # after a system's flags, where nothing is linked


class Check:
    """One run: the rows so far, and how to tell of them."""

    def __init__(self, source, tell, symbols, out, options):
        self.source, self.tell, self.symbols, self.out = source, tell, symbols, out
        self.compilers = options.compiler or COMPILERS
        self.only = options.machine     # of the systems' machines, or None
        self.rows = []
        self.contract = port_contract.Contract(source, self._folder())

    def _done(self, row, said=()):
        """Take a finished row."""
        row["errors"] = sum(d["kind"] != "warning" for d in said)
        row["warnings"] = sum(d["kind"] == "warning" for d in said)
        bad = said or row["unknown"]
        row["status"] = "fail" if bad else "ok"
        self.rows.append(row)
        self.tell.row(row, said)

    def skip(self, system, evidence, text, mend, **more):
        """A row for what could not be checked."""
        row = port_table.row(system, evidence, status="skip", text=text, mend=mend, **more)
        self.rows.append(row)
        self.tell.row(row, ())

    # ---- the contract ----

    def check_contract(self):
        """The driver alone, for every machine."""
        if not port_build.have("clang"):
            raise VoyError("clang is not installed; voy port reads a driver with it: "
                           "apt-get install clang")
        self.contract.read()
        for name, machine in port_contract.describe()["machines"].items():
            for compiler in COMPILERS:
                if compiler == "gcc" and ("gcc" not in machine or "gcc" not in self.compilers):
                    continue        # clang reads the driver, whoever else is wanted
                if compiler == "gcc" and not self._gcc("any", port_contract.EVIDENCE, name):
                    continue
                self._contract_row(name, compiler)

    def _contract_row(self, machine, compiler):
        flags = port_contract.flags(machine, compiler)
        main = machine == port_contract.MAIN
        if not main:
            flags.append(PLAIN)
        result = port_build.compile_all(compiler, flags, self.source.files,
                                        self._folder("contract", machine, compiler))
        said = result.said
        if main:
            said += self.contract.symbols(result.objects) if result.objects else []
            if compiler == "clang":
                said += self.contract.headers(result.opened) + self.contract.faults
        said += self._wire(compiler, flags, said)
        self._done(port_table.row("any", port_contract.EVIDENCE, release="pdk", machine=machine,
                                  compiler=compiler, files=result.count), said)

    def _wire(self, compiler, flags, said):
        """The layout of wire structures by this compiler; what did not compile before is told."""
        if said:
            return []
        return port_build.compile_all(compiler, flags, self.contract.checks).said

    def _gcc(self, system, evidence, machine):
        """True when the host's gcc can be used; else a row says why not."""
        if not port_build.have("gcc"):
            self.skip(system, evidence, "gcc is not installed", "apt-get install gcc",
                      compiler="gcc", machine=machine)
            return False
        if platform.machine() not in ("x86_64", "amd64"):
            self.skip(system, evidence, f"this machine's gcc compiles for {platform.machine()}",
                      "clang's rows say the same of every machine", compiler="gcc",
                      machine=machine)
            return False
        return True

    def _folder(self, *words):
        folder = self.out / self.source.name / "-".join(words)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    # ---- systems ----

    def check_system(self, system, folders, headers):
        """All header sets of a system; `headers(package)`: where a ziglang's are, or why not."""
        if not folders:
            self.skip(system.name, port_headers.TREE, "no source tree given",
                      f"--src {system.name}=/usr/src")
        for folder in folders:
            self._sets(system, lambda m, f=folder: port_headers.tree(self.out, system, f,
                                                                            m))
        for about in system.data.get("installed", ()):
            if "stack" in about and "radio" not in self.source.classes:
                continue        # only a radio sees it
            self._installed(system, about, headers(about.get("package", fetch_headers.NEWEST)))

    def _installed(self, system, about, headers):
        """Those of one release, at `headers`, or that text says why there are none."""
        if not isinstance(headers, str) and self._sets(
                system, lambda m: port_headers.installed(self.out, system, about, headers, m)):
            return
        of = " ".join([system.title, *([f"for {', '.join(self.only)}"] if self.only else [])])
        text = headers if isinstance(headers, str) else f"{headers} has none of {of}"
        self.skip(system.name, about.get("evidence", port_headers.INSTALLED), text,
                  fetch_headers.MEND, release=about["release"])

    def _sets(self, system, make):
        """Check the header sets that make(machine) gives; how many there were."""
        count = 0
        for machine in system.machines():
            header_set = make(machine) if not self.only or machine in self.only else None
            if header_set:
                self._set(header_set, machine == system.machines()[0])
                count += 1
        return count

    def _set(self, header_set, main):
        exports = port_symbols.Exports(header_set, self.symbols.get(header_set.system.name))
        for compiler in self.compilers:
            if not header_set.about.get(compiler, compiler == "clang"):
                continue
            if compiler == "gcc" and not self._gcc(header_set.system.name, header_set.evidence,
                                                   header_set.machine):
                continue
            self._system_row(header_set, compiler, exports if main else None)

    def _system_row(self, header_set, compiler, exports):
        system = header_set.system
        flags = header_set.flags(compiler)
        if not exports:
            flags.append(PLAIN)
            if compiler == "clang":     # its assembler knows less than theirs
                flags.append("-emit-llvm")
        folder = self._folder(header_set.gen.name, compiler)
        shim = self.source.shim(system)
        missing = [port_build.short(f) for f in shim if not f.is_file()]
        files = [*self.source.files, *(f for f in shim if f.is_file())]
        result = port_build.compile_all(compiler, flags, files, folder)
        said = [{"kind": "error", "file": f, "line": 0,
                 "text": f"there is no such file: {system.title}'s shim is not whole"}
                for f in missing]
        said += result.said
        row = port_table.row(system.name, header_set.evidence, release=header_set.release,
                             machine=header_set.machine, compiler=compiler, files=result.count,
                             os_lines=port_table.os_lines(result.opened),
                             overlay=port_headers.used_overlay(header_set, result.opened))
        said += self._wire(compiler, flags, said)
        emulation = header_set.about.get("emulation")
        if exports and emulation and not missing and len(result.objects) == result.count:
            self._module(row, said, emulation, result.objects, folder, exports)
        self._done(row, said)

    def _module(self, row, said, emulation, objects, folder, exports):
        """Link the objects, and look for what the module leaves to the kernel."""
        out = folder / f"{self.source.name}.o"
        error = port_build.link(emulation, objects, out)
        if error:
            said += [{"kind": "error", "file": out.name, "line": 0, "text": line}
                     for line in error.splitlines()]
            return
        wanted = port_symbols.undefined([out])
        known = exports.find(wanted)
        row["symbols"] = len(wanted)
        row["unknown"] = sorted(wanted - set(known))
        row["declared"] = sorted(n for n, how in known.items() if how == port_symbols.DECLARED)

    # ---- the end ----

    def result(self, wanted, insisted):
        """(ok, text) of the whole run."""
        failed = [r for r in self.rows if r["status"] == "fail"]
        checked = {r["system"] for r in self.rows if r["status"] == "ok"} - {"any"}
        checked |= {r["system"] for r in failed} - {"any"}
        missing = [s for s in wanted if s not in checked]
        if failed:
            return False, f"{len(failed)} of {len(self.rows)} rows failed"
        if not checked:
            return False, ("no system was checked: there are no headers of any; give a source "
                           "tree with --src, or let ziglang's be downloaded")
        if insisted and missing:
            return False, f"not checked: {', '.join(missing)} (asked for by --os)"
        return True, None


def _check_machines(given, wanted):
    """Raise VoyError for a machine that none of the wanted systems has."""
    known = {m for s in wanted for m in port_system.find(s).machines()}
    for name in given or ():
        if name not in known:
            raise VoyError(f"--machine {name}: not a machine of {', '.join(wanted)}; one of "
                           f"{', '.join(sorted(known))}")


def _symbols(given):
    """{system: names} of --symbols arguments."""
    out = {}
    for text in given or ():
        name, equals, file = text.partition("=")
        if not equals or not file or name not in port_system.NAMES:
            raise VoyError(f"--symbols {text}: not of the form NAME=FILE, NAME one of "
                           f"{', '.join(port_system.NAMES)}")
        out.setdefault(name, set()).update(port_symbols.read_list(f"--symbols {text}", file))
    return out


def run(options):
    """Check, print; the exit status."""
    tell = port_table.Json() if options.json else port_table.Human()
    try:
        return _run(options, tell)
    except VoyError as e:
        if options.json:
            tell.result({"ok": False, "error": str(e)})
        raise


@contextlib.contextmanager
def _work(out):
    """The folder for what is made; one run at a time is in it."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        fd = os.open(out / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as e:
        raise VoyError(f"{out}: {e.strerror}; give a folder that can be written with --out") from e
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield out
    finally:
        os.close(fd)


def _headers(fetch):
    """headers(package) of Check: what cannot be downloaded is a row that is skipped."""
    @functools.cache
    def headers(package):
        found = fetch_headers.here(False, package)
        if not fetch or not isinstance(found, str):
            return found
        try:
            return fetch_headers.here(True, package)
        except fetch_headers.cache.CacheError as e:
            return str(e)
    return headers


def _run(options, tell):
    source = port_source.find(options.driver)
    wanted = list(dict.fromkeys(options.os or port_system.NAMES))
    folders, symbols = port_system.sources(options.src), _symbols(options.symbols)
    _check_machines(options.machine, wanted)
    for name in [*folders, *symbols]:
        if name not in wanted:
            raise VoyError(f"--src or --symbols {name}: but --os leaves {name} out; name it with "
                           "--os, too")
    for name in folders:        # before anything that takes long
        for folder in folders[name]:
            port_headers.root(port_system.find(name), folder)
    headers = _headers(options.fetch)
    with _work(pathlib.Path(options.out or paths.BUILD / "port").absolute()) as out:
        check = Check(source, tell, symbols, out, options)
        tell.start(source)
        check.check_contract()
        for name in wanted:
            check.check_system(port_system.find(name), folders.get(name, ()), headers)
    ok, error = check.result(wanted, bool(options.os))
    tell.table(check.rows)
    tell.result({"ok": ok, "driver": source.name, "systems": wanted,
                 "rows": {s: sum(r["status"] == s for r in check.rows)
                          for s in ("ok", "fail", "skip")}, "error": error})
    return 0 if ok else 1
