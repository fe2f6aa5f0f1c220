# SPDX-License-Identifier: BSD-2-Clause
"""A hub of the air in plain bytes, with room for a network of one's own.

    with Air(tmp_path / "air") as air:
        ap = Beacons(air, "net", "02:00:00:00:00:01", channel=6, signal=-40)
        ...     a card with --set air=...; air.sent are the frames that radios sent
        air.send(frame, channel=6)

Every frame is acked unless air.acks says otherwise. What the card has told the hub before a test
looks has been heard: a command's answer comes behind what the command did on the air. Time is that
of fakeclock.py. Shares no code with the C programs.
"""
import math
import os
import select
import socket
import struct
import threading

from fakeclock import Clock
from rawclient import LIMIT

HELLO, ADDR, TUNE, TX, IDLE, WELCOME, RX, TXSTATUS, TIME, BYE = 1, 2, 3, 4, 5, 65, 66, 67, 68, 69
HEADER = struct.Struct("<HHIIIq")
TXHEAD = struct.Struct("<QIIHBBI")
LEGACY, HT = 1, 2
TX_NOACK, TX_RTS, TX_CTS, TX_AMPDU, TX_TSF = 1, 2, 4, 8, 16
RADIOTAP = bytes([0, 0, 8, 0, 0, 0, 0, 0])


def freq_of(channel):
    """Centre frequency in MHz."""
    return 2407 + 5 * channel if channel < 14 else 2484 if channel == 14 else 5000 + 5 * channel


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


class Sent:
    """A frame that a radio sent: .frame, .freq, .rates [(kind, index, flags, tries)], .flags."""

    def __init__(self, frame, freq, rates, flags, ampdu, prio):
        self.frame, self.freq, self.rates, self.flags = frame, freq, rates, flags
        self.ampdu, self.prio = ampdu, prio
        self.kind = frame[0] & 0xfc
        self.ra, self.ta = frame[4:10], frame[10:16]


