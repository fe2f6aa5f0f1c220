# SPDX-License-Identifier: BSD-2-Clause
"""Who has the radio of a simulated 7260: networks on two channels, visits, absences; and what the
access points hear of it."""
import struct

from fakeair import Beacons, header
from i7260_driver import (ADD, BSSID, MODIFY, OWN, REMOVE, add_sta, binding, mac_context,
                          phy_context, quota, rules)
from i7260_sender import ACK, Network, data
from rawclient import until
from test_i7260_air import ABORT, COMPLETE, PASS_ALL, PASSIVE, SCAN, scan_request

TIME_EVENT, TE_NOTIF, HOT_SPOT = 0x29, 0x2a, 0x53
NONE = 0xffffffff
OTHER = bytes.fromhex("020000000002")


def time_event(policy, duration=100, mac=0):
    return struct.pack("<IIIIIIIIBBH", mac, ADD, 15, 0, 500, 0, 1, duration, 1, 0, policy)


def nulls(air):
    return [(s.freq, s.frame[1] >> 4 & 1) for s in air.sent if s.kind == 0x48]


def second_network(d, channel=11, shares=(64, 64)):
    """MAC 1 with station 1 on another channel; quotas of both."""
    d.command(0x28, mac_context(mac=1))
    d.command(0x28, mac_context(MODIFY, 1, mac=1))
    d.command(0x08, phy_context(channel, phy=1))
    d.command(0x2b, struct.pack("<IIIIII", 1, ADD, 1, NONE, NONE, 1))
    d.command(0x18, add_sta(sta=1, mac=1, addr=OTHER))
    d.command(0x2c, struct.pack("<IIIIII", 0, shares[0], 0, 1, shares[1], 0)
              + 2 * struct.pack("<III", NONE, 0, 0))


def test_two_channels_have_the_radio_in_turns_and_both_networks_send(tmp_path):
    with Network(tmp_path) as (tx, srv, air):
        second_network(tx.d)
        tx.open(), tx.open(queue=2, sta=1)
        for _ in range(3):
            assert tx.send(data()).status[0][0] == 1
            assert tx.send(data(), queue=2, sta=1).status[0][0] == 1
        frames = [(s.freq, s.ra) for s in air.sent if s.kind == 8]
        assert {f for f, ra in frames if ra == data()[4:10]} == {2437, 2462}
        until(lambda: [t[1] for t in air.tuned].count(2462) >= 3, "turn after turn")
        freqs = [t[1] for t in air.tuned]
        assert freqs[-4:] in ([2437, 2462] * 2, [2462, 2437] * 2)
        # Whoever loses the radio tells its access point first, on its own channel.
        for freq in 2437, 2462:
            own = [pm for f, pm in nulls(air) if f == freq]
            assert own == [1 - own[0] if i % 2 else own[0] for i in range(len(own))]
        assert {1} == {pm for f, pm in nulls(air)[:1]}
        assert rules(srv) == []


def test_a_quota_that_ends_leaves_the_radio_to_the_other(tmp_path):
    with Network(tmp_path) as (tx, srv, air):
        second_network(tx.d)
        until(lambda: (1, 2462, 2462, 20) in air.tuned, "the second channel")
        tx.d.command(0x2c, quota(128))
        assert air.tuned[-1][1] == 2437
        count = len(air.tuned)
        tx.open()
        assert tx.send(data()).status[0][0] == 1 and len(air.tuned) == count
        tx.d.command(0x2b, struct.pack("<IIIIII", 1, REMOVE, 1, NONE, NONE, 1))
        tx.d.command(0x2b, binding(MODIFY))
        assert rules(srv) == []


def test_two_networks_on_one_channel_need_no_turns(tmp_path):
    with Network(tmp_path) as (tx, srv, air):
        second_network(tx.d, 6)
        tx.open(), tx.open(queue=2, sta=1)
        for queue in 1, 2, 1, 2:
            assert tx.send(data(), queue=queue, sta=queue - 1).status[0][0] == 1
        assert [t[1] for t in air.tuned] == [2437] and nulls(air) == []
        assert rules(srv) == []


