# SPDX-License-Identifier: BSD-2-Clause
"""Open access points: beacons, joining, the network behind, leaving."""
import struct

import pytest

from airwire import ACKED
from ip import Host
from station import (ACTION, ASSOC_REQ, BEACON, BROADCAST, DEAUTH, DISASSOC, NULL, REASSOC_REQ,
                     Failed, ie, ies)


def reason(f):
    """Of a deauthentication or disassociation."""
    return struct.unpack_from("<H", f.data, 24)[0]


# ---- beacons ----------------------------------------------------------------------------------

def test_beacon_of_the_2_ghz_band_says_what_the_network_is(start_ap, station):
    start_ap(ssid="net", channel=6, country="FR", dtim_period=3)
    b = station(channel=6).scan("net")
    assert b.caps == 0x0421
    assert b.ies[1] == bytes([0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36])
    assert b.ies[50] == bytes([48, 72, 96, 108])
    assert b.ies[3] == b"\x06"
    assert b.ies[5][1] == 3 and len(b.ies[5]) == 4
    assert b.ies[7] == b"FR \x01\x0d\x14"
    assert b.ies[42] == b"\0"
    assert len(b.ies[45]) == 26 and b.ies[45][3] == 0xff
    assert len(b.ies[61]) == 22 and b.ies[61][0] == 6
    assert b.ies[221][:6] == bytes.fromhex("0050f2020101")
    assert 48 not in b.ies


def test_beacon_of_the_5_ghz_band_says_what_the_network_is(start_ap, station):
    start_ap(ssid="net", channel=36, psk="passphrase")
    b = station(channel=36).scan("net")
    assert b.caps == 0x0011
    assert b.ies[1] == bytes([0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108])
    assert b.ies[48] == bytes.fromhex("0100000fac040100000fac040100000fac020c00")
    assert 3 not in b.ies and 42 not in b.ies and 50 not in b.ies


def test_an_11b_access_point_has_no_later_elements(start_ap, station):
    start_ap(ssid="old", channel=1, b_only=True)
    b = station(channel=1).scan("old")
    assert b.ies[1] == bytes([0x82, 0x84, 0x8b, 0x96])
    assert not {42, 45, 50, 61} & set(b.ies)


def test_a_hidden_network_answers_only_to_its_name(start_ap, station):
    start_ap(ssid="secret", channel=6, hidden=True)
    sta = station(channel=6)
    assert sta.wait_mgmt(BEACON).data[36:38] == b"\0\0"
    assert sta.probe("", timeout=0.5) is None
    b = sta.probe("secret")
    assert b.ies[0] == b"secret" and 5 not in b.ies
    sta.bssid = b.bssid
    assert sta.join("secret", hidden=True) == 1


def test_probes_are_answered_with_the_ssid_and_without(start_ap, station):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    assert sta.probe("").ies[0] == b"net"
    b = sta.probe("net")
    assert b.ies[0] == b"net" and b.tsf > 0
    assert sta.probe("other", timeout=0.5) is None


def test_signal_is_what_was_asked_for(start_ap, station):
    ap = start_ap(ssid="net", channel=6, rssi=-67)
    sta = station(channel=6)
    assert sta.scan("net").signal == -67
    ap.do("set", key="rssi", value=-40)
    assert sta.wait("mgmt", lambda f: f.signal == -40)


# ---- joining ----------------------------------------------------------------------------------

@pytest.mark.parametrize("qos,ht", [(True, True), (True, False), (False, False)])
def test_join_lease_and_a_hundred_pings(start_ap, station, qos, ht):
    ap = start_ap(ssid="open net", channel=6)
    sta = station(channel=6, qos=qos, ht=ht)
    assert sta.join("open net") == 1
    ap.event("assoc", ok=True, wmm=qos, ht=ht)
    host = Host(sta)
    assert host.dhcp() == "10.0.2.15"
    assert ap.event("ip")["ip"] == "10.0.2.15"
    assert host.ping("10.0.2.2", 100) == 100
    assert host.ping("10.0.2.2", 1, size=1400) == 1


def test_the_second_station_gets_another_lease_and_reaches_the_first(start_ap, station):
    start_ap(ssid="net", channel=6)
    a, b = station(channel=6), station(channel=6)
    a.join("net"), b.join("net")
    assert (a.aid, b.aid) == (1, 2)
    assert {Host(a).dhcp(), Host(b).dhcp()} == {"10.0.2.15", "10.0.2.16"}
    b.send_eth(a.addr, 0x9000, b"to one")
    assert a.wait("eth", lambda e: e[12:14] == b"\x90\x00") == \
        a.addr + b.addr + b"\x90\x00to one"
    b.send_eth(BROADCAST, 0x9000, b"to all")
    for sta in (a, b):
        assert sta.wait("eth", lambda e: e[14:] == b"to all")[6:12] == b.addr


