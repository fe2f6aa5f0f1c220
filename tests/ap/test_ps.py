# SPDX-License-Identifier: BSD-2-Clause
"""Power save: frames wait for a station that sleeps, the TIM says so, polls fetch them."""
import time

import pytest

from station import BEACON, BROADCAST, MOREDATA, QOS_NULL, ies, parse_beacon


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
    # Not before a DTIM beacon that tells it; further beacons go first when the machine is late.
    told = [i for i, f in enumerate(frames) if f.data[0] == BEACON
            for t in [parse_beacon(f).ies[5]] if t[0] == 0 and t[2] & 1]
    assert told and told[0] < groups[0]
    # The first one says so when both are of one beacon.
    more = [bool(frames[i].data[1] & MOREDATA) for i in groups]
    assert not more[1] and (more[0] or any(groups[0] < i < groups[1] for i in told))


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


# ---- U-APSD ----------------------------------------------------------------------------------

EOSP, VOICE = 0x10, b"\x45\xe0" + bytes(18)   # an IPv4 header of the highest precedence
ALL, ONLY_BE, SP_2 = 0x0f, 0x08, 0x20


@pytest.fixture(params=[None, "passphrase"])
def uapsd(request, start_ap, station):
    """uapsd(qos_info) -> (access point, sleeper, other), both joined, the sleeper asleep."""
    opts = {"psk": request.param} if request.param else {}

    def start(info, **more):
        ap = start_ap(ssid="net", channel=6, beacon_interval=50, **opts, **more)
        a, b = station(channel=6, uapsd=info), station(channel=6)
        a.join("net", request.param), b.join("net", request.param)
        a.null(True)
        return ap, a, b
    return start


def period(a, tid=0):
    """(payload, more data) of what a trigger brings, up to the frame with EOSP."""
    a.raw.clear(), a.eth.clear()
    a.trigger(tid)

    def ended():
        return any(f.data[0] & 0x8c == 0x88 and f.data[24] & EOSP and f.data[4:10] == a.addr
                   for f in a.raw)
    while not ended():
        assert a.pump(10), "no end of the service period"
    frames = [f for f in a.raw if f.data[0] & 0x0c == 8 and f.data[4:10] == a.addr]
    assert [bool(f.data[24] & EOSP) for f in frames] == [False] * (len(frames) - 1) + [True]
    more = [bool(f.data[1] & MOREDATA) for f in frames]
    if frames[0].data[0] == QOS_NULL:
        return [(None, m) for m in more]
    return list(zip([e[14:] for e in a.eth], more))


def test_a_trigger_brings_a_service_period(uapsd):
    ap, a, b = uapsd(ALL)
    assert period(a) == [(None, False)]
    for i in range(5):
        b.send_eth(a.addr, 0x9000, b"%d" % i)
    while tim(a)[2] != {a.aid}:
        pass
    assert ap.do("stations")["stations"][0]["waiting"] == 5
    assert period(a, 6) == [(b"%d" % i, i < 4) for i in range(5)]
    assert period(a) == [(None, False)]
    while tim(a)[2]:
        pass


def test_a_service_period_has_no_more_frames_than_the_station_wants(uapsd):
    _, a, b = uapsd(ALL | SP_2)
    for i in range(3):
        b.send_eth(a.addr, 0x9000, b"%d" % i)
    while tim(a)[2] != {a.aid}:
        pass
    assert period(a) == [(b"0", True), (b"1", True)]
    assert period(a) == [(b"2", False)]


def test_data_triggers_as_an_empty_frame_does(uapsd):
    _, a, b = uapsd(ALL)
    b.send_eth(a.addr, 0x9000, b"waits")
    while tim(a)[2] != {a.aid}:
        pass
    a.send_eth(b.addr, 0x9000, b"goes")
    assert payloads(b, 1) == [(b"goes", False)] and payloads(a, 1) == [(b"waits", False)]


def test_the_tim_and_polls_are_for_the_other_categories(uapsd):
    """Best effort is triggered; voice is polled for, and only that is in the TIM."""
    ap, a, b = uapsd(ONLY_BE)
    b.send_eth(a.addr, 0x9000, b"best effort")
    end = time.monotonic() + 20
    while ap.do("stations")["stations"][0]["waiting"] != 1:
        assert time.monotonic() < end
    assert [tim(a)[2], tim(a)[2]] == [set(), set()]
    a.ps_poll()
    assert a.radio.rx(lambda f: f.data[0] == 0x48 and f.data[4:10] == a.addr)
    b.send_eth(a.addr, 0x0800, VOICE)
    while tim(a)[2] != {a.aid}:
        pass
    assert period(a) == [(b"best effort", False)]
    a.ps_poll()
    assert a.wait("eth", lambda e: e[12:14] == b"\x08\0")[14:] == VOICE


def test_without_uapsd_nothing_is_triggered(uapsd):
    ap, a, b = uapsd(ALL, no_uapsd=True)
    b.send_eth(a.addr, 0x9000, b"waits")
    while tim(a)[2] != {a.aid}:
        pass
    a.trigger()
    assert tim(a)[2] == tim(a)[2] == {a.aid}
    assert ap.do("stations")["stations"][0]["uapsd"] == 0
    a.null(False)
    assert payloads(a, 1) == [(b"waits", False)]
