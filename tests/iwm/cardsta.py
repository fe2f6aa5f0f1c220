# SPDX-License-Identifier: BSD-2-Clause
"""A station whose radio is the driver under test: its frames go through ops->tx and the upcalls.

    sta = CardStation(glue(), channel=6)
    sta.join("home", psk="correct horse")       # ops join, assoc and set_key on the way
    assert sta.ping("10.0.2.2")
"""
import collections
import errno
import hashlib
import struct
import time

import aes
from airwire import channel_freq
from iwmglue import PATIENCE, chan
from station import (ACTION, DATA, PROTECTED, QOS_DATA, Station, header_length, ies,
                     parse_beacon)

# pdk80211.h
TX_MGMT, TX_MCAST, TX_HWENC, TX_EAPOL = 1, 2, 4, 8
RX_DECRYPTED, RX_MICFAIL = 1, 2
BSS_SHSLOT, BSS_QOS, BSS_HT = 2, 8, 0x10
CCMP = 4
BA_RX_START, BA_RX_STOP, BA_TX_START, BA_TX_STOP, BA_TX_RUN = range(5)

Heard = collections.namedtuple("Heard", "data signal info")
Status = collections.namedtuple("Status", "result tries")
AC_OF_TID = [0, 1, 1, 0, 2, 2, 3, 3]


class GlueRadio:
    """What Station expects of a radio."""

    def __init__(self, glue):
        self.glue = glue
        self.cookie = 100

    def close(self):
        """The run is the fixture's."""

    def rx(self, timeout=PATIENCE):
        """The next frame, or None."""
        end = time.monotonic() + timeout
        while not self.glue.frames:
            self.glue.pump()
            if self.glue.frames:
                break
            if time.monotonic() >= end:
                return None
            time.sleep(0.005)
        f = self.glue.frames.pop(0)
        return Heard(f.data, f.rssi, f)

    def post(self, frame, flags=0, error=0, count=1, frames=None):
        """Hands it over (frames: more of its kind, too); the first cookie."""
        frames = [frame, *(frames or [])]
        kind = frame[0] & 0xc
        hdrlen = 24 if kind == 0 else header_length(frame)
        tid = frame[24] & 15 if frame[0] & 0x88 == QOS_DATA & 0x88 else 0
        if kind == 0:
            flags |= TX_MGMT
        first = self.cookie + 1
        self.cookie += max(count, len(frames))
        what = {"frames": [f.hex() for f in frames]} if len(frames) > 1 else \
            {"frame": frame.hex(), "count": count}
        r = self.glue.ask("tx", hdrlen=hdrlen, tid=tid, ac=AC_OF_TID[tid & 7], flags=flags,
                          cookie=first, **what)
        assert r["error"] == error, errno.errorcode.get(r["error"], r["error"])
        return first

    def send(self, frame, rate=None, flags=0):
        """And waits for what comes of it."""
        del rate
        cookie = self.post(frame, flags)
        e = self.glue.event("tx_done", cookie=cookie)
        return Status(0 if e["ok"] else 1, e["tries"])


