# SPDX-License-Identifier: BSD-2-Clause
"""Linux's own iwlwifi, iwlmvm and wpa_supplicant on the air of the simulator, on two kernels.

A kernel log with a single complaint fails each of these tests.
"""
import contextlib
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import threading

import pytest

from world import MAC, World

pytestmark = [pytest.mark.lab, pytest.mark.slow]

KERNELS = [None, pytest.param("bookworm-backports", marks=pytest.mark.long)]
BSSID = "02:56:4f:59:00:0"
OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "bssid": BSSID + "0", "rssi": -42}
SECURE = {"ssid": "secure", "channel": 36, "psk": "correct horse", "name": "ap1",
          "bssid": BSSID + "1", "rssi": -55}
FAR = {"ssid": "far", "channel": 11, "psk": "somebody else's", "name": "ap2",
       "bssid": BSSID + "2", "rssi": -80}
NETWORK = """network={
	ssid="secure"
	psk="%s"
}"""


def clean(r):
    """Nobody complained: not the kernel, not the card."""
    assert r.trouble() == []
    assert r.verdict is None
    assert "TIMEOUT" not in r.text


@pytest.fixture
def world(lab, firmware):
    """world(APs, SCRIPT, kernel=, settings=, air=, packages=...) -> Outcome."""
    def run(aps, script, kernel=None, settings=(), air=(), **options):
        options.setdefault("timeout", 120)
        with World(lab, firmware, aps, settings, air) as w:
            return w.run(f"wait_wlan {MAC}\n" + script, kernel=kernel, **options)
    return run


@pytest.mark.long
@pytest.mark.deadline(200)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_scan_shows_each_access_point_with_channel_signal_and_security(world, kernel):
    r = world([OPEN, SECURE, FAR], """
        ip link set wlan0 up; iw dev wlan0 scan
        echo PASSIVE; iw dev wlan0 scan passive | grep SSID
        echo DIRECTED; iw dev wlan0 scan freq 2437 ssid "open net" | grep SSID
        iw dev wlan0 scan trigger; iw dev wlan0 scan abort; sleep 0.5
        iw dev wlan0 scan >/dev/null && echo AGAIN""", kernel)
    first, passive, directed = re.split("PASSIVE|DIRECTED", r.text)
    found = {}
    for block in first.split("BSS 02:")[1:]:
        ssid = re.search(r"SSID: (.*)", block)[1]
        found[ssid] = (int(re.search(r"freq: (\d+)", block)[1]),
                       float(re.search(r"signal: (\S+)", block)[1]), "RSN:" in block,
                       "CCMP" in block)
    assert found == {"open net": (2437, -42, False, False), "secure": (5180, -55, True, True),
                     "far": (2462, -80, True, True)}
    assert all(ssid in passive for ssid in found) and "open net" in directed
    assert "AGAIN" in directed
    assert {e["ssid"] for e in r.events if e["event"] == "bss"} == set(found)
    assert [e["aborted"] for e in r.events if e["event"] == "scan-done"].count(True) <= 1
    clean(r)


