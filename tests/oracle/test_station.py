# SPDX-License-Identifier: BSD-2-Clause
"""The judges of card, air and access point together: Linux's iwlwifi as a station with iw and
wpa_supplicant, as Debian ships them, on two kernels."""
import contextlib
import re
import socket
import subprocess

import pytest

from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

BSSID = "02:56:4f:59:00:0"
OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "bssid": BSSID + "0", "rssi": -42}
SECURE = {"ssid": "secure", "channel": 36, "psk": "correct horse", "name": "ap1",
          "bssid": BSSID + "1", "rssi": -55}
FAR = {"ssid": "far", "channel": 11, "psk": "somebody else's", "name": "ap2",
       "bssid": BSSID + "2", "rssi": -80}
SCRIPT = f"""
network() {{ printf 'network={{\\nssid="secure"\\npsk="%s"\\nscan_freq=5180\\n}}' "$1"; }}
wait_wlan {MAC}; ip link set wlan0 up; listen

part scan
scan_for 3 timeout 30 iw dev wlan0 scan
part passive
scan_for 3 scan freq 2437 2462 5180 flush passive
part directed
scan_for 1 scan freq 2437 flush ssid "open net"
part abort
n=$(lines "$ENDED" /tmp/events); iw dev wlan0 scan trigger && iw dev wlan0 scan abort
wait_until more "$ENDED" /tmp/events $n
scan freq 2437 flush >/dev/null && echo AGAIN

part open
iw dev wlan0 connect -w "open net" 2437 && dhcp
ping -q -c 20 -i 0.02 10.0.2.2
iw dev wlan0 disconnect; ip addr flush dev wlan0

part wpa2
supplicant "$(network "correct horse")"; wait_wpa CONNECTED 1; dhcp
ping -q -c 100 -i 0.02 10.0.2.2
iw dev wlan0 link; iw dev wlan0 station dump

part iperf
iperf3 -c 10.0.2.2 -p $PORT -n 2M -f k && iperf3 -c 10.0.2.2 -p $PORT -n 2M -f k -R
ping -q -c 10 -i 0.02 10.0.2.2

part scan_while_connected
ping -q -c 30 -i 0.1 10.0.2.2 >/tmp/ping &
ping=$!; scan_for 2 scan flush | grep SSID; wait $ping; cat /tmp/ping

part deauth
ask AP '{{"cmd":"deauth","ap":"ap1","sta":"all"}}'
wait_wpa DISCONNECTED 1; wait_wpa CONNECTED 2
ping -q -c 5 -i 0.2 10.0.2.2

part vanish
ask AP '{{"cmd":"vanish","ap":"ap1"}}'
wait_wpa DISCONNECTED 2; wpa_cli -p /run/wpa status | grep wpa_state
part return
ask AP '{{"cmd":"return","ap":"ap1"}}'
wait_wpa CONNECTED 3
ping -q -c 5 -i 0.2 10.0.2.2
iw dev wlan0 get power_save; ping -q -c 3 -i 1 10.0.2.2

part wrong
supplicant "$(network "wrong staple")"
wait_until logged "reason=WRONG_KEY" 1 && echo WRONG_KEY
wpa_cli -p /run/wpa status | grep wpa_state
"""


