# SPDX-License-Identifier: BSD-2-Clause
"""The live picture of an air: its radios, access points, stations and simulated cards.

    view = View("world.json")
    group.Air(..., emit=view)               # takes the events of air, ap and card0, card1, ...
    view.air, view.ap = status answers of the control sockets, now and then
    lines = view.lines(height)

show() draws it until a key or the end of a program.
"""
import collections
import threading
import time

from . import control, screen, tables
from .errors import VoyError

PERIOD = 0.25       # seconds between two pictures
RECENT = 50         # events that are remembered for the bottom of the picture
DULL = ("hcmd", "reply", "notif", "log", "tune", "bss")
# What an event of a card says about its state; a function makes the words of the event.
CARD_STATES = {
    "listening": lambda e: "waits for a driver", "model": lambda e: "starts",
    "fw-start": lambda e: f"loads {e.get('image')}", "alive": lambda e: f"{e.get('image')} alive",
    "calibrated": lambda e: "calibrated", "scan": lambda e: "scans",
    "scan-done": lambda e: f"scanned, {e.get('bss')} networks",
    "fw-assert": lambda e: f"firmware died of {e.get('id', 0):#x}",
    "rfkill": lambda e: "radio switched off" if e.get("blocked") else "radio switched on",
    "violation": lambda e: f"violation: {e.get('rule')}",
    "result": lambda e: "ended",
}


class Rate:
    """Events of the last second, by the clock given."""

    def __init__(self, clock=time.monotonic):
        self._clock, self._times, self.total = clock, collections.deque(), 0

    def count(self):
        """One has happened."""
        self.total += 1
        self._times.append(self._clock())

    def now(self):
        """How many in the last second."""
        while self._times and self._times[0] <= self._clock() - 1:
            self._times.popleft()
        return len(self._times)


class Deltas:
    """Counters that only grow, as numbers per second: since they were read a second ago."""

    def __init__(self, clock=time.monotonic):
        self._clock, self._seen = clock, {}

    def per_second(self, key, value):
        """`value` is what the counter `key` shows now."""
        now, old = self._clock(), self._seen.setdefault(key, collections.deque())
        old.append((now, value))
        while len(old) > 1 and old[1][0] <= now - 1:
            old.popleft()
        passed = now - old[0][0]
        return round((value - old[0][1]) / passed) if passed > 0 else 0


class _Card:
    def __init__(self, clock):
        self.state, self.last, self.rate, self.scans = "starts", "", Rate(clock), 0


