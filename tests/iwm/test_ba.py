# SPDX-License-Identifier: BSD-2-Clause
"""Block ack: A-MPDUs both ways, order, loss, and the way in and out of an agreement."""
import errno
import struct

import pytest
from cardsta import (BA_RX_STOP, BA_TX_RUN, BA_TX_START, BA_TX_STOP, CardStation, RX_DECRYPTED)
from station import Station

TYPE = 0x88b5
PSK = "correct horse"
RX_AMPDU = 0x10


@pytest.fixture(params=[None, PSK], ids=["open", "wpa2"])
def pair(request, glue, start_ap, hub):
    """(our station, another one in Python, access point, air)."""
    psk = request.param
    opts = {"psk": psk} if psk else {}
    ap = start_ap(ssid="net", channel=36, **opts)
    sta = CardStation(glue(), 36)
    sta.join("net", psk)
    other = Station(hub.socket, "other", channel=36, ht=False)
    other.join("net", psk)
    yield sta, other, ap
    other.close()
    sta.glue.end()


def flood(sta, other, first, n, tid=0):
    """n numbered frames to the other, without waiting; cookies."""
    return sta.burst_eth(other.addr, TYPE, [struct.pack(">I", i) + bytes(8) for i in
                                            range(first, first + n)], tid=tid)


def numbers(sta, n):
    """The numbers of the next n frames of ours that a station gets."""
    out = []
    for _ in range(n):
        e = sta.wait("eth", lambda e: e[12:14] == struct.pack(">H", TYPE))
        assert e, f"only {out}"
        out.append(struct.unpack_from(">I", e, 14)[0])
    return out


def done(glue, cookies):
    """The tx_done events of these frames."""
    return [glue.event("tx_done", cookie=c) for c in cookies]


def test_what_we_send_goes_out_in_a_mpdus(pair):
    """In order, without loss, on the queue of its own; before, beside and after."""
    sta, other, _ = pair
    g = sta.glue
    done(g, flood(sta, other, 0, 5))
    ssn = sta.start_tx_ba()
    assert ssn >= 5
    events = done(g, flood(sta, other, 5, 60))
    assert all(e["ok"] for e in events)
    assert sum(e["ampdu"] for e in events) > 10
    assert numbers(other, 65) == list(range(65))
    assert all(e["ok"] and not e["ampdu"] for e in done(g, flood(sta, other, 65, 3, tid=5)))
    g.do("ba", op=BA_TX_STOP, tid=0)
    events = done(g, flood(sta, other, 68, 10))
    assert all(e["ok"] and not e["ampdu"] for e in events)
    assert numbers(other, 13) == list(range(65, 78))


@pytest.mark.parametrize("n", [64, 128])
def test_a_queue_that_the_scheduler_would_get_stuck_in_begins_one_further_on(pair, n):
    """A write pointer must not be moved by a multiple of 64; the frame with that number is left
    out before the access point hears of it."""
    sta, other, _ = pair
    g = sta.glue
    for at in range(0, n, 32):
        done(g, flood(sta, other, at, 32))
    assert sta.start_tx_ba() == n + 1
    assert all(e["ok"] for e in done(g, flood(sta, other, n, 20)))
    assert numbers(other, n + 20) == list(range(n + 20))


def test_so_do_the_queues_of_a_network_that_is_joined_again(pair):
    """Those that 64 frames went through."""
    sta, other, _ = pair
    g = sta.glue
    for at in range(0, 64, 32):
        done(g, flood(sta, other, at, 32))
    g.do("leave")
    sta.join("net", PSK if sta.tk else None)
    assert all(e["ok"] for e in done(g, flood(sta, other, 64, 5)))
    assert numbers(other, 69) == list(range(69))


def test_frames_wait_while_an_agreement_is_made(pair):
    """They keep their order, and go out also when it comes to nothing."""
    sta, other, _ = pair
    g = sta.glue
    g.do("ba", op=BA_TX_START, tid=0)
    cookies = flood(sta, other, 0, 10)
    done(g, flood(sta, other, 100, 1, tid=6))       # another TID does not wait
    g.pump()
    assert not [e for e in g.events if e["what"] == "tx_done"]
    g.do("ba", op=BA_TX_STOP, tid=0)
    assert all(e["ok"] for e in done(g, cookies))
    g.do("ba", op=BA_TX_START, tid=0)
    cookies = flood(sta, other, 10, 60)
    g.do("ba", op=BA_TX_RUN, tid=0, winsize=16)
    assert all(e["ok"] for e in done(g, cookies))
    assert numbers(other, 71) == [100, *range(70)]


