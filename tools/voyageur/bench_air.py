# SPDX-License-Identifier: BSD-2-Clause
"""Benchmark rows of the air: frames through the hub, and a simulated 7260 under stock Linux.

The hub's peer is air-relay: the same radios, frames, library and sockets, and nothing in between
that knows of channels or time.  Air time is off, so that the figure is the hub's work and not
the rate of the radio.  The guest's rows come from one guest each time, a boot being slow.
"""
import json
import queue
import re
import subprocess
import time

from . import card, control, fetch, paths, procs, rundir
from .errors import VoyError

SECONDS = 0.5       # of load for one figure
SENDING = 3         # seconds for which the guest pings
PEER = "/bin/cat"
FIRMWARE = "iwlwifi-7260-17.ucode"
MAC, BSSID = "7c:7a:91:12:34:56", "02:56:4f:59:00:00"
AP = ["--ssid", "bench", "--channel", "36", "--bssid", BSSID]
SCRIPT = f"""
i=0; while [ ! -e /sys/class/net/wlan0 ] && [ $i -lt 300 ]; do i=$((i + 1)); sleep 0.1; done
ip link set wlan0 up && timeout 10 iw dev wlan0 connect -w bench 5180 && echo ASSOCIATED
ip addr add 10.0.2.50/24 dev wlan0; ping -q -c 1 10.0.2.2 && echo SENDING
for i in $(seq 12); do timeout {SENDING} ping -q -i 0.0005 -s 972 10.0.2.2 >/dev/null & done
wait; echo SENT
"""


def _pss(pid):
    """Memory of a live process in KiB, by proportional share, without what it shares with the
    guest (memory of a memfd)."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        kib = {k: int(v) for k, v in re.findall(r"^(Pss\w*): +(\d+) kB", f.read(), re.M)}
    return kib["Pss"] - kib["Pss_Shmem"]


def _start(name, argv, ready="listening"):
    """A program that says `ready`."""
    inbox = queue.SimpleQueue()
    child = procs.Child(name, argv, inbox, stdin=subprocess.PIPE)
    try:
        while True:
            _, kind, value = inbox.get(timeout=card.START)
            if kind == "line" and ready in value:
                return child
            if kind == "end":
                raise VoyError(f"{name}: {procs.describe(child.status)} before it listened")
    except queue.Empty:
        child.stop()
        raise VoyError(f"{name}: did not listen within {card.START} s") from None


def _hub(d):
    return _start("voy-air", [paths.program("voy-air"), "--socket", d / "air", "--control",
                              d / "air-ctl", "--set", "airtime=off", "--json"])


def _load(socket, cards, aps):
    """Frames per second that went from radio to radio and were answered for."""
    argv = [str(paths.program("air-load")), str(socket), str(cards), str(aps), str(SECONDS)]
    p = subprocess.run(argv, text=True, capture_output=True, timeout=60, check=False)
    if p.returncode != 0:
        raise VoyError(f"air-load: {procs.describe(p.returncode)}: {p.stderr.strip()}")
    return json.loads(p.stdout)["per_s"]


def _frames(cards, aps):
    """(through the hub, through the bare relay)."""
    with rundir.RunDir() as d:
        hub = _hub(d)
        relay = _start("air-relay", [paths.program("air-relay"), d / "relay"])
        try:
            return _load(d / "air", cards, aps), _load(d / "relay", cards, aps)
        finally:
            relay.stop()
            hub.stop()


def _bare_memory():
    with subprocess.Popen([PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as p:
        p.stdin.write(b"x")
        p.stdin.flush()
        p.stdout.read(1)
        return _pss(p.pid)


def measure():
    """The rows of one execution on this machine."""
    pairs, crowd = _frames(5, 5), _frames(20, 5)
    with rundir.RunDir() as d:
        idle = card.Card("i7260", d, queue.SimpleQueue())
        try:
            kib = _pss(idle.child.proc.pid)
        finally:
            idle.stop()
    return [{"name": "air: frames of 5 pairs of radios", "ours": pairs[0], "peer": pairs[1],
             "unit": "1/s", "against": "a bare relay (more is better)"},
            {"name": "air: frames of 20 cards and 5 APs", "ours": crowd[0], "peer": crowd[1],
             "unit": "1/s", "against": "a bare relay to the addressee only (the hub: to 4 each)"},
            {"name": "i7260: memory before its driver", "ours": kib, "peer": _bare_memory(),
             "unit": "KiB", "against": f"memory (PSS) of {PEER}"}]


class _Guest:
    """One guest with the card, and what is seen from outside."""

    def __init__(self, d):
        self.d, self.children, self.rows = d, [], {}
        self.began = self.sending = None

    def __enter__(self):
        d = self.d
        try:
            self.children.append(_hub(d))
            self.children.append(_start("voy-ap", [
                paths.program("voy-ap"), "--air", d / "air", "--air-control", d / "air-ctl",
                "--control", d / "ap-ctl", *AP, "--json"]))
            self.card = card.Card("i7260", d, queue.SimpleQueue(), [
                f"mac={MAC}", f"air={d / 'air'}", f"firmware={fetch.firmware(FIRMWARE)}"])
            self.children.append(self.card.child)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exc):
        for child in reversed(self.children):
            child.stop()

    def _carried(self):
        ap = control.ask(self.d / "ap-ctl", {"cmd": "status"})["aps"][0]
        return time.monotonic(), sum(s["rx_frames"] + s["tx_frames"] for s in ap["stations"])

    def line(self, text):
        """A line of the guest's script."""
        if text == "ASSOCIATED":
            self.rows["associated"] = time.monotonic() - self.began
            self.rows["memory"] = _pss(self.card.child.proc.pid)
        elif text == "SENDING":
            self.sending = self._carried()
        elif text == "SENT":
            end, frames = self._carried()
            self.rows["frames"] = (frames - self.sending[1]) / (end - self.sending[0])

    def run(self):
        """(rows, the lab's marks)"""
        import lab
        self.began = time.monotonic()
        try:
            result = lab.run([SCRIPT], device={"socket": self.card.socket}, vfio=False,
                             modules=["iwlwifi", "iwlmvm"], firmware=[FIRMWARE],
                             packages=["iw"], on_stdout=self.line, timeout=120)
        except lab.LabError as e:
            raise VoyError(str(e)) from e
        if set(self.rows) != {"associated", "memory", "frames"}:
            raise VoyError("bench-air: the guest's card did not associate: "
                           f"{result.stderr.decode(errors='replace').strip()}")
        return self.rows, result.marks


def measure_lab():
    """The rows of one guest."""
    with rundir.RunDir() as d, _Guest(d) as guest:
        rows, marks = guest.run()
    with rundir.RunDir() as d:
        hub = _hub(d)
        try:
            alone = _load(d / "air", 1, 1)
        finally:
            hub.stop()
    return [{"name": "lab: i7260: QEMU start to associated", "ours": rows["associated"],
             "peer": marks["booted"], "unit": "s",
             "against": "until the guest has booted (1 guest)"},
            {"name": "lab: i7260: memory, associated", "ours": rows["memory"],
             "peer": _bare_memory(), "unit": "KiB", "against": f"memory (PSS) of {PEER}"},
            {"name": "lab: i7260: frames of pings, both ways", "ours": rows["frames"],
             "peer": alone, "unit": "1/s",
             "against": "the hub without card and emulated guest (more is better)"}]
