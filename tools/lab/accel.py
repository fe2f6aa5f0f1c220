# SPDX-License-Identifier: BSD-2-Clause
"""KVM or emulation: found out by trying, with a time limit.

/dev/kvm may exist, may be opened, and may still never run an instruction (seen on virtual
machines whose host offers no real nesting).  So a guest kernel without a root file system is
started under KVM: it must reach its end (a panic, which ends QEMU) within a few seconds, or KVM
is not used.  The verdict holds until the machine is booted again and is kept in the cache.

VOY_ACCEL=kvm or VOY_ACCEL=tcg overrides.
"""
import json
import os
import subprocess

from voyageur import cache

from . import qemu as machine
from .errors import LabError

TRIAL_SECONDS = 4.0
DEVICE = "/dev/kvm"
NAME = "lab-accel.json"


def choose(qemu, kernel, limit=TRIAL_SECONDS, device=DEVICE):
    """"kvm" or "tcg" for this machine and QEMU."""
    override = os.environ.get("VOY_ACCEL")
    if override:
        if override not in ("kvm", "tcg"):
            raise LabError(f"lab: VOY_ACCEL={override}: must be kvm or tcg")
        return override
    if not os.access(device, os.R_OK | os.W_OK):
        return "tcg"
    key = {"boot": cache.boot_id(), "qemu": qemu.argv[-1] if len(qemu.argv) == 1 else "cache",
           "version": list(qemu.version), "uid": os.getuid()}
    path = cache.directory() / NAME
    verdict = _read(path)
    if verdict.get("key") != key:
        cache.say("lab: trying KVM (once after each boot)")
        verdict = {"key": key, "accel": "kvm" if works(qemu, kernel, limit) else "tcg"}
        _remember(path, verdict)
    return verdict["accel"]


def found():
    """What the trial found since this machine was booted: "kvm", "tcg", or None before it."""
    verdict = _read(cache.directory() / NAME)
    key = verdict.get("key", {})
    same = key.get("boot") == cache.boot_id() and key.get("uid") == os.getuid()
    return verdict["accel"] if same else None


def works(qemu, kernel, limit):
    """Whether a kernel runs to its end under KVM within `limit` seconds."""
    argv = [*qemu.argv, "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-machine", "q35,accel=kvm,kernel-irqchip=split", "-cpu", "host", "-m", "256M",
            "-kernel", str(kernel.image), "-append", "panic=-1 quiet nokaslr"]
    try:
        p = machine.start(argv, env=qemu.environ(), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    except OSError:
        return False
    try:
        return p.wait(limit) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        if p.poll() is None:
            p.kill()
            try:
                p.wait(2)
            except subprocess.TimeoutExpired:
                pass  # stuck in the kernel: nothing more can be done to it


def _read(path):
    """The verdict that is kept there, {} without a usable one."""
    try:
        verdict = json.loads(path.read_text(encoding="utf-8"))
        usable = isinstance(verdict["key"], dict) and verdict["accel"] in ("kvm", "tcg")
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return verdict if usable else {}


def _remember(path, verdict):
    tmp = path.with_suffix(f".{os.getpid()}")
    try:
        tmp.write_text(json.dumps(verdict), encoding="utf-8")
        os.replace(tmp, path)
    except OSError:
        pass  # it will be tried again next time
