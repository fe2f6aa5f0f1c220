# SPDX-License-Identifier: BSD-2-Clause
"""From nothing to an address, on networks of all kinds; and what is said when there is none."""
import pytest
from iwmstation import FAST, PSK


@pytest.mark.parametrize("channel", [6, 36])
@pytest.mark.parametrize("psk", [None, PSK], ids=["open", "wpa2"])
@pytest.mark.parametrize("how", [{}, {"no_ht": True}, {"no_ht": True, "no_wmm": True}],
                         ids=["ht", "wmm", "plain"])
def test_networks_are_joined(start_ap, station, channel, psk, how):
    """Both bands, with and without keys, HT, QoS: an address, and answers of any size."""
    ap = start_ap(channel=channel, **({"psk": psk} if psk else {}), **how)
    s = station(psk=psk).online()
    told = s.event("associated", ssid="home", channel=channel)
    assert told["security"] == ("wpa2-psk" if psk else "open") and told["aid"] >= 1
    assert s.ping(3) == 3 and s.ping(3, size=1400) == 3
    sta, = ap.do("stations")["stations"]
    assert sta["state"] == "ready" and sta["ht"] is (not how) and sta["ip"].startswith("10.0.2.")
    assert sta["wmm"] is ("no_wmm" not in how)
    s.end()
    ap.event("deauth", by="sta", reason=3)


def test_the_oldest_access_points_are_joined(start_ap, station):
    """11 Mb/s, on 2.4 GHz."""
    start_ap(channel=1, psk=PSK, b_only=True)
    s = station(psk=PSK).online()
    assert s.ping(3) == 3
    s.end()


def test_a_hidden_network_is_joined_by_its_name(start_ap, station):
    """Its beacons do not tell it; a scan that no beacon came in has not seen so."""
    start_ap(psk=PSK, hidden=True)
    s = station(psk=PSK).online()
    bss, = s.wifi("bss")["bss"]
    while not bss["hidden"]:
        s.wifi("scan")
        s.event("scan", background=True)
        bss, = s.wifi("bss")["bss"]
    assert bss["ssid"] == "home" and s.ping(1) == 1
    s.end()


@FAST
def test_a_wrong_passphrase_ends_the_run(start_ap, station):
    """With a text that says so, and without the passphrase in it."""
    start_ap(psk=PSK)
    s = station(psk="wrong staple", net=False, stay=False)
    assert s.event("failed", passphrase=True)["text"]
    result = s.run.result()
    assert not result["ok"] and "passphrase" in result["error"] and "home" in result["error"]
    assert "wrong staple" not in str(s.run.poll_events()) + s.run.stderr()


@FAST
def test_a_wrong_passphrase_can_be_mended_by_another(start_ap, station):
    """A run that stays waits for it."""
    start_ap(psk=PSK)
    s = station(psk="wrong staple", net=False)
    s.event("failed", passphrase=True)
    s.event("state", state="waiting")
    s.wifi("join", ssid="home", psk=PSK)
    s.event("associated", security="wpa2-psk")
    s.end()


@FAST
@pytest.mark.parametrize("psk,given,says", [
    (PSK, None, "the network is secured (wpa2-psk); join it with its passphrase"),
    (None, PSK, "the network is open, but a passphrase was given")])
def test_security_is_as_was_asked_for(start_ap, station, psk, given, says):
    """Neither a secured network without, nor an open one with a passphrase."""
    start_ap(**({"psk": psk} if psk else {}))
    s = station(psk=given, net=False)
    assert says in s.event("failed")["text"]
    s.run.stop()


@FAST
def test_a_network_that_is_not_there_is_waited_for(start_ap, station):
    """What a run says that gives up, and that it joins when the network appears."""
    start_ap(ssid="other")
    s = station(net=False)
    assert s.event("failed")["text"] == "no access point of home is heard"
    assert s.wifi("status")["state"] in ("waiting", "scanning")
    start_ap()
    s.event("associated", ssid="home")
    s.end()


def test_what_the_run_waited_for_is_its_error(station):
    """On an empty air."""
    s = station(net=False, stay=False, timeout=15)
    result = s.run.result()
    assert not result["ok"] and "home is not joined" in result["error"]
    assert "no access point of home is heard" in result["error"]


def test_one_of_several_may_be_named(start_ap, station):
    """--bssid, though the other is stronger."""
    start_ap(rssi=-40)
    start_ap(channel=6, rssi=-60)
    s = station(net=False, args=["--bssid", "02:00:00:00:00:01"])
    assert s.event("associated")["channel"] == 6
    s.end()


def test_join_and_leave_on_request(start_ap, station):
    """From one network to another, to none, and back."""
    first, second = start_ap(psk=PSK), start_ap(ssid="cafe", channel=6)
    s = station(ssid=None, until="scanned")
    s.run.wait("scanned")
    s.state("idle")
    assert s.wifi("status")["wanted"] is None
    s.wifi("join", ssid="home", psk=PSK)
    s.online()
    assert s.ping(1) == 1
    s.wifi("join", ssid="cafe")
    s.event("associated", ssid="cafe")
    first.event("deauth", by="sta", reason=3)
    s.until(lambda: s.wifi("status").get("address"), "an address of the other network")
    assert s.ping(1) == 1
    s.wifi("leave")
    second.event("deauth", by="sta", reason=3)
    s.state("idle")
    s.until(lambda: "address" not in s.wifi("status"), "the lease is gone")
    s.wifi("join", ssid="home", psk=PSK)
    s.event("associated", ssid="home")
    s.end()
