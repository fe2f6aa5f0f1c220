# SPDX-License-Identifier: BSD-2-Clause
"""What the project needs from Debian and may not find installed: firmware, a kernel, QEMU.

Everything is looked for on the machine first, then in the build cache, and only then downloaded
(verified by apt, unpacked into the cache, the system untouched, no root).  When cached, every
call returns at once.  Errors are cache.CacheError with a text for the user.

    path = fetch.firmware("iwlwifi-7260-17.ucode")
    k = fetch.kernel()                  # k.vmlinuz, k.modules (directory), k.release
    q = fetch.qemu()                    # subprocess.run(q.argv + [...], env=q.environ())

    python3 -m voyageur.fetch           # fetch everything now (CI, before going off line)
"""
import json
import lzma
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

from . import cache, debian, programs

QEMU_MINIMUM = (10, 1)
QEMU_SUITE = "trixie"
QEMU_BINARY = "qemu-system-x86_64"
# Packages QEMU's dependencies name for their installation scripts or for devices not used here.
QEMU_ASSUME = ("adduser", "passwd", "debconf", "base-passwd", "libpam0g", "libpam-modules",
               "libpam-modules-bin", "libsemanage2", "libasound2t64", "libasound2-data",
               "libcacard0", "ipxe-qemu", "libbrlapi0.8", "libncursesw6")
FIRMWARE_FAMILIES = ("iwlwifi-7260-", "iwlwifi-3160-", "iwlwifi-3168-", "iwlwifi-7265-",
                     "iwlwifi-7265D-")
# The part of the kernel's modules that a lab guest can want; the rest is not kept.
MODULE_DIRS = ("arch/", "crypto/", "lib/", "net/wireless/", "net/mac80211/", "net/rfkill/",
               "net/packet/", "net/802/", "net/llc/", "net/bridge/", "virt/",
               "drivers/vfio/", "drivers/virtio/", "drivers/iommu/", "drivers/char/",
               "drivers/net/wireless/intel/iwlwifi/", "drivers/net/wireless/mac80211_hwsim",
               "drivers/net/wireless/virtual/", "drivers/net/ethernet/intel/e1000e/",
               "drivers/net/virtio_net", "drivers/net/net_failover", "drivers/net/tun",
               "drivers/uio/",
               "drivers/pps/", "drivers/ptp/", "drivers/misc/eeprom/", "drivers/crypto/virtio/",
               "net/core/failover", "fs/9p/", "fs/fuse/", "net/9p/", "fs/netfs/", "fs/fscache/")


class Kernel:
    """A kernel in the cache: `vmlinuz`, `modules` (the directory lib/modules/RELEASE), `image`.

    `image` is what QEMU starts quickest: the unpacked vmlinux where it could be had (QEMU enters
    it by its PVH note; unpacking under emulation takes 5 s), else vmlinuz.
    """

    def __init__(self, path, release):
        self.path, self.release = path, release
        self.vmlinuz = path / "vmlinuz"
        self.modules = path / "modules"
        vmlinux = path / "vmlinux"
        self.image = vmlinux if vmlinux.exists() else self.vmlinuz


class Qemu:
    """A QEMU to run: `argv` is a prefix for a command line, `version` a tuple, `data` -L."""

    def __init__(self, argv, version, data=None, env=None):
        self.argv, self.version, self.data, self.env = argv, version, data, env or {}

    def environ(self):
        """The environment to run it in."""
        return dict(os.environ, **self.env)


def _release_apt(suite=None):
    suite = suite or debian.release()
    return debian.Apt(suite, debian.release_sources(("main", "non-free-firmware"), suite))


def firmware(name):
    """Path of a firmware file: $VOY_FIRMWARE_PATH, then /lib/firmware, then Debian's package."""
    for d in [*filter(None, os.environ.get("VOY_FIRMWARE_PATH", "").split(":")), "/lib/firmware"]:
        path = pathlib.Path(d) / name
        if path.is_file():
            return path
    path = cache.product("firmware", _build_firmware) / name
    if not path.is_file():
        raise cache.CacheError(f"firmware: {name}: not in Debian's firmware-iwlwifi "
                               "(kept in the cache are: "
                               f"{', '.join(sorted(p.name for p in path.parent.glob('*.ucode')))})"
                               "; name its directory in VOY_FIRMWARE_PATH")
    return path


def _build_firmware(tmp):
    with _release_apt() as apt:
        deb, = apt.download(["firmware-iwlwifi"], closure=False)
        debian.unpack(deb, tmp / "x", lambda p: p.endswith("/copyright")
                      or p.rsplit("/", 1)[-1].startswith(FIRMWARE_FAMILIES))
    for f in (tmp / "x").rglob("*"):
        if f.is_file() and (f.name.endswith(".ucode") or f.name == "copyright"):
            f.rename(tmp / f.name)
    shutil.rmtree(tmp / "x")
    return {"package": deb.name}