@contextlib.contextmanager
def iperf_server(package):
    """A port of this machine's loopback, which the access points' gateway stands for."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    server = subprocess.Popen(
        [package.loader, "--library-path", package.libs, package.names["iperf3"],
         "-s", "-B", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL)
    try:
        yield port
    finally:
        server.kill()
        server.wait()


def check_scans(r):
    """Each access point with SSID, channel, signal and security; and the ways to ask for them."""
    found = {}
    for block in r.parts["scan"].text.split("BSS 02:")[1:]:
        ssid = re.search(r"SSID: (.*)", block)[1]
        found[ssid] = (int(re.search(r"freq: (\d+)", block)[1]),
                       float(re.search(r"signal: (\S+)", block)[1]), "RSN:" in block,
                       "CCMP" in block)
    assert found == {"open net": (2437, -42, False, False), "secure": (5180, -55, True, True),
                     "far": (2462, -80, True, True)}
    assert all(f"SSID: {ssid}" in r.parts["passive"].text for ssid in found)
    assert re.findall("SSID: (.*)", r.parts["directed"].text) == ["open net"]
    assert "AGAIN" in r.parts["abort"].out
    assert {e["ssid"] for e in r.events if e["event"] == "bss"} == set(found)
    assert [e["aborted"] for e in r.events if e["event"] == "scan-done"].count(True) <= 1


def check_networks(r):
    """Open and WPA2 networks give an address and lose no ping."""
    pings = r"(\d+) packets received"
    assert "LEASE" in r.parts["open"].out and r.parts["open"].numbers(pings) == [20]
    wpa2 = r.parts["wpa2"]
    assert "WPA CONNECTED 1" in wpa2.out and "LEASE" in wpa2.out
    assert wpa2.numbers(r"(\d+) packets transmitted") == wpa2.numbers(pings) == [100]
    assert f"Connected to {SECURE['bssid']}" in wpa2.text and "signal: -55 dBm" in wpa2.text
    assert "authorized:\tyes" in wpa2.text and re.search(r"tx bitrate:.*MCS", wpa2.text)
    for name in ("MAC_CONTEXT_CMD", "TIME_EVENT_CMD", "ADD_STA_KEY", "LQ_CMD"):
        assert name in r.commands()


def check_iperf(r):
    """iperf3 runs both ways, over aggregates."""
    iperf = r.parts["iperf"]
    assert iperf.out.count("iperf Done.") == 2
    amounts = re.findall(r"([\d.]+) [KM]Bytes .* receiver", iperf.text)
    assert len(amounts) == 2 and all(float(a) > 0 for a in amounts), iperf.text
    assert iperf.numbers(r"(\d+) packets received") == [10]
    assert {e["direction"] for e in r.said("blockack")} == {"rx", "tx"}


def check_survival(r):
    """Its own scans, a deauthentication, a network that vanishes and comes back."""
    pings = r"(\d+) packets received"
    scan = r.parts["scan_while_connected"]
    assert "SSID: open net" in scan.text and scan.numbers(pings)[0] >= 28
    assert "WPA CONNECTED 2" in r.parts["deauth"].out
    assert r.parts["deauth"].numbers(pings) == [5]
    assert "WPA DISCONNECTED 2" in r.parts["vanish"].out
    assert "wpa_state=COMPLETED" not in r.parts["vanish"].text
    assert "WPA CONNECTED 3" in r.parts["return"].out
    assert r.parts["return"].numbers(pings) == [5, 3]
    assert "Power save: on" in r.parts["return"].text


def check_wrong_passphrase(r):
    """It never authorizes, and the supplicant itself says what is wrong."""
    assert "WRONG_KEY" in r.parts["wrong"].out
    assert "wpa_state=COMPLETED" not in r.parts["wrong"].text
    handshakes = [e["ok"] for e in r.said("handshake")]
    assert handshakes[:3] == [True] * 3 and True not in handshakes[3:] and False in handshakes
    assert [e["ap"] for e in r.said("ready")] == ["ap0", "ap1", "ap1", "ap1"]


def test_a_station_scans_connects_carries_data_and_survives(world, wifi, kernel):
    with iperf_server(wifi["iperf3"]) as port:
        r = world(f"PORT={port}\n" + SCRIPT, kernel, [OPEN, SECURE, FAR], timeout=800,
                  packages=["iw", "wpasupplicant", "iperf3"])
    check_scans(r)
    check_networks(r)
    check_iperf(r)
    check_survival(r)
    check_wrong_passphrase(r)
    r.check()
