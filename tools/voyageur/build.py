# SPDX-License-Identifier: BSD-2-Clause
"""Bring the build up to date with ninja: quiet when all goes well, the compiler's words if not.

    build.ninja("gcc", "asan")

Runs of `voy` at the same time take turns, since ninja's log takes one writer.
"""
import contextlib
import fcntl
import os
import subprocess
import sys

from . import paths
from .errors import VoyError

NINJA = "/usr/bin/ninja"


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
    p = _run(["-n", *targets], capture_output=True)
    return p.returncode == 0 and b"no work to do" in p.stdout


def _run(args, **how):
    try:
        return subprocess.run([NINJA, *args], cwd=paths.ROOT, stdin=subprocess.DEVNULL,
                              check=False, **how)
    except FileNotFoundError as e:
        raise VoyError(f"build: {NINJA} is not installed; start through ./voy, "
                       "which installs it") from e


def ninja(*targets):
    """Build `targets` (variants or files); raises VoyError after showing what failed."""
    if not targets:
        return
    if not os.access(paths.ROOT, os.W_OK) and is_current(*targets):
        return      # somebody else's finished tree, used by one who may only read it
    with _turn():
        if sys.stderr.isatty():
            failed = not is_current(*targets) and _run([*targets], stdout=sys.stderr).returncode
        else:
            p = _run([*targets], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            failed = p.returncode
            if failed:
                sys.stderr.write(_failures(p.stdout.decode(errors="replace")))
    if failed:
        raise VoyError(f"build: ninja {' '.join(targets)} failed; the compiler's message is above")


def _failures(text):
    """ninja's output without the lines about steps that went well."""
    lines = text.splitlines(keepends=True)
    first = next((i for i, line in enumerate(lines) if line.startswith("FAILED")), 0)
    return "".join(lines[first:])