class Air:
    """The hub; a thread of its own."""

    def __init__(self, path):
        self.path = str(path)
        self._sent, self._tuned, self._addresses, self.hello = [], [], [], None
        self.acks = lambda sent: True
        self._held = None
        self.on_frame = None
        self.client = None
        self.seq = 0
        self.lock = threading.RLock()
        self.freq, self.due = 0, []
        self.turn = threading.Condition()
        self.asked = self.answered = 0

    def __enter__(self):
        self.clock = Clock()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(self.path)
        self.listener.listen(4)
        self.wake = os.eventfd(0, os.EFD_NONBLOCK)
        self.ending = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.ending = True
        os.eventfd_write(self.wake, 1)
        self.thread.join()
        for s in (self.client, self.listener):
            if s:
                s.close()
        os.close(self.wake)
        self.clock.close()

    def tsf(self):
        return self.clock.tsf

    def every(self, seconds, call):
        """call() each so many seconds, by the hub's thread."""
        self.due.append([self.clock.tsf, int(seconds * 1e6), call])

    def hold(self):
        """From now on the radio's frames are still under way."""
        self.settle()
        self._held = []

    def release(self):
        """They have been sent."""
        self.settle()
        held, self._held = self._held, None
        for status in held:
            self._message(TXSTATUS, status)

    def hang_up(self):
        with self.lock:
            self.client.close()
            self.client = None

    # ---- what the radio did: all of it, up to now

    @property
    def sent(self):
        self.settle()
        return self._sent

    @property
    def tuned(self):
        self.settle()
        return self._tuned

    @property
    def addresses(self):
        self.settle()
        return self._addresses

    def settle(self):
        """Lets the hub read what there is to read, and end what it does."""
        if threading.current_thread() is self.thread or not self.thread.is_alive():
            return
        with self.turn:
            self.asked += 1
            number = self.asked
            os.eventfd_write(self.wake, 1)
            assert self.turn.wait_for(lambda: self.answered >= number, LIMIT), "the hub hangs"

    # ---- messages

    def _message(self, kind, body, fds=()):
        with self.lock:
            if not self.client:
                return
            self.seq += 1
            head = HEADER.pack(kind, 0, HEADER.size + len(body), self.seq, 0, 0)
            try:
                socket.send_fds(self.client, [head + body], fds)
            except OSError:
                pass

    def send(self, frame, channel, signal=-40, rate=(LEGACY, 2, 0), ampdu=None, force=False):
        """A frame on the air; heard only by radios on the channel."""
        self.settle()
        if self.freq != freq_of(channel) and not force:
            return
        flags = 2 if ampdu is not None else 0
        if frame[4:10] in self._addresses:
            flags |= 1
        body = struct.pack("<QIIIHbbBBBBI", self.tsf(), flags, ampdu or 0, 200, freq_of(channel),
                           signal, -95, *rate, 0, 99)
        self._message(RX, body + RADIOTAP + frame)

    def _tx(self, data):
        cookie, flags, ampdu, freq, prio, nrates, _ = TXHEAD.unpack_from(data)
        rates = [struct.unpack_from("<BBBB", data, TXHEAD.size + 4 * i) for i in range(nrates)]
        rest = data[TXHEAD.size + 64:]
        frame = rest[struct.unpack_from("<H", rest, 2)[0]:]
        sent = Sent(frame, freq or self.freq, rates, flags, ampdu, prio)
        group = frame[4] & 1 or flags & TX_NOACK
        good = group or self.acks(sent)
        tries = 1 if good else sum(r[3] for r in rates)
        rung = 0 if good else nrates - 1
        last = bytes(rates[rung])
        self._sent.append(sent)
        if good and self.on_frame:
            self.on_frame(sent)
        result = 1 if group else 0 if good else 2
        status = struct.pack("<QQIIHH4sb7x", cookie, self.tsf(), result, 300 * tries, tries, rung,
                             last, -40)
        if self._held is None:
            self._message(TXSTATUS, status)
        else:
            self._held.append(status)

    def _handle(self, msg):
        kind = HEADER.unpack_from(msg)[0]
        body = msg[HEADER.size:]
        if kind == HELLO:
            self.hello = struct.unpack_from("<II32s", body)
            self._message(WELCOME, struct.pack("<IIIIQ", 1, 1, 256, 0, self.tsf()),
                          [self.clock.fd])
        elif kind == TUNE:
            on, self.freq, center, width = struct.unpack_from("<HHHH", body)
            self._tuned.append((on, self.freq, center, width))
        elif kind == ADDR:
            count = struct.unpack_from("<I", body, 40)[0]
            self._addresses = [body[44 + 12 * i:50 + 12 * i] for i in range(count)]
        elif kind == TX:
            self._tx(body)

    # ---- the thread

    def _hear(self):
        """Reads until there is no more."""
        while self.client:
            try:
                msg = self.client.recv(10000, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            except OSError:
                msg = b""
            if msg:
                self._handle(msg)
            else:
                self.hang_up()

    def _go_on(self):
        """Time, and what is due then: that first, so that the card hears it before the time."""
        if not self.clock.step(self.client, min((d[0] for d in self.due), default=math.inf)):
            return
        for d in self.due:
            if self.tsf() >= d[0]:
                d[0] += d[1]
                d[2]()
        self.clock.show()
        self._message(TIME, struct.pack("<Q", self.tsf()))

    def _run(self):
        while not self.ending:
            asked = self.asked
            self._hear()
            self._go_on()
            with self.turn:
                self.answered = asked
                self.turn.notify_all()
            fds = [self.listener, self.wake] + ([self.client] if self.client else [])
            try:
                ready = select.select(fds, [], [], 0.001)[0]
            except (OSError, ValueError):       # hung up meanwhile
                continue
            if self.wake in ready:
                os.eventfd_read(self.wake)
            if self.listener in ready:
                with self.lock:
                    self.client = self.listener.accept()[0]
                    self.seq = 0


def header(fc, ra, ta, bssid, seq=0):
    return struct.pack("<HH6s6s6sH", fc, 0, ra, ta, bssid, seq << 4)


def ie(number, data):
    return bytes([number, len(data)]) + data


class Beacons:
    """A network that beacons and answers probe requests."""

    def __init__(self, air, ssid, bssid, channel, signal=-40, interval=100, privacy=False):
        self.air, self.ssid, self.bssid = air, ssid.encode(), mac(bssid)
        self.channel, self.signal, self.interval = channel, signal, interval
        self.caps = 0x421 | (0x10 if privacy else 0)
        self.number, self.on, self.tim = 0, True, b""
        air.every(interval * 1.024e-3, self.beacon)
        previous, air.on_frame = air.on_frame, self.heard
        self.previous = previous

    def body(self):
        rates = bytes([0x82, 0x84, 0x8b, 0x96]) if self.channel < 15 else bytes(
            [0x8c, 0x12, 0x98, 0x24, 0xb0, 0x48, 0x60, 0x6c])
        return (struct.pack("<QHH", self.air.tsf(), self.interval, self.caps) + ie(0, self.ssid)
                + ie(1, rates) + ie(3, bytes([self.channel])))

    def _send(self, fc, ra, extra=b""):
        self.number = (self.number + 1) & 0xfff
        rate = (LEGACY, 2 if self.channel < 15 else 12, 0)
        self.air.send(header(fc, ra, self.bssid, self.bssid, self.number) + self.body() + extra,
                      self.channel, self.signal, rate)

    def beacon(self):
        if self.on:
            self._send(0x80, b"\xff" * 6, ie(5, self.tim or bytes([0, 1, 0, 0])))

    def heard(self, sent):
        if self.previous:
            self.previous(sent)
        if self.on and sent.kind == 0x40 and sent.freq == freq_of(self.channel):
            length = sent.frame[25]
            if length == 0 or sent.frame[26:26 + length] == self.ssid:
                self._send(0x50, sent.ta)