@pytest.mark.deadline(200)
@pytest.mark.parametrize("kernel", KERNELS)
def test_open_and_wpa2_networks_give_an_address_and_lose_no_ping(world, kernel):
    r = world([OPEN, SECURE], f"""
        ip link set wlan0 up; iw dev wlan0 connect -w "open net" && dhcp
        ping -q -c 20 -i 0.1 10.0.2.2; iw dev wlan0 disconnect; ip addr flush dev wlan0
        supplicant '{NETWORK % "correct horse"}'; wait_wpa COMPLETED; dhcp
        ping -q -c 100 -i 0.05 10.0.2.2; iw dev wlan0 link
        iw dev wlan0 station dump""", kernel, packages=["iw", "wpasupplicant"])
    assert r.out.count("LEASE") == 2 and "WPA COMPLETED" in r.out
    assert re.findall(r"(\d+) packets transmitted, (\d+) packets received", r.text) == [
        ("20", "20"), ("100", "100")]
    assert "Connected to 02:56:4f:59:00:01" in r.text and "signal: -55 dBm" in r.text
    assert "authorized:\tyes" in r.text and re.search(r"tx bitrate:.*MCS", r.text)
    assert [e["ap"] for e in r.said("ready")] == ["ap0", "ap1"] and r.said("handshake")[0]["ok"]
    for name in ("MAC_CONTEXT_CMD", "TIME_EVENT_CMD", "ADD_STA_KEY", "LQ_CMD"):
        assert name in r.commands()
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(250)
@pytest.mark.parametrize("kernel", KERNELS)
def test_a_station_survives_deauthentication_a_vanished_network_and_its_own_scans(world, kernel):
    r = world([SECURE, OPEN], f"""
        supplicant '{NETWORK % "correct horse"}'; wait_wpa COMPLETED; dhcp
        ping -q -c 30 -i 0.1 10.0.2.2 >/tmp/ping & iw dev wlan0 scan | grep SSID; wait $!
        cat /tmp/ping
        echo 'AP {{"cmd":"deauth","ap":"ap1","sta":"all"}}'; sleep 1; wait_wpa COMPLETED
        ping -q -c 5 -i 0.2 10.0.2.2
        echo 'AP {{"cmd":"vanish","ap":"ap1"}}'
        i=0; while wpa_cli -p /run/wpa status | grep -q COMPLETED && [ $i -lt 200 ]; do
            sleep 0.1; i=$((i + 1)); done; echo LOST
        echo 'AP {{"cmd":"return","ap":"ap1"}}'; wait_wpa COMPLETED
        ping -q -c 5 -i 0.2 10.0.2.2; iw dev wlan0 get power_save
        sleep 2; ping -q -c 3 -i 1 10.0.2.2""", kernel, packages=["iw", "wpasupplicant"],
        timeout=180)
    pings = [int(n) for n in re.findall(r"(\d+) packets received", r.text)]
    assert r.out.count("WPA COMPLETED") == 3 and "SSID: open net" in r.text
    assert pings[0] >= 28 and pings[1:] == [5, 5, 3]
    assert "Power save: on" in r.text and len(r.said("handshake")) == 3
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(120)
def test_a_wrong_passphrase_never_authorizes(world):
    r = world([SECURE], f"""
        supplicant '{NETWORK % "wrong staple"}'
        i=0; while ! grep -q "reason=WRONG_KEY" /tmp/wpa.log && [ $i -lt 200 ]; do
            sleep 0.1; i=$((i + 1)); done
        wpa_cli -p /run/wpa status | grep wpa_state; grep -c WRONG_KEY /tmp/wpa.log""",
        packages=["iw", "wpasupplicant"])
    assert r.out[-1] == "1" and "wpa_state=COMPLETED" not in r.text
    assert not any(e["ok"] for e in r.said("handshake")) and r.said("ready") == []
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(120)
def test_a_lossy_air_costs_retries_but_no_data(world):
    r = world([OPEN], """
        ip link set wlan0 up; iw dev wlan0 connect -w "open net" && dhcp
        ping -q -c 60 -i 0.05 10.0.2.2; iw dev wlan0 station dump""", air=["loss=25"])
    assert "LEASE" in r.out and int(re.search(r"(\d+) packets received", r.text)[1]) >= 59
    assert int(re.search(r"tx retries:\t(\d+)", r.text)[1]) > 0
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(250)
def test_twenty_rounds_of_loading_and_unloading(world):
    r = world([OPEN], f"""
        mkdir -p /lib/modules/$(uname -r) && cd /lib/modules/$(uname -r) && touch modules.dep.bb
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
            rmmod iwlmvm && rmmod iwlwifi && insmod /voy/modules/iwlwifi.ko &&
            insmod /voy/modules/iwlmvm.ko && wait_wlan {MAC} && echo ROUND
        done
        ip link set wlan0 up; iw dev wlan0 connect -w "open net" && dhcp""", timeout=200)
    assert r.out.count("ROUND") == 20 and "LEASE" in r.out
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(120)
def test_scheduled_scan_visits_monitor_and_power_settings(world):
    r = world([OPEN, SECURE], """
        ip link set wlan0 up
        iw dev wlan0 scan sched_start interval 1500 freqs 2437 5180 matches ssid secure
        sleep 4; iw dev wlan0 scan sched_stop; iw dev wlan0 scan dump | grep SSID
        iw dev wlan0 roc start 5200 200 && echo VISIT; sleep 0.5
        iw dev wlan0 connect -w "open net" && dhcp
        iw dev wlan0 set power_save off; ping -q -c 3 -i 0.2 10.0.2.2
        iw dev wlan0 set power_save on; iw dev wlan0 cqm rssi -60 5
        iw dev wlan0 set txpower fixed 1000 && echo POWER
        iw dev wlan0 roc start 5200 50 && echo VISIT; sleep 1
        iw dev wlan0 interface add mon0 type monitor && ip link set mon0 up && sleep 0.5
        ip link set mon0 down; iw dev mon0 del; ping -q -c 3 -i 0.2 10.0.2.2
        ip link set wlan0 down; iw dev wlan0 set type monitor; ip link set wlan0 up
        iw dev wlan0 set freq 5180; sleep 1
        echo HEARD $(cat /sys/class/net/wlan0/statistics/rx_packets)""")
    assert r.out[0] == "\tSSID: secure" and r.out.count("VISIT") == 2 and "POWER" in r.out
    assert re.findall(r"(\d+) packets received", r.text) == ["3", "3"]
    assert int(re.search(r"HEARD (\d+)", r.text)[1]) >= 3
    assert {"SCAN_OFFLOAD_UPDATE_PROFILES_CMD", "SCAN_OFFLOAD_ABORT_CMD", "HOT_SPOT_CMD",
            "REDUCE_TX_POWER_CMD", "MAC_PM_POWER_TABLE"} <= set(r.commands())
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(150)
def test_linux_recovers_from_a_firmware_that_dies_while_connected(world):
    r = world([SECURE], f"""
        supplicant '{NETWORK % "correct horse"}'; wait_wpa COMPLETED; dhcp
        echo SET fw.crash 0x3d; sleep 4
        ping -q -c 10 -i 0.2 10.0.2.2; wpa_cli -p /run/wpa status | grep wpa_state""",
        packages=["iw", "wpasupplicant"])
    assert "10 packets received" in r.text and "wpa_state=COMPLETED" in r.text
    assert len(r.said("ready")) == 1            # the access point has not noticed
    assert sum("Microcode SW error" in line for line in r.dmesg) == 1 and r.verdict is None
    assert r.images().count("RUNTIME") == 2


