# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260's firmware on the air, by a driver and a hub that are only bytes: scan, time
events, contexts, beacons, statistics."""
import struct
import time

import pytest

from fakeair import Air, Beacons, header, ie
from i7260_driver import (ADD, MODIFY, OWN, REMOVE, SYSASSERT, Setup, binding,
                          mac_context, network, phy_context, quota, rules, run_runtime)
from rawclient import until

SCAN, ABORT, COMPLETE, ITERATION, PROFILES, MATCH = 0x51, 0x52, 0x6d, 0xe7, 0x6e, 0xd9
TIME_EVENT, TE_NOTIF, MISSED, STATISTICS = 0x29, 0x2a, 0xa2, 0x9c
OWN_TEXT, PASS_ALL, PASSIVE, ITER, EXTENDED, MATCHING = ("7c:7a:91:12:34:56", 1, 2, 8, 0x80,
                                                         0x200)
FOREVER = ((0, 255), (0, 0))            # a scan's plans


@pytest.fixture
def world(tmp_path):
    """world(SETTING, ...) -> context manager of (driver, server, air)."""
    class World:
        def __init__(self, *settings):
            self.air = Air(tmp_path / "air")
            self.setup = Setup(tmp_path, f"mac={OWN_TEXT}", f"air={tmp_path / 'air'}", *settings)

        def __enter__(self):
            self.air.__enter__()
            return (*self.setup.__enter__(), self.air)

        def __exit__(self, *exc):
            self.setup.__exit__(*exc)
            self.air.__exit__(*exc)
    return World


# ---- scan ------------------------------------------------------------------------------------

def scan_request(channels=(1, 6, 36), flags=PASS_ALL, ssids=(b"",), dwell=(10, 30, 20, 40),
                 plans=((0, 1), (0, 0)), max_out=0, suspend=0, rates=(10 | 1 << 9, 13)):
    """The payload of SCAN_OFFLOAD_REQUEST_CMD."""
    out = struct.pack("<IBBBBBBHIIIII", 0, len(channels), *dwell, 0, 0, flags, max_out, suspend,
                      1, 0)
    for rate in rates:
        out += struct.pack("<III", 1 << 13, rate | 1 << 14, 0)
    for i in range(20):
        ssid = ssids[i] if i < len(ssids) else b""
        out += struct.pack("<BB32s", 0, len(ssid), ssid)
    out += struct.pack("<III", 0, 1, 0)
    for delay, iterations in plans:
        out += struct.pack("<HBB", delay, iterations, 1)
    out += bytes(8)
    bits = sum(2 << i for i in range(len(ssids)))
    for i in range(40):
        out += struct.pack("<IHHI", bits | 1 << 28, channels[i], 1, 0) if i < len(
            channels) else bytes(12)
    bands = [ie(1, b"\x02\x04\x0b\x16") + ie(3, b"\0"), ie(1, b"\x0c\x18")]
    buf = header(0x40, b"\xff" * 6, OWN, b"\xff" * 6) + ie(0, b"")
    segments, common = [(0, 26)], ie(127, b"\0\0\0\4")
    for part in (*bands, common):
        segments.append((len(buf), len(part)))
        buf += part
    for offset, length in segments:
        out += struct.pack("<HH", offset, length)
    return out + buf + bytes(512 - len(buf))


def test_an_active_scan_probes_the_channels_that_may_be_probed_and_passes_what_answers(world):
    with world() as (d, srv, air):
        Beacons(air, "six", "02:00:00:00:00:06", 6, signal=-47)
        Beacons(air, "dfs", "02:00:00:00:00:64", 100, signal=-70, interval=20)
        run_runtime(d)
        d.command(SCAN, scan_request((1, 6, 36, 100), ssids=(b"", b"six")))
        end = d.notification(COMPLETE)
        assert end[2] == 1 and end[3] == 3
        probes = [s for s in air.sent if s.kind == 0x40]
        assert [s.freq for s in probes] == [2412] * 2 + [2437] * 2 + [5180] * 2
        assert probes[0].frame[24:29] == ie(0, b"six") and probes[1].frame[24:26] == ie(0, b"")
        assert probes[2].frame[26 + 3:].startswith(ie(1, b"\x02\x04\x0b\x16") + ie(3, b"\6"))
        assert probes[0].ta == OWN and probes[0].rates == [(1, 2, 0, 1)]
        assert probes[4].rates == [(1, 12, 0, 1)] and ie(127, b"\0\0\0\4") in probes[4].frame
        got = d.mpdus()
        kinds = {(f[0], f[16:22], struct.unpack_from("<H", phy, 22)[0]) for phy, f, _ in got}
        assert (0x50, bytes.fromhex("020000000006"), 6) in kinds
        assert (0x80, bytes.fromhex("020000000064"), 100) in kinds
        phy = next(p for p, f, _ in got if f[0] == 0x50)
        assert struct.unpack_from("<I", phy, 28)[0] == 47 | 50 << 8
        assert struct.unpack_from("<H", phy, 20)[0] & 0x33 == 0x33
        assert struct.unpack_from("<I", phy, 56)[0] == 10 | 1 << 9 | 1 << 14
        assert [t[1] for t in air.tuned if t[0]] == [2412, 2437, 5180, 5500]
        assert rules(srv) == []
    assert [e["ssid"] for e in srv.named("bss")] == ["six", "dfs"]
    assert srv.named("scan-done")[0]["bss"] == 2


def test_a_passive_scan_sends_nothing_and_a_silent_air_is_no_error(world):
    with world() as (d, srv, air):
        run_runtime(d)
        d.command(SCAN, scan_request((1, 11), flags=PASS_ALL | PASSIVE, ssids=()))
        d.notification(COMPLETE)
        assert air.sent == [] and d.mpdus() == []
        assert rules(srv) == []


def test_without_a_hub_a_scan_completes_and_hears_nothing(tmp_path):
    with Setup(tmp_path) as (d, srv):
        run_runtime(d)
        d.command(SCAN, scan_request((1, 6)))
        assert d.notification(COMPLETE)[2] == 1 and d.mpdus() == []
        assert rules(srv) == []


def test_a_scan_can_be_aborted_once(world):
    with world() as (d, srv, air):
        run_runtime(d)
        d.command(SCAN, scan_request((1, 6), plans=FOREVER))
        until(lambda: air.tuned and air.tuned[-1][0], "the first channel")
        assert d.command(ABORT) == b"\1\0\0\0"
        assert d.notification(COMPLETE)[2] == 2
        assert d.command(ABORT) == b"\2\0\0\0"
        assert not air.tuned[-1][0]
        assert rules(srv) == []


def test_iterations_are_told_and_a_schedule_is_kept(world):
    with world() as (d, srv, _):
        run_runtime(d)
        d.command(SCAN, scan_request((1, 36), flags=PASS_ALL | ITER, plans=((0, 2), (0, 1))))
        for _ in range(3):
            n = d.notification(ITERATION)
            assert n[0] == 2 and n[12] == 1 and n[20] == 36 and n[13] == 1 and n[21] == 0
        end = d.notification(COMPLETE)
        assert (end[0], end[1]) == (1, 1)
        assert rules(srv) == []


def test_a_scheduled_scan_passes_and_tells_matches_only(world):
    with world() as (d, srv, air):
        Beacons(air, "wanted", "02:00:00:00:00:06", 6)
        Beacons(air, "other", "02:00:00:00:00:07", 6)
        run_runtime(d)
        d.command(PROFILES, bytes(512) + bytes(88) + bytes([0, 1]) + bytes(6))
        d.command(SCAN, scan_request((6,), flags=MATCHING, ssids=(b"wanted", b"")))
        d.notification(MATCH)
        d.notification(COMPLETE)
        assert {f[16:22] for _, f, _ in d.mpdus()} == {bytes.fromhex("020000000006")}
        assert rules(srv) == []


@pytest.mark.parametrize("change", [
    {"channels": (15,)}, {"channels": ()}, {"plans": ((0, 0), (0, 0))}, {"rates": (7, 255)}])
def test_a_senseless_scan_kills_the_firmware(world, change):
    with world() as (d, srv, _):
        run_runtime(d)
        d.queue(SCAN, scan_request(**({"channels": (1, 36)} | change)))
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["scan"]


def test_a_second_scan_while_one_runs_kills_the_firmware(world):
    with world() as (d, srv, _):
        run_runtime(d)
        d.command(SCAN, scan_request(plans=FOREVER))
        d.queue(SCAN, scan_request())
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["scan"]


def test_a_scan_of_an_associated_station_says_goodbye_and_comes_back(world):
    with world() as (d, srv, air):
        network(d, channel=6, assoc=1)
        d.command(SCAN, scan_request((1, 36), max_out=15, suspend=20))
        d.notification(COMPLETE)
        assert [t[1] for t in air.tuned if t[0]] == [2437, 2412, 2437, 5180, 2437]

        def nulls():
            return [(s.freq, s.frame[1] >> 4 & 1) for s in air.sent if s.kind == 0x48]

        # Being back is told before the station says on the air that it is awake.
        until(lambda: len(nulls()) >= 4, "the last null frame")
        assert nulls() == [(2437, 1), (2437, 0)] * 2
        assert rules(srv) == []


# ---- time events, contexts -------------------------------------------------------------------

def time_event(action=ADD, number=0, duration=50, delay=500, mac=0, policy=0x803):
    return struct.pack("<IIIIIIIIBBH", mac, action, number, 0, delay, 0, 1, duration, 1, 0, policy)


def test_a_time_event_brings_the_radio_to_the_channel_and_tells_start_and_end(world):
    with world() as (d, srv, air):
        network(d, channel=11, share=0)
        assert not any(t[0] for t in air.tuned)
        status, kind, uid, mac = struct.unpack("<IIII", d.command(TIME_EVENT, time_event()))
        assert (status, kind, mac) == (1, 0, 0) and uid
        start = struct.unpack("<IIIIII", d.notification(TE_NOTIF))
        assert start[2] == uid and start[4:] == (1, 1)
        end = struct.unpack("<IIIIII", d.notification(TE_NOTIF))
        assert end[2] == uid and end[4:] == (2, 1) and end[0] - start[0] >= 50 * 1024
        assert [t[:2] for t in air.tuned] == [(1, 2462), (0, 0)]
        assert rules(srv) == []


def test_a_time_event_can_be_removed_and_then_tells_no_end(world):
    with world() as (d, srv, air):
        network(d, share=0)
        uid = struct.unpack("<IIII", d.command(TIME_EVENT, time_event(duration=500000)))[2]
        d.notification(TE_NOTIF)
        d.command(TIME_EVENT, time_event(REMOVE, uid))
        assert not air.tuned[-1][0]
        d.command(0x03)
        assert not [p for p in d.packets if p[0] == TE_NOTIF]
        assert rules(srv) == []


def test_a_hot_spot_visit_has_a_channel_of_its_own(world):
    with world() as (d, srv, air):
        network(d, channel=6)
        req = struct.pack("<IIII4B6sHIII", 4, ADD, 0, 1, 0, 36, 0, 0, OWN, 0, 0, 20, 30)
        uid, status = struct.unpack("<II", d.command(0x53, req))
        assert status == 0 and uid
        assert struct.unpack("<IIIIII", d.notification(TE_NOTIF))[2] == uid
        assert struct.unpack("<IIIIII", d.notification(TE_NOTIF))[4] == 2
        assert [t[1] for t in air.tuned] == [2437, 5180, 2437]
        assert rules(srv) == []


@pytest.mark.parametrize("command,payload,rule", [
    (0x29, time_event(mac=1), "time-event"), (0x29, time_event(duration=0), "time-event"),
    (0x29, time_event(action=2), "time-event"), (0x2c, quota(129), "quota"),
    (0x28, mac_context(REMOVE), "context"), (0x28, mac_context(MODIFY, 1, bi=0), "context"),
    (0x08, phy_context(action=REMOVE), "context"), (0x08, phy_context(14 + 1, MODIFY), "context"),
    (0x2b, binding(phy=2), "context"), (0x2b, binding(), "context"),
    (0x4e, bytes([5]) + bytes(87), "context"), (0x4e, bytes(87) + b"\1", "lq"),
    (0x17, bytes([0, 16]) + bytes(62), "key"), (0xa9, bytes([3]) + bytes(39), "context"),
    (0x2c, struct.pack("<III", 2, 10, 0) + quota()[12:], "quota"),
    (0x2c, quota(2 ** 31)[:12] * 2 + quota()[24:], "quota")])
def test_commands_that_make_no_sense_kill_the_firmware(world, command, payload, rule):
    with world() as (d, srv, _):
        network(d)
        d.queue(command, payload)
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == [rule]


def test_a_wide_channel_is_tuned_by_its_centre(world):
    with world() as (d, srv, air):
        run_runtime(d)
        d.command(0x28, mac_context())
        d.command(0x08, phy_context(40, width=1, position=4))
        d.command(0x2b, binding())
        d.command(0x2c, quota())
        assert air.tuned[-1] == (1, 5200, 5190, 40)
        assert air.addresses == [OWN]
        d.command(0x08, phy_context(36, MODIFY, width=1, position=0))
        assert air.tuned[-1] == (1, 5180, 5190, 40)
        d.command(0x2c, quota(0))
        assert air.tuned[-1][0] == 0, "off without quota"
        assert rules(srv) == []


# ---- beacons -----------------------------------------------------------------------------------

def beacon_filter(on=1, delta=5, escape=0, weak=0, weak_delta=0):
    return struct.pack("<11I", delta, weak_delta, weak, 0, 0, 0, on, 0, escape, 0, 0)


def beacons_received(d):
    return [f for _, f, _ in d.mpdus() if f[0] == 0x80]


def all_heard(d, air):
    """The card has heard what was sent to it before."""
    air.send(header(0x0208, OWN, b"\2\0\0\0\0\1", b"\2\0\0\0\0\1") + b"end", 6)
    until(lambda: [1 for _, f, _ in d.mpdus() if f[-3:] == b"end"], "what was sent last")


def test_beacons_are_filtered_until_they_change(world):
    with world() as (d, srv, air):
        network(d)
        ap = Beacons(air, "net", "02:00:00:00:00:01", 6, interval=20)
        until(lambda: len(beacons_received(d)) > 2, "beacons before the association")
        d.command(0x28, mac_context(MODIFY, 1, bi=20))
        d.command(0xd2, beacon_filter())
        ap.ssid = b"newname"
        until(lambda: b"newname" in b"".join(beacons_received(d)), "the changed beacon")
        count = len(beacons_received(d))
        time.sleep(0.2)
        assert len(beacons_received(d)) == count
        ap.signal = -60
        until(lambda: len(beacons_received(d)) > count, "the weaker beacon")
        assert rules(srv) == []


def test_of_a_weak_network_smaller_changes_count(world):
    with world() as (d, srv, air):
        network(d)
        ap = Beacons(air, "net", "02:00:00:00:00:01", 6, signal=-50, interval=20)
        until(lambda: beacons_received(d), "beacons before the association")
        d.command(0x28, mac_context(MODIFY, 1, bi=20))
        d.command(0xd2, beacon_filter(delta=10, weak=72, weak_delta=2))

        def told(signal):
            """How often of the next beacons, of this strength."""
            number, d.packets = ap.number, []
            ap.signal = signal
            until(lambda: ap.number > number + 3, "three beacons")
            all_heard(d, air)
            return len(beacons_received(d))
        told(-50)
        assert [told(s) for s in (-55, -58, -74, -75, -77)] == [0, 0, 1, 0, 1]
        assert rules(srv) == []


def test_missed_beacons_are_told(world):
    with world() as (d, srv, air):
        network(d)
        ap = Beacons(air, "net", "02:00:00:00:00:01", 6, interval=20)
        d.command(0x28, mac_context(MODIFY, 1, bi=20))
        time.sleep(0.15)
        ap.on = False
        first = struct.unpack("<5I", d.notification(MISSED))
        assert first[0] == 0 and first[1] >= 5 and first[2] >= 5 and first[3] > first[4]
        assert struct.unpack("<5I", d.notification(MISSED))[2] == first[2] + 1
        assert rules(srv) == []


def test_beacons_of_others_are_for_those_who_ask(world):
    with world() as (d, srv, air):
        network(d, assoc=1)
        Beacons(air, "other", "02:00:00:00:00:99", 6, interval=20)
        time.sleep(0.15)
        assert beacons_received(d) == []
        d.command(0x28, mac_context(MODIFY, 1, filters=4 | 0x40))
        until(lambda: beacons_received(d), "a foreign beacon")
        assert rules(srv) == []


def test_statistics_count_beacons_and_tell_their_strength(world):
    with world() as (d, srv, air):
        network(d, assoc=1)
        ap = Beacons(air, "net", "02:00:00:00:00:01", 6, signal=-61, interval=20)
        until(lambda: struct.unpack_from("<I", d.command(STATISTICS, bytes(4)), 656)[0] > 3, "4")
        ap.on = False
        air.settle()
        all_heard(d, air)
        s = d.command(STATISTICS, struct.pack("<I", 1))
        assert len(s) == 684 and s[676] == 61 and s[584] == 61
        assert struct.unpack_from("<I", s, 496)[0] == 41
        assert struct.unpack_from("<I", d.command(STATISTICS, bytes(4)), 656)[0] == 0
        assert rules(srv) == []


# ---- the hub ---------------------------------------------------------------------------------

def test_a_hub_that_goes_away_is_told_and_leaves_a_deaf_card(world):
    with world() as (d, srv, air):
        network(d)
        assert air.tuned
        air.hang_up()
        d.command(SCAN, scan_request((1,)))
        assert d.notification(COMPLETE)[2] == 1
        assert rules(srv) == []
    assert srv.named("air-gone")


def test_a_hub_that_is_not_there_is_an_error(tmp_path):
    from rawclient import Server
    with Server("i7260", tmp_path, settings=["air=/nonexistent/air"]) as srv:
        srv.finish()
    assert srv.status == 2 and "/nonexistent/air" in srv.stderr


def test_host_commands_are_events(world):
    with world() as (d, srv, _):
        run_runtime(d)
        d.command(0x03, b"1234")
        assert rules(srv) == []
    assert srv.named("hcmd")[-1].items() >= {"group": 0, "id": 3, "name": "ECHO_CMD",
                                             "len": 4}.items()


# ---- an access point of our own ------------------------------------------------------------------

def beacon_template(body, tim=0, mac=0, length=None):
    frame = header(0x80, b"\xff" * 6, OWN, OWN) + body
    tx = struct.pack("<HHIII", len(frame) if length is None else length, 0, 1 << 13, 0,
                     10 | 1 << 9 | 1 << 14).ljust(56, b"\0")
    return tx + struct.pack("<III", mac, tim, 6) + frame


def test_an_access_point_beacons_by_its_template(world):
    with world() as (d, srv, air):
        run_runtime(d)
        ap = bytearray(mac_context(kind=8))
        struct.pack_into("<IQIIII", ap, 100, 0, 0, 20, 0, 60, 0)
        d.command(0x28, bytes(ap))
        for command, payload in (0x08, phy_context(6)), (0x2b, binding()), (0x2c, quota()):
            d.command(command, payload)
        body = bytes(8) + struct.pack("<HH", 20, 0x401) + ie(0, b"mine")
        d.command(0x91, beacon_template(body + ie(5, bytes(4)), 36 + 6))
        until(lambda: len([s for s in air.sent if s.kind == 0x80]) >= 6, "six beacons")
        beacons = [s for s in air.sent if s.kind == 0x80]
        assert [s.frame[44] for s in beacons[:6]] == [2, 1, 0] * 2
        assert all(s.flags == 0x11 and s.freq == 2437 for s in beacons)
        assert [struct.unpack_from("<H", s.frame, 22)[0] >> 4 for s in beacons[:3]] == [0, 1, 2]
        notif = d.notification(0x90)
        assert len(notif) == 60 and notif[36] == 1
        d.command(0x2b, binding(REMOVE))
        d.command(0x28, mac_context(REMOVE))
        assert rules(srv) == []


@pytest.mark.parametrize("change", [{"mac": 4}, {"tim": 1000}, {"length": 3}])
def test_a_wrong_beacon_kills_the_firmware(world, change):
    with world() as (d, srv, _):
        network(d)
        d.queue(0x91, beacon_template(**({"body": bytes(12) + ie(0, b"x")} | change)))
        assert d.death()[1] == SYSASSERT
        assert rules(srv) == ["beacon"]


def test_the_radio_switch_silences_the_antenna(world):
    with world() as (d, srv, air):
        network(d)
        assert air.tuned[-1][0]
        srv.set("rfkill", "1")
        assert not air.tuned[-1][0]
        srv.set("rfkill", "0")
        assert air.tuned[-1][0]
        assert rules(srv) == []
