# SPDX-License-Identifier: BSD-2-Clause
"""A simulated 7260 that sleeps: when it says so, and how it gets the frames that wait for it."""
import struct
import time

import pytest

from fakeair import Beacons, header
from i7260_driver import BSSID, MODIFY, OWN, SYSASSERT, mac_context, rules
from i7260_sender import ACK, Network, data
from rawclient import until

MANAGE, SKIP_DTIM, SNOOZE, ADVANCED, MISBEHAVING = 2, 4, 0x20, 0x200, 0x1000
NULL, QOS_NULL, PSPOLL, MISBEHAVES = 0x48, 0xc8, 0xa4, 0x78
PM, MORE, EOSP = 0x10, 0x20, 0x10
AID, ALL_ACS = 9, 15


def power_table(flags=MANAGE, rx=20000, tx=20000, keep_alive=25, uapsd=(20000, 20000), skip=0,
                snooze=(0, 0), tid=6, acs=0, heavy=(0, 0)):
    """The payload of MAC_PM_POWER_TABLE."""
    return struct.pack("<IHHIIIIBBHHBBBBBBBBBB", 0, flags, keep_alive, rx, tx, *uapsd, 0, skip,
                       *snooze, 0, tid, acs, 0, *heavy, 0, 0, 0, 0)


class Home(Network):
    """A network with power save; .ap beacons each 20 TU and answers what .answer gives."""

    def __init__(self, tmp_path):
        super().__init__(tmp_path, assoc=0)

    def __enter__(self):
        tx, srv, air = super().__enter__()
        self.ap = Beacons(air, "net", "02:00:00:00:00:01", 6, interval=20)
        tx.ap = self.ap
        tx.open()
        tx.d.command(0x28, mac_context(MODIFY, 1, bi=20, aid=AID))
        return tx, srv, air


def sleeping(tx, air, **options):
    """The card is told to save power and has said that it sleeps."""
    tx.d.command(0xa9, power_table(**options))
    until(lambda: said(air)[-1:] == [(NULL, True)], "the null frame with PM")


def said(air):
    """What the station sent of itself: (kind, Power Management)."""
    return [(s.kind, bool(s.frame[1] & PM)) for s in air.sent if s.kind in (NULL, QOS_NULL, PSPOLL)]


def waiting(ap, on, count=0):
    """Whether the TIM says that something waits for us."""
    ap.tim = bytes([count, 3, 0, 0, 1 << (AID - 8) if on else 0])


def beacons(ap, count):
    """Lets so many pass."""
    end = ap.number + count
    until(lambda: ap.number >= end, "beacons")


def from_ap(body, more=False, qos=None, eosp=False, subtype=0):
    fc = 0x0208 | (0x80 if qos is not None else 0) | subtype | (MORE << 8 if more else 0)
    out = header(fc, OWN, BSSID, BSSID, 1)
    return out + (struct.pack("<H", qos | (EOSP if eosp else 0)) if qos is not None else b"") + body


def received(d):
    return [f[-4:] for _, f, _ in d.mpdus() if f[0] & 0x4c == 8 and f[4:10] == OWN]


# ---- waking up ---------------------------------------------------------------------------------

def test_a_quiet_station_dozes_and_wakes_when_the_tim_says_so(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air)
        time.sleep(0.1)
        assert said(air) == [(NULL, True)]
        waiting(tx.ap, True)
        until(lambda: said(air)[:2] == [(NULL, True), (NULL, False)], "awake")
        waiting(tx.ap, False)
        beacons(tx.ap, 2)                       # the last one that had said so is over
        until(lambda: said(air)[-1] == (NULL, True), "dozing again")
        count = len(said(air))
        tx.d.command(0xa9, power_table(flags=0))
        until(lambda: said(air)[count:] == [(NULL, False)], "power save off")
        assert rules(srv) == []


def test_a_frame_of_its_own_wakes_the_station(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air)
        tx.send(data(seq=5), flags=ACK)
        assert not [s for s in air.sent if s.kind == 8][0].frame[1] & PM
        until(lambda: said(air) == [(NULL, True)] * 2, "dozing again")
        assert rules(srv) == []


