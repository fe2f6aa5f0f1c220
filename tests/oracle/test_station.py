# SPDX-License-Identifier: BSD-2-Clause
"""The judges of card, air and access point together: Linux's iwlwifi as a station with iw and
wpa_supplicant, as Debian ships them, on two kernels; and what our own driver hears on that air."""
import json
import re
import subprocess

import iperf
import pytest

from voyageur import paths
from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

BSSID = "02:56:4f:59:00:0"
OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "bssid": BSSID + "0", "rssi": -42}
SECURE = {"ssid": "secure", "channel": 36, "psk": "correct horse", "name": "ap1",
          "bssid": BSSID + "1", "rssi": -55}
FAR = {"ssid": "far", "channel": 11, "psk": "somebody else's", "name": "ap2",
       "bssid": BSSID + "2", "rssi": -80}
# On a channel where one only listens, as long as a beacon needs: it answers no question for anybody.
HIDDEN = {"ssid": "hush", "channel": 52, "psk": "a third one", "name": "ap3",
          "bssid": BSSID + "3", "rssi": -62, "hidden": True}
CAFE = {"ssid": "caf\u00e9", "channel": 48, "name": "ap4", "bssid": BSSID + "4", "rssi": -71}
APS = [OPEN, SECURE, FAR, HIDDEN, CAFE]
SCRIPT = f"""
network() {{ printf 'network={{\\nssid="secure"\\npsk="%s"\\nscan_freq=5180\\n}}' "$1"; }}
wait_wlan {MAC}; ip link set wlan0 up; listen

part scan
scan_for 5 scan; ask OURS
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
ping -q -A -c 20 -W 60 10.0.2.2
iw dev wlan0 disconnect; ip addr flush dev wlan0

part wpa2
supplicant "$(network "correct horse")"; wait_wpa CONNECTED 1; dhcp
ping -q -A -c 100 -W 60 10.0.2.2
iw dev wlan0 link; iw dev wlan0 station dump

part iperf
iperf3 -c 10.0.2.2 -p $PORT -n 2M -f k && iperf3 -c 10.0.2.2 -p $PORT -n 2M -f k -R
ping -q -A -c 10 -W 60 10.0.2.2

part scan_while_connected
ping -q -c 30 -i 0.1 10.0.2.2 >/tmp/ping &
ping=$!; scan_for 3 scan freq 2437 2462 flush | grep SSID; wait $ping; cat /tmp/ping

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


class Ours:
    """Our own driver, with a card of its own on the air that Linux scans."""

    def __init__(self, driver):
        self.driver, self.found, self.result = driver, [], None

    def start(self, world):
        """It is up before the guest is."""
        self.run = self.driver.start("iwm", on="sim", stay=True,
                                     settings={"air": world.dir / "air"})
        self.run.wait("scanned")

    def scan(self, _):
        """By `voy wifi`, until it has heard them all, as Linux does; then it leaves the air."""
        for _ in range(10):
            out = subprocess.run([paths.ROOT / "voy", "wifi", "scan", "--json", "--control",
                                  self.run.control_path], capture_output=True, check=True,
                                 stdin=subprocess.DEVNULL).stdout
            self.found = json.loads(out)["bss"]
            if len(self.found) >= len(APS):
                break
        self.result = self.run.stop()


def linux_found(text):
    """{BSSID: (SSID, MHz, security)} and {BSSID: dBm} of `iw scan dump`."""
    what, signal = {}, {}
    for block in re.split("^BSS (?=02:)", text, flags=re.M)[1:]:
        ssid = re.search(r"SSID: ?(.*)", block)[1].replace("\\x00", "")
        ssid = ssid.encode().decode("unicode_escape").encode("latin-1").decode()
        security = "wpa2-psk" if "RSN:" in block and "CCMP" in block else "open"
        what[block[:17]] = (ssid, int(re.search(r"freq: (\d+)", block)[1]), security)
        signal[block[:17]] = float(re.search(r"signal: (\S+)", block)[1])
    return what, signal


def check_equal(text, ours):
    """Linux and our driver hear the same on the same air, and it is what there is."""
    what, signal = linux_found(text)
    freq = {6: 2437, 11: 2462, 36: 5180, 48: 5240, 52: 5260}
    assert what == {ap["bssid"]: ("" if "hidden" in ap else ap["ssid"], freq[ap["channel"]],
                                  "wpa2-psk" if "psk" in ap else "open") for ap in APS}, text
    assert {b["bssid"]: (b["ssid"] or "", b["freq"], b["security"]) for b in ours.found} == what
    for b in ours.found:
        ap = next(ap for ap in APS if ap["bssid"] == b["bssid"])
        assert b["channel"] == ap["channel"] and b["hidden"] == ("hidden" in ap)
        assert abs(b["signal"] - signal[b["bssid"]]) <= 3
        assert abs(signal[b["bssid"]] - ap["rssi"]) <= 3
    assert ours.result["ok"], ours.result


def check_scans(r, ours):
    """Each access point with SSID, channel, signal and security; and the ways to ask for them."""
    check_equal(r.parts["scan"].text, ours)
    assert {ssid for ssid in re.findall("SSID: (.*)", r.parts["passive"].text)} >= {
        "open net", "secure", "far"}
    assert re.findall("SSID: (.*)", r.parts["directed"].text) == ["open net"]
    assert "AGAIN" in r.parts["abort"].out
    told = {e["ssid"] for e in r.events if e["event"] == "bss"}
    assert told >= {"open net", "secure", "far"}
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


def test_a_station_scans_connects_carries_data_and_survives(world, driver, kernel):
    ours = Ours(driver)
    with iperf.server(iperf.command()) as port:
        r = world(f"PORT={port}\n" + SCRIPT, kernel, APS, timeout=800, before=ours.start,
                  on={"OURS": ours.scan}, packages=["iw", "wpasupplicant", "iperf3"])
    check_scans(r, ours)
    check_networks(r)
    check_iperf(r)
    check_survival(r)
    check_wrong_passphrase(r)
    r.check()
