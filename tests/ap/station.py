# SPDX-License-Identifier: BSD-2-Clause
"""A station in Python: joins an access point over the air, then sends and gets Ethernet frames.

    sta = Station(hub.socket, "card0", channel=6)
    sta.join("home", psk="correct horse")
    ip = sta.dhcp()
    assert sta.ping("10.0.2.2")
"""
import collections
import hashlib
import hmac
import os
import struct
import time

import aes
from airwire import ACKED, PATIENCE, Radio, channel_freq

BROADCAST = b"\xff" * 6
ASSOC_REQ, ASSOC_RESP, REASSOC_REQ, PROBE_REQ, PROBE_RESP = 0x00, 0x10, 0x20, 0x40, 0x50
BEACON, DISASSOC, AUTH, DEAUTH, ACTION = 0x80, 0xa0, 0xb0, 0xc0, 0xd0
BAR, PSPOLL, DATA, NULL, QOS_DATA, QOS_NULL = 0x84, 0xa4, 0x08, 0x48, 0x88, 0xc8
RETRY, PWRMGT, MOREDATA, PROTECTED = 0x08, 0x10, 0x20, 0x40
RSN_IE = bytes.fromhex("30140100000fac040100000fac040100000fac020000")
WMM_IE = bytes.fromhex("dd070050f202000100")
HT_IE = b"\x2d\x1a" + bytes.fromhex("2c0003ff") + bytes(22)


def ies(data):
    """{id: data} of elements (the first of each id)."""
    out, i = {}, 0
    while i + 2 <= len(data):
        out.setdefault(data[i], data[i + 2:i + 2 + data[i + 1]])
        i += 2 + data[i + 1]
    return out


def ie(number, data):
    """One element."""
    return bytes([number, len(data)]) + data


def prf(key, label, data, n):
    """PRF-n of 802.11i, in octets."""
    out, i = b"", 0
    while len(out) < n:
        out += hmac.new(key, label + b"\0" + data + bytes([i]), hashlib.sha1).digest()
        i += 1
    return out[:n]


def header_length(frame):
    """Of a data frame with three addresses."""
    return 26 if frame[0] & 0x80 else 24


Beacon = collections.namedtuple("Beacon", "bssid tsf interval caps ies raw signal")


def parse_beacon(f):
    """A beacon or probe response."""
    tsf, interval, caps = struct.unpack_from("<QHH", f.data, 24)
    return Beacon(f.data[16:22], tsf, interval, caps, ies(f.data[36:]), f.data, f.signal)


class Failed(Exception):
    """The access point said no; args: what, code."""


