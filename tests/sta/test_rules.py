# SPDX-License-Identifier: BSD-2-Clause
"""What a station must not do: channels it may not use or may not be the first on, old ciphers."""
import struct
import threading

import pytest
from airwire import Radio, channel_freq
from iwmstation import FAST, PSK
from listener import Listener

PROBE_REQ, BEACON = 0x40, 0x80
ACTIVE = [*range(1, 12), 36, 40, 44, 48, 149, 153, 157, 161, 165]      # what the card's NVM says


class Ear(Listener):
    """(channel, frame control, sender) of everything."""

    def __init__(self, hub):
        super().__init__(hub)
        self.heard = set()

    def hear(self, f):
        self.heard.add((f.freq, f.data[0], f.data[10:16].hex(":")))

    def channels(self, kind, sender):
        """Where these frames of this sender were heard, in MHz."""
        return {freq for freq, k, s in self.heard if (k, s) == (kind, sender)}


def test_who_may_not_be_first_on_a_channel_asks_nobody_there(start_ap, station, hub):
    """Where radars are, and on 12 and 13, it listens, and hears who is there; elsewhere not."""
    start_ap(ssid="radar", channel=100)
    start_ap(ssid="europe", channel=13)
    start_ap(ssid="japan", channel=14, no_ht=True)      # neither of these two is in the NVM
    start_ap(ssid="upper", channel=173)
    with Ear(hub) as ear:
        s = station(ssid=None, net=False)
        s.run.wait("scanned")
        mac = s.run.info["mac"]
        s.until(lambda: ear.channels(PROBE_REQ, mac) == {channel_freq(c) for c in ACTIVE},
                "where it may it asks")
        assert {freq for freq, kind, sender in ear.heard if sender == mac} == \
            {channel_freq(c) for c in ACTIVE}
        assert {(b["ssid"], b["channel"]) for b in s.wifi("bss")["bss"]} == \
            {("radar", 100), ("europe", 13)}
        s.wifi("join", ssid="radar")
        assert s.event("associated")["channel"] == 100
        s.wifi("join", ssid="japan")
        s.event("failed", text="no access point of japan is heard")
        assert not {channel_freq(14), channel_freq(173)} & \
            {freq for freq, kind, sender in ear.heard if sender == mac}
        s.end()


@FAST
def test_an_access_point_that_moves_to_a_forbidden_channel_is_not_followed(start_ap, station):
    """It says why, and stays away from there."""
    ap = start_ap(channel=165, psk=PSK)
    s = station(psk=PSK, net=False)
    s.event("associated")
    ap.do("switch", channel=173, count=3)
    lost = s.event("disconnected", by="station")
    assert lost["text"] == "the access point moves to channel 173, which the card must not use"
    ap.event("channel", channel=173)
    s.event("failed", text="no access point of home is heard")
    s.end()


# ---- ciphers ----

RATES = bytes((1, 8, 130, 132, 139, 150, 12, 18, 24, 36))
TKIP = bytes.fromhex("0100000fac020100000fac040100000fac020000")     # for groups; CCMP for one
WPA1 = bytes.fromhex("0050f20101000050f20201000050f20201000050f202")
OLD = [("mixed", b"\x30\x14" + TKIP, "TKIP"), ("first", b"\xdd\x16" + WPA1, "WPA"),
       ("wep", b"", "WEP")]


@pytest.fixture
def old_networks(hub):
    """Beacons of networks as they were, on channel 6."""
    stop, radios = threading.Event(), []

    def beacons():
        for i, (ssid, ie, _) in enumerate(OLD):
            mac = bytes((2, 0, 0, 0, 9, i))
            radio = Radio(hub.socket, ssid, [mac])
            radio.tune(channel_freq(6))
            radios.append((radio, struct.pack("<HH6s6s6sH", BEACON, 0, b"\xff" * 6, mac, mac, 0) +
                           struct.pack("<QHH", 0, 100, 0x11) + bytes((0, len(ssid))) +
                           ssid.encode() + RATES + bytes((3, 1, 6)) + ie))
        while not stop.is_set():
            for radio, frame in radios:
                radio.send(frame)
            stop.wait(0.02)
    thread = threading.Thread(target=beacons)
    thread.start()
    yield
    stop.set()
    thread.join()
    for radio, _ in radios:
        radio.close()


def test_old_ciphers_are_refused(old_networks, station):
    """TKIP, also where only the group's key is of it, and WEP: shown, and not joined."""
    s = station(ssid=OLD[0][0], psk=PSK, net=False)
    for i, (ssid, _, says) in enumerate(OLD):
        if i > 0:
            s.wifi("join", ssid=ssid, psk=PSK)
        text = s.event("failed")["text"]
        assert says in text and "CCMP" in text, (ssid, text)
    assert {b["ssid"] for b in s.wifi("bss")["bss"]} == {ssid for ssid, _, _ in OLD}
    assert s.count("joined") == 0 and old_networks is None
    s.end(ok=False)