def kernel(suite=None, backports=False):
    """Debian's kernel of `suite` (default: this machine's release), or of its backports."""
    suite = suite or debian.release()
    name = f"kernel/{suite}{'-backports' if backports else ''}"
    path = cache.product(name, lambda tmp: _build_kernel(tmp, suite, backports),
                         " ".join(MODULE_DIRS))
    return Kernel(path, cache.stamp(path)["release"])


def _build_kernel(tmp, suite, backports):
    if backports:
        apt = debian.Apt(f"{suite}-backports", debian.backports_sources(suite))
    else:
        apt = _release_apt(suite)
    target = f"{suite}-backports" if backports else None
    with apt:
        depends = apt.show("linux-image-amd64", "Depends", target)
        m = re.search(r"linux-image-(\S+)", depends or "")
        if not m:
            raise cache.CacheError(f"kernel: {suite}: linux-image-amd64 names no kernel "
                                   f"(Depends: {depends})")
        release = m.group(1)
        deb, = apt.download([f"linux-image-{release}"], closure=False, target=target)
        cache.say(f"kernel: unpacking {release}")
        _unpack_kernel(deb, release, tmp)
    _index_modules(tmp / "modules")
    elf = _unpacked_kernel((tmp / "vmlinuz").read_bytes())
    if elf:
        (tmp / "vmlinux").write_bytes(elf)
    return {"release": release, "package": deb.name}


def _unpack_kernel(deb, release, tmp):
    mods = re.compile(rf"(usr/)?lib/modules/{re.escape(release)}/(.*)")

    def keep(path):
        inside = mods.fullmatch(path)
        if inside:
            rest = inside.group(2)
            return (rest.startswith("modules.builtin")
                    or rest.removeprefix("kernel/").startswith(MODULE_DIRS))
        return path in (f"boot/vmlinuz-{release}", f"boot/config-{release}")

    debian.unpack(deb, tmp / "x", keep)
    (tmp / "x/boot" / f"vmlinuz-{release}").rename(tmp / "vmlinuz")
    (tmp / "x/boot" / f"config-{release}").rename(tmp / "config")
    for d in (tmp / "x/lib/modules" / release, tmp / "x/usr/lib/modules" / release):
        if d.is_dir():
            d.rename(tmp / "modules")
    shutil.rmtree(tmp / "x")


def _unpacked_kernel(bzimage):
    """The ELF kernel inside a bzImage, or None when it is packed in a way unknown here.

    Offsets are those of the boot protocol (Documentation/arch/x86/boot.rst): setup_sects at
    0x1f1, payload_offset at 0x248, payload_length at 0x24c.
    """
    offset, length = struct.unpack_from("<II", bzimage, 0x248)
    start = (bzimage[0x1f1] + 1) * 512 + offset
    payload = bzimage[start:start + length]
    try:
        if payload.startswith(b"\xfd7zXZ"):
            elf = lzma.LZMADecompressor().decompress(payload)
        elif payload.startswith(b"\x28\xb5\x2f\xfd") and shutil.which("zstd"):
            # the payload ends with its size, which zstd takes for garbage after the frame
            p = subprocess.run(["zstd", "-dcq"], input=payload, capture_output=True, check=False)
            elf = p.stdout
        else:
            return None
    except lzma.LZMAError:
        return None
    return elf if elf.startswith(b"\x7fELF") else None


def _index_modules(root):
    """Unpack .ko.xz and write voy-modules.json: name -> [path, needed, aliases], as depmod."""
    index = {}
    for path in sorted((root / "kernel").rglob("*.ko*")):
        if path.suffix == ".xz":
            plain = path.with_suffix("")
            plain.write_bytes(lzma.decompress(path.read_bytes()))
            path.unlink()
            path = plain
        data = path.read_bytes()
        name = path.stem.replace("-", "_")
        depends = _modinfo(data, b"depends")
        needed = [d for v in depends for d in v.split(",") if d]
        soft = [w for v in _modinfo(data, b"softdep")
                for w in v.partition("pre:")[2].partition("post:")[0].split()]
        index[name] = {"path": str(path.relative_to(root)),
                       "needs": [d.replace("-", "_") for d in needed],
                       "soft": [d.replace("-", "_") for d in soft],
                       "aliases": [a for a in _modinfo(data, b"alias")]}
    (root / "voy-modules.json").write_text(json.dumps(index, indent=0))


def _modinfo(data, key):
    return [m.decode() for m in re.findall(rb"(?<=\0)" + key + rb"=([ -~]*)\0", data)]


def qemu():
    """A QEMU with vfio-user-pci: $VOY_QEMU, the system's when new enough, else Debian's."""
    named = os.environ.get("VOY_QEMU")
    if named:
        if not os.access(named, os.X_OK):
            raise cache.CacheError(f"lab: {named} (VOY_QEMU): not a program that can be run; "
                                   "correct or unset VOY_QEMU")
        return Qemu([named], _qemu_version(named))
    system = shutil.which(QEMU_BINARY)
    if system:
        version = _qemu_version(system)
        if version >= QEMU_MINIMUM:
            return Qemu([system], version)
    path = cache.product("qemu", _build_qemu)
    return _cached_qemu(path)


