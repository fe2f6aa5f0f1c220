# SPDX-License-Identifier: BSD-2-Clause
"""Bring the build up to date with ninja: quiet when all goes well, the compiler's words if not.

    build.ninja("gcc", "asan")

Runs of `voy` at the same time take turns, since ninja's log takes one writer.
"""
import contextlib
import fcntl
import os
import signal
import subprocess
import sys

from . import paths, procs
from .errors import VoyError

NINJA = "/usr/bin/ninja"
LOOK = 0.2                  # seconds after which a signal is seen at the latest
INTERRUPTED = (2, 130)      # its statuses after SIGINT, before version 1.13 and from there on


@contextlib.contextmanager
def _turn():
    """Hold the build folder's lock."""
    try:
        paths.BUILD.mkdir(exist_ok=True)
        fd = os.open(paths.BUILD / ".voy-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as e:
        raise VoyError(f"build: {e.filename}: {e.strerror}; the source tree must be writable "
                       "for the one who builds it") from e
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def is_current(*targets):
    """True when ninja would do nothing for `targets`."""
    p = _run(["-n", *targets], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return p.returncode == 0 and b"no work to do" in p.stdout


def _end(p):
    """End ninja by SIGINT, which unlike SIGKILL takes its compilers with it."""
    p.send_signal(signal.SIGINT)
    try:
        p.wait(procs.GRACE)
    except subprocess.TimeoutExpired:
        p.kill()


def _run(args, **how):
    """Run ninja; its status and output.  Ctrl-C ends it, compilers and all, and then us."""
    try:
        p = procs.start([NINJA, *args], signal.SIGINT, cwd=paths.ROOT, stdin=subprocess.DEVNULL,
                        **how)
    except FileNotFoundError as e:
        raise VoyError(f"build: {NINJA} is not installed; start through ./voy, "
                       "which installs it") from e
    with p:
        try:
            out, err = _wait(p)
        except BaseException:
            _end(p)
            raise
    if p.returncode in INTERRUPTED:         # a Ctrl-C on the terminal reaches it as well
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(p.args, p.returncode, out, err)


def _wait(p):
    """What it says, once it has ended.

    Not in one long wait: a signal that comes just before a wait begins is seen when it is over.
    """
    while True:
        try:
            return p.communicate(timeout=LOOK)
        except subprocess.TimeoutExpired:
            continue


_made = set()       # by this process: what it works with does not change under its hands


def ninja(*targets):
    """Build `targets` (variants or files) and what starts them (procs.py), once.

    Raises VoyError after showing what failed.
    """
    if _made.issuperset(targets):
        return
    if not os.access(paths.ROOT, os.W_OK) and is_current(*targets):
        return      # somebody else's finished tree, used by one who may only read it
    wanted = (*targets, *(os.path.relpath(p, paths.ROOT) for p in (procs.TIED, procs.REAPER)))
    with _turn():
        if sys.stderr.isatty():
            failed = not is_current(*wanted) and _run(wanted, stdout=sys.stderr).returncode
        else:
            p = _run(wanted, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            failed = p.returncode
            if failed:
                sys.stderr.write(_failures(p.stdout.decode(errors="replace")))
    if failed:
        raise VoyError(f"build: ninja {' '.join(targets)} failed; the compiler's message is above")
    _made.update(targets)


def _failures(text):
    """ninja's output without the lines about steps that went well."""
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.startswith("FAILED")), 0)
    return "".join(lines[first:])
