# SPDX-License-Identifier: BSD-2-Clause
"""On a network: what the access point, the air, the card and the user do to a station."""
import pytest
from iwmstation import FAST, PSK, ROUTER, answers


@pytest.fixture
def joined(start_ap, station):
    """joined(...) -> (station with an address, access point); WPA2."""
    def start(ap=(), **how):
        the_ap = start_ap(psk=PSK, **dict(ap))
        s = station(psk=PSK, **how).online()
        s.event("associated")
        return s, the_ap
    return start


def kept(s, address):
    """It still has the address, and the host's link has never been down."""
    assert s.wifi("status")["address"] == address
    assert not [e for e in s.run.poll_events() if e.get("what") == "ip" and e["address"] is None]
    assert s.ping(2) >= 1


@pytest.mark.parametrize("reason,says", [(2, "authentication no longer valid"),
                                         (4, "disassociated for inactivity")])
def test_deauthentication(joined, reason, says):
    """It says why, comes back, and programs do not notice."""
    s, ap = joined()
    address = s.wifi("status")["address"]
    ap.do("deauth", sta="all", reason=reason)
    lost = s.event("disconnected", by="ap", reason=reason)
    assert says in lost["text"]
    s.event("associated")
    kept(s, address)
    assert s.count("disconnects") == 1 and s.count("joined") == 2
    s.end()


@FAST
def test_an_access_point_that_vanishes_and_returns(start_ap, station):
    """Missed beacons, questions without answer: gone; found again when it is there."""
    ap = start_ap(psk=PSK)
    s = station(psk=PSK, net=False)
    s.event("associated")
    ap.do("vanish")
    lost = s.event("disconnected", by="radio")
    assert "the access point is gone" in lost["text"]
    s.event("failed")
    s.until(lambda: not s.wifi("status")["carrier"], "the link goes down")
    ap.do("return")
    s.event("associated")
    assert s.wifi("status")["carrier"] and s.count("beacon_miss") >= 1
    s.end()


def test_roaming(joined, start_ap):
    """From an access point that becomes weak to a strong one, by reassociation, link kept."""
    s, first = joined(ap={"rssi": -50})
    address = s.wifi("status")["address"]
    second = start_ap(psk=PSK, channel=40, rssi=-45)
    ping = s.pinging()
    first.do("set", key="rssi", value=-77)
    roam = s.event("roam", to="02:00:00:00:00:01")
    assert roam["from"] == "02:00:00:00:00:00" and roam["signal"] < -65
    told = s.event("associated", roamed=True)
    assert told["channel"] == 40
    sent, lost = ping.end()
    assert lost <= sent // 2, (sent, lost)
    kept(s, address)
    assert s.count("roams") == 1 and s.count("disconnects") == 0
    assert second.do("stations")["stations"][0]["state"] == "ready"
    s.end()


@pytest.mark.parametrize("channel,to", [(36, 40), (6, 11)])
def test_the_access_point_changes_its_channel(joined, channel, to):
    """As announced by its beacons; in both bands."""
    s, ap = joined(ap={"channel": channel})
    address = s.wifi("status")["address"]
    ping = s.pinging()
    ap.do("switch", channel=to, count=5)
    assert s.event("channel")["channel"] == to
    assert s.ping(1) == 1
    sent, lost = ping.end()
    assert lost <= sent // 2, (sent, lost)
    assert s.wifi("status")["channel"] == to and s.count("disconnects") == 0
    kept(s, address)
    s.end()


@pytest.mark.parametrize("pairwise", [False, True], ids=["group", "pairwise"])
def test_new_keys_under_traffic(joined, pairwise):
    """Nothing is lost but what is under way at that moment."""
    s, ap = joined()
    sta = ap.do("stations")["stations"][0]["sta"]
    ping = s.pinging()
    name = "pairwise_rekeys" if pairwise else "group_rekeys"
    for n in range(1, 6):
        ap.do("rekey", **({"sta": sta} if pairwise else {}))
        s.until(lambda n=n: s.wifi("stats")["wpa"][name] >= n, f"rekey {n}")
    assert s.ping(1) == 1
    sent, lost = ping.end()
    assert lost <= 2 * 5, (sent, lost)
    stats = s.wifi("stats")
    assert stats["wpa"][name] == 5 and stats["stats"]["disconnects"] == 0
    # A frame may come with the new key before the layer knows that the card has it.
    assert stats["stats"]["rx_replay"] <= (5 if pairwise else 0)
    assert ap.do("stations")["stations"][0]["replays"] == 0
    s.end()


