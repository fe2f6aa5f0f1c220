# SPDX-License-Identifier: BSD-2-Clause
"""Block ack agreements, the order of frames, A-MSDU, fragments."""
import struct

import aes
import pytest

from station import ACTION, BAR, BROADCAST

TYPE = 0x9000


@pytest.fixture(params=[None, "passphrase"])
def pair(request, start_ap, station):
    """(access point, sender, receiver)."""
    opts = {"psk": request.param} if request.param else {}
    ap = start_ap(ssid="net", channel=6, **opts)
    a, b = station(channel=6), station(channel=6, ht=False)
    a.join("net", request.param), b.join("net", request.param)
    return ap, a, b


def addba(sta, tid=0, size=64, start=0, token=1):
    """Asks for an agreement; (status, tid, size)."""
    sta.send_mgmt(ACTION, struct.pack("<BBBHHH", 3, 0, token, 2 | tid << 2 | size << 6, 0,
                                      start << 4))
    f = sta.wait("mgmt", lambda f: f.data[0] == ACTION and f.data[24:27] == bytes([3, 1, token]))
    status, param, _ = struct.unpack_from("<HHH", f.data, 27)
    return status, param >> 2 & 15, param >> 6


def bar(sta, start, tid=0):
    """A BlockAckReq."""
    return sta.radio.send(struct.pack("<BBH", BAR, 0, 0) + sta.bssid + sta.addr +
                          struct.pack("<HH", 4 | tid << 12, start << 4))


def numbers(sta, n):
    """The payloads of the next n frames of our type."""
    return [int(sta.wait("eth", lambda e: e[12:14] == b"\x90\x00")[14:]) for _ in range(n)]


def send(a, b, *seqs, **kw):
    """Frames whose payload is their sequence number; packet numbers follow the numbers.

    At once: the access point does not wait long for one that is missing."""
    a.radio.burst([a.data_frame(b.addr, TYPE, b"%d" % s, seq=s, pn=100 + s if a.tk else None, **kw)
                   for s in seqs])


def test_frames_out_of_order_are_put_in_order(pair):
    ap, a, b = pair
    assert addba(a, start=10) == (0, 0, 64)
    ap.event("blockack", direction="rx")
    send(a, b, 12, 11, 10, 14, 13)
    assert numbers(b, 5) == [10, 11, 12, 13, 14]
    assert ap.do("stations")["stations"][0]["reordered"] == 3


def test_a_gap_is_not_waited_for_long(pair):
    _, a, b = pair
    addba(a, start=10)
    send(a, b, 10, 12, 13)
    assert numbers(b, 3) == [10, 12, 13]
    send(a, b, 11, 14)
    assert numbers(b, 1) == [14]


def test_a_block_ack_request_closes_a_gap(pair):
    _, a, b = pair
    addba(a, start=10)
    send(a, b, 12, 13)
    bar(a, 12)
    send(a, b, 10, 14)
    assert numbers(b, 3) == [12, 13, 14]


def test_the_window_moves_when_it_is_overrun(pair):
    _, a, b = pair
    assert addba(a, start=10, size=8) == (0, 0, 8)
    send(a, b, 11, 12, 18)
    assert numbers(b, 2) == [11, 12]
    assert numbers(b, 1) == [18]


def test_numbers_wrap(pair):
    _, a, b = pair
    addba(a, start=4094)
    a.radio.burst([a.data_frame(b.addr, TYPE, b"%d" % s, seq=s, pn=100 + pn if a.tk else None)
                   for s, pn in ((4095, 2), (0, 3), (4094, 1), (1, 4))])
    assert numbers(b, 4) == [4094, 4095, 0, 1]


def test_a_retry_in_the_window_counts_once(pair):
    _, a, b = pair
    addba(a, start=10)
    seal = [a.data_frame(b.addr, TYPE, b"%d" % s, seq=s, flags=f, pn=100 + s if a.tk else None)
            for s, f in ((11, 0), (11, 8), (10, 0), (12, 0))]
    a.radio.burst(seal)
    assert numbers(b, 3) == [10, 11, 12]