def test_a_station_announces_a_visit_to_another_channel(tmp_path):
    with Network(tmp_path) as (tx, srv, air):
        req = struct.pack("<IIII4B6sHIII", 4, ADD, 0, 1, 0, 36, 0, 0, OTHER, 0, 0, 20, 30)
        tx.d.command(HOT_SPOT, req)
        assert struct.unpack("<IIIIII", tx.d.notification(TE_NOTIF))[4] == 1
        assert struct.unpack("<IIIIII", tx.d.notification(TE_NOTIF))[4] == 2
        until(lambda: nulls(air) == [(2437, 1), (2437, 0)], "goodbye and hello")
        assert [t[1] for t in air.tuned] == [2437, 5180, 2437]
        assert rules(srv) == []


def test_a_mac_sends_nothing_during_an_absence(tmp_path):
    """As before a channel switch; the radio stays, and the frames wait."""
    with Network(tmp_path) as (tx, srv, air):
        tx.open()
        tx.d.command(TIME_EVENT, time_event(0x8003))
        start = struct.unpack("<IIIIII", tx.d.notification(TE_NOTIF))
        assert start[4:] == (1, 1)
        tx.put(data(), flags=ACK)
        tx.go()
        end = struct.unpack("<IIIIII", tx.d._wait(lambda p: p[0] in (TE_NOTIF, 0x1c), "the end"))
        assert end[4:] == (2, 1) and end[2] == start[2]
        assert tx.answer().status[0][0] == 1
        assert nulls(air) == [(2437, 1), (2437, 0)] and [t[1] for t in air.tuned] == [2437]
        assert rules(srv) == []


def away(seconds=1):
    """A scan that stays on channel 36 for a while."""
    return scan_request((36,), flags=PASS_ALL | PASSIVE, ssids=(),
                        dwell=(10, int(seconds * 250), 20, 40), plans=((0, 4), (0, 0)))


def test_the_radio_leaves_when_all_that_it_sends_is_answered(tmp_path):
    """Its goodbye is the last: a data frame behind it would tell that the station is there."""
    with Network(tmp_path) as (tx, srv, air):
        Beacons(air, "neighbour", "02:00:00:00:00:06", 6, interval=10)
        tx.open()
        air.hold()
        tx.put(data(), flags=ACK)
        tx.go()
        until(lambda: [s.kind for s in air.sent] == [8], "the first frame")
        tx.d.command(SCAN, away())
        until(lambda: nulls(air) == [(2437, 1)], "the goodbye")
        assert air.sent[-1].prio < air.sent[0].prio, "it overtakes nothing"
        tx.put(data(), flags=ACK)
        tx.go()
        tx.d.command(0x03)
        until(lambda: air.tsf() > 100000, "some of the neighbour's beacons")
        assert [s.kind for s in air.sent] == [8, 0x48] and [t[1] for t in air.tuned] == [2437]
        assert srv.named("bss") == [], "this is no channel of the scan"
        air.release()
        assert tx.answer().status[0][0] == 1
        until(lambda: air.tuned[-1][1] == 5180, "the scan")
        assert len(air.sent) == 2
        tx.d.notification(COMPLETE)
        assert tx.answer().status[0][0] == 1
        assert nulls(air)[-1] == (2437, 0) and air.sent[-1].freq == 2437
        assert rules(srv) == []


def test_a_scan_that_ends_before_the_radio_has_left_is_a_goodbye_and_a_hello(tmp_path):
    """In this order, whatever the hub prefers."""
    with Network(tmp_path) as (tx, srv, air):
        air.hold()
        tx.d.command(SCAN, away())
        until(lambda: nulls(air) == [(2437, 1)], "the goodbye")
        assert tx.d.command(ABORT) == b"\1\0\0\0"
        tx.d.notification(COMPLETE)
        assert nulls(air) == [(2437, 1)]
        air.release()
        until(lambda: nulls(air) == [(2437, 1), (2437, 0)], "the hello behind it")
        assert [t[1] for t in air.tuned] == [2437]
        assert rules(srv) == []


def test_a_frame_that_came_before_the_radio_left_is_the_drivers(tmp_path):
    """The access point has its ACK and will not send it again."""
    with Network(tmp_path) as (tx, srv, air):
        tx.d.command(SCAN, away())
        until(lambda: air.tuned[-1][1] == 5180, "the scan")
        frame = header(0x0208, OWN, BSSID, b"\2" * 6) + b"\xaa\xaa\3\0\0\0\x08\0late"
        air.send(frame, 6, force=True)
        until(lambda: [f for _, f, _ in tx.d.mpdus()] == [frame], "the frame")
        assert rules(srv) == []
