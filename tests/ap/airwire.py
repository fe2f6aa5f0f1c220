# SPDX-License-Identifier: BSD-2-Clause
"""A radio on the air, in Python: the wire of tools/sim/air/air.h."""
import collections
import select
import socket
import struct
import time

HELLO, ADDR, TUNE, TX, IDLE, BUSY = 1, 2, 3, 4, 5, 6
WELCOME, RX, TXSTATUS, TIME, BYE = 65, 66, 67, 68, 69
HDR = struct.Struct("=HHIIIq")
RX_BODY = struct.Struct("=QIIIHbb4BI")
STATUS_BODY = struct.Struct("=QQIIHH4Bb7x")
ACKED = 0
ALLCHAN, PASSIVE = 1, 2
PATIENCE = 120      # seconds until something has not happened
WALL = 2

Frame = collections.namedtuple("Frame", "data tsf signal freq forme rate ampdu")
Status = collections.namedtuple("Status", "cookie result tries")


def channel_freq(channel):
    """MHz."""
    return 2407 + 5 * channel if channel < 14 else 5000 + 5 * channel


class Gone(Exception):
    """The hub has sent the radio away."""


class Radio:
    """HELLO on creation; frames come from rx(), send() waits for the status."""

    def __init__(self, path, name, addrs=(), flags=0):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.connect(str(path))        # with a timeout, many at once would be refused
        self.sock.settimeout(PATIENCE)
        self.frames = collections.deque()
        self.status = {}
        self.cookie = 0
        body = struct.pack("=II32sI", 1, flags, name.encode(), len(addrs))
        for a in addrs:
            body += a + b"\xff" * 6
        self._send(HELLO, body.ljust(264 - HDR.size, b"\0"))
        kind, body = self._read(PATIENCE)
        if kind == BYE:
            raise Gone(body.split(b"\0")[0].decode())
        assert kind == WELCOME

    def close(self):
        """Leaves the air."""
        self.sock.close()

    def _send(self, kind, body):
        self.sock.send(HDR.pack(kind, 0, HDR.size + len(body), 0, 0, 0) + body)

    def _read(self, timeout):
        if not select.select([self.sock], [], [], max(timeout, 0))[0]:
            return None, None
        msg = self.sock.recv(16384)
        if not msg:
            raise Gone("the hub has closed")
        return HDR.unpack_from(msg)[0], msg[HDR.size:]

    def _take(self, timeout):
        kind, body = self._read(timeout)
        if kind == RX:
            tsf, flags, ampdu, _, freq, signal, _, *rate, _ = RX_BODY.unpack_from(body)
            rtap = body[RX_BODY.size:]
            frame = rtap[struct.unpack_from("<H", rtap, 2)[0]:]
            self.frames.append(Frame(frame, tsf, signal, freq, bool(flags & 1), rate,
                                     ampdu if flags & 2 else None))
        elif kind == TXSTATUS:
            cookie, _, result, _, tries, _, *_ = STATUS_BODY.unpack_from(body)
            self.status[cookie] = Status(cookie, result, tries)
        elif kind == BYE:
            raise Gone(body.split(b"\0")[0].decode())
        return kind

    def onlooker(self):
        """Simulated time does not wait for it."""
        self._send(BUSY, struct.pack("=II", WALL, 0))
        return self

    def tune(self, freq, on=True):
        """Listen to (and send on) a 20 MHz channel."""
        self._send(TUNE, struct.pack("=HHHH", on, freq, freq, 20))

    def post(self, frame, rate=12, tries=7, ampdu=None):
        """Sends without waiting; the cookie."""
        self.cookie += 1
        body = struct.pack("=QIIHBBI", self.cookie, 8 if ampdu is not None else 0, ampdu or 0,
                           0, 2, 1, 0)
        body += struct.pack("=4B", 1, rate, 0, tries).ljust(64, b"\0")
        self._send(TX, body + b"\0\0\x08\0\0\0\0\0" + frame)
        return self.cookie

    def send(self, frame, timeout=PATIENCE, **kw):
        """Sends; the Status."""
        return self.burst([frame], timeout, **kw)[0]

    def burst(self, frames, timeout=PATIENCE, **kw):
        """Sends frames without a pause; their Statuses."""
        cookies = [self.post(f, **kw) for f in frames]
        end = time.monotonic() + timeout
        while cookies[-1] not in self.status:
            assert time.monotonic() < end, "no TXSTATUS"
            self._take(end - time.monotonic())
        return [self.status.pop(c) for c in cookies]

    def rx(self, wanted=lambda f: True, timeout=PATIENCE):
        """The next frame that is wanted (others are dropped), or None."""
        end = time.monotonic() + timeout
        while True:
            while self.frames:
                f = self.frames.popleft()
                if wanted(f):
                    return f
            left = end - time.monotonic()
            if left <= 0:
                return None
            self._take(left)
