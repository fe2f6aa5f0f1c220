# SPDX-License-Identifier: BSD-2-Clause
"""A world for somebody else's driver: the air, access points, the card, and a guest kernel.

    with World(lab, firmware, aps=[{"ssid": "net", "channel": 6}]) as w:
        r = w.run("ip link set wlan0 up; iw dev wlan0 scan")

The guest's script speaks to the test by lines on its stdout: "SET key value" turns a setting of
the card, "AP {...}" and "AIR {...}" are requests to the access points and to the air.
"""
import json
import queue
import re
import signal
import time

from voyageur import card, control, paths, procs, rundir

MAC = "7c:7a:91:12:34:56"
MODULES = ["iwlwifi", "iwlmvm"]
# What the kernel says when something is wrong, wherever it comes from.
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|DMAR: \[|Queue .*stuck|"
                     r"iwlwifi [0-9a-f:.]+: (?!.*direct-loading).*"
                     r"(rror|fail|Fail|imeout|imed out|Unhandled|not ready|HARDWARE|WARN|out of "
                     r"range|stuck|invalid)")
HELPERS = """
wait_for() { i=0; while [ "$(cat $1 2>/dev/null)" != "$2" ]; do
	[ $i -gt 100 ] && echo "TIMEOUT $1 $2" && return 1; i=$((i + 1)); sleep 0.1; done; }
wait_wlan() { wait_for /sys/class/net/wlan0/address "$1"; }
wait_wpa() { i=0; while ! wpa_cli -p /run/wpa status | grep -q "wpa_state=$1"; do
	[ $i -gt 150 ] && echo "TIMEOUT $1" && return 1; i=$((i + 1)); sleep 0.1; done; echo "WPA $1"; }
dhcp() { udhcpc -i wlan0 -n -q -f -t 10 -T 1 >/dev/null 2>&1 && echo LEASE; }
supplicant() { printf 'ctrl_interface=/run/wpa\\n%s\\n' "$1" >/tmp/wpa.conf
	wpa_supplicant -B -i wlan0 -c /tmp/wpa.conf -f /tmp/wpa.log; }
"""


def start(name, argv, inbox, ready, seconds=10):
    """A program of the build, once it has said the event `ready`; its earlier events are lost."""
    child = procs.Child(name, [str(a) for a in argv], inbox)
    limit = time.monotonic() + seconds
    while True:
        _, kind, value = inbox.get(timeout=max(0.1, limit - time.monotonic()))
        if kind == "line" and json.loads(value)["event"] == ready:
            return child
        assert kind != "end", f"{name} ended before it was ready"


def drain(inbox):
    events = []
    while not inbox.empty():
        _, kind, value = inbox.get()
        if kind == "line":
            events.append(json.loads(value))
    return events


class Outcome:
    """What everybody said: .out (lines) and .dmesg (lines) of the guest, .events of the card,
    .ap_events, .verdict of the card (None: no violation), .seconds."""

    def __init__(self, result):
        self.status, self.seconds, self.marks = result.status, result.seconds, result.marks
        self.text = result.stdout.decode(errors="replace")
        self.out = self.text.splitlines()
        self.err = result.stderr.decode(errors="replace")
        self.dmesg = result.dmesg.splitlines()
        self.events, self.ap_events, self.verdict = [], [], None

    def trouble(self, lines=None):
        return [line for line in (self.dmesg if lines is None else lines)
                if TROUBLE.search(line)]

    def images(self):
        return [e["image"] for e in self.events if e["event"] == "alive"]

    def commands(self):
        return [e["name"] for e in self.events if e["event"] == "hcmd"]

    def said(self, name):
        return [e for e in self.ap_events if e["event"] == name]


class World:
    """Everything but the guest; one run() each."""

    def __init__(self, lab, firmware, aps=(), settings=(), air=(), pcap=None):
        self.lab, self.firmware, self.aps = lab, firmware, list(aps)
        self.settings, self.air_settings, self.pcap = list(settings), list(air), pcap
        for ap in self.aps:
            if "rssi" in ap:
                self.air_settings.append(f"rssi:{ap['name']}:*={ap['rssi']}")
        self.children = []
        self.on = {}            # line of the guest -> what is to be done then

    def __enter__(self):
        self.dir = rundir.RunDir()
        self.dir.__enter__()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        d, self.air_inbox, self.ap_inbox = self.dir, queue.SimpleQueue(), queue.SimpleQueue()
        argv = [paths.program("voy-air"), "--socket", d / "air", "--control", d / "air-control",
                "--json"]
        for s in self.air_settings:
            argv += ["--set", s]
        if self.pcap:
            argv += ["--pcap", self.pcap]
        self.children.append(start("air", argv, self.air_inbox, "listening"))
        if self.aps:
            (d / "aps.json").write_text(json.dumps({"aps": [
                {k: v for k, v in ap.items() if k != "rssi"} for ap in self.aps]}))
            argv = [paths.program("voy-ap"), "--air", d / "air", "--config", d / "aps.json",
                    "--control", d / "ap-control", "--air-control", d / "air-control", "--json"]
            self.children.append(start("ap", argv, self.ap_inbox, "listening"))
        self.inbox = queue.SimpleQueue()
        self.card = card.Card("i7260", d, self.inbox, [f"mac={MAC}", f"air={d / 'air'}",
                                                       f"firmware={self.firmware}",
                                                       *self.settings])

    def __exit__(self, *exc):
        for child in reversed(self.children):
            child.stop(signal.SIGTERM)
        self.children = []
        self.dir.__exit__(*exc)

    def _line(self, text):
        word, _, rest = text.partition(" ")
        if text in self.on:
            self.on[text]()
        if word == "SET":
            key, _, value = rest.partition(" ")
            assert control.ask(self.card.control, {"cmd": "set", "key": key,
                                                   "value": value}) == {"ok": True}
        elif word in ("AP", "AIR"):
            where = self.dir / ("ap-control" if word == "AP" else "air-control")
            answer = control.ask(where, json.loads(rest))
            assert answer.get("ok"), (rest, answer)

    def run(self, script, packages=("iw",), **options):
        try:
            result = self.lab([HELPERS + script], device={"socket": self.card.socket}, vfio=False,
                              modules=MODULES, firmware=[self.firmware.name],
                              packages=list(packages), on_stdout=self._line, **options)
        finally:
            self.card.stop()
        r = Outcome(result)
        r.events = [*self.card.early, *(self.card.take(json.dumps(e)) for e in
                                        drain(self.inbox))]
        r.ap_events, r.verdict = drain(self.ap_inbox), self.card.verdict()
        return r
