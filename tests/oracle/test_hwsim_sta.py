# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the built-in access point: Linux's own mac80211 with a real wpa_supplicant, on a
radio of mac80211_hwsim that the bridge puts on the air."""
import re

import pytest

import klog
import parts
from airlab import BRIDGE, END, Air

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(600)]

STA = "02:00:00:00:00:00"
APS = [
    {"name": "home", "ssid": "home", "psk": "correct horse", "channel": 6, "rssi": -61},
    {"name": "open", "ssid": "open 5", "channel": 36, "bssid": "02:00:00:aa:00:02", "rssi": -44},
    # Not HT: hwsim does not tell Linux of the tries of frames under a block ack agreement.
    {"name": "lossy", "ssid": "lossy", "channel": 44, "bssid": "02:00:00:aa:00:03", "ht": False,
     "rssi": -50}]
SCRIPT = BRIDGE + f"""
lease() {{ udhcpc -i wlan0 -n -q -t 30 -T 1 2>&1 | grep -o 'lease of [^ ]* obtained'; }}
ip link set wlan0 up; listen

part scan
scan_for 3 scan freq 2437 5180 5220

part home
supplicant 'network={{
ssid="home"
psk="correct horse"
scan_freq=2437
}}'
wait_wpa CONNECTED 1; lease
ping -q -A -c 100 -W 60 10.0.2.2 | grep loss

part deauth
ask AP '{{"cmd":"deauth","sta":"{STA}","ap":"home"}}'
wait_wpa DISCONNECTED 1; wait_wpa CONNECTED 2
ping -q -c 5 -i 0.1 -W 30 10.0.2.2 | grep loss
iw wlan0 link | grep -E 'SSID|freq|signal'

part lossy
supplicant 'network={{
ssid="lossy"
key_mgmt=NONE
scan_freq=5220
}}'
wait_wpa CONNECTED 1; lease
ping -q -c 60 -i 0.05 -W 30 10.0.2.2 | grep loss
iw wlan0 station dump | grep -E 'tx retries|tx packets|tx failed|signal:|tx bitrate'
""" + END


def bridge_of(result):
    """The bridge's own figures: {"tx": ..., ...}."""
    line = [x for x in result.stderr.decode().splitlines() if x.startswith("result:")][-1]
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", line)}


def check_loss(lossy):
    """Loss on the air is seen by Linux as retries and not as lost pings."""
    assert "lease of 10.0.2.15" in lossy.text
    assert lossy.numbers(r"(\d+) packets received")[0] >= 57
    assert lossy.numbers(r"tx retries:\s*(\d+)")[0] >= 15
    assert re.search(r"signal:\s*-50 ", lossy.text)
    assert float(re.search(r"tx bitrate:\s*([\d.]+) MBit", lossy.text)[1]) >= 6


def test_station_scans_joins_gets_a_lease_pings_comes_back_and_bears_loss(lab, wifi, kernel,
                                                                          tmp_path):
    with Air(tmp_path, "loss:lossy:*=25", "seed=7") as air:
        air.aps(*APS)
        r = lab([SCRIPT], modules=["mac80211_hwsim radios=1"], packages=["wpasupplicant", "iw"],
                files=air.files, channels=air.channels, timeout=500, kernel=kernel)
    out = r.stdout.decode().splitlines()
    assert r.status == 0 and out[-1] == "BRIDGE-OK", (out, r.stderr)
    part = parts.split(out, [])
    scan = part["scan"].text
    assert re.search(r"freq: 2437\n(\t.*\n)*?\tsignal: -61.00 dBm\n(\t.*\n)*?\tSSID: home\n"
                     r"(\t.*\n)*?.*Authentication suites: PSK", scan), scan
    assert re.search(r"BSS 02:00:00:aa:00:02.*\n(\t.*\n)*?\tfreq: 5180\n(\t.*\n)*?"
                     r"\tsignal: -44.00 dBm\n(\t.*\n)*?\tSSID: open 5\n", scan), scan
    assert "lease of 10.0.2.15 obtained" in part["home"].out
    for name in ("home", "deauth"):
        assert ", 0% packet loss" in part[name].text, out
    assert "\tSSID: home" in part["deauth"].out
    check_loss(part["lossy"])
    assert not re.search("^(TIMEOUT|FAILED) ", "\n".join(out), re.M), out
    klog.check(r.dmesg.splitlines())
    assert bridge_of(r)["acked"] > 110 and bridge_of(r)["overruns"] == 0
    assert air.results["voy-air"]["lost"] > 20 and air.trouble == []
    assert sum(e["event"] == "handshake" and e["ok"] for e in air.events) == 2
