# SPDX-License-Identifier: BSD-2-Clause
"""The guest's root file system: a cached base archive and a small one for each run.

The base (busybox, the init script, the modules every guest loads) depends on the kernel only
and is kept in the build cache.  Each run adds programs of the host's build with the shared
libraries they need, firmware, further modules, and the command itself, in memory.
"""
import hashlib
import os
import pathlib
import platform
import re
import shlex
import subprocess

from voyageur import cache, fetch, programs

from . import cpio, modules
from .errors import LabError

HERE = pathlib.Path(__file__).parent


def base(kernel):
    """Path of the base archive for a kernel, made when missing or out of date."""
    busybox = fetch.busybox()
    init = (HERE / "init.sh").read_bytes()
    dhcp = (HERE.parents[1] / "harness/netns/udhcpc.sh").read_bytes()
    key = hashlib.sha256(init + dhcp + (HERE / "initramfs.py").read_bytes()
                         + str(os.stat(busybox)).encode() + kernel.release.encode()).hexdigest()
    name = f"lab-base/{kernel.release}"

    def build(tmp):
        (tmp / "base.cpio").write_bytes(_base(kernel, busybox, init, dhcp))
        return {}

    return cache.product(name, build, key) / "base.cpio"


def _base(kernel, busybox, init, dhcp):
    a = cpio.Archive()
    for d in ("/proc", "/sys", "/dev", "/tmp", "/run", "/root", "/lib", "/lib64", "/usr/bin"):
        a.directory(d)
    a.chardev("/dev/console", 5, 1)
    a.file("/init", init, 0o755)
    a.file("/etc/udhcpc/default.script", dhcp, 0o755)
    a.copy(str(busybox), "/bin/busybox")
    for applet in applets(busybox):
        a.link(f"/bin/{applet}", "busybox")
    for d in ("/sbin", "/usr/sbin"):
        a.link(d, "/bin")
    a.file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"
           b"voy:x:1000:1000:voy:/tmp:/bin/sh\n")
    a.file("/etc/group", b"root:x:0:\nvoy:x:1000:\n")
    for name, path in modules.closure(kernel, modules.BASE + modules.VFIO):
        a.copy(path, f"/voy/modules/{name}.ko")
    return a.finish()


def applets(busybox=None):
    """The commands that a guest has from busybox."""
    busybox = busybox or fetch.busybox()
    p = subprocess.run([str(busybox), "--list"], capture_output=True, text=True, check=True,
                       stdin=subprocess.DEVNULL)
    return [x for x in p.stdout.split() if x != "busybox"]


def libraries(program):
    """Paths of the shared libraries (with the loader) that a program of the host needs."""
    with open(program, "rb") as f:
        if f.read(4) != b"\x7fELF":
            return []
    env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    p = subprocess.run(["ldd", str(program)], capture_output=True, text=True, env=env,
                       stdin=subprocess.DEVNULL, check=False)
    missing = re.findall(r"(\S+) => not found", p.stdout)
    if missing:
        raise LabError(f"lab: {program}: needs {', '.join(missing)}, which this machine has not")
    return re.findall(r"(?:=> )?(/\S+) \(0x", p.stdout)


def for_backtraces():
    """Files for a program that shows backtraces: the C library's unwinder, which is loaded late
    and so is none of its libraries, and addr2line; those of them that this machine has."""
    places = [f"{d}/{sub}libgcc_s.so.1" for d in ("/lib", "/usr/lib", "/lib64", "/usr/lib64")
              for sub in (f"{platform.machine()}-linux-gnu/", "")]
    return [*[p for p in places if os.path.exists(p)][:1],
            *[p for p in ("/usr/bin/addr2line",) if os.access(p, os.X_OK)]]


