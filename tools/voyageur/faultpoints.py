# SPDX-License-Identifier: BSD-2-Clause
"""The places on a driver's way where its host may fail, numbered and named.

    points = Points(program, events, every=False, card=True)    # events of a run with COUNT set
    for point in points: print(point.number, point.name)
    for fault in points.faults(): ...       # fault.environment(), fault.settings(), fault.label

A point is a call that may fail (shims/linux/fault.h), at a place in the driver, at its Nth time
there.  Numbers follow the names, so they are the same as long as the way is.  Each point fails once,
and for good from there on: its faults are called "12" and "12+", or exactly CALL@PLACE:N and
CALL@PLACE:N+.
"""
import dataclasses
import re
import subprocess

from . import paths

COUNT = {"VOY_FAULT": "count"}
# The call: what fails; whether it fails just once, and for good.
CALLS = {
    "worker": ("the thread for WORKER cannot be had", True, False),
    "timer": ("the thread for TIMER cannot be had", True, False),
    "pdk_pci_map_bar": ("a BAR cannot be mapped", True, True),
    "pdk_pci_read": ("configuration space reads all ones", True, True),
    "pdk_zalloc": ("no memory", True, True),
    "pdk_zalloc_waitok": ("no memory at first", True, False),
    "pdk_dma_alloc": ("no DMA memory", True, True),
    "pdk_map_create": ("no DMA map", True, True),
    "pdk_map_load_mbuf": ("a map cannot be loaded", True, True),
    "pdk_mbuf_rxalloc": ("no mbuf for the driver", True, True),
    "m_pullup": ("no mbuf to pull up into", True, True),
    "stack_mbuf": ("no mbuf for the stack", True, True),
    "pdk_firmware_get": ("the firmware file cannot be read", True, True),
    "pdk_intr_alloc": ("no interrupt vector", True, True),
    "pdk80211_attach": ("the 802.11 stack does not attach", True, True),
    "pdknet_attach": ("the Ethernet stack does not attach", True, True),
    "pdk_wait": ("time-out: what is waited for does not come", True, True),
    "interrupt": ("an interrupt is lost", True, True),
    "resume": ("the interrupts are not back after a suspend", True, False),
    "reset": ("the device cannot be reset", True, True),
    "bus_space_read": ("a register reads all ones", True, True),
    "stuck": ("a register reads 0 for ever at this place", False, True),
    "card_gone": ("the card is pulled out unnoticed", False, True),
    "link_lost": ("the link to the card is lost", False, True),
}
# Settings of a simulated card, each with the number of register accesses before it strikes.
OF_CARD = {"card_gone": "fault.gone_after", "link_lost": "fault.close_after"}
# Reads are many: those that differ in so many of the innermost functions are one place.
READ_DEPTH = 6
EXACT = re.compile(r"(?P<call>\w+)(@(?P<place>[0-9a-f.]+))?:(?P<nth>[1-9]\d*)(?P<good>\+?)")


@dataclasses.dataclass(frozen=True)
class Fault:
    """One failure: a point, once or for good."""
    point: "Point"
    for_good: bool

    @property
    def label(self):
        """As --point takes it."""
        return f"{self.point.number}{'+' if self.for_good else ''}"

    @property
    def exact(self):
        """The same, exact for one build of the driver, whatever else is counted."""
        p = self.point
        at = f"@{p.place}" if p.place else ""
        return f"{p.call}{at}:{p.nth}{'+' if self.for_good else ''}"

    def environment(self, again=False):
        """What run-DRIVER is to have in its environment; `again`: it did not come."""
        if self.point.call in OF_CARD:
            return {}
        # There may be one more wait at a place just because one woke for no reason: have it so.
        wakes = again and self.point.call == "pdk_wait" and self.point.nth > 1
        return {"VOY_FAULT": self.exact + ("~" if wakes else "")}

    def settings(self):
        """What the simulated card is to be told."""
        p = self.point
        return [f"{OF_CARD[p.call]}={p.nth - 1}"] if p.call in OF_CARD else []


@dataclasses.dataclass(frozen=True)
class Point:
    """A place where the host may fail; `place`: return addresses, "" for nobody's call."""
    number: int
    call: str
    place: str
    where: str
    nth: int

    @property
    def name(self):
        """For people."""
        if self.call in OF_CARD:
            return f"{self.call} after {self.nth - 1} register accesses"
        times = f" #{self.nth}" if self.nth > 1 or not self.where else ""
        return f"{self.call}{times}{' in ' + self.where if self.where else ''}"

    def faults(self):
        """Its Faults."""
        _, once, for_good = CALLS[self.call]
        return [Fault(self, False)] * once + [Fault(self, True)] * for_good


