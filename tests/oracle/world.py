# SPDX-License-Identifier: BSD-2-Clause
"""A world for somebody else's driver: the air, access points, the card, and a guest kernel.

    with World(lab, firmware, aps=[{"ssid": "net", "channel": 6}]) as w:
        r = w.run("part scan; ip link set wlan0 up; iw dev wlan0 scan")
    r.parts["scan"].text, r.parts["scan"].dmesg

The guest's script speaks to the test with `ask`, which returns when the test has done it:
"ask SET KEY VALUE" turns a setting of the card, "ask AP {...}" and "ask AIR {...}" are requests
to the access points and to the air, "ask WORD" calls what w.on[WORD] is.
"""
import json
import queue
import re
import signal
import time

import klog
import lab as the_lab
import parts
import shell
from asking import Requests
from voyageur import card, control, paths, procs, rundir

MAC = "7c:7a:91:12:34:56"
MODULES = ["iwlwifi", "iwlmvm"]
ANSWER = 60     # seconds; for programs that do not get the processor


def start(name, argv, inbox, ready, seconds=ANSWER):
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
    """What everybody said: .text, .out (lines) and .dmesg (lines) of the guest and .parts of
    them, .events of the card, .ap_events, .verdict of the card (None: no violation)."""

    def __init__(self, result):
        self.text = result.stdout.decode(errors="replace")
        self.out = self.text.splitlines()
        self.err = result.stderr.decode(errors="replace")
        self.dmesg = result.dmesg.splitlines()
        self.events, self.ap_events, self.verdict = [], [], None
        self.parts = parts.split(self.out, self.dmesg)

    def check(self, but=(), without=()):
        """No complaint of the kernel's (parts `but` and warnings that match all patterns of one of
        `without` excepted) or of the card's rules, no request that failed, nothing that was waited
        for in vain."""
        assert not re.search("^(TIMEOUT|FAILED) ", self.text, re.M), self.text
        assert self.verdict is None, self.verdict
        excepted = {line for name in but for line in self.parts[name].dmesg}
        lines = [line for line in self.dmesg if line not in excepted]
        for patterns in without:
            lines = klog.without(lines, *patterns)
        klog.check(lines)

    def images(self):
        return [e["image"] for e in self.events if e["event"] == "alive"]

    def commands(self):
        return [e["name"] for e in self.events if e["event"] == "hcmd"]

    def said(self, name):
        return [e for e in self.ap_events if e["event"] == name]


class World:
    """Everything but the guest; one run() each."""

    def __init__(self, lab, firmware, aps=()):
        self.lab, self.firmware, self.aps = lab, firmware, list(aps)
        self.children = []
        self.requests = None
        self.on = {}            # word of the guest -> what is to be done then

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
        self.children.append(start("air", argv, self.air_inbox, "listening"))
        if self.aps:
            (d / "aps.json").write_text(json.dumps({"aps": self.aps}))
            argv = [paths.program("voy-ap"), "--air", d / "air", "--config", d / "aps.json",
                    "--control", d / "ap-control", "--air-control", d / "air-control", "--json"]
            self.children.append(start("ap", argv, self.ap_inbox, "listening"))
        self.inbox = queue.SimpleQueue()
        self.card = card.Card("i7260", d, self.inbox, [f"mac={MAC}", f"air={d / 'air'}",
                                                       f"firmware={self.firmware}"])
        self.requests = Requests(d / "test", self._request)

    def __exit__(self, *exc):
        if self.requests:
            self.requests.close()
        self._stop()
        self.dir.__exit__(*exc)

    def _stop(self):
        for child in reversed(self.children):
            child.stop(signal.SIGTERM)
        self.children = []

    def _request(self, text):
        word, _, rest = text.partition(" ")
        if word == "SET":
            key, _, value = rest.partition(" ")
            where, request = self.card.control, {"cmd": "set", "key": key, "value": value}
        elif word in ("AP", "AIR"):
            where = self.dir / ("ap-control" if word == "AP" else "air-control")
            request = json.loads(rest)
        else:
            self.on[word]()
            return
        answer = control.ask(where, request, ANSWER)
        assert answer.get("ok"), answer

    def run(self, script, packages=("iw",), **options):
        said = []
        try:
            result = self.lab([shell.ASK + shell.TOOLS + script], vfio=False,
                              device={"socket": self.card.socket}, modules=MODULES,
                              firmware=[self.firmware.name],
                              packages=list(packages), channels={"test": self.dir / "test"},
                              on_stdout=said.append, **options)
        except the_lab.LabError as e:
            raise AssertionError("\n".join([str(e), e.log or "", "Its output:", *said])) from e
        finally:
            self.card.stop()
            self._stop()        # what they said last is in the inboxes
        r = Outcome(result)
        r.events = [*self.card.early, *(self.card.take(json.dumps(e)) for e in
                                        drain(self.inbox))]
        r.ap_events, r.verdict = drain(self.ap_inbox), self.card.verdict()
        return r
