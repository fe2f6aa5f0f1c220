# SPDX-License-Identifier: BSD-2-Clause
"""`voy wifi`: what a wifi driver that is up is asked to do, and what it knows.

The requests go over the control socket of the run (shims/linux/sta/ctl.h has them).
"""
import json
import os
import socket
import time

from . import psk, rundir, tables
from .errors import VoyError

CONTROL = "control"     # a run's control socket, in its run directory


def run(o):
    """Do it; the exit status."""
    with _Link(_find(o.control)) as link:
        answer = _DO.get(o.do, _ask)(link, o)
    if o.json:
        print(json.dumps(answer))
    else:
        for line in _SHOW[o.do](answer):
            print(line)
    return 0


# -- the run -------------------------------------------------------------------


def _find(given):
    """The control socket: the one named, that of the run we are in, or the only one."""
    path = given or os.environ.get("VOY_CONTROL")
    if path:
        return path
    runs = [d / CONTROL for d in rundir.base().glob(rundir.PREFIX + "*")
            if (d / CONTROL).is_socket() and _alive(d / CONTROL)]
    if not runs:
        raise VoyError("wifi: no driver is up; start one that stays (voy run iwm --stay), or name "
                       "its control socket by --control")
    if len(runs) > 1:
        raise VoyError("wifi: several runs are up; say which by --control: "
                       + ", ".join(str(r) for r in sorted(runs)))
    return runs[0]


def _alive(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as s:
        return s.connect_ex(str(path)) == 0


class _Link:
    """A connection on which requests are answered and events come."""

    def __init__(self, path):
        self.path, self.events = path, []
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self.rest = b""

    def __enter__(self):
        try:
            self.sock.connect(str(self.path))
        except OSError as e:
            raise VoyError(f"{self.path}: {e.strerror}; is the run still up?") from e
        return self

    def __exit__(self, *exc):
        self.sock.close()

    def _line(self, limit):
        while b"\n" not in self.rest:
            left = limit - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                more = self.sock.recv(1 << 16)
            except TimeoutError:
                return None
            except OSError as e:
                raise VoyError(f"{self.path}: {e.strerror}") from e
            if not more:
                raise VoyError(f"{self.path}: the run has ended")
            self.rest += more
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def ask(self, request, seconds=10):
        """The answer to a request; VoyError with its error when it is none."""
        try:
            self.sock.sendall(json.dumps(request).encode() + b"\n")
        except OSError as e:
            raise VoyError(f"{self.path}: {e.strerror}; has the run ended?") from e
        limit = time.monotonic() + seconds
        while True:
            said = self._line(limit)
            if said is None:
                raise VoyError(f"{self.path}: no answer within {seconds:g} s")
            if "event" in said:
                self.events.append(said)
            elif said.get("ok"):
                return said
            else:
                raise VoyError(f"wifi: {said.get('error')}")

    def wait(self, want, seconds, what):
        """The first event for which want() is true, of those that have come or will."""
        limit = time.monotonic() + seconds
        while True:
            said = self.events.pop(0) if self.events else self._line(limit)
            if said is None:
                raise VoyError(f"wifi: {what} within {seconds:g} s")
            if said.get("event") == "result":
                raise VoyError(f"{self.path}: the run has ended")
            if want(said):
                return said


# -- what there is to do -----------------------------------------------------------


def _ask(link, o):
    return link.ask({"cmd": "wifi", "do": o.do})


def _scan(link, o):
    link.ask({"cmd": "subscribe"})
    request = {"cmd": "wifi", "do": "scan"}
    if o.ssid:
        request["ssid"] = o.ssid
    link.ask(request)
    link.wait(lambda e: e.get("event") == "wifi" and e.get("what") == "scan", o.timeout,
              "the scan did not end")
    return link.ask({"cmd": "wifi", "do": "bss"})


def _join(link, o):
    if not o.ssid:
        raise VoyError("wifi join: --ssid is missing: the name of the network to join")
    if o.psk is not None and o.psk_file is not None:
        raise VoyError("--psk and --psk-file exclude each other")
    request = {"cmd": "wifi", "do": "join", "ssid": o.ssid}
    key = psk.given(o)
    if key is not None:
        request["psk"] = key
    if o.bssid:
        request["bssid"] = o.bssid
    link.ask({"cmd": "subscribe"})
    link.ask(request)
    said = link.wait(lambda e: e.get("event") == "wifi"
                     and e.get("what") in ("associated", "failed"), o.timeout,
                     f"{o.ssid} was not joined")
    if said["what"] == "failed":
        raise VoyError(f"wifi join: {o.ssid}: {said.get('text')}")
    return link.ask({"cmd": "wifi", "do": "status"})


def _powersave(link, o):
    return link.ask({"cmd": "wifi", "do": "powersave", "on": not o.off})


_DO = {"scan": _scan, "join": _join, "powersave": _powersave}


# -- for people --------------------------------------------------------------------


# What a number counts.
_UNITS = {"signal": "dBm", "last": "dBm", "noise": "dBm", "rate": "Mb/s", "tx_rate": "Mb/s",
          "age": "s", "since": "s", "retry": "s", "freq": "MHz", "width": "MHz",
          "tx_width": "MHz", "temperature": "°C", "rx_us": "us", "tx_us": "us", "scan_us": "us"}


def _text(name, value):
    """A member as it is shown; what somebody else's name does to a terminal is left out."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return _printable(value)
    return f"{value} {_UNITS[name]}" if name in _UNITS else str(value)


def _printable(text):
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def _bss(answer):
    rows = [(b["bssid"], "(hidden)" if b.get("ssid") is None else _printable(b["ssid"]),
             b["channel"],
             f"{b['signal']} dBm", b["security"], f"{b['age']:.1f} s")
            for b in answer.get("bss", [])]
    if not rows:
        return ["no network was heard"]
    return tables.layout(("BSSID", "SSID", "CHANNEL", "SIGNAL", "SECURITY", "AGE"), rows,
                         right=(2, 3, 5), rule=False)


def _members(answer):
    """Every member that says something, a line each; those of a group with the group's name."""
    for key, value in answer.items():
        if key in ("ok", "cmd", "do", "id", "ssid_hex") or value is None:
            continue
        if isinstance(value, dict):
            for name, v in value.items():
                yield f"{key + '.' + name:<28}{_text(name, v)}"
        else:
            yield f"{key:<12}{_text(key, value)}"


def _stats(answer):
    for name, value in answer.get("stats", {}).items():
        if isinstance(value, dict):
            yield from _members({name: value})
        else:
            yield f"{name:<28}{value}"
    yield from _members({"wpa": answer.get("wpa"), "radio": answer.get("radio")})


_SHOW = {"scan": _bss, "bss": _bss, "join": _members, "leave": _members, "status": _members,
         "signal": _members, "stats": _stats, "powersave": _members}
