# SPDX-License-Identifier: BSD-2-Clause
"""Running one command in a guest: start, stream its output, wait, and leave nothing behind.

    with Lab(["run-edu", "--device", "$VOY_BDF"], device="edu", timeout=30) as guest:
        result = guest.wait()

An argument that is exactly "$VOY_BDF" becomes the guest's address of the device.
"""
import dataclasses
import os
import re
import selectors
import signal
import time

from voyageur import cache, fetch

from . import accel, initramfs, modules, qemu
from .errors import LabError

TAIL_LINES = 25
GRACE = 3       # seconds for the guest to power off once it has said how its command ended
# What QEMU (11) says first when the other end of a vfio-user socket is closed.  The guest then
# reads all ones from the card and goes on, as with a card that was pulled out.
CARD_LEFT = "failed to read header: EOF"
TROUBLE = re.compile(r"Kernel panic|BUG:|Oops|general protection|Unable to handle|sysrq: Trigger")


@dataclasses.dataclass
class Result:
    """What the command did.

    status          exit status (128 + N when signal N ended it)
    stdout, stderr  bytes, as the command wrote them
    dmesg           the guest's kernel log;  qemu: what QEMU itself said, normally nothing
    card_left       the simulated card's server closed its socket during the run
    seconds         for all of it;  marks: when the guest had booted, bound, started, ended
    """
    status: int
    stdout: bytes
    stderr: bytes
    dmesg: str
    qemu: str
    card_left: bool
    seconds: float
    marks: dict


class _Stream:
    """Bytes from one channel: kept, copied to a file, and given line by line to a callback."""

    def __init__(self, callback=None, copy=None):
        self.data, self.callback, self.copy, self.rest = bytearray(), callback, copy, b""

    def feed(self, chunk):
        self.data += chunk
        if self.copy:
            self.copy.write(chunk)
            self.copy.flush()
        if self.callback:
            *lines, self.rest = (self.rest + chunk).split(b"\n")
            for line in lines:
                self.callback(line.decode(errors="replace"))

    def end(self):
        if self.callback and self.rest:
            self.callback(self.rest.decode(errors="replace"))
            self.rest = b""


def find_program(name):
    """A program of the build by its bare name, or a path; None when busybox has to know it."""
    if os.path.sep in name:
        return name if os.path.isfile(name) else None
    here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    for d in filter(None, (os.environ.get("VOY_BIN"), os.path.join(here, "build/gcc/bin"))):
        if os.access(os.path.join(d, name), os.X_OK):
            return os.path.join(d, name)
    return None


