# SPDX-License-Identifier: BSD-2-Clause
"""Programs of tools/sim that belong together: started one after the other, ended in reverse.

    with Group(emit) as group:
        group.run("card", "voy-sim", ["i7260", "--json", "--socket", socket])
        name, how = group.wait()

`emit` gets every event, from a thread of its own, with "source": the name.  What it raises ends the
group.  With `keep_stderr` what the programs write there is kept in `complaints` (and is an event
log) instead of shown.

A signal's handler that raises may do so when a program has been started and is not known here yet,
or while the programs are being ended; then they end in any order, or some do not.  Where that
matters the handler calls interrupt().
"""
import queue
import signal
import subprocess
import threading
import time

from . import events, paths, procs
from .errors import VoyError

START_SECONDS = 60


class Group:
    """Running programs; they end with the with block.  `status`: of those that have ended."""

    def __init__(self, emit=None, variant=paths.VARIANT, keep_stderr=False):
        self._emit = emit or (lambda event: None)
        self._inbox = queue.SimpleQueue()
        # For run() and wait(): None (it listens), how one has ended, or what is to be raised.
        self._news, self._thread = queue.SimpleQueue(), None
        self._programs, self._names, self._variant = [], {}, variant
        self._stderr = subprocess.PIPE if keep_stderr else None
        self.status, self.complaints = {}, []
        self._stopping, self._broken = False, None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind, *exc):
        self._stop()
        if self._broken and kind is None:
            raise self._broken

    def _stop(self):
        self._stopping = True
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
            said = self._hear(START_SECONDS)
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
                self._news.put(f"{self._names[name]} {procs.describe(value)}")
                continue
            if kind == "err":
                self.complaints.append(value)
                self._tell({"event": "log", "level": "warn", "source": name, "text": value})
                continue
            event = {**events.parse(value), "source": name}
            if event["event"] == "listening":
                self._news.put(None)
            self._tell(event)

    def _tell(self, event):
        if self._broken:
            return
        try:
            self._emit(event)
        except Exception as e:      # it is for who waits, or ends the group
            self._broken = e
            self._news.put(e)

    def _hear(self, seconds):
        """The next news; raises what is to be raised, or queue.Empty after `seconds`."""
        news = self._news.get(timeout=seconds)
        if isinstance(news, BaseException):
            raise news
        return news

    def interrupt(self):
        """End the start, or the wait, of now or to come by KeyboardInterrupt.

        For signals' handlers: it does not wait, and may come at any time, in any thread.
        """
        self._news.put(KeyboardInterrupt())

    def wait(self, seconds=None):
        """Until a program ends: its name and how it ended; None after `seconds`."""
        limit = None if seconds is None else time.monotonic() + seconds
        while not self.status:
            try:
                self._hear(None if limit is None else max(0, limit - time.monotonic()))
            except queue.Empty:
                return None
        name = next(iter(self.status))
        return name, procs.describe(self.status[name])

    def failed(self):
        """After the with block: what of the programs did not end well, in words; or None."""
        # Who was ended before it could take a signal has done nothing wrong.
        well = (0, -signal.SIGTERM) if self._stopping else (0,)
        bad = [f"{name} {procs.describe(status)}" for name, status in self.status.items()
               if status not in well]
        return "; ".join(bad) or None
