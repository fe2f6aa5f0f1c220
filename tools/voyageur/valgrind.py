# SPDX-License-Identifier: BSD-2-Clause
"""How `voy run --valgrind` starts valgrind, and what it says as events.

    argv = [*valgrind.arguments(), program, ...]
    memcheck = valgrind.Memcheck(emit)
    memcheck.take(line)             # each line of stderr; emit({"event": "error", ...})
"""
import os
import re

from . import paths

VALGRIND = "/usr/bin/valgrind"
SLOW = 10           # times as long as usually may all take (harness/memcheck.h)

_TEXT = re.compile(r"==\d+== ?(.*)")
_FRAME = re.compile(r" +(?:at|by) 0x[0-9A-F]+: (.*)")


def require():
    """Skip the test that wants valgrind where it is not installed."""
    import pytest
    if not os.access(VALGRIND, os.X_OK):
        pytest.skip("valgrind is not installed (Debian's package valgrind)")


def arguments():
    """Memcheck's command line, up to the program."""
    return [VALGRIND, "-q", "--tool=memcheck", "--track-origins=yes", "--num-callers=20",
            # The harness has it look for leaks when the driver is gone, and counts errors.
            "--leak-check=no", "--show-leak-kinds=definite", "--errors-for-leak-kinds=definite",
            "--error-exitcode=1", f"--fullpath-after={paths.ROOT}/",
            "--fair-sched=try", "--vgdb=no", "--child-silent-after-fork=yes",
            "--sim-hints=lax-ioctls"]       # VFIO's do not say what they read and write


class Memcheck:
    """The errors in what valgrind writes: a line that names it, backtraces, an empty line."""

    def __init__(self, emit):
        self._emit = emit
        self._head, self._frames, self._more = None, [], False
        self.first = None           # the first error, in a line

    def take(self, line):
        """One line of stderr, whoever wrote it."""
        m = _TEXT.fullmatch(line)
        if not m:
            return
        frame = _FRAME.fullmatch(m[1])
        if frame and self._head:
            if not self._more:
                self._frames.append(frame[1])
        elif not m[1].strip():
            self.end()
        elif self._frames:
            self._more = True       # where the memory is from
        elif not m[1].startswith(" "):
            self._head = m[1]

    def end(self):
        """No more lines: what has been begun is whole."""
        if self._frames:
            text = f"valgrind: {self._head}, at {_place(self._frames)}"
            self.first = self.first or text
            self._emit({"event": "error", "source": "valgrind", "text": text,
                        "backtrace": self._frames})
        self._head, self._frames, self._more = None, [], False


def _place(frames):
    """The innermost frame with a source line of ours, or else the innermost."""
    return next((f for f in frames if re.search(r"\([^)]*/[^)]*\.[ch]:\d+\)", f)), frames[0])
