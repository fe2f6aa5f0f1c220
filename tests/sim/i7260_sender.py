# SPDX-License-Identifier: BSD-2-Clause
"""TX queues of the mini driver: frames with their TX commands and byte counts, and the answers.

    with Network(tmp_path) as (tx, srv, air):       # on channel 6, associated
        tx.open()                                   # queue 1, for station 0
        response = tx.send(data())
"""
import struct

from fakeair import Air, header
from i7260_driver import BSSID, BYTE_COUNTS, IOVA, OWN, WRPTR, Setup, network

TX, BA = 0x1c, 0xc5
ACK, STA_RATE, SEQ, PAD = 8, 0x10, 0x2000, 0x100000
CCM, TKIP, WEP = 2, 3, 1
MCS7, MCS5, MCS0 = (0x100 | n | 1 << 14 for n in (7, 5, 0))


class Network:
    """A card on an air, in a network on channel 6; the driver is a Sender."""

    def __init__(self, tmp_path, *settings, assoc=1, model="i7260", **options):
        self.assoc, self.options = assoc, options
        self.air = Air(tmp_path / "air")
        self.setup = Setup(tmp_path, "mac=7c:7a:91:12:34:56", f"air={tmp_path / 'air'}", *settings,
                           model=model)

    def __enter__(self):
        self.air.__enter__()
        d, srv = self.setup.__enter__()
        network(d, 6, self.assoc, **self.options)
        return Sender(d), srv, self.air

    def __exit__(self, *exc):
        self.setup.__exit__(*exc)
        self.air.__exit__(*exc)


class Sender:
    """The driver, and TX queues of it."""

    def __init__(self, d):
        self.d, self.at = d, {}

    def open(self, queue=1, aggregate=0, ssn=0, tid=0, window=64, fifo=1, sta=0):
        self.d.command(0x1d, struct.pack("<8BHH", 0, sta, tid, queue, 1, aggregate, fifo, window,
                                         ssn, 0))
        self.at[queue] = ssn & 0xff

    def put(self, frame, queue=1, flags=ACK | SEQ, rate=13 | 1 << 14, sta=0, sec=0, key=b"",
            retries=15, tid=8, hdrlen=24):
        """A TFD with a TX command, not yet given to the card."""
        index, extra = self.at[queue], {CCM: 8, TKIP: 4, WEP: 8}.get(sec & 7, 0)
        pad = b"\0\0" if hdrlen % 4 else b""
        if pad:
            flags |= PAD
        cmd = struct.pack("<HHII I BBBB16sIII BBBBHH", len(frame), 0, flags, 0, rate, sta, sec, 0,
                          0, key.ljust(16, b"\0"), 0, 0xffffffff, 0, 0, 60, retries, tid, 0, 0)
        data = struct.pack("<BBH", TX, 0, queue << 8 | index) + cmd
        data += frame[:hdrlen] + pad + frame[hdrlen:]
        at = 0x200000 + index * 2048
        self.d.put(at, data)
        self.d.tfd(queue, index, [(IOVA + at, 20), (IOVA + at + 20, len(data) - 20)])
        entry = struct.pack("<H", sta << 12 | (len(frame) + 8 + extra + 3) // 4)
        for slot in (index, index + 256) if index < 64 else (index,):
            self.d.put(BYTE_COUNTS + 2 * (queue * 320 + slot), entry)
        self.at[queue] = (index + 1) & 0xff

    def go(self, queue=1):
        self.d.w(WRPTR, queue << 8 | self.at[queue])

    def send(self, frame, queue=1, **options):
        self.put(frame, queue, **options)
        self.go(queue)
        return self.answer(queue)

    def answer(self, queue=1):
        p = self.d._wait(lambda p: p[0] == TX and p[2] >> 8 == queue, "TX response")
        return Response(p)

    def rates(self, table, color=0, agg=63, tpc=0, flags=0):
        table = (list(table) * 16)[:16]
        self.d.command(0x4e, struct.pack("<BBHBBBB4BHBBI16II", 0, tpc, 0, color << 1 | flags, 0,
                                         1, 3, 0, 0, 0, 0, 4000, 3, agg, 0, *table, 0))


class Response:
    def __init__(self, p):
        self.count, _, _, self.failures, self.rate, self.time = struct.unpack_from("<BBBBIH", p)
        self.seq, self.bytes, self.tlc, self.ra_tid, self.fc = struct.unpack_from("<HHBBH", p, 28)
        self.tpc = p[22]
        self.status = [struct.unpack_from("<HH", p, 36 + 4 * i) for i in range(self.count)]
        self.ssn = struct.unpack_from("<I", p, 36 + 4 * self.count)[0]


def data(body=b"\xaa\xaa\3\0\0\0\x08\0hello", qos=None, seq=0, protected=False):
    """A frame to the access point."""
    fc = 0x0108 | (0x80 if qos is not None else 0) | (0x4000 if protected else 0)
    head = header(fc, BSSID, OWN, b"\2" * 6, seq)
    return head + (struct.pack("<H", qos) if qos is not None else b"") + body
