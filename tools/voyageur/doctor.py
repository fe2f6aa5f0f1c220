# SPDX-License-Identifier: BSD-2-Clause
"""What the simulated card and the lab guest need of this machine, as checks like voy-pci's."""
import os
import re
import shutil
import subprocess

from lab import accel

from . import cache, drivers, fetch, rundir


def _check(name, status, text, mend=""):
    return {"check": name, "status": status, "text": text, "mend": mend}


def sim():
    """Checks for --on sim."""
    out = [_check("rundir", "ok", f"run directories: {rundir.base()}")]
    if not os.access(rundir.base(), os.W_OK | os.X_OK):
        out = [_check("rundir", "fail", f"run directories: {rundir.base()} cannot be written",
                      "set XDG_RUNTIME_DIR to a directory of yours")]
    for name in sorted({f for d in drivers.known() for f in drivers.find(d).firmware}):
        out.append(_firmware(name))
    return out


def _here(name):
    """Where a firmware file is without downloading, or None."""
    dirs = [*filter(None, os.environ.get("VOY_FIRMWARE_PATH", "").split(":")), "/lib/firmware"]
    dirs.append(str(cache.directory() / "firmware"))
    return next((os.path.join(d, name) for d in dirs if os.path.isfile(os.path.join(d, name))),
                None)


def _firmware(name):
    try:
        path = _here(name)
    except cache.CacheError as e:
        return _no_cache("firmware", e)
    if path:
        return _check("firmware", "ok", f"firmware: {path}")
    if not shutil.which("apt-get"):
        return _check("firmware", "fail", f"firmware: {name} is not here, and there is no apt "
                      "to download it with", "put it into a directory named by VOY_FIRMWARE_PATH")
    return _check("firmware", "warn", f"firmware: {name} is not here; the first run downloads it",
                  "python3 -m voyageur.fetch downloads all now (with tools/ in PYTHONPATH)")


def lab():
    """Checks for --on lab."""
    try:
        cache.directory()
    except cache.CacheError as e:
        return [_no_cache("cache", e), _kvm()]
    return [_qemu(), _kernel(), _kvm()]


def _no_cache(name, error):
    """The check that fails because there is no build cache."""
    text, _, mend = str(error).partition("; ")
    return _check(name, "fail", text, mend)


def _qemu():
    named = os.environ.get("VOY_QEMU") or shutil.which(fetch.QEMU_BINARY)
    want = ".".join(map(str, fetch.QEMU_MINIMUM))
    if named:
        version = _version(named)
        if version >= fetch.QEMU_MINIMUM:
            return _check("qemu", "ok", f"QEMU: {named}, {'.'.join(map(str, version))}")
        if os.environ.get("VOY_QEMU"):
            return _check("qemu", "fail", f"QEMU: {named} (VOY_QEMU) is older than {want}",
                          "unset VOY_QEMU, or name a newer one")
    if cache.stamp(cache.directory() / "qemu"):
        return _check("qemu", "ok", f"QEMU: in the cache, {cache.directory() / 'qemu'}")
    return _check("qemu", "warn", f"QEMU: none here that is {want} or newer; the first lab run "
                  "downloads one into the cache")


def _version(program):
    try:
        p = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10,
                           stdin=subprocess.DEVNULL, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    m = re.search(r"version (\d+)\.(\d+)", p.stdout)
    return (int(m[1]), int(m[2])) if m else (0, 0)


def _kernel():
    found = sorted(p.parent for p in (cache.directory() / "kernel").glob(f"*/{cache.STAMP}"))
    if found:
        return _check("kernel", "ok", f"guest kernel: in the cache, {found[0]}")
    return _check("kernel", "warn", "guest kernel: not here; the first lab run downloads Debian's")


def _kvm():
    """As the lab decides it: by a trial, which only a lab run makes."""
    if not os.path.exists(accel.DEVICE):
        return _check("kvm", "ok", "KVM: none; the guest is emulated, which is slower")
    if not os.access(accel.DEVICE, os.R_OK | os.W_OK):
        return _check("kvm", "warn", f"KVM: no permission on {accel.DEVICE}; the guest is "
                      "emulated, which is slower", "add yourself to the group kvm")
    try:
        found = accel.found()
    except cache.CacheError:
        found = None
    if found == "tcg":
        return _check("kvm", "warn", f"KVM: no kernel runs with {accel.DEVICE} here; the guest is "
                      "emulated, which is slower", "enable nested virtualization on the host of "
                      "this machine, and start this machine again")
    return _check("kvm", "ok", "KVM: usable" if found else
                  f"KVM: {accel.DEVICE} is there; the first lab run tries it")
