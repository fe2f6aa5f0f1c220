# SPDX-License-Identifier: BSD-2-Clause
"""The simulated 7260 gets warm: what its firmware tells, and the silence a driver may order."""
import struct
import time

from i7260_driver import SYSASSERT, Setup, rules, run, run_runtime
from i7260_sender import ACK, MCS7, SEQ, STA_RATE, Network, data
from rawclient import Server

BACKOFF, STATISTICS, DTS, PHY_OPS = 0x7e, 0x9c, 0xff, 4


def temperature(d):
    """Of the notification that comes next."""
    return struct.unpack("<II", d.notification(DTS))


def test_the_temperature_is_measured_on_demand_and_told_when_it_changes(tmp_path):
    with Setup(tmp_path) as (d, srv):
        run_runtime(d)
        assert d.command(0, struct.pack("<I", 1), group=PHY_OPS) == bytes(4)
        assert temperature(d) == (41, 0)
        srv.set("temperature", "118")
        assert temperature(d) == (118, 0)
        assert struct.unpack_from("<I", d.command(STATISTICS, bytes(4)), 496)[0] == 118
        d.command(0, struct.pack("<I", 1), group=PHY_OPS)
        assert temperature(d) == (118, 0)
        assert rules(srv) == []
    assert {"group": PHY_OPS, "id": DTS, "len": 8}.items() <= srv.named("notif")[-1].items()


def test_a_firmware_that_does_not_serve_the_air_says_nothing_of_the_temperature(tmp_path):
    with Setup(tmp_path, "temperature=90") as (d, srv):
        run(d)                                  # the INIT image
        srv.set("temperature", "91")
        assert d.command(3, b"x") == b"x" and not [p for p in d.packets if p[0] == DTS]
        assert rules(srv) == []


def test_a_temperature_that_cannot_be_is_refused(tmp_path):
    with Server("i7260", tmp_path, settings=["temperature=201"]) as srv:
        srv.finish()
    assert srv.status == 2 and "temperature" in srv.stderr


def test_a_backoff_keeps_the_card_silent_between_transmissions(tmp_path):
    with Network(tmp_path) as (tx, srv, air):
        tx.open()
        tx.d.command(BACKOFF, struct.pack("<I", 30000))
        for _ in range(5):
            tx.put(data())
        before = time.monotonic()
        tx.go()
        assert [tx.answer().ssn for _ in range(5)] == [1, 2, 3, 4, 5]
        assert time.monotonic() - before >= 4 * 0.030
        tx.d.command(BACKOFF, bytes(4))
        tx.send(data())
        tx.d.queue(BACKOFF, struct.pack("<I", 1000001))
        assert tx.d.death()[1] == SYSASSERT
        assert rules(srv) == ["thermal"]


def test_frames_of_a_station_may_all_be_protected(tmp_path):
    """A warm card protects what it sends, so that less of it is lost: a flag of the rate table."""
    with Network(tmp_path) as (tx, srv, air):
        tx.open()
        for flags, rts in (1, 2), (0, 0):
            tx.rates([MCS7], flags=flags)
            tx.send(data(), flags=ACK | SEQ | STA_RATE)
            assert [s for s in air.sent if s.kind == 8][-1].flags & 2 == rts
        assert rules(srv) == []
