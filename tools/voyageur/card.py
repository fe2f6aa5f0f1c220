# SPDX-License-Identifier: BSD-2-Clause
"""A simulated card: a voy-sim process with a socket in a run directory.

    card = Card("edu", rundir, inbox)           # returns when it listens
    ... connect to card.target ...
    events, ok = card.finish()
"""
import queue
import signal
import time

from . import events, paths, procs
from .errors import VoyError

START = 60      # seconds within which it has to listen


def arguments(model, socket, settings=(), control=None, variant=paths.VARIANT, once=False):
    """The command line of voy-sim."""
    argv = [paths.program("voy-sim", variant), model, "--socket", socket, "--json"]
    if control:
        argv += ["--control", control]
    if once:
        argv.append("--once")
    for item in settings:
        argv += ["--set", item]
    return argv


class Card:
    """One voy-sim; its lines come to `inbox` under the name "sim".

    `early` holds the events from before it listened, `complaints` its stderr of that time, if
    that comes by the inbox.  `stderr` as for procs.Child.
    """

    def __init__(self, model, rundir, inbox, settings=(), variant=paths.VARIANT, stderr=None):
        self.model, self.socket = model, rundir / "card"
        self.control = rundir / "card-control"
        self.early, self.complaints = [], []
        self.violations = []
        self.result = None
        self.started = time.monotonic()
        self.inbox = inbox
        self.child = procs.Child("sim", arguments(model, self.socket, settings, self.control,
                                                  variant), inbox, stderr=stderr)
        try:
            self._listen()
        except BaseException:
            self.child.stop(signal.SIGKILL)
            raise

    @property
    def target(self):
        """What the harness is given as --device."""
        return f"unix:{self.socket}"

    def _listen(self):
        others = []
        try:
            while not self._listens(others):
                pass
        finally:
            for message in others:
                self.inbox.put(message)

    def _listens(self, others):
        """Take a message, one for somebody else into `others`; True when the card listens."""
        limit = self.started + START
        try:
            name, kind, value = self.inbox.get(timeout=max(0, limit - time.monotonic()))
        except queue.Empty:
            raise VoyError(f"voy-sim {self.model}: did not listen within {START} s; "
                           "is the machine overloaded?") from None
        if kind == "signal":
            raise KeyboardInterrupt
        if name != "sim":
            others.append((name, kind, value))
        elif kind == "end":
            raise VoyError(self._why())
        elif kind == "err":
            self.complaints.append(value)
        else:
            self.early.append(self.take(value))
            return self.early[-1]["event"] == "listening"
        return False

    def _why(self):
        said = "; ".join(self.complaints)
        return (f"voy-sim {self.model}: {procs.describe(self.child.status)} before it listened: "
                + (said or "its message is above"))

    def take(self, line):
        """The event in one of its lines, noted for the judgement."""
        event = events.parse(line)
        event["source"] = "sim"
        if event["event"] == "violation":
            self.violations.append(event)
        elif event["event"] == "result":
            self.result = event
        return event

    def stop(self):
        """End it; what it said last is in the inbox."""
        return self.child.stop(signal.SIGTERM)

    def verdict(self):
        """Why the run is not ok as far as the card is concerned; None when it is."""
        if self.violations:
            first = self.violations[0]
            more = len(self.violations) - 1
            return (f"simulated card: {first.get('rule')}: {first.get('text')}"
                    + (f" (and {more} more violations)" if more else ""))
        status = self.child.status
        if self.result is None:
            return f"simulated card: voy-sim {procs.describe(status)} without a result"
        if not self.result.get("ok") or status != 0:
            return f"simulated card: voy-sim {procs.describe(status)}, not ok"
        return None