def test_new_settings_wake_a_sleeping_station(tmp_path):
    """The access point hears of it, or it would go on holding frames back."""
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air)
        tx.d.command(0xa9, power_table(rx=30000))
        until(lambda: said(air)[:3] == [(NULL, True), (NULL, False), (NULL, True)], "awake between")
        assert rules(srv) == []


def test_new_settings_during_a_visit_wait_for_the_way_back(tmp_path):
    """A null frame belongs on the channel of its access point."""
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air)
        visit = struct.pack("<IIII4B6sHIII", 4, 1, 0, 1, 0, 36, 0, 0, OWN, 0, 0, 20, 100)
        tx.d.command(0x53, visit)
        until(lambda: 5180 in [t[1] for t in air.tuned], "the visit")
        tx.d.command(0xa9, power_table(flags=0))
        until(lambda: said(air) == [(NULL, True), (NULL, False)], "awake")
        assert [s.freq for s in air.sent if s.kind == NULL] == [2437] * 2
        assert rules(srv) == []


def test_a_station_whose_goodnight_was_not_heard_stays_awake_and_tries_again(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        air.acks = lambda s: not (s.kind == NULL and len(said(air)) < 2)
        tx.d.command(0xa9, power_table())
        until(lambda: said(air) == [(NULL, True)] * 3, "three times")
        time.sleep(0.1)
        assert said(air) == [(NULL, True)] * 3
        assert rules(srv) == []


def test_a_station_may_skip_dtim_beacons(tmp_path):
    """Neither the TIM between them nor group frames behind a skipped one reach it."""
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, flags=MANAGE | SKIP_DTIM, skip=200)
        for bit, count in (False, 0), (True, 1), (True, 0):     # the first DTIM of 200 is heard
            waiting(tx.ap, bit, count)
            beacons(tx.ap, 3)
        tx.d.packets = []
        air.send(header(0x0208, b"\xff" * 6, BSSID, BSSID) + b"dull", 6)
        air.send(from_ap(b"mine"), 6)
        until(lambda: received(tx.d) == [b"mine"], "the frame of its own")
        assert not [f for _, f, _ in tx.d.mpdus() if f[-4:] == b"dull"]
        assert (NULL, False) not in said(air)
        assert rules(srv) == []


