# SPDX-License-Identifier: BSD-2-Clause
"""Power save: frames wait for a station that sleeps, the TIM says so, polls fetch them."""
import pytest

from station import BEACON, BROADCAST, MOREDATA, ies, parse_beacon


def tim(sta):
    """(dtim count, group bit, set of AIDs) of the next beacon."""
    f = sta.wait_mgmt(BEACON)
    t = ies(f.data[36:])[5]
    first = t[2] & 0xfe
    aids = {(first + i) * 8 + bit for i, b in enumerate(t[3:]) for bit in range(8) if b >> bit & 1}
    return t[0], t[2] & 1, aids


@pytest.fixture(params=[None, "passphrase"])
def pair(request, start_ap, station):
    """(access point, sleeper, other), both joined, the sleeper asleep."""
    opts = {"psk": request.param} if request.param else {}
    ap = start_ap(ssid="net", channel=6, dtim_period=2, beacon_interval=50, **opts)
    a, b = station(channel=6), station(channel=6)
    a.join("net", request.param), b.join("net", request.param)
    a.null(True)
    return ap, a, b


def payloads(sta, n):
    """Of the next n frames of our type, with More Data of each."""
    out = []
    for _ in range(n):
        e = sta.wait("eth", lambda e: e[12:14] == b"\x90\x00")
        f = [f.data for f in sta.raw if f.data[0] & 0x0c == 8 and not f.data[0] & 0x40][-1]
        out.append((e[14:], bool(f[1] & MOREDATA)))
    return out


def test_frames_wait_and_polls_fetch_one_each(pair):
    ap, a, b = pair
    for i in range(3):
        b.send_eth(a.addr, 0x9000, b"%d" % i)
    while tim(a)[2] != {a.aid}:
        pass
    assert not a.eth
    assert ap.do("stations")["stations"][0]["waiting"] == 3
    got = []
    for _ in range(3):
        a.ps_poll()
        got += payloads(a, 1)
    assert got == [(b"0", True), (b"1", True), (b"2", False)]
    while tim(a)[2]:
        pass


def test_waking_up_brings_all(pair):
    _, a, b = pair
    for i in range(3):
        b.send_eth(a.addr, 0x9000, b"%d" % i)
    tim(a)
    a.null(False)
    assert [p for p, _ in payloads(a, 3)] == [b"0", b"1", b"2"]
    while tim(a)[2]:
        pass


def test_a_poll_for_nothing_gets_an_empty_frame(pair):
    _, a, _ = pair
    a.ps_poll()
    assert a.radio.rx(lambda f: f.data[0] == 0x48 and f.data[4:10] == a.addr)


def test_group_frames_follow_the_dtim_beacon(pair):
    _, a, b = pair
    a.raw.clear()
    for i in range(2):
        b.send_eth(BROADCAST, 0x9000, b"%d" % i)
    assert [p for p, _ in payloads(a, 2)] == [b"0", b"1"]
    frames = [f for f in a.raw if f.data[0] in (BEACON, 8)]
    groups = [i for i, f in enumerate(frames) if f.data[0] == 8]
    assert len(groups) == 2
    for i in groups:
        before = frames[i - 1]
        if before.data[0] == BEACON:
            t = parse_beacon(before).ies[5]
            assert t[0] == 0 and t[2] & 1, "not right behind a DTIM beacon that tells it"
        else:
            assert before.data[1] & MOREDATA
    # Both behind one beacon, unless that came just between them.
    together = groups[1] == groups[0] + 1
    assert [bool(frames[i].data[1] & MOREDATA) for i in groups] == [together, False]


def test_nobody_asleep_nothing_waits(pair):
    _, a, b = pair
    a.null(False)
    b.send_eth(BROADCAST, 0x9000, b"now")
    assert payloads(a, 1) == [(b"now", False)]
    b.send_eth(a.addr, 0x9000, b"and now")
    assert payloads(a, 1) == [(b"and now", False)]


def test_a_frame_that_missed_the_station_waits(pair):
    """It turned its radio off before the access point knew: the frame is not lost."""
    _, a, b = pair
    a.null(False)
    a.null(True)
    a.radio.tune(a.freq, on=False)
    for i in range(40):
        b.send_eth(a.addr, 0x9000, b"%d" % i)
    a.radio.tune(a.freq)
    a.null(False)
    assert [int(p) for p, _ in payloads(a, 40)] == list(range(40))
