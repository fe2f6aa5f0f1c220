# SPDX-License-Identifier: BSD-2-Clause
"""Much data, both ways, whole; what is counted; what a capture holds; what a scan tells."""
import os
import sys
import threading

import pcapng
import pytest
from iwmstation import FAST, PSK, ROUTER
from transfer import download, upload

SIZE = 4 << 20      # octets


@pytest.mark.parametrize("psk", [None, PSK], ids=["open", "wpa2"])
@pytest.mark.deadline(600)
def test_data_arrives_whole_in_both_directions(start_ap, station, psk):
    """With block ack agreements both ways, and nothing lost that is not accounted for."""
    ap = start_ap(**({"psk": psk} if psk else {}))
    s = station(psk=psk).online()
    download(s, os.urandom(SIZE))
    upload(s, SIZE)
    c = s.wifi("stats")["stats"]
    assert c["ba_rx"] >= 1 and c["ba_tx"] >= 1
    assert c["rx_to_host_bytes"] > SIZE and c["tx_bytes"] > SIZE
    assert {n: c[n] for n in c if n.startswith("rx_") and n in (
        "rx_bad", "rx_mic", "rx_replay", "rx_no_key", "rx_llc", "rx_long", "rx_amsdu_bad",
        "rx_host") and c[n]} == {}
    assert {n: c[n] for n in ("tx_bad", "tx_memory", "tx_refused", "tx_flushed") if c[n]} == {}
    sta, = ap.do("stations")["stations"]
    assert sta["replays"] == 0
    s.end()


