# SPDX-License-Identifier: BSD-2-Clause
"""Time: the hub is the clock, and jumps only when nobody minds."""
import random
import time

import radio
from radio import ACKED, FOREVER, data, legacy

SECOND = 1000000
DAY = 86400 * SECOND


def test_in_real_time_the_clock_is_that_of_the_wall(pair):
    a, b = pair
    start = time.monotonic()
    one = a.send_and_wait(data(b.mac, a.mac))
    time.sleep(0.3)
    two = a.send_and_wait(data(b.mac, a.mac))
    assert 0.3 * SECOND <= two.tsf - one.tsf <= (time.monotonic() - start) * SECOND
    assert two.tsf <= a.tsf()


def test_real_time_never_jumps(pair, hub):
    a, b = pair
    a.idle()
    b.idle()
    hub.settled()
    assert hub.status()["jumps"] == 0 and hub.status()["tsf"] < 60 * SECOND


def test_a_day_passes_at_once_when_all_25_radios_are_idle(start):
    hub = start("--time", "fast", "--set", "radios=25")
    radios = [hub.radio(f"r{i}", freq=2412 + 5 * (i % 11)) for i in range(25)]
    began = radios[0].tsf()
    for i, r in enumerate(radios):
        r.idle(FOREVER if i else began + DAY)
    assert radios[0].take(radio.TIME) >= began + DAY
    status = hub.status()
    assert status["jumped_us"] > DAY - 60 * SECOND
    assert status["tsf"] >= began + DAY
    assert status["seconds"] < 60
    assert abs(radios[0].tsf() - status["tsf"]) < 60 * SECOND


def test_each_is_woken_at_its_time_and_in_order(start):
    hub = start("--time", "fast", "--set", "radios=3")
    radios = [hub.radio(n) for n in "abc"]
    began = radios[0].tsf()
    waits = [3600 * SECOND, 7200 * SECOND, 1800 * SECOND]
    for r, wait in zip(radios, waits):
        r.idle(began + wait)
    woken = []
    for index in (2, 0, 1):
        woken.append(radios[index].take(radio.TIME))
        assert [r.inbox for i, r in enumerate(radios) if r.poll(0) and i != index] == []
        radios[index].idle()
    assert [began + w <= t < began + w + 60 * SECOND
            for w, t in zip((waits[2], waits[0], waits[1]), woken)] == [True] * 3


def test_one_busy_radio_keeps_time_on_the_wall(start):
    hub = start("--time", "fast")
    a, _busy = hub.radio("a"), hub.radio("busy")
    a.idle(a.tsf() + DAY)
    hub.settled()
    time.sleep(0.1)
    assert hub.status()["tsf"] < 60 * SECOND


def test_a_passive_radio_does_not_keep_time(start):
    hub = start("--time", "fast", "--set", "radios=1")
    a = hub.radio("a")
    hub.radio("ear", flags=radio.PASSIVE | radio.ALLCHAN)
    hub.settled()
    a.idle(a.tsf() + DAY)
    assert a.take(radio.TIME) >= DAY


def test_time_waits_for_the_radios_that_are_still_to_come(start):
    hub = start("--time", "fast", "--set", "radios=2")
    a = hub.radio("a")
    a.idle(a.tsf() + DAY)
    hub.settled()
    assert hub.status()["tsf"] < 60 * SECOND
    b = hub.radio("b", freq=0)
    b.idle()
    assert a.take(radio.TIME) >= DAY


def test_a_message_on_its_way_keeps_time(start):
    """b says it is idle before it has read the frame that is in its socket."""
    hub = start("--time", "fast", "--set", "radios=2")
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    a.send_and_wait(data(b.mac, a.mac))
    b.idle(b.tsf() + DAY)
    a.idle()
    hub.settled()
    assert hub.status()["tsf"] < 60 * SECOND
    b.rx()
    b.idle(b.tsf() + DAY)
    assert b.take(radio.TIME) >= DAY


def test_a_radio_that_leaves_does_not_keep_time(start):
    hub = start("--time", "fast")
    a, busy = hub.radio("a"), hub.radio("busy")
    hub.settled()
    a.idle(a.tsf() + DAY)
    busy.close()
    assert a.take(radio.TIME) >= DAY


def test_a_time_that_has_come_already_is_told_at_once(start):
    hub = start("--time", "fast")
    a, _busy = hub.radio("a"), hub.radio("busy")
    a.idle(0)
    assert a.take(radio.TIME) > 0
    a.idle(a.tsf() + 50000)
    assert a.take(radio.TIME) >= 50000


def conversation(hub, seconds):
    """Two radios that each send every 100 ms, driven by time alone; the TSFs of the frames."""
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    due = {a: 1 * SECOND, b: 1 * SECOND + 50000}
    tsfs = []
    while min(due.values()) < seconds * SECOND:
        for r, other in ((a, b), (b, a)):
            r.poll()
            woken = any(kind == radio.TIME for kind, _ in r.inbox)
            tsfs += [v.tsf for kind, v in r.inbox if kind == radio.RX]
            r.inbox.clear()
            if woken:
                due[r] += 100000
                r.tx(data(other.mac, r.mac), legacy(6))
            r.idle(due[r])
        time.sleep(0)
    return tsfs


def test_in_fast_time_frames_keep_their_distances(start):
    hub = start("--time", "fast", "--set", "radios=2")
    tsfs = sorted(conversation(hub, 61))
    assert len(tsfs) >= 1190
    status = hub.status()
    assert status["seconds"] < 61 < status["tsf"] / SECOND + 1
    steps = [y - x for x, y in zip(tsfs, tsfs[1:])]
    assert 45000 < sorted(steps)[len(steps) // 2] < 60000


def test_losses_with_a_seed_do_not_depend_on_the_pace(start):
    """The same frames are lost in real time and in fast time, whatever else happens."""
    outcomes = []
    for options in ((), ("--time", "fast"), ("--set", "airtime=off")):
        hub = start("--set", "seed=5", "--set", "loss:a:b:oneway=40", *options)
        a, b, c = hub.radio("a", 1), hub.radio("b", 2), hub.radio("c", 3)
        hub.settled()
        results = []
        rng = random.Random(len(outcomes))
        for _ in range(60):
            if rng.random() < 0.5:
                c.send_and_wait(data(b.mac, c.mac), legacy(54))
            results.append(a.send_and_wait(data(b.mac, a.mac), legacy(54)).result == ACKED)
        outcomes.append(results)
        hub.stop()
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert 10 < outcomes[0].count(False) < 40