class Lab:
    """One guest.  A context manager: leaving it ends the guest whatever happened."""

    def __init__(self, argv, device=None, vfio=True, files=(), modules=(), firmware=(),
                 packages=(), iw=False, channels=None, env=None, user=False, kernel=None,
                 timeout=60, on_stdout=None, on_stderr=None, on_dmesg=None, copy_stdout=None,
                 copy_stderr=None, watch=None, memory_mb=512, cpus=1):
        self.argv = list(argv)
        self.device, self.vfio, self.timeout = device, vfio, timeout
        self.files, self.module_names, self.firmware_names = files, list(modules), firmware
        self.packages = [*packages, *(["iw"] if iw and "iw" not in packages else [])]
        self.channels = dict(channels or {})
        self.env, self.user, self.watch = dict(env or {}), user, watch
        self.kernel_name = kernel
        self.memory_mb, self.cpus = memory_mb, cpus
        self.streams = {"out": _Stream(on_stdout, copy_stdout),
                        "err": _Stream(on_stderr, copy_stderr),
                        "log": _Stream(on_dmesg), "ctl": _Stream(self._control),
                        "qemu": _Stream()}
        self.marks, self.status, self.fault = {}, None, None
        self.proc = self.selector = self.deadline = None
        self.started = time.monotonic()

    # -- life -------------------------------------------------------------

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """End the guest; may be called again.  It has no files: its initrd is a memfd."""
        if self.proc:
            if self.proc.poll() is None:
                self.proc.kill()
            self.proc.wait()
            self.proc = None
        if self.selector:
            for key in list(self.selector.get_map().values()):
                os.close(key.fd)
            self.selector.close()
            self.selector = None

    def _start(self):
        self._check_device()
        self.qemu = fetch.qemu()
        suite, backports, _ = (self.kernel_name or "").partition("backports")
        self.kernel = fetch.kernel(suite.rstrip("-") or None, bool(backports))
        self.accel = accel.choose(self.qemu, self.kernel)
        self._spawn(initramfs.base(self.kernel).read_bytes() + self._overlay())

    def _check_device(self):
        for name, path in self.channels.items():
            if not re.fullmatch(r"[a-z][a-z0-9]*", name):
                raise LabError(f"lab: channel {name}: a name is of letters a-z and digits")
            if not os.path.exists(path):
                raise LabError(f"lab: channel {name}: {path}: no such socket; start what listens "
                               "on it first")
        cards = self._cards()
        for card in cards:
            path = str(card["socket"])
            if not os.path.exists(path):
                raise LabError(f"lab: {path}: no such socket; start the simulated card first "
                               "(voy sim MODEL --socket PATH)")
        if len(cards) > len(qemu.SLOTS):
            raise LabError(f"lab: {len(cards)} cards: the guest's bus has room for "
                           f"{len(qemu.SLOTS)}; share them out to several guests")
        if not cards and self.device is not None and self.device not in qemu.OWN:
            raise LabError(f"lab: device {self.device}: of QEMU's own there are "
                           f"{' and '.join(qemu.OWN)}; a simulated card is given by its socket")

    def _cards(self):
        """The simulated cards."""
        if isinstance(self.device, list):
            return self.device
        return [self.device] if isinstance(self.device, dict) else []

    def _overlay(self):
        o = initramfs.Overlay()
        if len(self.argv) == 1 and re.search(r"\s", self.argv[0]):
            self.argv = ["sh", "-c", self.argv[0]]
        program = find_program(self.argv[0])
        if program:
            o.program(program)
            if os.path.sep in self.argv[0]:
                self.argv[0] = os.path.abspath(self.argv[0])
        for f in self.files:
            o.file(*([f] if isinstance(f, (str, os.PathLike)) else f))
        for name in self.firmware_names:
            o.firmware(name)
        for name in self.packages:
            o.package(name)
        base = [n for n, _ in modules.closure(self.kernel, modules.BASE)]
        vfio = [n for n, _ in modules.closure(self.kernel, modules.VFIO)]
        names, args = [], {}
        for text in self.module_names:
            name, _, values = text.strip().partition(" ")
            names.append(name)
            args[f"args_{name.replace('-', '_')}"] = values
        extra = o.modules(self.kernel, names, base + (vfio if self.vfio else []))
        if "cfg80211" in extra:
            o.regdb()
        o.conf = {"base_modules": " ".join(base),
                  "vfio_modules": " ".join(vfio) if self.vfio else "",
                  "extra_modules": " ".join(extra), **args,
                  "slot": qemu.SLOT if self.device else "", "vfio": int(self.vfio),
                  "user": "voy" if self.user else "",
                  "expect_child": int(bool(self._cards()))}
        o.command(self.argv, self.env, os.getcwd())
        return o.finish()

    def _spawn(self, initrd):
        self.selector = selectors.DefaultSelector()
        ends = {"initrd": os.memfd_create("initrd")}
        try:
            with open(ends["initrd"], "wb", closefd=False) as f:
                f.write(initrd)
            for name in ("log", *qemu.CHANNELS, "qemu"):
                r, ends[name] = os.pipe()
                os.set_blocking(r, False)
                self.selector.register(r, selectors.EVENT_READ, name)
            argv = qemu.command_line(self.qemu.argv, self.accel, self.kernel.image, self.device,
                                     ends, self.memory_mb, self.cpus, self.channels)
            self.deadline = time.monotonic() + self.timeout
            self.proc = qemu.start(argv, env=self.qemu.environ(), stdout=ends["qemu"],
                                   stderr=ends["qemu"], pass_fds=list(ends.values()))
        except OSError as e:
            raise LabError(f"lab: {self.qemu.argv[0]}: {e.strerror}") from e
        finally:
            for fd in ends.values():
                os.close(fd)

    # -- running ----------------------------------------------------------

    def _control(self, line):
        word, _, rest = line.partition(" ")
        if word == "exit":
            status, _, _ = rest.partition(" ")
            self.status = int(status)
        elif word == "error":
            self.fault = rest
        self.marks[word] = round(time.monotonic() - self.started, 3)

    def wait(self):
        """Stream output until the guest has ended; a Result, or LabError."""
        ended = None
        while self.selector.get_map():
            now = time.monotonic()
            if ended is None and (self.status is not None or self.fault):
                ended = now
            if ended is not None and now > ended + (0 if self._card_left() else GRACE):
                self.proc.kill()
            if self.status is None and now > self.deadline:
                raise self._error(f"the command did not end within {self.timeout:g} s; "
                                  "raise --timeout, or look at what it waits for")
            self._check_watch()
            for key, _ in self.selector.select(0.25):
                chunk = os.read(key.fd, 1 << 16)
                if chunk:
                    self.streams[key.data].feed(chunk)
                else:
                    self.selector.unregister(key.fd)
                    os.close(key.fd)
        self.proc.wait()
        for s in self.streams.values():
            s.end()
        if self.status is None:
            raise self._why_no_status()
        return Result(self.status, bytes(self.streams["out"].data),
                      bytes(self.streams["err"].data), self.dmesg(), self._qemu_said(),
                      self._card_left(), round(time.monotonic() - self.started, 3), self.marks)

    def _check_watch(self):
        if self.watch is not None and self.status is None and self.watch.poll() is not None:
            raise self._error("the simulated card's process ended (exit status "
                              f"{self.watch.returncode}) while the guest was using it")

    def dmesg(self):
        """The guest's kernel log so far."""
        return self.streams["log"].data.decode(errors="replace").replace("\r\n", "\n")

    def _qemu_said(self):
        return self.streams["qemu"].data.decode(errors="replace").strip()

    def _card_left(self):
        return CARD_LEFT.encode() in self.streams["qemu"].data

    def _error(self, text):
        said = self._qemu_said()
        if self._card_left():
            text += "; the simulated card's server had left"
        elif said and said.splitlines()[0] not in text:
            text += f"; QEMU said: {said.splitlines()[0]}"
        return LabError(f"lab: {text}", self._tail(), self._last_words())

    def _last_words(self):
        """Of the command, on both its outputs."""
        both = [self.streams[c].data.decode(errors="replace").splitlines()[-TAIL_LINES:]
                for c in ("out", "err")]
        return "\n".join(both[0] + both[1])

    def _tail(self):
        """The kernel's last lines, or from where its trouble begins."""
        lines = self.dmesg().splitlines()
        begin = next((i for i, line in enumerate(lines) if TROUBLE.search(line)), len(lines))
        begin = min(max(begin - 3, 0), max(len(lines) - TAIL_LINES, 0))
        return "\n".join(lines[begin:begin + 2 * TAIL_LINES])

    def _why_no_status(self):
        said, log = self._qemu_said(), self.dmesg()
        if self.fault:
            return self._error(self.fault)
        if "is not a valid device model name" in said and "vfio-user-pci" in said:
            return self._error(f"{self.qemu.argv[-1]} has no vfio-user-pci; QEMU 10.1 or newer "
                               "has it: unset VOY_QEMU, or name a newer one there")
        m = re.search(r"Kernel panic - not syncing: (.*)", log)
        if m:
            return self._error(f"the guest's kernel panicked: {m.group(1)}")
        rc = self.proc.returncode
        if rc == 0:
            return self._error("the guest switched itself off before the command ended")
        if self._card_left():
            return self._error("QEMU ended without its card")
        how = f"was killed by {signal.Signals(-rc).name}" if rc < 0 else f"ended with status {rc}"
        return self._error(f"QEMU {how}: {said.splitlines()[-1] if said else 'no message'}")