class View:
    """Takes events (from any thread) and status answers; makes the lines of the picture."""

    def __init__(self, title, clock=time.monotonic):
        self._title, self._clock, self._began = title, clock, clock()
        self._lock = threading.Lock()
        self._cards, self._recent = {}, collections.deque(maxlen=RECENT)
        self._deltas = Deltas(clock)
        self.air, self.ap = {}, {}

    def __call__(self, event):
        with self._lock:
            source = event.get("source", "")
            if source.startswith("card"):
                self._card(self._cards.setdefault(source, _Card(self._clock)), event)
            if event["event"] not in DULL or event.get("level") == "warn":
                rest = " ".join(f"{k}={v}" for k, v in event.items()
                                if k not in ("event", "t", "source", "level"))
                self._recent.append(f"{self._clock() - self._began:8.1f}  {source}: "
                                    f"{event['event']} {rest}")

    @staticmethod
    def _card(card, event):
        kind = event["event"]
        if kind == "hcmd":
            card.rate.count()
            card.last = event.get("name", "?")
        elif kind in CARD_STATES:
            card.state = CARD_STATES[kind](event)

    # -- the picture ---------------------------------------------------------------------------

    def lines(self, height):
        """The picture; with room left at the bottom, the latest events."""
        with self._lock:
            out = [self._head(), ""]
            for part in (self._radios(), self._aps(), self._stations(), self._card_table()):
                if part:
                    out += [screen.BOLD + part[0] + screen.PLAIN, *part[1:], ""]
            room = height - len(out) - 1
            if room > 0 and self._recent:
                out += [screen.BOLD + "EVENTS" + screen.PLAIN, *list(self._recent)[-room:]]
            return out

    def _head(self):
        facts = [f"voyageur  {self._title}", f"{self._clock() - self._began:.0f} s"]
        if self.air:
            facts += [f"radios {self.air.get('radios', 0)}",
                      f"frames/s {self.air.get('frames_per_s', 0):.0f}",
                      f"peak {self.air.get('frames_per_s_peak', 0):.0f}"]
        if self.ap:
            facts.append(f"associated {sum(a.get('associated', 0) for a in self._ap_list())}")
        if self._cards:
            facts.append(f"commands/s {sum(c.rate.now() for c in self._cards.values())}")
        return "   ".join(facts)

    def _ap_list(self):
        return self.ap.get("aps", [])

    def _radios(self):
        rows = []
        for r in self.air.get("list", []):
            state = "off" if not r.get("on") else "sending" if r.get("queued") else "listening"
            name = r.get("radio", "?")
            where = f"{r.get('channel')} ({r.get('freq')})" if r.get("on") else "-"
            rows.append((name, where, r.get("width", "") if r.get("on") else "-", state,
                         self._deltas.per_second((name, "tx"), r.get("tx", 0)),
                         self._deltas.per_second((name, "rx"), r.get("rx", 0)),
                         r.get("tx", 0), r.get("rx", 0), r.get("failed", 0)))
        heads = ("RADIO", "CHANNEL (MHz)", "WIDTH", "STATE", "TX/s", "RX/s", "TX", "RX", "FAILED")
        return rows and tables.layout(heads, rows, (2, 4, 5, 6, 7, 8), rule=False)

    def _aps(self):
        rows = [(a.get("ap"), a.get("ssid"), a.get("bssid"), a.get("channel"), a.get("security"),
                 "on" if a.get("on") else "vanished", a.get("associated"))
                for a in self._ap_list()]
        heads = ("ACCESS POINT", "SSID", "BSSID", "CHANNEL", "SECURITY", "STATE", "ASSOCIATED")
        return rows and tables.layout(heads, rows, (3, 6), rule=False)

    def _stations(self):
        rows = [(s.get("sta"), a.get("ap"), s.get("state"), s.get("ip") or "-",
                 f"{s.get('signal')} dBm", s.get("rx_frames"), s.get("tx_frames"))
                for a in self._ap_list() for s in a.get("stations", [])]
        heads = ("STATION", "AT", "STATE", "IP", "SIGNAL", "FROM IT", "TO IT")
        return rows and tables.layout(heads, rows, (4, 5, 6), rule=False)

    def _card_table(self):
        rows = [(name, c.state, c.rate.now(), c.rate.total, c.last)
                for name, c in sorted(self._cards.items())]
        heads = ("CARD", "STATE", "COMMANDS/s", "COMMANDS", "LAST COMMAND")
        return rows and tables.layout(heads, rows, (2, 3), rule=False)


def _poll(path, old):
    """The status of a control socket; the old one if it does not answer."""
    if path is None or not path.is_socket():
        return old
    try:
        return control.ask(path, {"cmd": "status"}, timeout=1)
    except VoyError:
        return old


def show(view, programs, air=None, ap=None):
    """Draw until q, Ctrl-C or the end of a program; `air`, `ap`: their control sockets.

    Returns what ended and how, as group.wait(), or None.
    """
    with screen.Screen() as terminal:
        while True:
            view.air, view.ap = _poll(air, view.air), _poll(ap, view.ap)
            terminal.draw(view.lines(terminal.size()[1]))
            if terminal.key(PERIOD) == "q":
                return None
            ended = programs.wait(0)
            if ended:
                return ended
