# SPDX-License-Identifier: BSD-2-Clause
"""A radio on the simulated air, in Python and written from the text of tools/sim/air/air.h.

    with Hub(tmp_path, "--set", "seed=1") as hub:
        a, b = hub.radio("a"), hub.radio("b")
        a.tune(2412)
        b.tune(2412)
        cookie = a.tx(data(b.mac, a.mac))
        assert a.status(cookie).acked
        print(b.rx().signal)

It shares no code with the library of the cards, so that the two check each other.
"""
import collections
import json
import mmap
import os
import pathlib
import select
import socket
import struct
import subprocess
import time

from voyageur import paths, procs

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = paths.BUILD / paths.VARIANT / "bin" / "voy-air"
# For what is hostile: always with a sanitizer.
CHECKED = paths.BUILD / ("asan" if paths.VARIANT == "gcc" else paths.VARIANT) / "bin" / "voy-air"

VERSION = 1
HELLO, ADDR, TUNE, TX, IDLE, BUSY = 1, 2, 3, 4, 5, 6
WELCOME, RX, TXSTATUS, TIME, BYE = 65, 66, 67, 68, 69
FOREVER = 2 ** 64 - 1
MSG_MAX = 8448

ALLCHAN, PASSIVE, CLOCK = 1, 2, 4
ANSWER, WALL = 1, 2
PAGE_MAGIC = b"AClk"
NOACK, RTS, CTSSELF, AMPDU, TSF = 1, 2, 4, 8, 16
ACKED, SENT, NOANSWER, OFF, INVALID = range(5)
LEGACY, HT = 1, 2
SHORTPRE, MHZ40, SGI, GF = 1, 2, 4, 8

HDR = struct.Struct("=HHIIIq")
ADDRESS = struct.Struct("=6s6s")
TXHEAD = struct.Struct("=QIIHBBI")
RXBODY = struct.Struct("=QIIIHbb4sI")
STATUS = struct.Struct("=QQIIHH4sb7x")
RADIOTAP_NONE = struct.pack("<BBHI", 0, 0, 8, 0)
BROADCAST = b"\xff" * 6
WAIT = 120

Rate = collections.namedtuple("Rate", "kind index flags tries")
Frame = collections.namedtuple(
    "Frame", "tsf flags ampdu duration freq signal noise rate sender radiotap data")
Status = collections.namedtuple(
    "Status", "cookie tsf result airtime tries rung rate ack_signal")


class Page:
    """The hub's clock, as everybody can read it."""

    def __init__(self, fd):
        self.fd = fd
        self.map = mmap.mmap(fd, 4096, mmap.MAP_SHARED, mmap.PROT_READ)
        magic, version = struct.unpack_from("=4sI", self.map)
        assert (magic, version) == (PAGE_MAGIC, 1)

    def read(self):
        """(whether time stands still, TSF)."""
        mono = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        word, = struct.unpack_from("=q", self.map, 8)
        return bool(word & 1), word >> 1 if word & 1 else mono + (word >> 1)

    def close(self):
        """No more."""
        self.map.close()
        os.close(self.fd)


class Gone(Exception):
    """The hub has closed the connection; the text is that of its BYE."""


def mac(number):
    """A locally administered address."""
    return bytes((2, 0, 0, 0, number >> 8, number & 255))


def data(to, sender, body=b"hello", seq=0, fc=0x0008):
    """A data frame between two stations (neither to nor from a distribution system)."""
    return struct.pack("<HH6s6s6sH", fc, 0, to, sender, b"\2\0\0\0\xaa\xaa", seq << 4) + body


def beacon(sender, ssid=b"net"):
    """A beacon frame."""
    head = struct.pack("<HH6s6s6sH", 0x80, 0, BROADCAST, sender, sender, 0)
    return head + struct.pack("<QHH", 0, 100, 1) + bytes((0, len(ssid))) + ssid


def legacy(mbps, tries=1, flags=0):
    """A rate of 802.11b, a or g, in Mb/s."""
    return Rate(LEGACY, round(mbps * 2), flags, tries)


def ht(mcs, tries=1, flags=0):
    """A rate of 802.11n."""
    return Rate(HT, mcs, flags, tries)


def message(kind, body=b"", seq=0, length=None):
    """One message, with its header."""
    total = HDR.size + len(body) if length is None else length
    return HDR.pack(kind, 0, total, seq, 0, 0) + body


