# SPDX-License-Identifier: BSD-2-Clause
"""Private directories for the sockets and files of one run.

    with rundir.RunDir() as d:
        socket = d / "card"

The directory is mode 0700, under $XDG_RUNTIME_DIR (unless that is too long for the path of a
socket) or /tmp, and is gone when the block ends,
however it ends.  Of a process that was killed by SIGKILL it stays; the next run sweeps it: each
directory holds a file that its owner keeps locked, so that a lock that can be had marks the
owner as dead.
"""
import fcntl
import os
import pathlib
import shutil
import stat
import tempfile
import time

from .errors import VoyError

PREFIX = "voy-run-"
# A directory without a lock file is one being made; after this many seconds, one forgotten.
YOUNG = 30
# A socket's path has at most 107 bytes; this leaves room for the run's own part of it.
LONGEST = 64


def base():
    """The directory in which run directories are made."""
    xdg = os.environ.get("XDG_RUNTIME_DIR")
    if xdg and len(os.fsencode(xdg)) <= LONGEST and os.path.isdir(xdg) \
            and os.access(xdg, os.W_OK | os.X_OK):
        return pathlib.Path(xdg)
    return pathlib.Path("/tmp")


class RunDir:
    """A private directory; `path`, or `rundir / name`; close() or the with block removes it."""

    def __init__(self):
        sweep()
        try:
            self.path = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX, dir=base()))
            self._fd = os.open(self.path / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
            # Only a file of this name counts as a lock, and it appears locked.
            os.rename(self.path / ".lock", self.path / "lock")
        except OSError as e:
            raise VoyError(f"run directory: {base()}: {e.strerror}; set XDG_RUNTIME_DIR to a "
                           "directory of yours that can be written") from e

    def __truediv__(self, name):
        return self.path / name

    def close(self):
        """Remove the directory; harmless when done twice."""
        if self._fd is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._fd)
            self._fd = None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def left_behind():
    """Run directories of this user whose owner is dead."""
    found = []
    for path in base().glob(PREFIX + "*"):
        try:
            st = path.lstat()
            if not stat.S_ISDIR(st.st_mode) or st.st_uid != os.getuid():
                continue
            if _owner_dead(path, st):
                found.append(path)
        except OSError:
            continue
    return found


def _owner_dead(path, st):
    try:
        fd = os.open(path / "lock", os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return time.time() - st.st_mtime > YOUNG
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(fd)


def sweep():
    """Remove run directories of this user whose owner is dead."""
    for path in left_behind():
        shutil.rmtree(path, ignore_errors=True)
