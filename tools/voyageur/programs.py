# SPDX-License-Identifier: BSD-2-Clause
"""Programs of Debian packages, each with the shared libraries it needs, in the build cache.

    p = programs.package("wpasupplicant")
    p.names                     # {"wpa_supplicant": Path, "wpa_cli": Path, ...}
    p.loader, p.libs            # p.loader --library-path p.libs p.names["wpa_cli"] ...

A package is unpacked, not installed: its programs run by its own loader and libraries, apart from
those of the machine, so that a guest can have them beside programs built here.
"""
import os
import pathlib
import re
import shutil
import subprocess

from . import cache, debian

LOADER = "ld-linux-x86-64.so.2"
BIN = ("bin", "sbin", "usr/bin", "usr/sbin")
# What the packages' dependencies name for their installation scripts only.
ASSUME = ("adduser", "passwd", "debconf", "base-passwd", "init-system-helpers", "lsb-base",
          "sysvinit-utils", "readline-common", "debianutils", "iproute2", "dpkg", "libpam0g",
          "libpam-modules", "libpam-modules-bin", "perl-base", "sensible-utils")
# Packages that a lab's Wi-Fi tests want; `python3 -m voyageur.fetch` brings them all.
WIFI = ("iw", "wpasupplicant", "hostapd", "iperf3")


class Package:
    """A package in the cache: `names` (program -> path), `loader`, `libs`, `package` (its file)."""

    def __init__(self, path):
        self.path = path
        self.libs = path / "lib"
        self.loader = self.libs / LOADER
        self.names = {p.name: p for p in sorted((path / "bin").iterdir())}
        self.package = cache.stamp(path)["package"]


def package(name):
    """The programs of a Debian package of this machine's release; raises CacheError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", name):
        raise cache.CacheError(f"package {name!r}: not the name of a Debian package")
    return Package(cache.product(f"packages/{name}", lambda tmp: _build(tmp, name)))


def regdb():
    """A directory with the regulatory database of Linux: regulatory.db, regulatory.db.p7s."""
    return cache.product("regdb", _build_regdb)


def _apt(assume=()):
    sources = debian.release_sources(("main", "non-free-firmware"))
    return debian.Apt("packages", sources, assume)


def _build(tmp, name):
    root = tmp / "x"
    with _apt(ASSUME) as apt:
        debs = apt.download([name])
        for deb in debs:
            own = deb.name.startswith(f"{name}_")
            debian.unpack(deb, root, lambda p, own=own: ".so" in p or own and "bin/" in p)
            if own:
                stamp = {"package": deb.name}
        if not list(root.rglob(LOADER)):
            deb, = apt.download(["libc6"], closure=False)
            debian.unpack(deb, root, lambda p: ".so" in p)
    programs = [f for d in BIN for f in _files(root / d) if _is_elf(f)]
    if not programs:
        raise cache.CacheError(f"package {name}: there is no program in Debian's {name}; name "
                               "the package that has it (apt-file search bin/PROGRAM)")
    (tmp / "bin").mkdir()
    (tmp / "lib").mkdir()
    loader = next(f for f in root.rglob(LOADER) if f.is_file())
    shutil.copy(loader, tmp / "lib" / LOADER)
    for program in programs:
        for lib in _libraries(root, loader, program):
            shutil.copy(lib, tmp / "lib" / lib.name)
        shutil.copy(program, tmp / "bin" / program.name)
    shutil.rmtree(root)
    return stamp


def _files(directory):
    return [f for f in directory.iterdir() if f.is_file()] if directory.is_dir() else []


def _is_elf(path):
    with open(path, "rb") as f:
        return f.read(4) == b"\x7fELF"


def _libraries(root, loader, program):
    """Paths of the libraries as the unpacked loader itself finds them (ld.so --list)."""
    dirs = {str(f.parent) for f in root.rglob("*.so*") if f.is_file()}
    env = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
    p = subprocess.run([str(loader), "--library-path", ":".join(sorted(dirs)), "--list",
                        str(program)], capture_output=True, text=True, env=env, check=False,
                       stdin=subprocess.DEVNULL)
    missing = re.findall(r"(\S+) => not found", p.stdout)
    if p.returncode != 0 or missing:
        what = ", ".join(missing) or (p.stderr or p.stdout).strip()
        raise cache.CacheError(f"package: {program.name}: its libraries are not in the packages "
                               f"it depends on: {what}")
    found = [pathlib.Path(m) for m in re.findall(r"=> (/\S+) \(0x", p.stdout)]
    return [f for f in found if root in f.parents and f.name != LOADER]


def _build_regdb(tmp):
    with _apt() as apt:
        deb, = apt.download(["wireless-regdb"], closure=False)
        debian.unpack(deb, tmp / "x", lambda p: "/firmware/" in p)
    for f in (tmp / "x").rglob("regulatory.db*"):
        if f.is_file() and not f.is_symlink():
            # signed by Debian and, the same data, by its authors; kernels of Debian take both
            name = f.name.removesuffix("-debian")
            if not name.endswith("-upstream"):
                f.rename(tmp / name)
    shutil.rmtree(tmp / "x")
    if not (tmp / "regulatory.db").exists():
        raise cache.CacheError(f"regdb: no regulatory.db in {deb.name}")
    return {"package": deb.name}
