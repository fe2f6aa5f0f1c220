# SPDX-License-Identifier: BSD-2-Clause
"""What a station does, through a real kernel's VFIO: iwm in the lab's guest, for all of these tests
one guest and one run of the driver.

Every other test of this folder runs there, too, in a guest of its own (voy test --on lab tests/sta);
these are those of minutes, and the ones that a run without --on takes.
"""
import os

import pytest
from approcs import Ap, Hub
from iwmstation import PSK, ROUTER, Station, answers
from transfer import download, upload

from voyageur import pytest_run

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(600)]

SIZE = 1 << 20      # octets
HOME, CAFE = "02:00:00:00:00:00", "02:00:00:00:00:01"


@pytest.fixture(scope="module")
def driver(request):
    """In place of the plugin's, which is a test's own."""
    if request.config.getoption("--on") not in ("sim", "lab"):
        pytest.skip("is about the lab, and this session is for another target")
    factory = pytest_run.Factory("lab")
    yield factory
    factory.close()


@pytest.fixture(scope="module")
def air(tmp_path_factory):
    """(hub, the access point of "home", that of "cafe")."""
    with Hub(tmp_path_factory.mktemp("lab")) as hub:
        aps = [Ap(hub, 0, ssid="home", channel=36, psk=PSK, rssi=-50),
               Ap(hub, 1, ssid="cafe", channel=6, rssi=-60)]
        yield hub, *aps
        for ap in aps:
            ap.end()


@pytest.fixture(scope="module")
def up(driver, lab, air, firmware):
    """The station, which ends in order when all tests have been: nothing leaked, no rule broken."""
    assert lab and firmware
    psk = air[0].folder / "psk"
    psk.write_text(PSK + "\n")
    s = Station(driver.start("iwm", stay=True, timeout=90, settings={"air": air[0].socket},
                             args=["--ssid", "home", "--psk-file", psk, "--net", "ns"]))
    s.online()
    yield s
    s.end()


@pytest.fixture
def s(up):
    """The station, at home with an address whatever the test before has done."""
    if up.wifi("status").get("ssid") != "home":
        up.wifi("join", ssid="home", psk=PSK)
        up.event("associated", ssid="home")     # until then it runs, with an address, elsewhere
    up.state("running")
    up.until(lambda: "address" in up.wifi("status"), "an address")
    up.pass_over()
    return up


def test_wpa2_dhcp_and_pings(s, air):
    """Of all sizes; the access point knows the address that the guest has."""
    status = s.wifi("status")
    assert (status["ssid"], status["bssid"], status["security"]) == ("home", HOME, "wpa2-psk")
    sta, = air[1].do("stations")["stations"]
    assert sta["state"] == "ready" and status["address"] == f"{sta['ip']}/24"
    assert s.ping(5) == 5 and s.ping(3, size=1400) == 3
    assert "10.0.2.3" in s.do("cat", "/etc/resolv.conf")


def test_a_scan_tells_both_networks(s):
    """In the background, with their level and security."""
    def seen():
        s.wifi("scan")
        return s.event("scan", background=True, aborted=False)["bss"] == 2
    s.until(seen, "both are heard")
    assert {(b["bssid"], b["ssid"], b["channel"], b["signal"], b["security"])
            for b in s.wifi("bss")["bss"]} == {(HOME, "home", 36, -50, "wpa2-psk"),
                                               (CAFE, "cafe", 6, -60, "open")}
    assert s.ping(2) == 2


def test_data_arrive_whole_both_ways(s):
    """Over block ack agreements."""
    download(s, os.urandom(SIZE))
    upload(s, SIZE)
    c = s.wifi("stats")["stats"]
    assert c["ba_rx"] >= 1 and c["ba_tx"] >= 1 and c["rx_replay"] == c["rx_mic"] == 0


def test_deauthentication(s, air):
    """Back by itself, with the same address."""
    s.until(lambda: s.wifi("status").get("address"), "an address")
    address = s.wifi("status")["address"]
    air[1].do("deauth", sta="all", reason=2)
    s.event("disconnected", by="ap", reason=2)
    s.event("associated", ssid="home")
    assert s.wifi("status")["address"] == address and s.ping(3) >= 2


def test_firmware_that_dies_under_traffic(s):
    """Three times; each time back before the next."""
    p = s.start("ping", "-i", "0.05", "-c", 100000, ROUTER)
    for _ in range(3):
        s.run.inject("fw.crash", "0x38")
        s.event("disconnected", by="radio", text="the firmware has died")
        s.event("associated", ssid="home")
    p.terminate()
    p.communicate(timeout=200)
    assert s.ping(3) >= 2


def test_the_radio_switch(s):
    """Off, and on again."""
    s.run.inject("rfkill", 1)
    s.state("blocked")
    s.run.inject("rfkill", 0)
    s.event("associated", ssid="home")
    assert s.ping(3) >= 2


def test_a_wrong_passphrase(s):
    """It is said, and the right one mends it."""
    s.wifi("join", ssid="home", psk="wrong staple")
    assert "passphrase" in s.event("failed", passphrase=True)["text"]
    s.wifi("join", ssid="home", psk=PSK)
    s.event("associated", ssid="home")
    s.until(lambda: "address" in s.wifi("status"), "an address")
    assert s.ping(3) >= 2


def test_another_network_and_back(s, air):
    """From WPA2 on 5 GHz to an open one on 2.4 GHz."""
    s.wifi("join", ssid="cafe")
    s.event("associated", ssid="cafe", channel=6, security="open")
    air[1].event("deauth", by="sta")
    s.until(lambda: "address" in s.wifi("status"), "an address")
    assert s.ping(3) == 3


def test_roaming(s, air):
    """To a stronger access point of the network, under pings, the host's link kept."""
    hub, first, _ = air
    s.until(lambda: s.wifi("status").get("address"), "an address")
    address = s.wifi("status")["address"]
    second = Ap(hub, 2, ssid="home", channel=40, psk=PSK, rssi=-45)
    try:
        p = s.start("ping", "-c", 40, "-i", "0.2", "-W", 1, ROUTER)
        first.do("set", key="rssi", value=-77)
        roam = s.event("roam", to="02:00:00:00:00:02")
        assert roam["from"] == HOME
        assert s.event("associated", roamed=True)["channel"] == 40
        out, _ = p.communicate(timeout=200)
        assert answers(out) >= 25, out
        assert s.wifi("status")["address"] == address
        assert second.do("stations")["stations"][0]["state"] == "ready"
        first.do("set", key="rssi", value=-50)
        s.wifi("leave")
        second.event("deauth", by="sta", reason=3)
    finally:
        second.end()
