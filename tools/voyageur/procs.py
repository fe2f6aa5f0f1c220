# SPDX-License-Identifier: BSD-2-Clause
"""Child processes that cannot outlive us, their output as messages in one queue.

    inbox = queue.SimpleQueue()
    card = procs.Child("sim", [program, ...], inbox)
    name, kind, value = inbox.get()     # ("sim", "line", text) ... ("sim", "end", status)
    card.stop()

The kernel kills a child when the thread that started it ends (PR_SET_PDEATHSIG), so start
children from a thread that lives as long as they may: the main one.  Each child has a session
of its own: a Ctrl-C on the terminal reaches us only, and we end the children in the right order.

What such a child starts is its own business, and it sees to that: but of a user's command nobody
knows.  It gets a voy-reaper around it, with which end all processes that the command has started:

    p = procs.start_whole([command, ...])
    procs.end_whole(p)      # what is left of them when the command has ended, ends without this
"""
import contextlib
import ctypes
import errno
import glob
import os
import shutil
import signal
import subprocess
import threading

from . import paths
from .errors import VoyError

PR_SET_PDEATHSIG = 1
TIED = str(paths.BUILD / "gcc/bin/voy-tied")
REAPER = str(paths.BUILD / "gcc/bin/voy-reaper")
END_WHOLE = signal.SIGUSR1      # what voy-reaper takes for it
_libc = ctypes.CDLL(None, use_errno=True)
# Seconds between asking and killing, and without a line from a process that has ended.
GRACE = 20
DRAIN = 2
# What the sanitizers' runtimes are told, unless the user's own options say otherwise.
REPORT = f"allow_addr2line=1:strip_path_prefix={paths.ROOT}/"
# How long ThreadSanitizer lets a process's other threads race with its end.  Its own second makes
# each run of a driver, which takes a tenth of that, ten times as long.
AT_EXIT = "atexit_sleep_ms=50"


def die_with(parent, number=signal.SIGKILL):
    """For preexec_fn: get this signal when `parent` (a process id, ours) ends."""
    _libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(127)


def start(argv, number=signal.SIGKILL, **options):
    """A subprocess.Popen that gets this signal when the thread that called ends.

    By voy-tied, or without that (there has been no build yet) by a fork of ours, which is slow.
    Raises OSError when there is no such program.
    """
    argv = [str(a) for a in argv]
    _require(argv[0])
    parent = os.getpid()
    if os.access(TIED, os.X_OK):
        return subprocess.Popen([TIED, str(parent), str(int(number)), *argv], **options)
    return subprocess.Popen(argv, preexec_fn=lambda: die_with(parent, number), **options)


def start_whole(argv, **options):
    """start() by a voy-reaper: with the program, and with our thread, all ends that it started."""
    _require(str(argv[0]))
    return start([REAPER, *argv], END_WHOLE, **options)


def end_whole(p, grace=GRACE):
    """End what start_whole() has started and whatever came of it; returns when that is done."""
    if p.poll() is None:
        p.send_signal(END_WHOLE)
    try:
        p.wait(grace)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()


def _require(program):
    if not shutil.which(program):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)


def environment(extra=None):
    """The environment for built programs: sanitizers that name lines, and `extra`."""
    env = dict(os.environ, **(extra or {}))
    env.update(sanitizers(env))
    return env


def sanitizers(env=os.environ, llvm=None):
    """The sanitizers' variables: reports that name source lines, then what `env` has in them.

    `llvm`: is LLVM's symbolizer there, which shows inlined functions, too?  Debian's clang does
    without; its runtimes look for nothing else by themselves.
    """
    llvm = bool(glob.glob("/usr/bin/llvm-symbolizer-*")) if llvm is None else llvm
    clang = REPORT if llvm else f"{REPORT}:external_symbolizer_path=/usr/bin/addr2line"
    ours = {"ASAN_OPTIONS": clang, "TSAN_OPTIONS": f"{clang}:{AT_EXIT}", "UBSAN_OPTIONS":
            f"{REPORT}:print_stacktrace=1:print_summary=1:report_error_type=1"}
    return {name: ":".join(filter(None, (options, env.get(name)))) for name, options in ours.items()}


def describe(status):
    """An exit status in words."""
    if status is None:
        return "is running"
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


class Child:
    """A child process; its stdout lines ("line") and its end ("end") go to `inbox`.

    `stderr`, `stdin`: as for subprocess; PIPE as stderr sends its lines to `inbox`, too ("err").
    `capture=False` leaves stdout alone.  The environment gets `env` on top of ours.  `cwd`: the
    folder that it runs in.  `whole`: by start_whole(), so that END_WHOLE is how to stop() it.
    """

    def __init__(self, name, argv, inbox, env=None, stderr=None, capture=True,
                 stdin=subprocess.DEVNULL, session=True, cwd=None, whole=False):
        self.name, self.argv = name, [str(a) for a in argv]
        self._inbox, self._lines = inbox, 0
        try:
            self.proc = (start_whole if whole else start)(
                self.argv, stdin=stdin, stderr=stderr, env=environment(env),
                stdout=subprocess.PIPE if capture else None, start_new_session=session, cwd=cwd)
        except OSError as e:
            raise VoyError(f"{e.filename or self.argv[0]}: {e.strerror}") from e
        self._readers = [threading.Thread(target=self._read, args=stream, daemon=True)
                         for stream in ((self.proc.stdout, "line"), (self.proc.stderr, "err"))
                         if stream[0] is not None]
        for reader in self._readers:
            reader.start()
        # Held while its status is taken or a signal is sent: from when its status is taken on its
        # process id may be anybody's.
        self._lock = threading.RLock()
        # Not for join(): one that a signal's exception ends takes the thread for ended, for good.
        self._ended, self._over = threading.Event(), threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    @property
    def pid(self):
        """The process id."""
        return self.proc.pid

    @property
    def status(self):
        """Exit status, negative for a signal; None while it runs."""
        with self._lock:
            return self.proc.poll()

    def _read(self, stream, kind):
        with stream:
            for line in stream:
                self._lines += 1
                self._inbox.put((self.name, kind, line.decode(errors="replace").rstrip("\n")))

    def _wait(self):
        with contextlib.suppress(ChildProcessError):    # somebody has its status already
            os.waitid(os.P_PID, self.proc.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            status = self.proc.wait()
        self._ended.set()
        for reader in self._readers:
            # A grandchild may hold the pipe open: it does not hold us up for long. But a machine
            # that is busy may leave much in the pipe that has to be read.
            seen = -1
            while reader.is_alive() and seen != self._lines:
                seen = self._lines
                reader.join(DRAIN)
        self._inbox.put((self.name, "end", status))
        self._over.set()

    def send(self, number):
        """Send a signal if the process is still there."""
        with self._lock:
            if self.proc.poll() is None:
                self.proc.send_signal(number)

    def stop(self, number=signal.SIGTERM, grace=GRACE):
        """Ask it to end, kill it if it does not within `grace` seconds; its exit status."""
        self.send(number)
        if not self._ended.wait(grace):
            self.send(signal.SIGKILL)
        self._over.wait()
        return self.proc.returncode