class Points:
    """All of a way.  `every`: each call at each place, not only a few of them."""

    def __init__(self, program, events, every=False, card=True, only=()):
        self.counted = _counts(events)
        names = _Names(program, {a for _, place in self.counted for a in _addresses(place)})
        self.calls = sum(self.counted.values())
        groups = {}
        for (call, place), count in self.counted.items():
            key = (call, place if every else names.key(call, place))
            groups.setdefault(key, []).append((place, count))
        found = []
        for (call, _), members in groups.items():
            place, count = members[0]
            where = names.where(place, sum(1 for c, p in groups if c == call) > 1)
            found += [(call, where, nth, place) for nth in _times(call, count, every)]
            if call == "bus_space_read":
                found.append(("stuck", where, 1, place))
        if card:
            reads = sum(n for (call, _), n in self.counted.items() if call == "bus_space_read")
            found += [(call, "", nth, "") for call in OF_CARD
                      for nth in _times(call, max(reads, 1), every)]
        order = list(CALLS)
        found.sort(key=lambda f: (order.index(f[0]), f[1], f[2], f[3]))
        self.all = [Point(i, call, place, where, nth)
                    for i, (call, where, nth, place) in enumerate(found, 1)
                    if not only or call in only]

    def __iter__(self):
        return iter(self.all)

    def __len__(self):
        return len(self.all)

    def faults(self):
        """Those of all points."""
        return [fault for point in self.all for fault in point.faults()]

    def choose(self, labels):
        """The faults with these labels (or exact); ValueError names one that is not there."""
        known = {}
        for fault in self.faults():
            known[fault.label] = known[fault.exact] = fault
        return [known.get(label) or self._unknown(label, known) for label in labels]

    def _unknown(self, label, known):
        """An exact one that was not counted this time is tried all the same."""
        if m := EXACT.fullmatch(label):
            return Fault(Point(0, m["call"], m["place"] or "", m["place"] or "", int(m["nth"])),
                         bool(m["good"]))
        number = label.removesuffix("+")
        only = [x for x in known if x.removesuffix("+") == number]
        raise ValueError(f"{label}: " + (
            f"this point has only {only[0]}" if only else
            f"there is no such point; there are 1 to {self.all[-1].number}" if self.all else
            "there are no points"))


def steady(first, second):
    """Of the events of two counting runs those that both have, with the smaller count."""
    other = _counts(second)
    kept = []
    for e in first:
        if e["event"] == "fault-point":
            count = min(e["count"], other.get((e["call"], e["place"]), 0))
            if count:
                kept.append({**e, "count": count})
    return kept


def _counts(events):
    return {(e["call"], e["place"]): e["count"] for e in events if e["event"] == "fault-point"}


def _addresses(place):
    return place.split(".") if place else []


def _times(call, count, every):
    """Which of `count` calls at one place are to fail."""
    if every:
        return range(1, count + 1)
    if call == "bus_space_read":
        return [1]
    if call in OF_CARD or call == "interrupt":      # of all that happens: thinner and thinner
        sure = max(1, count * 3 // 4)               # a busy machine may have fewer of them
        return [1 << i for i in range(sure.bit_length())]
    return sorted({1, min(2, count), (count + 1) // 2})


class _Names:
    """Functions and lines of addresses of a program."""

    def __init__(self, program, addresses):
        self._of = {}
        ordered = [hex(int(a, 16) - 1) for a in sorted(addresses)]      # in the call, not behind it
        said = subprocess.run(["addr2line", "-afie", str(program), *ordered], capture_output=True,
                              text=True, check=True).stdout.splitlines() if ordered else []
        for line in said:
            if line.startswith("0x"):
                function, frames = None, self._of.setdefault(f"{int(line, 16) + 1:x}", [])
            elif function is None:
                function = line
            else:
                frames.append(self._frame(function, line))
                function = None

    @staticmethod
    def _frame(function, line):
        path, _, number = line.partition(":")
        path = path.removeprefix(f"{paths.ROOT}/")
        number = re.match(r"\d*", number)[0]       # " (discriminator 3)" may follow
        host = path.startswith(("shims/", "harness/"))
        return function, f"{path.rsplit('/', 1)[-1]}:{number}", host

    def _driver(self, place):
        """The frames of the driver itself, inlined functions too, innermost first."""
        out = []
        for address in _addresses(place):
            for function, line, host in self._of[address]:
                if host:
                    return out
                out.append((function, line))
        return out

    def key(self, call, place):
        """What makes a place another one."""
        frames = self._driver(place)
        return tuple(frames[:READ_DEPTH] if call == "bus_space_read" else frames)

    def where(self, place, long):
        """"iwm_dma_alloc (io.c:12) < ...": `long` when one function alone says too little."""
        frames = self._driver(place)[:READ_DEPTH if long else 1]
        return " < ".join(f"{function} ({line})" for function, line in frames)
