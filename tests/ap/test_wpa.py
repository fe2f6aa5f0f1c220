# SPDX-License-Identifier: BSD-2-Clause
"""WPA2-PSK: handshakes, keys, rekeying, and what is refused."""
import hashlib
import struct

import aes
import pytest

from ip import Host
from station import BROADCAST, DEAUTH, PROTECTED, RSN_IE, Failed

PSK = "correct horse"


@pytest.fixture
def ap(start_ap):
    return start_ap(ssid="home", channel=6, psk=PSK)


def begin(sta, psk=PSK, rsn=RSN_IE):
    """Associated, and the PMK derived; the handshake has not begun here."""
    sta.bssid = sta.scan("home").bssid
    sta.authenticate()
    sta.associate("home", rsn)
    sta.pmk = hashlib.pbkdf2_hmac("sha1", psk.encode(), b"home", 4096, 32)


def test_python_aes_is_aes():
    """FIPS 197, appendix B, and RFC 3394: the judge of the other tests."""
    key = aes.Aes(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"))
    text = bytes.fromhex("3243f6a8885a308d313198a2e0370734")
    sealed = key.encrypt(text)
    assert sealed.hex() == "3925841d02dc09fbdc118597196a0b32"
    assert key.decrypt(sealed) == text
    kek = aes.Aes(bytes(range(16)))
    wrapped = bytes.fromhex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5")
    assert kek.unwrap(wrapped).hex() == "00112233445566778899aabbccddeeff"


@pytest.mark.parametrize("qos", [True, False])
def test_join_lease_and_twenty_pings(ap, station, qos):
    sta = station(channel=6, qos=qos)
    sta.join("home", PSK)
    ap.event("handshake", ok=True)
    assert sta.offered[48] == sta.scan("home").ies[48]
    host = Host(sta)
    assert host.dhcp() == "10.0.2.15"
    assert host.ping("10.0.2.2", 20) == 20


def test_a_key_of_64_digits_is_the_pmk(start_ap, station):
    pmk = hashlib.pbkdf2_hmac("sha1", PSK.encode(), b"home", 4096, 32)
    start_ap(ssid="home", channel=6, psk=pmk.hex())
    sta = station(channel=6)
    sta.join("home", PSK)
    assert Host(sta).dhcp() == "10.0.2.15"


def test_wrong_passphrase_is_told_and_ends_in_deauthentication(ap, station):
    sta = station(channel=6)
    begin(sta, "battery staple")
    while True:
        e = sta.eapol(timeout=2)
        if e is None:
            break
        sta.message_2(e)
    ap.event("passphrase")
    f = sta.wait_mgmt(DEAUTH)
    assert struct.unpack_from("<H", f.data, 24)[0] == 15
    assert "passphrase" in ap.event("deauth", reason=15)["cause"]
    sta.join("home", PSK)


def test_a_station_without_an_answer_is_let_go(ap, station):
    sta = station(channel=6)
    begin(sta)
    f = sta.wait_mgmt(DEAUTH)
    assert struct.unpack_from("<H", f.data, 24)[0] == 15
    assert ap.event("handshake", ok=False)["cause"] == "no answer to message 1"


def test_messages_are_repeated_with_new_counters(ap, station):
    sta = station(channel=6)
    begin(sta)
    first, second = sta.eapol(), sta.eapol()
    assert first[17:49] == second[17:49], "another nonce"
    assert int.from_bytes(second[9:17], "big") == int.from_bytes(first[9:17], "big") + 1
    sta.message_2(first)          # the answer to the first one is still good
    three = sta.eapol()
    assert struct.unpack_from(">H", three, 5)[0] == 0x13ca
    sta._check_mic(three)
    sta._keys_in(three)
    sta._answer(0x030a, three[9:17], bytes(32))
    ap.event("ready")


def test_an_old_counter_is_ignored(ap, station):
    sta = station(channel=6)
    begin(sta)
    e = sta.eapol()
    bad = e[:9] + bytes(8) + e[17:]
    sta.message_2(bad)
    e2 = sta.eapol()
    assert struct.unpack_from(">H", e2, 5)[0] == 0x008a, "message 1 again"


def test_an_element_that_changed_in_message_2_is_refused(ap, station):
    sta = station(channel=6)
    begin(sta)
    sta.rsn = RSN_IE[:-2] + b"\x0c\x00"
    sta.message_2(sta.eapol())
    f = sta.wait_mgmt(DEAUTH)
    assert struct.unpack_from("<H", f.data, 24)[0] == 17


@pytest.mark.parametrize("rsn,status", [
    (None, 40),
    ("30140100000fac020100000fac040100000fac020000", 41),
    ("30140100000fac040100000fac020100000fac020000", 42),
    ("30140100000fac040100000fac040100000fac010000", 43),
    ("30140200000fac040100000fac040100000fac020000", 44),
    ("30040100000f", 40),
])
def test_other_security_is_refused(ap, station, rsn, status):
    sta = station(channel=6)
    sta.bssid = sta.scan("home").bssid
    sta.authenticate()
    with pytest.raises(Failed) as e:
        sta.associate("home", rsn and bytes.fromhex(rsn))
    assert e.value.args == ("association", status)


def test_nothing_passes_before_the_handshake_and_nothing_in_the_clear_after(ap, station):
    sta, other = station(channel=6), station(channel=6)
    other.join("home", PSK)
    begin(sta)
    sta.send_eth(BROADCAST, 0x9000, b"before")
    sta.pmk and sta.handshake()
    key, sta.tk = sta.tk, None
    sta.send_eth(BROADCAST, 0x9000, b"clear")
    sta.tk = key
    sta.send_eth(BROADCAST, 0x9000, b"sealed")
    e = other.wait("eth", lambda e: e[12:14] == b"\x90\x00")
    assert e[14:] == b"sealed"


def test_group_frames_are_sealed_with_the_group_key(ap, station):
    a, b = station(channel=6), station(channel=6)
    a.join("home", PSK), b.join("home", PSK)
    a.send_eth(BROADCAST, 0x9000, b"to all")
    assert b.wait("eth", lambda e: e[14:] == b"to all")
    f = next(f.data for f in b.raw if f.data[0] == 8 and f.data[4:10] == BROADCAST)
    assert f[1] & PROTECTED and f[24 + 3] >> 6 == 1, "key id 1"


def test_a_replayed_frame_is_dropped(ap, station):
    a, b = station(channel=6), station(channel=6)
    a.join("home", PSK), b.join("home", PSK)
    a.send_eth(b.addr, 0x9000, b"one")
    a.send_eth(b.addr, 0x9000, b"two", pn=a.pn)       # its number was used
    a.send_eth(b.addr, 0x9000, b"three")
    got = [b.wait("eth", lambda e: e[12:14] == b"\x90\x00")[14:] for _ in range(2)]
    assert got == [b"one", b"three"]
    assert [s["replays"] for s in ap.do("stations")["stations"]] == [1, 0]


def test_a_frame_with_a_wrong_mic_is_dropped(ap, station):
    a, b = station(channel=6), station(channel=6)
    a.join("home", PSK), b.join("home", PSK)
    frame = a.data_frame(b.addr, 0x9000, b"broken")
    a.radio.send(frame[:-1] + bytes([frame[-1] ^ 1]))
    a.send_eth(b.addr, 0x9000, b"whole")
    assert b.wait("eth", lambda e: e[12:14] == b"\x90\x00")[14:] == b"whole"


def test_a_new_group_key_is_given_to_all_and_then_used(ap, station):
    a, b = station(channel=6), station(channel=6)
    a.join("home", PSK), b.join("home", PSK)
    ap.do("rekey")
    a.group_handshake(), b.group_handshake()
    assert ap.event("key", kind="group")["id"] == 2
    assert set(a.gtk) == {1, 2}
    a.send_eth(BROADCAST, 0x9000, b"with two")
    assert b.wait("eth", lambda e: e[14:] == b"with two")
    f = [f.data for f in b.raw if f.data[0] == 8 and f.data[4:10] == BROADCAST][-1]
    assert f[24 + 3] >> 6 == 2


def test_a_group_key_that_is_asked_for_while_one_is_given_follows_it(ap, station):
    """However often it was asked for meanwhile."""
    sta = station(channel=6)
    sta.join("home", PSK)
    for _ in range(3):
        ap.do("rekey")
    sta.group_handshake()
    assert ap.event("key", kind="group")["id"] == 2
    sta.group_handshake()
    assert ap.event("key", kind="group")["id"] == 1
    assert sta.eapol(timeout=0.5) is None


def test_who_does_not_take_the_group_key_is_let_go(ap, station):
    a, b = station(channel=6), station(channel=6)
    a.join("home", PSK), b.join("home", PSK)
    ap.do("rekey")
    a.group_handshake()
    f = b.wait_mgmt(DEAUTH)
    assert struct.unpack_from("<H", f.data, 24)[0] == 16
    ap.event("key", kind="group", id=2)
    assert len(ap.do("stations")["stations"]) == 1


def test_new_pairwise_keys(ap, station):
    sta = station(channel=6)
    sta.join("home", PSK)
    old = sta.ptk
    text = ap.do("stations")["stations"][0]["sta"]
    ap.do("rekey", sta=text)
    sta.handshake()
    ap.event("handshake", ok=True, rekey=True)
    assert sta.ptk != old
    assert Host(sta).dhcp() == "10.0.2.15"


def test_the_last_message_of_a_renewal_may_come_in_the_clear(ap, station):
    """As wpa_supplicant does."""
    sta = station(channel=6)
    sta.join("home", PSK)
    ap.do("rekey", sta=ap.do("stations")["stations"][0]["sta"])
    sta.message_2(sta.eapol())
    e = sta.eapol()
    sta._keys_in(e)
    sta.tk = None
    sta._answer(0x030a, e[9:17], bytes(32))
    ap.event("handshake", ok=True, rekey=True)
    sta.tk, sta.pn = aes.Aes(sta.ptk[32:]), 0
    assert Host(sta).dhcp() == "10.0.2.15"


def test_an_open_network_takes_no_rekey(start_ap):
    ap = start_ap(ssid="net", channel=6)
    assert "open" in ap.ask("rekey")["error"]