def hello_body(name, addresses=(), flags=0, version=VERSION, count=None):
    """Body of HELLO and ADDR."""
    packed = b"".join(ADDRESS.pack(a, m) for a, m in addresses).ljust(16 * ADDRESS.size, b"\0")
    count = len(addresses) if count is None else count
    return struct.pack("=II32sI", version, flags, name.encode(), count) + packed + b"\0" * 4


def tx_body(frame, cookie=0, rates=(legacy(1),), flags=0, ampdu=0, freq=0, prio=0,
            radiotap=RADIOTAP_NONE, nrates=None):
    """Body of TX."""
    nrates = len(rates) if nrates is None else nrates
    packed = b"".join(struct.pack("=BBBB", *r) for r in rates).ljust(64, b"\0")
    return TXHEAD.pack(cookie, flags, ampdu, freq, prio, nrates, 0) + packed + radiotap + frame


class Radio:
    """One radio. Everything received waits in .inbox until asked for."""

    def __init__(self, path, name="r", address=None, flags=0, hello=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.connect(str(path))
        self.name, self.mac, self.seq, self.skew = name, address, 0, 0
        self.cookie = 0
        self.page = None
        self.inbox = collections.deque()
        if hello:
            both = [(address, b"\xff" * 6)] if address else []
            self.send(message(HELLO, hello_body(name, both, flags)))
            self.welcome = self.take(WELCOME)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        """Leaves without a word."""
        if self.page:
            self.page.close()
        self.page = None
        self.sock.close()

    def _receive(self):
        raw, fds, _, _ = socket.recv_fds(self.sock, MSG_MAX, 1)
        for fd in fds:
            assert not self.page, "a second page"
            self.page = Page(fd)
        return raw

    def send(self, raw):
        """One datagram as it is."""
        self.sock.sendall(raw)

    # ---- receiving

    def _decode(self, raw):
        kind, _, length, seq, _, skew = HDR.unpack_from(raw)
        assert length == len(raw) and seq == self.seq + 1, "the hub's header is wrong"
        self.seq, self.skew = seq, skew
        body = raw[HDR.size:]
        if kind == WELCOME:
            return kind, struct.unpack("=IIIIQ", body)
        if kind == RX:
            fields = RXBODY.unpack_from(body)
            rest = body[RXBODY.size:]
            rtlen = struct.unpack_from("<H", rest, 2)[0]
            rate = Rate(*fields[7])
            return kind, Frame(*fields[:7], rate, fields[8], rest[:rtlen], rest[rtlen:])
        if kind == TXSTATUS:
            fields = STATUS.unpack(body)
            return kind, Status(*fields[:6], Rate(*fields[6]), fields[7])
        if kind == TIME:
            return kind, struct.unpack("=Q", body)[0]
        assert kind == BYE, f"message of unknown type {kind}"
        return kind, body.split(b"\0")[0].decode()

    def poll(self, seconds=0.0):
        """Everything that has come goes into the inbox; False: nothing came in that time."""
        got = False
        while select.select([self.sock], [], [], 0 if got else seconds)[0]:
            try:
                raw = self._receive()
            except ConnectionResetError:
                continue
            if not raw:
                said = [text for kind, text in self.inbox if kind == BYE]
                raise Gone(said[0] if said else "")
            self.inbox.append(self._decode(raw))
            got = True
        return got

    def take(self, kind, match=lambda value: True, wait=WAIT):
        """The first message of that kind that matches; others stay."""
        deadline = time.monotonic() + wait
        while True:
            for i, (k, value) in enumerate(self.inbox):
                if k == kind and match(value):
                    del self.inbox[i]
                    return value
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self.name}: no message of type {kind} in {wait} s")
            self.poll(left)

    def rx(self, match=lambda frame: True, wait=WAIT):
        """The next frame."""
        return self.take(RX, match, wait)

    def status(self, cookie, wait=WAIT):
        """What became of a frame that was sent."""
        return self.take(TXSTATUS, lambda s: s.cookie == cookie, wait)

    def frames(self):
        """Frames that have come by now."""
        self.poll()
        out = [value for kind, value in self.inbox if kind == RX]
        self.inbox = collections.deque(m for m in self.inbox if m[0] != RX)
        return out

    def bye(self, wait=WAIT):
        """Waits until the hub hangs up, and returns its reason."""
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline:
            try:
                self.poll(0.1)
            except Gone as gone:
                return str(gone)
        raise TimeoutError(f"{self.name}: the hub does not hang up")

    # ---- sending

    def tune(self, freq=2412, width=20, center=None, on=1):
        """Listens on a channel; 0 switches the receiver off."""
        on = on if freq else 0
        self.send(message(TUNE, struct.pack("=HHHH", on, freq, center or freq, width)))

    def addresses(self, *pairs):
        """Answers to these (address, mask) from now on."""
        self.send(message(ADDR, hello_body("", pairs)))

    def tx(self, frame, *rates, **more):
        """Sends a frame; returns its cookie for status()."""
        self.cookie += 1
        self.send(message(TX, tx_body(frame, self.cookie, rates or (legacy(1),), **more)))
        return self.cookie

    def send_and_wait(self, frame, *rates, **more):
        """Sends a frame and returns its status."""
        return self.status(self.tx(frame, *rates, **more))

    def idle(self, until=FOREVER):
        """Nothing to do before that time."""
        self.send(message(IDLE, struct.pack("=Q", until), seq=self.seq))

    def busy(self, flags=0):
        """Something to do; or, with WALL, no part in simulated time."""
        self.send(message(BUSY, struct.pack("=II", flags, 0)))

    def ask(self):
        """Busy, and time will not jump; the time."""
        self.busy(ANSWER)
        return self.take(TIME)

    def tsf(self):
        """The hub's clock, in us."""
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000 + self.skew