def test_a_station_may_come_again_without_leaving(start_ap, station):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    for _ in range(3):
        assert sta.join("net") == 1
        assert Host(sta).dhcp() == "10.0.2.15"
    assert sta.associate("net", kind=REASSOC_REQ) == 1
    assert Host(sta).dhcp() == "10.0.2.15"


@pytest.mark.parametrize("alg,seq,status", [(1, 1, 13), (0, 3, 14), (3, 1, 13)])
def test_other_authentication_is_refused(start_ap, station, alg, seq, status):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.bssid = sta.scan("net").bssid
    with pytest.raises(Failed) as e:
        sta.authenticate(alg, seq)
    assert e.value.args == ("authentication", status)


def test_association_that_does_not_fit_is_refused(start_ap, station):
    start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.bssid = sta.scan("net").bssid
    sta.authenticate()
    with pytest.raises(Failed) as e:
        sta.associate("other")
    assert e.value.args == ("association", 1)
    sta._rates = lambda: ie(1, bytes([12, 24, 48]))
    with pytest.raises(Failed) as e:
        sta.associate("net")
    assert e.value.args == ("association", 18)


def test_a_full_access_point_says_so(start_ap, station):
    start_ap(ssid="net", channel=6, max_sta=1)
    a, b = station(channel=6), station(channel=6)
    assert a.join("net") == 1
    with pytest.raises(Failed) as e:
        b.join("net")
    assert e.value.args == ("association", 17)


def test_who_is_not_authenticated_or_associated_is_told(start_ap, station):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.bssid = sta.scan("net").bssid
    sta.send_mgmt(ASSOC_REQ, struct.pack("<HH", 1, 5) + ie(0, b"net"))
    assert reason(sta.wait_mgmt(DEAUTH)) == 6
    sta.null(False)
    assert reason(sta.wait_mgmt(DEAUTH)) == 7
    sta.send_mgmt(ACTION, b"\3\0" + bytes(7))
    assert reason(sta.wait_mgmt(DEAUTH)) == 7
    sta.authenticate()
    sta.send_eth(BROADCAST, 0x9000, b"too early")
    assert reason(sta.wait_mgmt(DISASSOC)) == 7
    assert ap.do("status")["aps"][0]["associated"] == 0


# ---- leaving ----------------------------------------------------------------------------------

def test_deauthentication_on_demand_and_the_way_back(start_ap, station):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    text = ":".join(f"{b:02x}" for b in sta.addr)
    assert [s["sta"] for s in ap.do("stations")["stations"]] == [text]
    ap.do("deauth", sta=text, reason=3)
    f = sta.wait_mgmt(DEAUTH)
    assert reason(f) == 3 and f.data[4:10] == sta.addr
    ap.event("deauth", sta=text, by="ap", reason=3)
    assert ap.do("stations")["stations"] == []
    sta.join("net")
    assert Host(sta).dhcp() == "10.0.2.15"


@pytest.mark.parametrize("kind,name", [(DEAUTH, "deauth"), (DISASSOC, "disassoc")])
def test_a_station_that_leaves_is_forgotten(start_ap, station, kind, name):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    sta.send_mgmt(kind, b"\x03\x00")
    ap.event(name, by="sta", reason=3)
    assert ap.do("status")["aps"][0]["associated"] == 0


def test_a_silent_station_is_asked_then_dropped(start_ap, station):
    ap = start_ap(ssid="net", channel=6, inactivity=1)
    sta = station(channel=6)
    sta.join("net")
    assert sta.radio.rx(lambda f: f.data[0] == NULL and f.data[4:10] == sta.addr), "not asked"
    sta.radio.tune(sta.freq, on=False)
    ap.event("deauth", reason=4)


def test_vanish_and_return(start_ap, station):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    ap.do("vanish")
    sta.mgmt.clear()
    sta.radio.frames.clear()
    while sta.pump(0.3):
        pass
    assert sta.probe("net", timeout=0.3) is None
    assert sta.null(False).result != ACKED
    ap.do("return")
    sta.join("net")
    assert Host(sta).dhcp() == "10.0.2.15"