def test_the_radio_switch(joined):
    """Off: a good-bye.  On: back by itself."""
    s, ap = joined()
    s.run.inject("rfkill", 1)
    s.state("blocked")
    s.run.inject("rfkill", 0)
    s.event("associated")
    assert s.ping(2) >= 1 and ap
    s.end()


@pytest.mark.deadline(900)
def test_firmware_that_dies_a_hundred_times_under_traffic(joined):
    """Each time it is back before it dies again; programs see pauses; nothing leaks."""
    s, _ = joined()
    address = s.wifi("status")["address"]
    ping = s.pinging()
    for _ in range(100):
        s.run.inject("fw.crash", "0x38")
        s.event("disconnected", by="radio", text="the firmware has died")
        s.event("associated")
    sent, lost = ping.end()
    assert sent > lost, (sent, lost)
    kept(s, address)
    assert s.count("joined") == 101
    s.end()


@pytest.mark.deadline(300)
def test_a_long_way_under_sanitizers(joined, variant):
    """Joining, data, keys, dead firmware, the switch, a good-bye from the other side, leaving."""
    s, ap = joined(variant=variant)
    ping = s.pinging()
    ap.do("rekey")
    s.until(lambda: s.wifi("stats")["wpa"]["group_rekeys"] >= 1, "a new key")
    s.run.inject("fw.crash", "0x38")
    s.event("disconnected", by="radio")
    s.event("associated")
    ap.do("deauth", sta="all", reason=2)
    s.event("disconnected", by="ap")
    s.event("associated")
    s.run.inject("rfkill", 1)
    s.state("blocked")
    s.run.inject("rfkill", 0)
    s.event("associated")
    assert s.ping(1) == 1
    sent, lost = ping.end()
    assert sent > lost
    s.wifi("scan")
    s.event("scan", background=True)
    s.wifi("leave")
    s.state("idle")
    s.end()


def test_the_system_sleeps(joined):
    """Good-bye before, and back after."""
    s, ap = joined()
    assert s.run.control({"cmd": "suspend"})["ok"]
    ap.event("deauth", by="sta", reason=3)
    assert s.run.control({"cmd": "resume"})["ok"]
    s.event("associated")
    s.until(lambda: "address" in s.wifi("status"), "an address")
    assert s.ping(2) >= 1
    s.end()


@pytest.mark.parametrize("loss,least", [(1, 38), (20, 30)])
def test_frames_are_lost_on_the_air(joined, hub, loss, least):
    """They are sent again, by the card and by the access point."""
    s, ap = joined()
    hub.do("set", key="loss", value=loss)
    out = s.do("ping", "-c", 40, "-i", "0.04", "-W", 4, ROUTER, timeout=200)
    assert answers(out) >= least, out
    assert s.wifi("status")["state"] == "running" and ap
    s.end()


def test_joining_on_a_bad_air(start_ap, station, hub):
    """A third of all frames is lost."""
    hub.do("set", key="loss", value=33)
    start_ap(psk=PSK)
    s = station(psk=PSK).online()
    assert s.ping(10, wait=4) >= 1
    s.end()


def test_power_save(joined):
    """A station that dozes gets what was buffered for it."""
    s, ap = joined()
    s.wifi("powersave", on=True)
    s.until(lambda: ap.do("stations")["stations"][0]["asleep"], "it dozes")
    assert s.ping(5) == 5
    s.until(lambda: ap.do("stations")["stations"][0]["asleep"], "it dozes again")
    s.wifi("powersave", on=False)
    assert s.ping(2) == 2
    s.end()