def test_a_silent_station_says_now_and_then_that_it_is_there(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        began = time.monotonic()
        tx.d.command(0xa9, power_table(flags=0, keep_alive=1))
        until(lambda: said(air)[:2] == [(NULL, False)] * 2, "two null frames")
        assert time.monotonic() - began >= 2
        assert rules(srv) == []


# ---- PS-Poll -------------------------------------------------------------------------------------

def test_polls_fetch_frame_after_frame_without_waking(tmp_path):
    """Advanced power management without a category of U-APSD."""
    with Home(tmp_path) as (tx, srv, air):
        store = [b"one!", b"two!"]

        def answer(sent):
            if sent.kind == PSPOLL and store:
                body = store.pop(0)
                waiting(tx.ap, bool(store))
                air.send(from_ap(body, more=bool(store)), 6)
        air.on_frame = answer
        sleeping(tx, air, flags=MANAGE | ADVANCED)
        waiting(tx.ap, True)
        until(lambda: received(tx.d) == [b"one!", b"two!"], "both")
        polls = [s for s in air.sent if s.kind == PSPOLL]
        assert len(polls) >= 2 and all(
            s.frame == struct.pack("<BBH", PSPOLL, PM, AID | 0xc000) + BSSID + OWN for s in polls)
        tx.send(data(seq=5), flags=ACK)         # and its own frames go out asleep, too
        assert [s for s in air.sent if s.kind == 8][0].frame[1] & PM
        assert (NULL, False) not in said(air)
        assert rules(srv) == []


def test_a_poll_without_an_answer_is_repeated_with_a_later_beacon(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, flags=MANAGE | ADVANCED)
        waiting(tx.ap, True)
        until(lambda: said(air).count((PSPOLL, True)) >= 3, "three polls")
        assert rules(srv) == []


# ---- U-APSD --------------------------------------------------------------------------------------

class Periods:
    """An access point that answers triggers with what is in .store, two frames at a time."""

    def __init__(self, air, ap, store=()):
        self.air, self.ap, self.store = air, ap, list(store)
        waiting(ap, bool(store))
        air.on_frame = self.heard

    def heard(self, sent):
        if sent.kind != QOS_NULL and sent.kind != 0x88:
            return
        batch, self.store = self.store[:2], self.store[2:]
        waiting(self.ap, bool(self.store))
        for i, body in enumerate(batch):
            last = i + 1 == len(batch)
            self.air.send(from_ap(body, bool(self.store) or not last, 6, last), 6)
        if not batch:
            self.air.send(from_ap(b"", False, 6, True, 0x40), 6)


def uapsd(**more):
    return {"flags": MANAGE | ADVANCED | more.pop("flags", 0), "acs": ALL_ACS, **more}


def test_a_trigger_begins_a_service_period_and_eosp_ends_it(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, **uapsd())
        Periods(air, tx.ap, [b"1111", b"2222", b"3333"])
        until(lambda: received(tx.d) == [b"1111", b"2222", b"3333"], "all three")
        triggers = [s for s in air.sent if s.kind == QOS_NULL]
        assert len(triggers) >= 2 and all(
            s.frame[1] == 1 | PM and s.frame[24:] == b"\6\0" for s in triggers)
        assert (NULL, False) not in said(air)
        assert rules(srv) == []


def test_data_of_a_sleeping_station_triggers(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, **uapsd())
        ap = Periods(air, tx.ap)
        ap.store = [b"back"]                    # without a word in the TIM
        tx.send(data(qos=6, seq=3), flags=ACK, hdrlen=26)
        until(lambda: received(tx.d) == [b"back"], "the answer")
        assert [s for s in air.sent if s.kind == 0x88][0].frame[1] & PM
        assert said(air) == [(NULL, True)]
        assert rules(srv) == []


def test_categories_that_are_not_triggered_are_polled_for(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, flags=MANAGE | ADVANCED, acs=1)
        waiting(tx.ap, True)
        until(lambda: (PSPOLL, True) in said(air), "a poll")
        assert (QOS_NULL, True) not in said(air)
        assert rules(srv) == []


def test_much_traffic_wakes_the_station(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, **uapsd(heavy=(3, 0)))
        tx.ap.on = False                        # a beacon would begin to count anew
        number = -1
        while number != tx.ap.number:
            number = tx.ap.number
            time.sleep(0.1)
        air.send(from_ap(b"last"), 6)           # what was on its way has arrived
        until(lambda: received(tx.d), "the last frame")
        for i in range(6):
            tx.put(data(qos=6, seq=i), flags=ACK, hdrlen=26)
        tx.go()
        until(lambda: len([s for s in air.sent if s.kind == 0x88]) == 6, "six frames")
        asleep = [bool(s.frame[1] & PM) for s in air.sent if s.kind == 0x88]
        assert asleep == [True] * 3 + [False] * 3
        assert rules(srv) == []


def test_a_station_snoozes_while_frames_come(tmp_path):
    """It triggers by itself for a while after a frame, and no longer."""
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, **uapsd(flags=SNOOZE, snooze=(10, 60000)))
        ap = Periods(air, tx.ap, [b"1111"])
        until(lambda: received(tx.d), "the first")
        ap.store = [b"2222"]
        until(lambda: len(received(tx.d)) == 2, "the second, without a beacon that tells")
        until(lambda: said(air).count((QOS_NULL, True)) >= 5, "some triggers for nothing")
        assert rules(srv) == []


def test_an_access_point_that_never_ends_a_service_period_is_told(tmp_path):
    with Home(tmp_path) as (tx, srv, air):
        sleeping(tx, air, **uapsd(flags=MISBEHAVING))
        waiting(tx.ap, True)
        assert tx.d.notification(MISBEHAVES) == struct.pack("<IBBH", 0, 0, 0, 0)
        assert said(air).count((QOS_NULL, True)) >= 3
        assert rules(srv) == []


@pytest.mark.parametrize("payload,rule", [(power_table(tid=8), "power"),
                                          (b"\3" + power_table()[1:], "context")])
def test_a_power_table_that_makes_no_sense_kills_the_firmware(tmp_path, payload, rule):
    with Network(tmp_path) as (tx, srv, _):
        tx.d.queue(0xa9, payload)
        assert tx.d.death()[1] == SYSASSERT
        assert rules(srv) == [rule]