def test_channel_switch_is_announced_and_made(start_ap, station):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    ap.do("switch", channel=11, count=3)
    counts = []
    while not counts or counts[-1] > 1:
        f = sta.wait("mgmt", lambda f: f.data[0] == BEACON and 37 in ies(f.data[36:]))
        assert f, f"counted down only {counts}"
        csa = ies(f.data[36:])[37]
        assert csa[:2] == bytes([1, 11])
        counts.append(csa[2])
    assert counts == [3, 2, 1]
    ap.event("channel", channel=11)
    sta.radio.tune(2462)
    sta.freq = 2462
    assert sta.scan("net").ies[3] == b"\x0b"
    assert Host(sta).dhcp() == "10.0.2.15"
    assert not ap.ask("switch", channel=36)["ok"] and not ap.ask("switch", channel=15)["ok"]


# ---- several ----------------------------------------------------------------------------------

def test_several_access_points_by_the_command_line(hub, start_ap, station):
    """Each --ssid begins one; what stands behind it is its own."""
    ap = start_ap(name="one", bssid="02:00:00:00:00:aa", ssid="plain", channel=1, rssi=-40,
                  more=["--ssid", "home", "--channel", "36", "--psk", "passphrase", "--rssi", "-70",
                        "--ssid", "last", "--channel", "11", "--no-ht"])
    seen = [(a["ap"], a["bssid"], a["ssid"], a["channel"], a["security"])
            for a in ap.do("status")["aps"]]
    assert seen == [("one", "02:00:00:00:00:aa", "plain", 1, "open"),
                    ("ap1", "02:56:4f:59:00:01", "home", 36, "wpa2-psk"),
                    ("ap2", "02:56:4f:59:00:02", "last", 11, "open")]
    a, b, c = station(channel=1), station(channel=36), station(channel=11)
    assert (a.scan("plain").signal, b.scan("home").signal) == (-40, -70)
    a.join("plain"), b.join("home", "passphrase"), c.join("last")
    assert [s["ht"] for s in (x["stations"][0] for x in ap.do("status")["aps"])] == [
        True, True, False]


def test_twenty_stations_on_five_access_points(start_ap, station):
    channels = [1, 6, 11, 36, 44]
    aps = [{"ssid": f"net{i}", "channel": c, "name": f"box{i}"} for i, c in enumerate(channels)]
    aps[1]["psk"] = aps[3]["psk"] = "passphrase"
    ap = start_ap(config={"aps": aps})
    stas = []
    for i in range(20):
        conf = aps[i % 5]
        stas.append(station(channel=conf["channel"]))
        stas[-1].join(conf["ssid"], conf.get("psk"))
    status = ap.do("status")["aps"]
    assert [a["associated"] for a in status] == [4] * 5
    assert len({a["bssid"] for a in status}) == 5
    leases = [Host(s).dhcp() for s in stas]
    assert all(leases.count(f"10.0.2.{n}") == 5 for n in (15, 16, 17, 18))


def test_roaming_keeps_the_address(start_ap, station):
    ap = start_ap(config={"aps": [{"ssid": "net", "channel": 1, "name": "hall"},
                                  {"ssid": "net", "channel": 11, "name": "attic"}]})
    sta = station(channel=1)
    sta.join("net")
    host = Host(sta)
    assert host.dhcp() == "10.0.2.15"
    sta.freq = 2462
    sta.radio.tune(sta.freq)
    sta.bssid = sta.scan("net").bssid
    sta.authenticate()
    sta.associate("net", kind=REASSOC_REQ)
    ap.event("roamed", ap="hall", to="attic")
    assert host.ping("10.0.2.2", 5) == 5
    assert [a["associated"] for a in ap.do("status")["aps"]] == [0, 1]


def test_retries_that_were_heard_before_count_once(start_ap, station):
    ap = start_ap(ssid="net", channel=6)
    sta = station(channel=6)
    sta.join("net")
    frame = sta.data_frame(BROADCAST, 0x9000, b"once")
    sta.radio.send(frame)
    for _ in range(3):
        sta.radio.send(bytes([frame[0], frame[1] | 8]) + frame[2:])
    assert ap.do("stations")["stations"][0]["rx_frames"] == 1


def test_joins_over_a_lossy_air(hub, start_ap, station):
    hub.do("set", key="loss", value=30)
    ap = start_ap(ssid="net", channel=6, psk="passphrase")
    sta = station(channel=6)
    sta.join("net", "passphrase")
    host = Host(sta)
    assert host.dhcp() == "10.0.2.15"
    assert host.ping("10.0.2.2", 20, timeout=10) >= 18
    ap.event("ready")