@contextlib.contextmanager
def iperf_server():
    """A port of this machine's loopback, which the access points' gateway stands for."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    server = subprocess.Popen(["iperf3", "-s", "-B", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        server.kill()
        server.wait()


@pytest.mark.long
@pytest.mark.deadline(150)
@pytest.mark.skipif(not shutil.which("iperf3"), reason="iperf3 is not installed here")
def test_iperf3_runs_both_ways_over_aggregates(world):
    with iperf_server() as port:
        r = world([SECURE], f"""
            supplicant '{NETWORK % "correct horse"}'; wait_wpa COMPLETED; dhcp
            iperf3 -c 10.0.2.2 -p {port} -t 3 && iperf3 -c 10.0.2.2 -p {port} -t 3 -R
            ping -q -c 10 -i 0.1 10.0.2.2""", packages=["iw", "wpasupplicant", "iperf3"])
    assert r.out.count("iperf Done.") == 2 and "10 packets received" in r.text
    amounts = re.findall(r"([\d.]+) [KMG]Bytes .* receiver", r.text)
    assert len(amounts) == 2 and all(float(a) > 0 for a in amounts)
    assert {e["direction"] for e in r.said("blockack")} == {"rx", "tx"}
    clean(r)


@pytest.mark.long
@pytest.mark.deadline(150)
def test_hostapd_makes_the_card_an_access_point(lab, firmware):
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ap"))
    from station import Station
    joined = []

    def join(air):
        station = Station(str(air), channel=6)
        station.scan("linux ap", timeout=30)
        station.join("linux ap")
        joined.append(":".join(f"{b:02x}" for b in station.addr))

    with World(lab, firmware) as w:
        w.on["GO"] = lambda: threading.Thread(target=join, args=[w.dir / "air"]).start()
        r = w.run(f"""wait_wlan {MAC}
            printf 'interface=wlan0\\nssid=linux ap\\nchannel=6\\nhw_mode=g\\n' >/tmp/h
            hostapd -B /tmp/h >/tmp/h.log && echo GO; i=0
            while ! iw dev wlan0 station dump | grep -q "associated:.*yes" && [ $i -lt 100 ]; do
                sleep 0.1; i=$((i + 1)); done
            iw dev wlan0 info; iw dev wlan0 station dump""", packages=["iw", "hostapd"])
    assert "type AP" in r.text and joined and f"Station {joined[0]}" in r.text
    assert "BEACON_TEMPLATE_CMD" in r.commands()
    clean(r)