class Overlay:
    """What one run adds to the base."""

    def __init__(self):
        self.archive = cpio.Archive()
        self.conf = {}
        self.digests = {}

    def program(self, host, guest=None):
        """A program and its libraries, at the same path as on the host unless `guest` is given;
        it can also be called by its bare name."""
        host = os.path.abspath(host)
        guest = guest or host
        try:
            self.archive.copy(host, guest)
            for lib in libraries(host):
                self.archive.copy(lib, lib)
        except OSError as e:
            raise LabError(f"lab: {host}: {e.strerror}; the guest was to have it") from e
        if os.path.dirname(guest) not in ("/bin", "/usr/bin", "/sbin"):
            self.archive.link(f"/usr/bin/{os.path.basename(guest)}", guest)

    def file(self, host, guest=None):
        """A file or (whole) directory of the host, at the same path unless `guest` is given."""
        host = os.path.abspath(host)
        guest = guest or host
        try:
            if os.path.isdir(host):
                for root, _, names in os.walk(host):
                    for n in names:
                        full = os.path.join(root, n)
                        self.archive.copy(full, guest + full[len(host):])
            elif os.access(host, os.X_OK):
                self.program(host, guest)
            else:
                self.archive.copy(host, guest)
        except OSError as e:
            raise LabError(f"lab: {host}: {e.strerror}; the guest was to have it") from e

    def firmware(self, name):
        """A firmware file (found as `fetch.firmware` does) in the guest's /lib/firmware."""
        path = name if os.path.sep in str(name) else fetch.firmware(name)
        self.archive.copy(path, f"/lib/firmware/{os.path.basename(path)}")

    def modules(self, kernel, names, already=()):
        """Kernel modules; returns the names in loading order, those in `already` left out."""
        order = [m for m in modules.closure(kernel, names) if m[0] not in already]
        for name, path in order:
            self.archive.copy(path, f"/voy/modules/{name}.ko")
        return [name for name, _ in order]

    def package(self, name):
        """The programs of a Debian package, callable by name, with libraries of their own.

        A program is its package's loader by the program's name: so it has that name for killall.
        """
        p = programs.package(name)
        for lib in sorted(p.libs.iterdir()):
            self._shared(lib, f"/opt/{name}/lib/{lib.name}")
        for program, path in p.names.items():
            self.archive.copy(path, f"/opt/{name}/bin/{program}")
            self.archive.link(f"/opt/{name}/run/{program}", f"../lib/{p.loader.name}")
            self.archive.file(f"/opt/bin/{program}", (
                f"#!/bin/sh\nexec /opt/{name}/run/{program} --library-path /opt/{name}/lib "
                f"--argv0 {program} /opt/{name}/bin/{program} \"$@\"\n").encode(), 0o755)

    def _shared(self, host, guest):
        """A file that may be in the archive by another name already: then a link."""
        data = host.read_bytes()
        first = self.digests.setdefault(hashlib.sha256(data).digest(), guest)
        if first == guest:
            self.archive.copy(host, guest)
        else:
            self.archive.link(guest, first)

    def regdb(self):
        """The regulatory database, where the kernel looks for it."""
        for f in programs.regdb().glob("regulatory.db*"):
            self.archive.copy(f, f"/lib/firmware/{f.name}")

    def command(self, argv, env, cwd):
        """The command to run, as a shell script that becomes it."""
        lines = ["export PATH=/opt/bin:/bin:/usr/bin TERM=dumb"]
        lines += [f"export {k}={shlex.quote(str(v))}" for k, v in sorted(env.items())]
        self.archive.directory(cwd)
        lines.append(f"cd {shlex.quote(cwd)}")
        lines.append("exec " + " ".join('"$VOY_BDF"' if a == "$VOY_BDF" else shlex.quote(a)
                                        for a in argv))
        self.archive.file("/voy/command", ("\n".join(lines) + "\n").encode())

    def finish(self):
        """The overlay as an archive."""
        conf = "".join(f"{k}={shlex.quote(str(v))}\n" for k, v in self.conf.items())
        self.archive.file("/voy/conf", conf.encode())
        return self.archive.finish()
