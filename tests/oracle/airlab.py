# SPDX-License-Identifier: BSD-2-Clause
"""The air for guests: a hub, the host's end of the tunnel, access points, cards; and what a guest
runs to put the radios of its mac80211_hwsim on it.

    with Air(tmp_path) as air:
        air.ap("--ssid", "net", "--psk", "correct horse")
        r = lab([BRIDGE + "ip link set wlan0 up; iw wlan0 scan"], modules=["mac80211_hwsim radios=1"],
                files=air.files, channels=air.channels)
    assert air.trouble == []
"""
import json
import os
import queue
import signal
import threading
import time

import lab
import shell
from asking import Requests
from voyageur import card, control, events, paths, procs

START = 60      # seconds; for programs that do not get the processor
# In the guest: names on the air are guest0, guest1, ...; ready once the hub has answered them.
BRIDGE = shell.ASK + shell.TOOLS + """
voy-tunnel --device /dev/voy/air --listen /run/air.sock >/tmp/tunnel.log 2>&1 &
wait_until test -S /run/air.sock || cat /tmp/tunnel.log >&2
voy-hwsim --air /run/air.sock --name guest >/tmp/hwsim.log 2>&1 &
HWSIM=$!
wait_until grep -q '^registered' /tmp/hwsim.log || cat /tmp/hwsim.log >&2
"""
# At the end of a guest's script: what the bridge counted, and that it was still well.
END = """
kill $HWSIM; wait $HWSIM && echo BRIDGE-OK; cat /tmp/hwsim.log >&2
"""


class Beside:
    """A lab.Lab that runs while the test goes on: enter it, and .result() waits for its end."""

    def __init__(self, guest):
        self.guest, self.outcome = guest, None
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        try:
            self.outcome = self.guest.wait()
        except (lab.LabError, OSError) as e:
            self.outcome = e

    def __enter__(self):
        self.guest.__enter__()      # from here: QEMU ends with the thread that started it
        self.thread.start()
        return self

    def __exit__(self, *exc):
        if self.thread.is_alive() and self.guest.proc:
            self.guest.proc.kill()
        self.thread.join(10)
        self.guest.close()

    def result(self, limit=30):
        """Its lab.Result; raises what went wrong."""
        self.thread.join(limit)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        assert self.outcome is not None, f"the other guest did not end within {limit} s"
        return self.outcome


class Air:
    """A hub with what is on it; a context manager.  `trouble`: everything that was not ok."""

    def __init__(self, directory, *settings, variant="gcc"):
        self.directory, self.variant = str(directory), variant
        self.socket, self.control = (os.path.join(self.directory, n) for n in ("air", "air-ctl"))
        self.stream = os.path.join(self.directory, "stream")
        self.pcap = os.path.join(self.directory, "air.pcapng")
        self.inbox, self.children, self.events, self.trouble = queue.SimpleQueue(), [], [], []
        self.settings, self.results = settings, {}
        self.requests = Requests(os.path.join(self.directory, "test"), self._request)
        self.on = {}            # word of a guest -> what is to be done then

    @property
    def files(self):
        """For the guest: the bridge's programs."""
        return [str(paths.program(n)) for n in ("voy-tunnel", "voy-hwsim")]

    @property
    def channels(self):
        """For the guest."""
        return {"air": self.stream, "test": os.path.join(self.directory, "test")}

    def __enter__(self):
        try:
            self.start("voy-air", "--socket", self.socket, "--control", self.control, "--pcap",
                       self.pcap, *[a for s in self.settings for a in ("--set", s)])
            self.start("voy-tunnel", "--socket", self.stream, "--hub", self.socket)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        self.requests.close()
        for child in reversed(self.children):
            child.stop(signal.SIGTERM)
        self.drain()
        for child in self.children:
            if child.status != 0:
                self.trouble.append(f"{child.name}: {procs.describe(child.status)}")

    def start(self, program, *arguments, ready="listening"):
        """A program of the build with --json; returns when it says `ready`."""
        child = procs.Child(program, [paths.program(program, self.variant), *arguments, "--json"],
                            self.inbox)
        self.children.append(child)
        self.wait(program, ready)
        return child

    def _request(self, text):
        """A guest's "ask AP {...}": for the access points; "ask WORD" calls on[WORD]."""
        word, _, rest = text.partition(" ")
        if word in self.on:
            self.on[word]()
            return
        assert word == "AP", f"no such request: {text}"
        answer = control.ask(self.ap_control, json.loads(rest), START)
        assert answer.get("ok"), answer

    def aps(self, *configs):
        """Access points, each a dict of the configuration file; .ap_control as for ap()."""
        path = os.path.join(self.directory, "aps.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"aps": configs}, f)
        return self.ap("--config", path)

    def ap(self, *arguments):
        """An access point (voy-ap) with a control socket at .ap_control."""
        self.ap_control = os.path.join(self.directory, f"ap{len(self.children)}-ctl")
        return self.start("voy-ap", "--air", self.socket, "--air-control", self.control,
                          "--control", self.ap_control, *arguments)

    def card(self, *settings, model="i7260"):
        """A simulated card on this air; returns its socket."""
        path = os.path.join(self.directory, f"card{len(self.children)}")
        argv = card.arguments(model, path, [*settings, f"air={self.socket}"])
        child = procs.Child("voy-sim", argv, self.inbox)
        self.children.append(child)
        self.wait("voy-sim", "listening")
        return path

    def take(self, timeout):
        """One message of a child; its event, or None."""
        name, kind, value = self.inbox.get(timeout=timeout)
        if kind != "line":
            return None
        event = events.parse(value)
        event["source"] = name
        self.events.append(event)
        if event["event"] in ("violation", "error", "crash"):
            self.trouble.append(f"{name}: {event.get('text')}")
        if event["event"] == "result":
            self.results[name] = event
        return event

    def drain(self):
        """Take what has come."""
        while not self.inbox.empty():
            self.take(0)

    def wait(self, name, event, limit=START):
        """Until `name` says `event`; or AssertionError with what it said instead."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            try:
                e = self.take(max(0.01, end - time.monotonic()))
            except queue.Empty:
                break
            if e and e["source"] == name and e["event"] == event:
                return e
        raise AssertionError(f"{name} did not say {event}; it said "
                             f"{[e for e in self.events if e['source'] == name]}")
