# SPDX-License-Identifier: BSD-2-Clause
"""The capture file: everything that was on the air, as other programs read it."""
import subprocess
import time

import pcapng
import pytest
import radio
from radio import ACKED, data, ht, legacy, mac


@pytest.fixture
def talk(start):
    """A hub that has carried: a beacon, an answered frame, one without answer, a lost one."""
    hub = start("--set", "rssi:a:b=-61")
    a, b = hub.radio("a"), hub.radio("b")
    hub.settled()
    a.send_and_wait(radio.beacon(a.mac), flags=radio.TSF)
    assert a.send_and_wait(data(b.mac, a.mac, b"one"), legacy(54)).result == ACKED
    a.send_and_wait(data(mac(99), a.mac, b"nobody"), legacy(11, 2, radio.SHORTPRE))
    hub.set("loss", 100, "a", "b")
    b.send_and_wait(data(a.mac, b.mac, b"lost"), ht(7, 1, radio.SGI))
    hub.set("loss", 0, "a", "b")
    b.send_and_wait(data(a.mac, b.mac, b"agg"), ht(0), flags=radio.AMPDU, ampdu=3)
    hub.stop()
    return hub


def test_every_attempt_and_every_ack_is_in_the_file(talk):
    packets = pcapng.read(talk.pcap)
    seen = [(p.interface, p.frame[0] & 0xfc, p.frame[1] & 8) for p in packets]
    assert seen == [("a", 0x80, 0), ("a", 0x08, 0), ("b", 0xd4, 0), ("a", 0x08, 0),
                    ("a", 0x08, 8), ("b", 0x08, 0), ("b", 0x08, 0), ("a", 0x94, 0)]
    assert packets[2].frame[4:10] == packets[1].frame[10:16], "the ACK goes to the sender"
    assert talk.events[-1]["captured"] == len(packets)


def test_rate_channel_signal_and_noise_are_there(talk):
    packets = pcapng.read(talk.pcap)
    beacon, one, ack, nobody, _, lost, agg, _ = [p.radiotap for p in packets]
    assert (beacon["rate"], beacon["channel"]) == (2, (2412, 0x00a0))
    assert (one["rate"], one["channel"]) == (108, (2412, 0x00c0))
    assert (one["signal"], one["noise"]) == (-61, -95)
    assert (ack["rate"], ack["signal"]) == (48, -61)
    assert (nobody["rate"], nobody["flags"]) == (22, 2)
    assert lost["mcs"] == (0x0f, 4, 7) and "rate" not in lost
    assert agg["ampdu"][0] == 3 and agg["mcs"][2] == 0
    assert "signal" not in lost, "nobody heard it"


def test_comments_say_what_went_wrong(talk):
    assert [p.comment for p in pcapng.read(talk.pcap)] == [
        "", "", "", "not heard by a radio with this address, try 1",
        "not heard by a radio with this address, try 2", "lost at a, try 1", "", ""]


def test_the_time_is_that_of_the_hub_and_of_the_day(talk):
    packets = pcapng.read(talk.pcap)
    assert all(x.usec <= y.usec for x, y in zip(packets, packets[1:]))
    steps = {p.usec - p.radiotap["tsft"] for p in packets}
    assert len(steps) == 1 and abs(steps.pop() / 1e6 - time.time()) < 600


def test_the_file_can_be_read_while_the_hub_runs(pair, hub):
    a, b = pair
    a.send_and_wait(data(b.mac, a.mac))
    assert hub.control(cmd="flush") == {"ok": True, "captured": 2}
    assert len(pcapng.read(hub.pcap)) == 2


def test_a_frame_cut_off_is_marked(start):
    hub = start()
    c = hub.radio("c")
    hub.settled()
    hub.cut_off(c, radio.BROADCAST)
    hub.stop()
    comments = [p.comment for p in pcapng.read(hub.pcap)]
    assert comments.pop() == "cut off: the radio left while it sent this"
    assert set(comments) <= {""} and len(comments) < 9


def test_wireshark_reads_it(talk, tshark):
    out = subprocess.run(
        [*tshark, "-r", str(talk.pcap), "-T", "fields", "-e", "frame.interface_name",
         "-e", "wlan.fc.type_subtype", "-e", "wlan_radio.frequency",
         "-e", "wlan_radio.signal_dbm", "-e", "wlan_radio.data_rate", "-e", "frame.comment"],
        capture_output=True, text=True, timeout=250, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in out]
    assert [(r[0], int(r[1], 16)) for r in rows] == [
        ("a", 0x08), ("a", 0x20), ("b", 0x1d), ("a", 0x20), ("a", 0x20), ("b", 0x20),
        ("b", 0x20), ("a", 0x19)]
    assert {r[2] for r in rows} == {"2412"}
    assert rows[1][3:5] == ["-61", "54"]
    assert round(float(rows[5][4])) == 72 and rows[5][5] == "lost at a, try 1"