def test_frames_that_wait_do_not_outlive_their_key(pair):
    """With another key their packet numbers would be there twice."""
    sta, other, _ = pair
    g = sta.glue
    g.do("ba", op=BA_TX_START, tid=0)
    cookies = flood(sta, other, 0, 5)
    if sta.tk is None:
        g.do("ba", op=BA_TX_STOP, tid=0)
        assert all(e["ok"] for e in done(g, cookies))
        return
    sta.set_key(0, bytes(16), 0)
    assert not any(e["ok"] for e in done(g, cookies))
    sta.set_key(0, sta.ptk[32:], 0)
    g.do("ba", op=BA_TX_RUN, tid=0, winsize=64)
    assert all(e["ok"] for e in done(g, flood(sta, other, 5, 5)))
    assert numbers(other, 5) == list(range(5, 10))


def test_more_frames_than_may_wait_stop_the_sender(pair):
    """ENOBUFS while an agreement is made; then it goes on."""
    sta, other, _ = pair
    g = sta.glue
    g.do("ba", op=BA_TX_START, tid=0)
    f = sta.data_frame(other.addr, TYPE, b"x")
    r = g.ask("tx", frame=f.hex(), hdrlen=26, count=200, flags=sta.tx_flags(f))
    assert r["error"] == errno.ENOBUFS and 30 < r["sent"] < 200
    g.do("ba", op=BA_TX_STOP, tid=0)
    g.event("tx_ready")


def test_out_of_order_requests_are_refused(pair):
    """RUN without START, START twice, STOP of nothing."""
    sta, _, _ = pair
    g = sta.glue
    g.do("ba", errno.EINVAL, op=BA_TX_RUN, tid=2, winsize=64)
    g.do("ba", op=BA_TX_STOP, tid=2)
    sta.start_tx_ba(tid=2)
    g.do("ba", errno.EBUSY, op=BA_TX_START, tid=2)
    g.do("ba", op=BA_RX_STOP, tid=3)
    g.do("ba", op=BA_TX_STOP, tid=2)


def test_what_we_get_in_a_mpdus_is_in_order(pair):
    """From the access point, with the number it began with."""
    sta, other, ap = pair
    for i in range(24):
        other.send_eth(sta.addr, TYPE, struct.pack(">I", i))
    assert sta.answer_rx_ba() == 0
    ap.event("blockack", direction="tx", ok=True)
    other.radio.burst([other.data_frame(sta.addr, TYPE, struct.pack(">I", i))
                       for i in range(24, 64)])
    assert numbers(sta, 64) == list(range(64))
    aggregated = [f for f in sta.raw if f.info.flags & RX_AMPDU]
    assert len(aggregated) > 8
    if sta.tk:
        assert all(f.info.flags & RX_DECRYPTED for f in aggregated)


@pytest.mark.parametrize("loss", [5, 20])
def test_loss_costs_no_order(pair, hub, loss):
    """Both ways, with retries; what is given up is told as such."""
    sta, other, _ = pair
    g = sta.glue
    sta.start_tx_ba()
    for i in range(20):
        other.send_eth(sta.addr, TYPE, struct.pack(">I", i))
    sta.answer_rx_ba()
    numbers(sta, 20)
    pair_of = {"a": "ap0", "b": f"i7260-{sta.addr.hex()}"}
    hub.do("set", key="loss", value=loss, **pair_of)
    cookies = flood(sta, other, 1000, 60) + flood(sta, other, 1060, 60)
    other.radio.burst([other.data_frame(sta.addr, TYPE, struct.pack(">I", i))
                       for i in range(2000, 2060)])
    events = done(g, cookies)
    good = [1000 + i for i, e in enumerate(events) if e["ok"]]
    assert len(good) > 100
    hub.do("set", key="loss", value=0, **pair_of)
    end = sta.post_eth(other.addr, TYPE, struct.pack(">I", 9999))
    done(g, [end])
    got = []
    while not got or got[-1] != 9999:
        got += numbers(other, 1)
    assert got == sorted(got) and set(good) <= set(got)
    other.send_eth(sta.addr, TYPE, struct.pack(">I", 9999))
    got = []
    while not got or got[-1] != 9999:
        got += numbers(sta, 1)
    assert got == sorted(got) and len(got) > 50