def test_after_its_end_frames_pass_as_they_come(pair):
    _, a, b = pair
    addba(a, start=10)
    a.send_mgmt(ACTION, struct.pack("<BBHH", 3, 2, 0x0800, 1))
    a.send_mgmt(ACTION, b"\x7f\x00")
    send(a, b, 20, 30)
    assert numbers(b, 2) == [20, 30]


def test_a_station_without_ht_is_declined(pair):
    _, _, b = pair
    assert addba(b)[0] == 37
    assert addba(b, tid=9)[0] == 37


def test_the_access_point_asks_once_it_pays_and_then_sends_a_mpdus(pair):
    ap, a, b = pair
    for i in range(24):
        b.send_eth(a.addr, TYPE, b"%d" % i)
    f = a.wait("mgmt", lambda f: f.data[0] == ACTION and f.data[24:26] == b"\3\0")
    token, param, _, start = struct.unpack_from("<BHHH", f.data, 26)
    a.send_mgmt(ACTION, struct.pack("<BBBHHH", 3, 1, token, 0, param, 0))
    ap.event("blockack", direction="tx", ok=True)
    assert numbers(a, 24) == list(range(24))
    data = [f for f in a.raw if f.data[0] == 0x88 and f.data[4:10] == a.addr and
            f.data[24] & 15 == 0]
    seqs = [struct.unpack_from("<H", f.data, 22)[0] >> 4 for f in data]
    assert seqs[15] == start >> 4, "the agreement begins with the first frame behind it"
    assert [f.ampdu for f in data[:15]] == [None] * 15
    a.raw.clear()
    b.radio.burst([b.data_frame(a.addr, TYPE, b"%d" % i) for i in range(24, 32)])
    assert numbers(a, 8) == list(range(24, 32))
    assert all(f.ampdu for f in a.raw if f.data[0] == 0x88 and f.data[4:10] == a.addr)


def test_an_access_point_that_gets_no_answer_sends_all_the_same(pair):
    _, a, b = pair
    for i in range(40):
        b.send_eth(a.addr, TYPE, b"%d" % i)
    assert numbers(a, 40) == list(range(40))


def test_a_msdu_is_taken_apart(pair):
    _, a, b = pair
    body = b""
    for text in (b"1", b"22", b"333"):
        llc = b"\xaa\xaa\x03\0\0\0" + struct.pack(">H", TYPE) + text
        body += b.addr + a.addr + struct.pack(">H", len(llc)) + llc
        body += bytes(-len(body) % 4)
    f = a.raw_frame(a.bssid, body)
    if a.tk:
        # The bit has to be there before sealing.
        key, a.tk = a.tk, None
        f = a.raw_frame(a.bssid, body)
        a.tk = key
        f = bytearray(f)
        f[24] |= 0x80
        a.pn += 1
        f = aes.ccmp_seal(key, bytes(f), 26, a.pn)
    else:
        f = f[:24] + bytes([f[24] | 0x80]) + f[25:]
    a.radio.send(f)
    assert numbers(b, 3) == [1, 22, 333]


def fragments(a, b, parts, seq=500):
    """Frames of one MSDU in parts."""
    llc = b"\xaa\xaa\x03\0\0\0" + struct.pack(">H", TYPE)
    parts = [llc + parts[0], *parts[1:]]
    return [a.raw_frame(b.addr, p, seq=seq, frag=i, flags=4 if i + 1 < len(parts) else 0)
            for i, p in enumerate(parts)]


def test_fragments_are_joined(pair):
    _, a, b = pair
    for f in fragments(a, b, [b"12", b"34", b"56"]):
        a.radio.send(f)
    assert numbers(b, 1) == [123456]


def test_fragments_with_a_hole_are_dropped(pair):
    _, a, b = pair
    f = fragments(a, b, [b"12", b"34", b"56"])
    a.radio.send(f[0])
    a.radio.send(f[2])
    a.send_eth(b.addr, TYPE, b"7", seq=501)
    assert numbers(b, 1) == [7]


def test_frames_to_all_from_within_an_agreement(pair):
    _, a, b = pair
    addba(a, start=10)
    a.radio.send(a.data_frame(BROADCAST, TYPE, b"10", seq=10, pn=110 if a.tk else None))
    assert numbers(b, 1) == [10]