class CardStation(Station):
    """hw: CCMP by the card; else in Python.  ht: 11n, sco: 40 MHz."""

    def __init__(self, glue, channel=1, qos=True, ht=True, hw=True, sco=0):
        # pylint: disable=super-init-not-called
        self.glue, self.radio = glue, GlueRadio(glue)
        self.addr = bytes.fromhex(glue.caps["mac"])
        self.channel, self.freq, self.sco = channel, channel_freq(channel), sco
        self.qos, self.ht, self.hw = qos, ht and qos, hw
        self.bssid = self.tk = self.ptk = None
        self.seq = collections.Counter()
        self.pn, self.gtk = 0, {}
        self.rsn, self.uapsd = bytes.fromhex("30140100000fac040100000fac040100000fac020000"), 0
        self.asleep = False
        self.eth, self.mgmt = collections.deque(), collections.deque()
        self.raw = collections.deque(maxlen=4000)
        self.rx_seq = {}
        self.info = self.beacon = None

    # ---- what the driver is told ---------------------------------------------------------

    def bss(self, **more):
        """struct pdk80211_bss of the beacon that was chosen."""
        b = self.beacon
        rates = b.ies.get(1, b"") + b.ies.get(50, b"")
        flags = (BSS_SHSLOT if b.caps & 0x400 else 0) | (BSS_QOS if self.qos else 0)
        d = {"bssid": b.bssid.hex(), "essid": b.ies.get(0, b"").hex(),
             "chan": chan(self.channel, self.sco), "bintval": b.interval, "capinfo": b.caps,
             "dtim_period": b.ies[5][1] if 5 in b.ies else 1,
             "rates": bytes(r & 0x7f for r in rates).hex(),
             "basic_rates": sum(1 << i for i, r in enumerate(rates) if r & 0x80),
             "tsf": b.tsf, "flags": flags}
        if self.ht and 45 in b.ies:
            cap = b.ies[45]
            d.update(htcaps=struct.unpack_from("<H", cap)[0], ampdu=cap[2], mcs=cap[3:13].hex(),
                     flags=flags | BSS_HT, htprot=b.ies[61][2] & 3 if 61 in b.ies else 0)
        d.update(more)
        return d

    def find(self, ssid):
        """Scans its channel until the network was heard."""
        for _ in range(20):
            self.glue.frames.clear()
            self.glue.do("scan", chans=[chan(self.channel)], ssids=[ssid])
            self.glue.event("scan_done", aborted=False)
            for f in self.glue.frames:
                if f.kind in (0x80, 0x50) and ies(f.data[36:]).get(0) == ssid.encode():
                    return parse_beacon(Heard(f.data, f.rssi, f))
        raise AssertionError(f"{ssid} is not heard")

    def join(self, ssid, psk=None, beacon=None):
        """Scan (unless there is a beacon), ops join, authentication, association, ops assoc,
        handshake, ops set_key."""
        self.tk, self.gtk = None, {}
        self.beacon = beacon or self.find(ssid)
        self.bssid = self.beacon.bssid
        self.glue.do("join", bss=self.bss())
        self.authenticate()
        self.associate(ssid, self.rsn if psk else None)
        self.glue.do("assoc", bss=self.bss(aid=self.aid))
        if psk:
            self.pmk = pmk(ssid, psk)
            self.handshake()
            self.set_key(0, self.ptk[32:], 0)
        return self.aid

    def set_key(self, number, key, group, error=0):
        """Gives the card a key."""
        if self.hw:
            self.glue.do("set_key", error, id=number, cipher=CCMP, key=key.hex(), group=group)

    def _keys_in(self, e):
        had = dict(self.gtk)
        out = super()._keys_in(e)
        for number, cipher in self.gtk.items():
            if had.get(number) is not cipher:
                self.set_key(number, group_key(self, e), 1)
        return out

    # ---- frames -----------------------------------------------------------------------------

    def _data(self, d):
        """The card has decrypted it and the driver cut its MIC off, or Python does both."""
        info = self.info.info if self.info else {"flags": 0}
        if d[1] & PROTECTED and info["flags"] & RX_DECRYPTED:
            hdr = header_length(d)
            d = d[:1] + bytes([d[1] & ~PROTECTED]) + d[2:hdr] + d[hdr + 8:]
        elif d[1] & PROTECTED and self.hw and self.tk:
            return
        super()._data(d)

    def pump(self, timeout):
        """Also what the driver said of the frame."""
        f = self.radio.rx(timeout=timeout)
        if f is None:
            return False
        self.raw.append(f)
        self.info = f.info
        d = f.data
        if d[0] & 0x0c == 0:
            self.mgmt.append(f)
        elif d[0] & 0x0c == 8 and d[1] & 3 == 2 and (d[4:10] == self.addr or d[4] & 1):
            self._data(d)
        return True

    def raw_frame(self, da, body, tid=0, seq=None, flags=0, pn=None, frag=0):
        """With the CCMP header only when the card encrypts."""
        if not (self.tk and self.hw):
            return super().raw_frame(da, body, tid, seq, flags, pn, frag)
        f = struct.pack("<BBH", QOS_DATA if self.qos else DATA, flags | 1 | PROTECTED, 0)
        f += self.bssid + self.addr + da + bytes(2) + (struct.pack("<H", tid) if self.qos else b"")
        self.pn += 1
        p = (pn or self.pn).to_bytes(6, "little")
        return f + p[:2] + b"\0\x20" + p[2:] + body

    def tx_flags(self, frame, ethertype=0):
        """PDK_TX_* of a data frame."""
        hw = TX_HWENC if self.hw and self.tk and frame[1] & PROTECTED else 0
        return hw | (TX_EAPOL if ethertype == 0x888e else 0)

    def send_eth(self, da, ethertype, payload, **kw):
        """Sends; the Status."""
        f = self.data_frame(da, ethertype, payload, **kw)
        return self.radio.send(f, flags=self.tx_flags(f, ethertype))

    def post_eth(self, da, ethertype, payload, count=1, error=0, **kw):
        """Does not wait; the first cookie."""
        f = self.data_frame(da, ethertype, payload, **kw)
        return self.radio.post(f, self.tx_flags(f, ethertype), error, count)

    def burst_eth(self, da, ethertype, payloads, **kw):
        """Frames handed over at once; their cookies."""
        fs = [self.data_frame(da, ethertype, p, **kw) for p in payloads]
        first = self.radio.post(fs[0], self.tx_flags(fs[0], ethertype), frames=fs[1:])
        return list(range(first, first + len(fs)))

    # ---- block ack ----------------------------------------------------------------------------

    def action(self, body):
        """Sends an action frame."""
        return self.send_mgmt(ACTION, body)

    def wait_action(self, category, action, timeout=PATIENCE):
        """The body of the next such action frame."""
        f = self.wait("mgmt", lambda f: f.data[0] == ACTION and
                      f.data[24:26] == bytes([category, action]), timeout)
        assert f, f"no action {category}.{action}"
        return f.data[24:]

    def start_tx_ba(self, tid=0, winsize=32):
        """Negotiates A-MPDUs for what we send."""
        ssn = self.glue.do("ba", op=BA_TX_START, tid=tid)["ssn"]
        param = 1 << 1 | tid << 2 | winsize << 6
        self.action(struct.pack("<BBBHHH", 3, 0, 1, param, 0, ssn << 4))
        status = struct.unpack_from("<H", self.wait_action(3, 1), 3)[0]
        assert status == 0
        self.glue.do("ba", op=BA_TX_RUN, tid=tid, winsize=winsize)
        return ssn

    def answer_rx_ba(self):
        """Agrees to A-MPDUs of the access point; the TID."""
        body = self.wait_action(3, 0)
        token, param, timeout, start = struct.unpack_from("<BHHH", body, 2)
        tid = param >> 2 & 15
        self.glue.do("ba", op=BA_RX_START, tid=tid, ssn=start >> 4, winsize=param >> 6)
        self.action(struct.pack("<BBBHHH", 3, 1, token, 0, param, timeout))
        return tid


def pmk(ssid, psk):
    """PBKDF2 of a passphrase."""
    return hashlib.pbkdf2_hmac("sha1", psk.encode(), ssid.encode(), 4096, 32)


def group_key(sta, e):
    """The bytes of the group key in a key frame."""
    n = struct.unpack_from(">H", e, 97)[0]
    data = aes.Aes(sta.ptk[16:32]).unwrap(e[99:99 + n])
    i = 0
    while i + 2 <= len(data):
        body = data[i + 2:i + 2 + data[i + 1]]
        if data[i] == 0xdd and body[:4] == b"\0\x0f\xac\x01":
            return body[6:]
        i += 2 + data[i + 1]
    raise AssertionError("no group key")