@pytest.mark.deadline(600)
def test_data_arrives_whole_though_frames_are_lost(start_ap, station, hub):
    """One in a hundred: the receiver puts A-MPDUs into order again."""
    hub.do("set", key="loss", value=1)
    start_ap(psk=PSK)
    s = station(psk=PSK).online()
    download(s, os.urandom(SIZE // 2))
    upload(s, SIZE // 2)
    assert s.count("rx_replay") == 0
    s.end()


@pytest.mark.deadline(600)
def test_data_arrives_whole_while_the_keys_change(start_ap, station):
    """Group keys, as often as they can."""
    ap = start_ap(psk=PSK)
    s = station(psk=PSK).online()
    data = os.urandom(SIZE)
    thread = threading.Thread(target=download, args=(s, data))
    failed = []
    threading.excepthook = failed.append
    thread.start()
    for n in range(1, 21):
        ap.do("rekey")
        s.until(lambda n=n: s.wifi("stats")["wpa"]["group_rekeys"] >= n, f"rekey {n}")
    thread.join(300)
    threading.excepthook = threading.__excepthook__
    assert not thread.is_alive() and not failed
    s.end()


FLOOD = """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
while True:
    try:
        s.sendto(bytes(1400), (sys.argv[1], 9))
    except ConnectionRefusedError:
        pass
"""


def all_sent(s):
    """Of what was given to the radio."""
    c = s.wifi("stats")["stats"]
    return c["tx_ok"] + c["tx_failed"] == c["tx_frames"]


@pytest.mark.deadline(600)
def test_back_pressure(start_ap, station):
    """Old 802.11b is slower than the host: its queue is stopped, and the layer drops nothing."""
    start_ap(channel=6, b_only=True)
    s = station().online()
    # Without end: how much the host keeps before the router's address is known is its own affair.
    flood = s.start("-c", FLOOD, ROUTER, program=[sys.executable])
    try:
        s.until(lambda: s.count("tx_stalls") >= 3, "the card's queue is full")
        assert flood.poll() is None, flood.communicate()
    finally:
        flood.kill()
        flood.communicate()
    s.until(lambda: all_sent(s), "and is empty again")
    assert s.ping(3) == 3
    c = s.wifi("stats")["stats"]
    assert c["tx_closed"] == c["tx_memory"] == c["tx_refused"] == c["tx_flushed"] == 0
    s.end()


@pytest.mark.parametrize("psk", [None, PSK], ids=["open", "wpa2"])
@pytest.mark.parametrize("size", [0, 1, 1472])
def test_a_frame_is_as_long_as_it_was_sent(start_ap, station, psk, size):
    """Up to the interface's 1500 octets; nothing of its encryption is left behind it."""
    start_ap(**({"psk": psk} if psk else {}))
    s = station(psk=psk).online()
    s.ping(1)                               # ARP is done
    before = s.wifi("stats")["stats"]
    assert s.ping(5, size=size) == 5
    after = s.wifi("stats")["stats"]
    assert after["rx_long"] == 0
    n = after["rx_to_host"] - before["rx_to_host"]
    assert after["rx_to_host_bytes"] - before["rx_to_host_bytes"] == n * (14 + 20 + 8 + size)
    s.end()


# ---- captures ----

BEACON, PROBE_RESP, AUTH, ASSOC_REQ, ASSOC_RESP = 0x80, 0x50, 0xb0, 0x00, 0x10
EAPOL = b"\xaa\xaa\x03\0\0\0\x88\x8e"


def test_a_capture_has_all_frames_of_both_directions(start_ap, station, tmp_path):
    """In order, data in plain text, each with a radiotap header."""
    start_ap(psk=PSK)
    path = tmp_path / "c.pcapng"
    s = station(psk=PSK, args=["--pcap", path]).online()
    assert s.ping(3) == 3
    s.end()
    packets = pcapng.read(path, b"voyageur")
    heard = [p for p in packets if p.flags == 1]
    sent = [p for p in packets if p.flags == 2]
    assert len(heard) + len(sent) == len(packets)

    def kinds(some):
        return [p.frame[0] for p in some]
    assert {BEACON, AUTH, ASSOC_RESP} <= set(kinds(heard))
    assert kinds(sent).count(AUTH) == kinds(sent).count(ASSOC_REQ) == 1
    assert kinds(packets).index(AUTH) < kinds(packets).index(ASSOC_REQ) < \
        kinds(packets).index(ASSOC_RESP)
    assert [p.flags for p in packets if EAPOL in p.frame] == [1, 2, 1, 2], "the handshake"
    pings = [p for p in packets if b"\x08\x00\x45" in p.frame and bytes([10, 0, 2, 2]) in p.frame
             and p.frame[0] == 0x88 and not p.frame[1] & 0x40]
    assert len([p for p in pings if p.flags == 2]) >= 3
    assert len([p for p in pings if p.flags == 1]) >= 3
    for p in heard:
        assert p.radiotap["signal"] < 0 and "tsft" in p.radiotap
        assert p.radiotap["channel"][0] in (2412 + 5 * n for n in range(14)) or \
            5000 < p.radiotap["channel"][0] < 6000
    assert all(p.radiotap["channel"][0] == 5180 for p in sent if p.frame[0] != 0x40)


# ---- scans ----

@FAST
def test_a_scan_tells_what_there_is(start_ap, station):
    """Name, address, channel, level, security, HT of each, with hidden ones; by request again."""
    start_ap(ssid="one", channel=1, rssi=-40, no_ht=True)
    start_ap(ssid="two", channel=11, rssi=-70, psk=PSK)
    start_ap(ssid="drei \N{LATIN SMALL LETTER U WITH DIAERESIS}", channel=36, rssi=-55, psk=PSK)
    # It answers to its name only; where the radio stays long enough its beacons are heard.
    start_ap(ssid="hush", channel=6, rssi=-60, psk=PSK, hidden=True)
    start_ap(ssid="far", channel=100, rssi=-85)
    s = station(ssid=None, net=False)
    s.run.wait("scanned")
    s.until(lambda: seen(s) == 5, "all are heard")      # a scan may miss one
    check(s.wifi("bss")["bss"], None)
    s.until(lambda: seen(s, ssid="hush") and s.wifi("bss")["bss"][2]["ssid"], "it has a name")
    check(s.wifi("bss")["bss"], "hush")
    s.end()


def seen(s, **members):
    """How many the table has behind a scan."""
    s.wifi("scan", **members)
    return s.event("scan", aborted=False)["bss"]


def check(found, hidden):
    """They are the five, strongest first."""
    umlaut = "drei \N{LATIN SMALL LETTER U WITH DIAERESIS}"
    assert [(b["bssid"][-2:], b["ssid"], b["channel"], b["signal"], b["security"], b["ht"],
             b["hidden"]) for b in found] == [
        ("00", "one", 1, -40, "open", False, False),
        ("02", umlaut, 36, -55, "wpa2-psk", True, False),
        ("03", hidden, 6, -60, "wpa2-psk", True, True),
        ("01", "two", 11, -70, "wpa2-psk", True, False),
        ("04", "far", 100, -85, "open", True, False)]
    assert found[1]["freq"] == 5180 and found[1]["rates"] == [6, 9, 12, 18, 24, 36, 48, 54]
    assert all(b["age"] < 60 and b["beacon_interval"] == 100 for b in found)


def test_a_scan_does_not_disturb_the_network(start_ap, station):
    """In the background, while data flows: the access point and the card keep what comes while the
    radio is away, and nothing is lost."""
    start_ap(psk=PSK)
    start_ap(ssid="other", channel=1)
    s = station(psk=PSK).online()
    ping = s.pinging()
    s.wifi("scan")
    assert s.event("scan", background=True, aborted=False)["bss"] == 2
    sent, lost = ping.end()
    assert sent > 0 and lost == 0, (sent, lost)
    assert s.count("disconnects") == 0
    s.end()
