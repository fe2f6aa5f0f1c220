# SPDX-License-Identifier: BSD-2-Clause
"""Time: the hub is the clock, and jumps only when nobody minds."""
import os
import random
import signal
import time

import pytest
import radio
from radio import ACKED, CLOCK, FOREVER, TIME, WALL, Radio, data, legacy

SECOND = 1000000
DAY = 86400 * SECOND
PATIENT = ("--time", "fast", "--set", "patience=3600000")


def parties(hub, *names, **more):
    """Radios that take part in simulated time, and are at work."""
    radios = [hub.radio(name, **more) for name in names]
    for r in radios:
        r.busy()
    hub.settled()
    return radios


def stands(hub):
    """Whether time stands still: once the hub has worked on all that was sent."""
    hub.settled()
    return hub.status()["stands"]


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
    assert status["seconds"] * SECOND < DAY
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
    assert status["jumps"] > 500 and status["tsf"] / SECOND > 60
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


# ---- simulated time: those who take part ---------------------------------------------------


def test_while_somebody_works_time_stands_still(start):
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    a.idle(DAY)
    assert stands(hub)
    before = hub.status()["tsf"]
    time.sleep(0.05)
    assert hub.status()["tsf"] == before and a.page.read() == (True, before)
    b.idle()
    assert a.take(TIME) == DAY
    assert stands(hub) and hub.status()["tsf"] == DAY


def test_time_jumps_to_the_microsecond(start):
    """However long anybody takes for what he does."""
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    when = a.ask()
    for step in (1, 2, 3, 1000003, 7, DAY + 1, 1):
        when += step
        a.idle(when)
        b.idle(when + 1)
        assert a.take(TIME) == when == b.page.read()[1]
        b.busy()
    assert hub.status()["jumps"] == 7


def test_frames_fly_while_time_stands_still_between(start):
    """Sent and received at exact times: distances do not depend on the machine."""
    hub = start(*PATIENT, "--set", "airtime=off")
    a, b = parties(hub, "a", "b")
    tsfs, when = [], 1000000
    a.idle(when)
    for _ in range(50):
        b.idle()
        assert a.take(TIME) == when
        a.tx(data(b.mac, a.mac), legacy(6))
        when += 12345
        a.take(radio.TXSTATUS)
        tsfs.append(b.rx().tsf)
        a.idle(when)
    assert {y - x for x, y in zip(tsfs, tsfs[1:])} == {12345}


def test_the_patience_with_who_works_is_limited(start):
    """Time goes on as on the wall then; after the next jump it stands still again."""
    hub = start("--time", "fast", "--set", "patience=50")
    a, b = parties(hub, "a", "b")
    now = a.ask()
    a.idle(now + 30000)
    assert a.take(TIME) >= now + 30000
    assert not hub.status()["stands"] and hub.status()["tsf"] < 60 * SECOND
    a.idle(DAY)
    b.idle()
    assert a.take(TIME) == DAY
    assert stands(hub) or hub.status()["tsf"] > DAY
    with pytest.raises(AssertionError, match="3600000"):
        hub.set("patience", 0)


def test_busy_takes_idle_back_whoever_is_heard_first(start):
    """b works, and only then a rests: never may time jump, in whatever order the hub reads."""
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    for _ in range(300):
        b.idle(DAY)
        b.ask()                 # read, and b has not been idle alone
        b.idle(DAY)
        hub.control(cmd="pair", a="a", b="b")
        b.busy()
        a.idle(DAY)
        a.ask()
    assert hub.status()["jumps"] == 0


@pytest.mark.parametrize("first", ["idle", "other"])
def test_before_a_jump_all_is_read(start, first):
    """What waits in other sockets while the hub reads the last IDLE, and who has just come."""
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    b.idle(DAY)
    hub.settled()
    hub.proc.send_signal(signal.SIGSTOP)
    if first == "other":
        b.busy()
    a.idle(DAY)
    if first == "idle":
        late = Radio(hub.path, "late", hello=False)
        late.send(radio.message(radio.HELLO, radio.hello_body("late")))
    hub.proc.send_signal(signal.SIGCONT)
    hub.settled()
    assert hub.status()["jumps"] == 0
    if first == "idle":
        late.close()
    else:
        b.idle(DAY)
    assert a.take(TIME) == DAY


def test_who_asks_is_told_when_time_will_not_jump(start):
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    for _ in range(100):
        a.idle(a.page.read()[1] + SECOND)
        b.idle()
        now = b.ask()
        assert b.page.read() == (True, now) and b.page.read() == (True, now)
        a.busy()
        a.inbox.clear()


def test_who_begins_to_take_part_is_told_when_time_stands(start):
    """And at what time: not one microsecond of the wall comes behind the answer."""
    hub = start(*PATIENT)
    _, b = parties(hub, "a", "b")
    for _ in range(100):
        b.busy(WALL)
        assert not stands(hub)
        now = b.ask()
        assert b.page.read() == (True, now)


def test_who_takes_no_part_lives_on_the_wall(start):
    hub = start(*PATIENT)
    a, b = parties(hub, "a", "b")
    a.idle(DAY)
    b.busy(WALL)
    assert not stands(hub)
    tsf, wall = b.page.read()[1], time.monotonic()
    time.sleep(0.05)
    later = b.page.read()[1]
    assert tsf < later <= tsf + (time.monotonic() - wall + 0.001) * SECOND
    assert hub.status()["jumps"] == 0
    b.busy()
    assert stands(hub)
    b.idle()
    assert a.take(TIME) == DAY


# ---- a host behind a card ----------------------------------------------------------------


def test_a_host_counts_for_time_but_is_no_radio(start):
    hub = start(*PATIENT, "--set", "radios=2")
    a, host = hub.radio("a"), hub.radio("host1", flags=CLOCK, freq=0)
    a.busy()
    host.busy()
    assert not stands(hub), "one radio and a host are not two radios"
    b, = parties(hub, "b")
    assert stands(hub)
    assert hub.status()["radios"] == 2 and hub.status()["by_name"]["host1"]["host"]
    a.idle()
    b.idle(DAY)
    hub.settled()
    assert hub.status()["jumps"] == 0
    host.idle(DAY // 2)
    assert host.take(TIME) == DAY // 2
    host.idle()
    assert b.take(TIME) == DAY


def test_a_host_that_is_killed_frees_the_clock(start):
    hub = start(*PATIENT)
    a, host = hub.radio("a"), hub.radio("host1", flags=CLOCK, freq=0)
    host.busy()
    a.idle(DAY)
    assert stands(hub)
    host.close()
    assert a.take(TIME) == DAY


def test_a_host_with_an_antenna_is_dropped(start):
    hub = start(*PATIENT)
    host = hub.radio("host1", flags=CLOCK, freq=0)
    host.tx(data(radio.mac(9), radio.mac(8)))
    assert "only IDLE and BUSY" in host.bye()


# ---- the page --------------------------------------------------------------------------------


def test_the_clock_can_be_read_by_all_and_changed_by_none(start):
    hub = start(*PATIENT)
    a, = parties(hub, "a")
    path = f"/proc/self/fd/{a.page.fd}"
    with pytest.raises(OSError):
        os.ftruncate(a.page.fd, 0)
    for flags in (os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
        with pytest.raises(OSError):
            fd = os.open(path, flags)
            try:
                os.pwrite(fd, b"x", 0)
            finally:
                os.close(fd)
    assert a.page.read() == (True, a.ask())


def test_the_page_is_there_in_real_time_too(pair):
    a, _ = pair
    standing, tsf = a.page.read()
    assert not standing and 0 < tsf <= a.tsf()