def run(argv, **options):
    """Run a command in a guest and wait for it.

    argv       the command: a program of the build by name or path, or a busybox command
    device     "edu", "e1000e", {"socket": path of a vfio-user server}, a list of such, or None
    vfio       give the device (of a list, the first) to vfio-pci (else left to `modules`)
    files      further host files, or (host, guest) pairs; executables bring their libraries
    modules    kernel modules to load, each by name or "NAME PARAMETER=VALUE ..."; with cfg80211
               comes the regulatory database
    firmware   files for /lib/firmware
    packages   Debian packages whose programs the guest is to have ("iw", "wpasupplicant", ...);
               iw=True is short for "iw"
    channels   {"air": path of a listening UNIX stream socket}: in the guest /dev/voy/air, a
               character device that is the other end (name: a letter, letters and digits)
    env        further environment; VOY_BDF is set to the device's address
    user       run as a plain user who owns the device's VFIO group, not as root
    kernel     None (Debian's of this machine's release), or "SUITE", "backports",
               "SUITE-backports"
    timeout    seconds for the whole guest
    on_stdout, on_stderr, on_dmesg   called with each line (text) as it comes
    copy_stdout, copy_stderr         binary files that get the bytes as they come
    watch      a Popen (the simulated card): its end ends the run with an error

    Returns a Result; raises LabError, or cache.CacheError when something cannot be fetched.
    """
    try:
        with Lab(argv, **options) as guest:
            return guest.wait()
    except cache.CacheError as e:
        raise LabError(str(e)) from e