class Hub:
    """A running voy-air."""

    def __init__(self, folder, *options, program=PROGRAM):
        self.path, self.ctl = folder / "air.sock", folder / "air.ctl"
        self.pcap = folder / "air.pcapng"
        self.radios, self.events, self.stderr, self.stopped = [], [], "", False
        self.proc = subprocess.Popen(
            [str(program), "--socket", str(self.path), "--control", str(self.ctl),
             "--pcap", str(self.pcap), "--json", *options], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            env=procs.environment())
        first = self.proc.stdout.readline()
        if not first:
            raise RuntimeError(self.proc.stderr.read())
        assert json.loads(first)["event"] == "listening"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()

    def radio(self, name, number=None, freq=2412, **more):
        """A radio of that name, tuned, with an address of its own."""
        number = len(self.radios) + 1 if number is None else number
        radio = Radio(self.path, name, mac(number), **more)
        self.radios.append(radio)
        if freq:
            radio.tune(freq)
        return radio

    def cut_off(self, radio, dst):
        """The radio leaves in the middle of ten frames to dst of 64 ms each."""
        for _ in range(10):
            radio.tx(data(dst, radio.mac, b"x" * 7900))
        radio.close()
        deadline = time.monotonic() + WAIT
        while self.status()["cut"] == 0 and time.monotonic() < deadline:
            time.sleep(0.02)

    def control(self, **request):
        """One command; the answer."""
        return self.control_raw(json.dumps(request).encode() + b"\n")

    def control_raw(self, line):
        """One line as it is; the answer."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
            sock.settimeout(WAIT)
            sock.connect(str(self.ctl))
            sock.sendall(line)
            return json.loads(sock.makefile().readline())

    def set(self, key, value, a=None, b=None, oneway=False):
        """A setting that has to work."""
        request = {"cmd": "set", "key": key, "value": value}
        if a is not None:
            request.update(a=a, b=b, oneway=oneway)
        answer = self.control(**request)
        assert answer == {"ok": True}, answer

    def status(self):
        """The status, with its radios by name."""
        answer = self.control(cmd="status")
        answer["by_name"] = {r["radio"]: r for r in answer["list"]}
        return answer

    def settled(self):
        """Every message that was sent before has been worked on."""
        self.control(cmd="status")
        self.control(cmd="status")

    def stop(self):
        """Ends it; the result event."""
        if self.stopped:
            return self.events[-1]
        self.stopped = True
        if self.proc.poll() is None:
            self.proc.terminate()
        out, err = self.proc.communicate(timeout=WAIT)
        for radio in self.radios:
            radio.close()
        self.events += [json.loads(line) for line in out.splitlines()]
        self.stderr = err
        return self.events[-1]