class Station:
    """One radio with one address."""

    def __init__(self, air, name="sta", channel=1, addr=None, qos=True, ht=True, uapsd=0):
        self.addr = addr or b"\x02" + os.urandom(5)
        self.radio = Radio(air, name, [self.addr])
        self.freq = channel_freq(channel)
        self.radio.tune(self.freq)
        self.qos, self.ht = qos, ht and qos
        self.uapsd = uapsd          # QoS Info: VO, VI, BK, BE in bits 0 to 3, service period in 6:5
        self.bssid = None
        self.seq = collections.Counter()
        self.pn = 0
        self.tk = self.ptk = None
        self.gtk = {}
        self.rsn = RSN_IE
        self.asleep = False
        self.eth = collections.deque()
        self.mgmt = collections.deque()
        self.raw = collections.deque(maxlen=4000)
        self.rx_seq = {}

    def close(self):
        """Leaves the air without a word."""
        self.radio.close()

    # ---- frames -----------------------------------------------------------------------------

    def _next(self, what):
        n = self.seq[what]
        self.seq[what] = (n + 1) & 0xfff
        return n << 4

    def mgmt_frame(self, kind, body, da=None, bssid=None):
        """A management frame to the access point."""
        da, bssid = da or self.bssid, bssid or da or self.bssid
        return (struct.pack("<BBH", kind, PWRMGT if self.asleep else 0, 0) + da + self.addr +
                bssid + struct.pack("<H", self._next("mgmt")) + body)

    def send_mgmt(self, kind, body, **kw):
        """Sends it; the Status."""
        return self.radio.send(self.mgmt_frame(kind, body, **kw), rate=12)

    def pump(self, timeout):
        """Takes one frame off the air into mgmt or eth; False: none came."""
        f = self.radio.rx(timeout=timeout)
        if f is None:
            return False
        self.raw.append(f)
        d = f.data
        if d[0] & 0x0c == 0:
            if d[0] in (BEACON, PROBE_RESP) or d[4:10] == self.addr or d[4:10] == BROADCAST:
                self.mgmt.append(f)
        elif d[0] & 0x0c == 8 and d[1] & 3 == 2 and (d[4:10] == self.addr or d[4] & 1):
            self._data(d)
        return True

    def _data(self, d):
        if d[0] & 0x40 or (self.bssid and d[10:16] != self.bssid):
            return
        hdr = header_length(d)
        tid = d[24] & 15 if d[0] & 0x80 else "-"
        key = (tid, d[4] & 1)
        if d[1] & RETRY and self.rx_seq.get(key) == d[22:24]:
            return
        self.rx_seq[key] = d[22:24]
        body = d[hdr:]
        if d[1] & PROTECTED:
            keyid = body[3] >> 6
            key = self.gtk.get(keyid) if d[4] & 1 else self.tk
            body = aes.ccmp_open(key, d, hdr)[0] if key else None
        if body is not None and body[:6] == b"\xaa\xaa\x03\0\0\0":
            self.eth.append(d[4:10] + d[16:22] + body[6:])

    def wait(self, queue, wanted, timeout=PATIENCE):
        """The first in a queue ("mgmt", "eth") that is wanted; others are dropped."""
        q, end = getattr(self, queue), time.monotonic() + timeout
        while True:
            while q:
                x = q.popleft()
                if wanted(x):
                    return x
            if time.monotonic() >= end:
                return None
            self.pump(end - time.monotonic())

    def wait_mgmt(self, *kinds, timeout=PATIENCE):
        """A management frame of one of these kinds."""
        return self.wait("mgmt", lambda f: f.data[0] in kinds, timeout)

    # ---- joining ----------------------------------------------------------------------------

    def scan(self, ssid=None, timeout=PATIENCE, hidden=False):
        """The beacon of an SSID; any for None."""
        def right(f):
            if f.data[0] != BEACON:
                return False
            name = ies(f.data[36:]).get(0)
            return ssid is None or name == ssid.encode() or (hidden and name == b"")
        f = self.wait("mgmt", right, timeout)
        return f and parse_beacon(f)

    def probe(self, ssid="", timeout=PATIENCE):
        """A probe response, or None."""
        body = ie(0, ssid.encode()) + ie(1, bytes([2, 4, 11, 22])) + ie(50, bytes([12, 24]))
        self.radio.send(self.mgmt_frame(PROBE_REQ, body, da=BROADCAST, bssid=BROADCAST))
        f = self.wait_mgmt(PROBE_RESP, timeout=timeout)
        return f and parse_beacon(f)

    def authenticate(self, alg=0, seq=1):
        """Raises Failed with the status."""
        assert self.send_mgmt(AUTH, struct.pack("<HHH", alg, seq, 0)).result == ACKED
        f = self.wait_mgmt(AUTH)
        assert f, "no answer to the authentication"
        status = struct.unpack_from("<H", f.data, 28)[0]
        if status:
            raise Failed("authentication", status)

    def _rates(self):
        r = bytes([2, 4, 11, 22, 12, 18, 24, 36]) if self.freq < 5000 else \
            bytes([12, 18, 24, 36, 48, 72, 96, 108])
        return ie(1, r) + (ie(50, bytes([48, 72, 96, 108])) if self.freq < 5000 else b"")

    def _wmm(self):
        return WMM_IE[:-1] + bytes([self.uapsd])

    def associate(self, ssid, rsn=None, extra=b"", kind=ASSOC_REQ):
        """Returns the AID; raises Failed with the status."""
        body = struct.pack("<HH", 0x0411 if rsn else 0x0401, 5)
        if kind == REASSOC_REQ:
            body += self.bssid
        body += ie(0, ssid.encode()) + self._rates() + (rsn or b"")
        body += (HT_IE if self.ht else b"") + (self._wmm() if self.qos else b"") + extra
        assert self.send_mgmt(kind, body).result == ACKED
        f = self.wait_mgmt(ASSOC_RESP, 0x30)
        assert f, "no answer to the association"
        _, status, aid = struct.unpack_from("<HHH", f.data, 24)
        if status:
            raise Failed("association", status)
        self.aid = aid & 0x3fff
        return self.aid

    def join(self, ssid, psk=None, hidden=False):
        """Scan, authentication, association, 4-way handshake."""
        b = self.scan(ssid, hidden=hidden)
        assert b, f"no beacon of {ssid}"
        self.bssid = b.bssid
        self.tk = None
        self.gtk = {}
        self.authenticate()
        aid = self.associate(ssid, self.rsn if psk else None)
        if psk:
            self.pmk = hashlib.pbkdf2_hmac("sha1", psk.encode(), ssid.encode(), 4096, 32)
            self.handshake()
        return aid

    # ---- keys -------------------------------------------------------------------------------

    def eapol(self, timeout=PATIENCE):
        """The next EAPOL frame."""
        f = self.wait("eth", lambda e: e[12:14] == b"\x88\x8e", timeout)
        return f and f[14:]

    def _answer(self, info, replay, nonce, data=b""):
        k = struct.pack(">BHH", 2, info, 0) + replay + nonce + bytes(32)
        e = b"\x01\x03" + struct.pack(">H", 95 + len(data)) + k
        tail = struct.pack(">H", len(data)) + data
        mic = hmac.new(self.ptk[:16], e + bytes(16) + tail, hashlib.sha1).digest()[:16]
        self.send_eth(self.bssid, 0x888e, e + mic + tail, tid=7)

    def _check_mic(self, e):
        zero = e[:81] + bytes(16) + e[97:]
        assert hmac.new(self.ptk[:16], zero, hashlib.sha1).digest()[:16] == e[81:97], "MIC"

    def _keys_in(self, e):
        n = struct.unpack_from(">H", e, 97)[0]
        data = aes.Aes(self.ptk[16:32]).unwrap(e[99:99 + n])
        assert data is not None, "key data cannot be unwrapped"
        i = 0
        while i + 2 <= len(data) and data[i:i + 2] != b"\xdd\0":
            body = data[i + 2:i + 2 + data[i + 1]]
            if data[i] == 0xdd and body[:4] == b"\0\x0f\xac\x01":
                self.gtk[body[4] & 3] = aes.Aes(body[6:])
            i += 2 + data[i + 1]
        return ies(data)

    def message_2(self, e):
        """Answers message 1."""
        anonce, snonce = e[17:49], os.urandom(32)
        pair = min(self.bssid, self.addr) + max(self.bssid, self.addr)
        nonces = min(anonce, snonce) + max(anonce, snonce)
        self.ptk = prf(self.pmk, b"Pairwise key expansion", pair + nonces, 48)
        self._answer(0x010a, e[9:17], snonce, self.rsn)

    def handshake(self):
        """The 4-way handshake, from message 1 on."""
        while True:
            e = self.eapol()
            assert e, "no EAPOL frame"
            info = struct.unpack_from(">H", e, 5)[0]
            if info == 0x008a:
                self.message_2(e)
            elif info == 0x13ca:
                break
            else:
                raise AssertionError(f"key information {info:#x}")
        self._check_mic(e)
        self.offered = self._keys_in(e)
        self._answer(0x030a, e[9:17], bytes(32))
        self.tk = aes.Aes(self.ptk[32:])
        self.pn = 0

    def group_handshake(self):
        """Answers a new group key."""
        e = self.eapol()
        assert e and struct.unpack_from(">H", e, 5)[0] == 0x1382
        self._check_mic(e)
        self._keys_in(e)
        self._answer(0x0302, e[9:17], bytes(32))

    # ---- data -------------------------------------------------------------------------------

    def data_frame(self, da, ethertype, payload, tid=0, seq=None, flags=0, pn=None, frag=0):
        """A data frame to the distribution system, encrypted when there is a key."""
        body = b"\xaa\xaa\x03\0\0\0" + struct.pack(">H", ethertype) + payload
        return self.raw_frame(da, body, tid, seq, flags, pn, frag)

    def raw_frame(self, da, body, tid=0, seq=None, flags=0, pn=None, frag=0):
        """The same with LLC already in the body (or not, in fragments)."""
        sc = self._next(tid if self.qos else "-") if seq is None else seq << 4
        flags |= 1 | (PWRMGT if self.asleep else 0)
        f = struct.pack("<BBH", QOS_DATA if self.qos else DATA, flags, 0)
        f += self.bssid + self.addr + da + struct.pack("<H", sc | frag)
        if self.qos:
            f += struct.pack("<H", tid)
        hdr = len(f)
        f += body
        if self.tk:
            if pn is None:
                self.pn += 1
                pn = self.pn
            f = aes.ccmp_seal(self.tk, f, hdr, pn)
        return f

    def send_eth(self, da, ethertype, payload, **kw):
        """Sends; the Status."""
        return self.radio.send(self.data_frame(da, ethertype, payload, **kw), rate=24)

    def null(self, asleep):
        """A null frame that says whether the station sleeps."""
        self.asleep = asleep
        f = struct.pack("<BBH", NULL, 1 | (PWRMGT if asleep else 0), 0) + self.bssid
        f += self.addr + self.bssid + struct.pack("<H", self._next("-"))
        return self.radio.send(f)

    def trigger(self, tid=0):
        """A QoS null frame of a sleeping station."""
        f = struct.pack("<BBH", QOS_NULL, 1 | PWRMGT, 0) + self.bssid + self.addr + self.bssid
        return self.radio.send(f + struct.pack("<HH", 0, tid))

    def ps_poll(self):
        """Asks for one buffered frame."""
        f = struct.pack("<BBH", PSPOLL, PWRMGT, self.aid | 0xc000) + self.bssid + self.addr
        return self.radio.send(f)