def _qemu_version(program):
    try:
        p = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10,
                           stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise cache.CacheError(f"lab: {program} --version: {e}; install qemu-system-x86 anew, "
                               "or set VOY_QEMU to another one") from e
    m = re.search(r"version (\d+)\.(\d+)", p.stdout)
    return (int(m.group(1)), int(m.group(2))) if m else (0, 0)


def _cached_qemu(path):
    root = path / "root"
    lib = "usr/lib/x86_64-linux-gnu"
    libs = ":".join(str(root / d) for d in (lib, "lib/x86_64-linux-gnu", "usr/lib", "lib"))
    data = [root / "usr/share/qemu", root / "usr/share/seabios",
            root / "usr/lib/ipxe/qemu", root / lib / "qemu"]
    argv = [str(root / lib / "ld-linux-x86-64.so.2"), "--library-path", libs,
            str(root / "usr/bin" / QEMU_BINARY)]
    for d in data:
        if d.is_dir():
            argv += ["-L", str(d)]
    return Qemu(argv, tuple(cache.stamp(path)["version"]), data[0],
                {"QEMU_MODULE_DIR": str(root / lib / "qemu")})


def _build_qemu(tmp):
    apt = debian.Apt("qemu", debian.backports_sources(QEMU_SUITE), QEMU_ASSUME)

    def keep(path):
        return path.startswith(("usr/lib", "lib", "usr/bin/qemu-system-x86_64",
                                "usr/share/qemu", "usr/share/seabios")) \
            and not path.startswith(("usr/share/qemu/keymaps", "usr/lib/systemd"))

    (tmp / "root").mkdir()
    with apt:
        debs = apt.download(["qemu-system-x86"], target=f"{QEMU_SUITE}-backports")
        cache.say(f"qemu: unpacking {len(debs)} packages")
        for deb in debs:
            debian.unpack(deb, tmp / "root", keep)
    _usrmerge(tmp / "root")
    probe = _cached_version(tmp)
    return {"version": list(probe), "packages": [d.name for d in debs]}


def _usrmerge(root):
    """Packages of a merged-/usr release may still ship /lib: let both names mean one place."""
    for name in ("lib", "lib64", "bin", "sbin"):
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")


def _cached_version(tmp):
    root = tmp / "root"
    lib = root / "usr/lib/x86_64-linux-gnu"
    p = subprocess.run([str(lib / "ld-linux-x86-64.so.2"), "--library-path", str(lib),
                        str(root / "usr/bin" / QEMU_BINARY), "--version"],
                       capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    m = re.search(r"version (\d+)\.(\d+)", p.stdout)
    if not m:
        raise cache.CacheError("lab: the QEMU just downloaded does not run: "
                               f"{(p.stderr or p.stdout).strip()}")
    version = (int(m.group(1)), int(m.group(2)))
    if version < QEMU_MINIMUM:
        raise cache.CacheError(f"lab: QEMU {version[0]}.{version[1]} is the newest in "
                               f"{QEMU_SUITE}-backports of this mirror; vfio-user-pci needs "
                               "10.1: set VOY_QEMU to a newer one")
    return version


def busybox():
    """A statically linked busybox: the system's, else Debian's busybox-static."""
    for path in ("/bin/busybox", "/usr/bin/busybox"):
        if os.path.exists(path) and _is_static(path):
            return pathlib.Path(path)
    return cache.product("busybox", _build_busybox) / "busybox"


def _build_busybox(tmp):
    with _release_apt() as apt:
        deb, = apt.download(["busybox-static"], closure=False)
        debian.unpack(deb, tmp / "x", lambda p: p.endswith("bin/busybox"))
    next(f for f in (tmp / "x").rglob("busybox") if f.is_file()).rename(tmp / "busybox")
    shutil.rmtree(tmp / "x")
    return {"package": deb.name}


def _is_static(path):
    """True for an ELF program without an interpreter."""
    with open(path, "rb") as f:
        head = f.read(4096)
    return head[:4] == b"\x7fELF" and b"ld-linux" not in head


def main():
    """Fetch all that the lab and the drivers can want."""
    try:
        print(f"firmware  {firmware('iwlwifi-7260-17.ucode')}")
        k = kernel()
        print(f"kernel    {k.release}  {k.path}")
        q = qemu()
        print(f"qemu      {q.version[0]}.{q.version[1]}  {q.argv[0]}")
        print(f"busybox   {busybox()}")
        print(f"regdb     {programs.regdb()}")
        for name in programs.WIFI:
            print(f"package   {programs.package(name).path}")
    except cache.CacheError as e:
        print(f"voy: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
