# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260's data path, by a driver and a hub that are only bytes: TX commands and their
answers, rates, aggregation, encryption, received frames and their status."""
import binascii
import importlib.util
import pathlib
import struct
import time

import pytest

from fakeair import HT, LEGACY, header
from i7260_driver import ADD, BSSID, MODIFY, OWN, SYSASSERT, add_sta, mac_context, quota, rules
from i7260_sender import (ACK, BA, CCM, MCS0, MCS5, MCS7, SEQ, STA_RATE, TKIP, WEP, Network, data)
from rawclient import until

KEY = bytes(range(16))

_spec = importlib.util.spec_from_file_location(
    "aes", pathlib.Path(__file__).resolve().parents[1] / "ap/aes.py")
aes = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(aes)


@pytest.fixture
def world(tmp_path):
    """world(assoc=1, share=128) -> context manager of (sender, server, air)."""
    return lambda assoc=1, **options: Network(tmp_path, assoc=assoc, **options)


# ---- single frames -----------------------------------------------------------------------------

def test_a_frame_goes_out_as_it_is_and_is_reported(world):
    with world() as (tx, srv, air):
        tx.open()
        r = tx.send(data())
        sent = next(s for s in air.sent if s.kind == 8)
        assert (r.count, r.failures, r.rate, r.ssn) == (1, 0, 13 | 1 << 14, 1)
        assert r.status == [(1, 0x100)] and r.fc == 0x108 and r.bytes == len(data())
        assert sent.frame[:22] == data()[:22] and sent.frame[24:] == data()[24:]
        assert sent.freq == 2437 and sent.rates == [(LEGACY, 12, 0, 16)] and sent.flags == 0
        assert rules(srv) == []


def test_frames_without_a_number_of_their_own_are_numbered_on(world):
    with world() as (tx, srv, air):
        tx.open()
        for _ in range(3):
            tx.put(data())
        tx.put(data(seq=77), flags=ACK)
        tx.go()
        got = [tx.answer() for _ in range(4)]
        seqs = [struct.unpack_from("<H", s.frame, 22)[0] >> 4 for s in air.sent if s.kind == 8]
        assert seqs == [0, 1, 2, 77] and [r.seq >> 4 for r in got] == seqs
        assert [r.ssn for r in got] == [1, 2, 3, 4]
        assert rules(srv) == []


def test_a_frame_that_nobody_acks_fails_after_its_retries(world):
    with world() as (tx, srv, air):
        air.acks = lambda s: s.kind != 8
        tx.open()
        r = tx.send(data(), retries=7)
        assert r.status[0][0] == 0x83 and r.failures == 7
        r = tx.send(header(0x0108, b"\xff" * 6, OWN, BSSID), flags=SEQ)
        assert r.status[0][0] == 1
        assert rules(srv) == []


def test_the_ladder_of_rates_is_the_stations(world):
    with world() as (tx, srv, air):
        tx.open()
        tx.rates([MCS7, MCS7, MCS5, MCS0], color=3, tpc=2)
        r = tx.send(data(), flags=ACK | SEQ | STA_RATE)
        sent = next(s for s in air.sent if s.kind == 8)
        assert [x[:2] for x in sent.rates] == ([(HT, 7), (HT, 7), (HT, 5), (HT, 0)] * 4)
        assert all(x[3] == 1 for x in sent.rates) and sum(x[3] for x in sent.rates) == 16
        assert r.rate == MCS7 and r.tlc == 3 << 4 and r.tpc == 2
        air.acks = lambda s: s.kind != 8
        r = tx.send(data(), flags=ACK | SEQ | STA_RATE)
        assert r.rate == MCS0 and r.tlc == 3 << 4 | 15 and r.failures == 15
        assert rules(srv) == []


def test_padding_of_the_header_stays_at_home(world):
    with world() as (tx, srv, air):
        tx.open()
        tx.send(data(qos=5, seq=9), flags=ACK, hdrlen=26)
        assert next(s for s in air.sent if s.kind == 0x88).frame == data(qos=5, seq=9)
        assert rules(srv) == []


def test_frames_wait_for_their_channel(world):
    with world(share=0) as (tx, srv, air):
        tx.open()
        tx.put(data())
        tx.go()
        time.sleep(0.05)
        assert not [s for s in air.sent if s.kind == 8]
        tx.d.command(0x2c, quota())
        assert tx.answer().status[0][0] == 1
        assert rules(srv) == []


def test_a_flush_and_a_drain_give_frames_back(world):
    with world(share=0) as (tx, srv, air):
        tx.open()
        for _ in range(3):
            tx.put(data())
        tx.go()
        tx.d.command(0x1e, struct.pack("<IHH", 2, 2, 0))
        assert [(r.status[0][0], r.ssn) for r in (tx.answer() for _ in range(3))] == [
            (0x8e, 1), (0x8e, 2), (0x8e, 3)]
        tx.d.command(0x18, add_sta(modify=1, flags=0x1000, flags_mask=0x1000))
        assert tx.send(data()).status[0][0] == 0x85
        tx.d.command(0x19, bytes(4))
        assert tx.send(data()).status[0][0] == 0x8b
        assert not [s for s in air.sent if s.kind == 8]
        assert rules(srv) == []


@pytest.mark.parametrize("change", [
    {"rate": 99}, {"sec": 5}, {"frame": data()[:20]}, {"sec": CCM, "frame": data(b"1")}])
def test_a_wrong_tx_command_kills_the_firmware(world, change):
    with world() as (tx, srv, _):
        tx.open()
        tx.put(**({"frame": data()} | change))
        tx.go()
        assert tx.d.death()[1] == SYSASSERT
        assert rules(srv) == ["tx-command"]


# ---- aggregation ---------------------------------------------------------------------------------

def agg(tx, ssn, count, **options):
    for i in range(count):
        tx.put(data(qos=0, seq=ssn + i & 0xfff), flags=ACK | STA_RATE, hdrlen=26, tid=0, **options)
    tx.go()


def ready_to_aggregate(tx, ssn=250):
    tx.rates([MCS7])
    tx.open(aggregate=1, ssn=ssn)
    tx.d.command(0x18, add_sta(modify=1, mask=2, tid_disable=0xfffe))


def ba(tx):
    p = tx.d.notification(BA)
    sta, tid, seq, bitmap, flow, ssn, txed, done = struct.unpack_from("<BBHQHHBB", p, 8)
    assert p[:6] == BSSID and (sta, tid, flow) == (0, 0, 1)
    return seq >> 4, bitmap, ssn, txed, done


def test_frames_of_an_aggregation_queue_go_out_together(world):
    with world() as (tx, srv, air):
        ready_to_aggregate(tx)
        agg(tx, 250, 10)
        r = tx.answer()
        assert r.count == 10 and [s[1] for s in r.status] == [
            1 << 8 | (250 + i) & 0xff for i in range(10)]
        assert ba(tx) == (250, (1 << 10) - 1, 260, 10, 10)
        sent = [s for s in air.sent if s.kind == 0x88]
        assert len({s.ampdu for s in sent}) == 1 and all(s.flags & 8 for s in sent)
        assert rules(srv) == []


def test_holes_in_an_aggregate_are_reported_frame_by_frame(world):
    with world() as (tx, srv, air):
        ready_to_aggregate(tx, 100)
        air.acks = lambda s: struct.unpack_from("<H", s.frame, 22)[0] >> 4 not in (102, 105)
        agg(tx, 100, 8)
        assert tx.answer().count == 8
        assert ba(tx) == (100, 0b11011011, 102, 8, 6)
        lost = [tx.answer(), tx.answer()]
        assert [(r.count, r.status[0][0], r.seq >> 4, r.ssn) for r in lost] == [
            (1, 0x83, 102, 105), (1, 0x83, 105, 108)]
        assert rules(srv) == []


def test_a_queue_that_may_not_aggregate_yet_sends_one_by_one(world):
    with world() as (tx, srv, _):
        tx.rates([MCS7])
        tx.open(aggregate=1, ssn=4094)
        agg(tx, 4094, 4)
        assert [(r.count, r.ssn) for r in (tx.answer() for _ in range(4))] == [
            (1, 4095), (1, 0), (1, 1), (1, 2)]
        assert rules(srv) == []


# ---- stations of an access point of our own ---------------------------------------------------

def released(count, state):
    """ADD_STA: that many frames may go to the station although it sleeps."""
    cmd = bytearray(add_sta(modify=1, mask=0x20))
    struct.pack_into("<HH", cmd, 32, count, state)
    return bytes(cmd)


def more_eosp(air):
    return [(s.frame[1] >> 5 & 1, s.frame[24] >> 4 & 1) for s in air.sent if s.kind == 0x88]


def test_the_last_frame_of_a_service_period_ends_it_and_that_is_told(world):
    with world() as (tx, srv, air):
        tx.open()
        tx.d.command(0x18, released(2, 2))
        for i in range(3):
            tx.send(data(qos=5, seq=i), flags=ACK, hdrlen=26)
        assert more_eosp(air) == [(1, 0), (0, 1), (0, 0)]
        assert tx.d.notification(0x9e) == bytes(8)
        tx.d.command(0x18, released(1, 2 | 4))          # cut off: there are more
        tx.send(data(qos=5, seq=3), flags=ACK, hdrlen=26)
        assert more_eosp(air)[-1] == (1, 1) and tx.d.notification(0x9e) == bytes(8)
        assert rules(srv) == []


def test_an_answer_to_a_poll_says_whether_more_waits(world):
    with world() as (tx, srv, air):
        tx.open()
        for state, bits in (1 | 4, (1, 0)), (1, (0, 0)):
            tx.d.command(0x18, released(1, state))
            tx.send(data(qos=5, seq=state), flags=ACK, hdrlen=26)
            assert more_eosp(air)[-1] == bits
        assert not [p for p in tx.d.packets if p[0] == 0x9e]
        assert rules(srv) == []


# ---- encryption --------------------------------------------------------------------------------

def iv(pn, keyid=0):
    return bytes([pn & 0xff, pn >> 8 & 0xff, 0, 0x20 | keyid << 6]) + struct.pack("<I", pn >> 16)


@pytest.mark.parametrize("qos", [None, 6])
def test_ccmp_is_sealed_by_the_card(world, qos):
    with world() as (tx, srv, air):
        tx.open()
        plain = data(iv(0x123456789a) + b"secret words", qos, protected=True)
        tx.send(plain, sec=CCM, key=KEY, hdrlen=24 if qos is None else 26)
        sent = next(s for s in air.sent if s.kind & 0x7c == 8 and s.frame[1] & 0x40)
        hdr = 24 if qos is None else 26
        assert len(sent.frame) == len(plain) + 8 and b"secret" not in sent.frame
        assert aes.ccmp_open(aes.Aes(KEY), sent.frame, hdr)[0] == b"secret words"
        assert rules(srv) == []


def rc4(key, text):
    s, j, out = list(range(256)), 0, bytearray()
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    i = j = 0
    for c in text:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(c ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


def test_wep_and_tkip_are_sealed_by_the_card(world):
    with world() as (tx, srv, air):
        tx.open()
        tx.send(data(b"secret words", protected=True), sec=WEP | 2 << 6, key=b"\0\0\0" + b"fives")
        wep = [s for s in air.sent if s.kind == 8][0].frame[24:]
        text = rc4(wep[:3] + b"fives", wep[4:])
        assert wep[3] >> 6 == 2 and text[:-4] == b"secret words"
        assert text[-4:] == struct.pack("<I", binascii.crc32(text[:-4]))
        tx.send(data(bytes(8) + b"secret words", protected=True), sec=TKIP, key=KEY)
        tkip = [s for s in air.sent if s.kind == 8][1].frame[24:]
        text = rc4(KEY, tkip[8:])
        assert tkip[:8] == bytes(8) and text[:-4] == b"secret words"
        assert text[-4:] == struct.pack("<I", binascii.crc32(text[:-4]))
        assert rules(srv) == []


# ---- receiving -----------------------------------------------------------------------------------

def from_ap(body=b"hello", ra=OWN, fc=0x0208, seq=1, ta=BSSID, qos=b""):
    return header(fc, ra, ta, b"\2" * 6, seq) + qos + body


def receive_one(d, air, frame, **options):
    d.packets = []
    air.send(frame, 6, **options)
    until(d.mpdus, "the frame")
    phy, got, status = d.mpdus()[0]
    return got, status, phy


def add_key(d, flags=CCM, key=KEY, place=0, sta=0):
    d.command(0x17, struct.pack("<BBH32s", sta, place, flags, key) + bytes(28))


def test_what_was_received_is_told_with_strength_rate_and_station(world):
    with world() as (tx, srv, air):
        frame, status, phy = receive_one(tx.d, air, from_ap(), signal=-71, rate=(HT, 5, 4),
                                         ampdu=9)
        assert frame == from_ap() and status == 7
        assert struct.unpack_from("<HH", phy, 20) == (0x1b1, 6)
        assert struct.unpack_from("<I", phy, 56)[0] == 0x100 | 5 | 1 << 13 | 1 << 14
        assert phy[28] == 71 and phy[29] == 74 and phy[64] == 1
        assert rules(srv) == []


def test_frames_that_are_not_for_us_stay_outside(world):
    with world() as (tx, srv, air):
        other = bytes.fromhex("0200000000aa")
        for frame in (from_ap(ra=other), from_ap(ra=b"\xff" * 6, ta=other),
                      from_ap(ra=b"\1\0\x5e\0\0\1"), header(0xb0, other, BSSID, BSSID),
                      header(0xd4, OWN, b"", b"")[:10], header(0xc0, b"\xff" * 6, other, other)):
            air.send(frame, 6)
        assert receive_one(tx.d, air, from_ap(b"last"))[0] == from_ap(b"last")
        assert len(tx.d.mpdus()) == 1
        group = bytes.fromhex("01005e000001")
        tx.d.command(0xd0, struct.pack("<BBBB6sH", 0, 0, 1, 0, BSSID, 0) + group + b"\0\0")
        assert receive_one(tx.d, air, from_ap(ra=group))[1] & 7 == 7
        assert receive_one(tx.d, air, from_ap(ra=b"\xff" * 6))
        assert receive_one(tx.d, air, header(0xc0, b"\xff" * 6, BSSID, BSSID) + b"\3\0")
        assert rules(srv) == []


def test_ccmp_is_opened_by_the_card_and_a_broken_mic_is_told(world):
    with world() as (tx, srv, air):
        add_key(tx.d)
        add_key(tx.d, CCM | 1 << 8 | 0x4000, bytes(16), 1)
        plain = from_ap(b"secret words", fc=0x4288, qos=b"\3\0")
        sealed = aes.ccmp_seal(aes.Aes(KEY), plain, 26, 77)
        frame, status, _ = receive_one(tx.d, air, sealed)
        assert frame[34:-8] == b"secret words" and frame[26:34] == sealed[26:34]
        assert status & 0xffff == 0x0a00 | 0x40 | 0x20 | 8 | 7
        broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
        assert receive_one(tx.d, air, broken)[1] & 0xff40 == 0x0a00
        group = aes.ccmp_seal(aes.Aes(bytes(16)), from_ap(b"to all", b"\xff" * 6, 0x4208), 24, 5, 1)
        frame, status, _ = receive_one(tx.d, air, group)
        assert frame[32:-8] == b"to all" and status & 0x40
        assert rules(srv) == []


def test_a_protected_frame_without_a_key_is_passed_on_as_it_is(world):
    with world() as (tx, srv, air):
        sealed = aes.ccmp_seal(aes.Aes(KEY), from_ap(b"x", fc=0x4208), 24, 1)
        frame, status, _ = receive_one(tx.d, air, sealed)
        assert frame == sealed and status & 0xf00 == 0x700
        add_key(tx.d)
        assert receive_one(tx.d, air, sealed)[1] & 0x40
        add_key(tx.d, 0x800)
        assert receive_one(tx.d, air, sealed)[0] == sealed
        add_key(tx.d, TKIP)
        assert receive_one(tx.d, air, sealed)[1] & 0xf00 == 0x300
        tx.d.command(0x19, bytes(4))
        assert receive_one(tx.d, air, sealed)[1] & 0x704 == 0x700
        assert rules(srv) == []


def test_wep_is_opened_by_the_card(world):
    with world() as (tx, srv, air):
        add_key(tx.d, WEP | 2 << 8, b"\0\0\0fives")
        text = b"secret words"
        text += struct.pack("<I", binascii.crc32(text))
        sealed = from_ap(b"abc\x80" + rc4(b"abcfives", text), fc=0x4208)
        frame, status, _ = receive_one(tx.d, air, sealed)
        assert frame[28:-4] == b"secret words" and status & 0xf28 == 0x928
        assert rules(srv) == []


def test_a_listener_hears_everything(world):
    with world(0) as (tx, srv, air):
        tx.d.command(0x28, mac_context(ADD, kind=2, mac=1))
        tx.d.command(0x2b, struct.pack("<IIIIII", 0, MODIFY, 0, 1, 0xffffffff, 0))
        other = bytes.fromhex("0200000000aa")
        assert receive_one(tx.d, air, from_ap(ra=other, ta=other))
        assert receive_one(tx.d, air, header(0xd4, other, b"", b"")[:10])
        assert rules(srv) == []


def test_short_and_strange_frames_do_no_harm(world):
    with world() as (tx, srv, air):
        add_key(tx.d)
        for fc in range(0, 256, 4):
            for flags in (0, 0x40, 0xff):
                for size in (10, 11, 23, 25, 27, 33, 36, 60):
                    frame = (bytes([fc, flags, 0, 0]) + OWN + BSSID + BSSID
                             + bytes([255, 200]) * 30)[:size]
                    air.send(frame, 6)
        tx.d.packets = []
        until(lambda: tx.d.receive() == [], "quiet")
        assert tx.d.command(0x03, b"alive") == b"alive"
        assert rules(srv) == []
