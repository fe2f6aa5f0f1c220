# SPDX-License-Identifier: BSD-2-Clause
"""Programs of tools/sim that belong together: started one after the other, ended in reverse.

    with Group(emit) as group:
        group.run("card", "voy-sim", ["i7260", "--json", "--socket", socket])
        name, how = group.wait()

`emit` gets every event, from a thread of its own, with "source": the name.  With `keep_stderr`
what the programs write there is kept in `complaints` (and is an event log) instead of shown.
"""
import queue
import signal
import subprocess
import threading

from . import events, paths, procs
from .errors import VoyError

START_SECONDS = 60


class Group:
    """Running programs; they end with the with block.  `status`: of those that have ended."""

    def __init__(self, emit=None, variant=paths.VARIANT, keep_stderr=False):
        self._emit = emit or (lambda event: None)
        self._inbox = queue.SimpleQueue()
        self._up, self._thread = queue.SimpleQueue(), None
        self._ended = threading.Event()     # the first of them
        self._programs, self._names, self._variant = [], {}, variant
        self._stderr = subprocess.PIPE if keep_stderr else None
        self.status, self.complaints = {}, []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        for child in reversed(self._programs):
            child.stop(signal.SIGTERM)
        if self._thread:
            self._thread.join()

    def start(self):
        """Start those that are always there."""

    def run(self, name, program, args):
        """Start a program; returns when it listens."""
        argv = [paths.program(program, self._variant), *args]
        self._names[name] = program
        self._programs.append(procs.Child(name, argv, self._inbox, stderr=self._stderr))
        if not self._thread:
            self._thread = threading.Thread(target=self._read, daemon=True)
            self._thread.start()
        try:
            said = self._up.get(timeout=START_SECONDS)
        except queue.Empty:
            raise VoyError(f"{program}: not ready after {START_SECONDS} s") from None
        if said is not None:            # of this program, or of one that was up
            raise VoyError(f"{said}; what it said is "
                           + ("; ".join(self.complaints) if self._stderr else "above"))

    def _read(self):
        """Passes events on until all programs have ended."""
        while len(self.status) < len(self._programs):
            name, kind, value = self._inbox.get()
            if kind == "end":
                self.status[name] = value
                self._ended.set()
                self._up.put(f"{self._names[name]} {procs.describe(value)}")
                continue
            if kind == "err":
                self.complaints.append(value)
                self._emit({"event": "log", "level": "warn", "source": name, "text": value})
                continue
            event = {**events.parse(value), "source": name}
            if event["event"] == "listening":
                self._up.put(None)
            self._emit(event)

    def wait(self, seconds=None):
        """Until a program ends: its name and how it ended; None after `seconds`."""
        # Not a join(): one that a signal's exception ends takes the thread for ended, for good.
        if not self._ended.wait(seconds):
            return None
        name = next(iter(self.status))
        return name, procs.describe(self.status[name])

    def failed(self):
        """After the with block: what of the programs did not end well, in words; or None."""
        bad = [f"{name} {procs.describe(status)}" for name, status in self.status.items() if status]
        return "; ".join(bad) or None
