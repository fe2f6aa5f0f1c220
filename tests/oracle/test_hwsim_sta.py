# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the built-in access point: Linux's own mac80211 with a real wpa_supplicant, on a
radio of mac80211_hwsim that the bridge puts on the air."""
import re

import pytest

from airlab import BRIDGE, END, WAIT_STATE, Air
from voyageur import control

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.long, pytest.mark.deadline(120)]

TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace")
MODULES = ["mac80211_hwsim radios=1"]
PACKAGES = ["wpasupplicant", "iw"]
STA = "02:00:00:00:00:00"


def supplicant(ssid, freq, psk=None):
    """Shell: wpa_supplicant for one network on wlan0, until it is connected."""
    key = f'psk="{psk}"' if psk else "key_mgmt=NONE"
    return f"""
cat >/tmp/wpa.conf <<X
network={{
	ssid="{ssid}"
	{key}
	scan_freq={freq}
}}
X
wpa_supplicant -B -i wlan0 -D nl80211 -c /tmp/wpa.conf -C /run/wpa >/dev/null
wait_state COMPLETED
"""


def bridge_of(result):
    """The bridge's own figures: {"tx": ..., ...}."""
    line = [x for x in result.stderr.decode().splitlines() if x.startswith("result:")][-1]
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", line)}


def test_station_with_wpa_supplicant_joins_gets_a_lease_pings_and_comes_back(lab, tmp_path):
    def line(text):
        if text == "DEAUTH":
            assert control.ask(air.ap_control, {"cmd": "deauth", "sta": STA, "ap": "home"})["ok"]

    with Air(tmp_path) as air:
        air.aps({"name": "home", "ssid": "home", "psk": "correct horse", "channel": 6,
                 "rssi": -61},
                {"name": "open", "ssid": "open 5", "channel": 36, "bssid": "02:00:00:aa:00:02",
                 "rssi": -44})
        r = lab([BRIDGE + WAIT_STATE + """
            ip link set wlan0 up
            iw wlan0 scan freq 2437 5180 | grep -E '^BSS|SSID|signal|freq|Authentication suites'
        """ + supplicant("home", 2437, "correct horse") + """
            udhcpc -i wlan0 -n -q -t 10 -T 1 2>&1 | grep -o 'lease of [^ ]* obtained'
            ping -q -c 100 -i 0.02 10.0.2.2 | grep loss
            echo DEAUTH; sleep 0.3
            wait_state COMPLETED; ping -q -c 5 -i 0.1 -W 5 10.0.2.2 | grep loss
            iw wlan0 link | grep -E 'SSID|freq|signal'
        """ + END], modules=MODULES, packages=PACKAGES, files=air.files, channels=air.channels,
                timeout=100, on_stdout=line)
    out = r.stdout.decode().splitlines()
    assert r.status == 0 and out[-1] == "BRIDGE-OK", (out, r.stderr)
    scan = "\n".join(out[:out.index("STATE COMPLETED")])
    assert re.search(r"freq: 2437\n\s*signal: -61.00 dBm\n\s*SSID: home\n.*PSK", scan)
    assert re.search(r"BSS 02:00:00:aa:00:02.*\n\s*freq: 5180\n\s*signal: -44.00 dBm\n"
                     r"\s*SSID: open 5", scan)
    assert [x for x in out if "lease" in x] == ["lease of 10.0.2.15 obtained"]
    assert [x.split(",")[2].strip() for x in out if "packet loss" in x] == ["0% packet loss"] * 2
    assert out.count("STATE COMPLETED") == 2
    assert not [x for x in r.dmesg.splitlines() if TROUBLE.search(x)]
    assert bridge_of(r)["acked"] > 110 and bridge_of(r)["overruns"] == 0
    assert air.trouble == []
    assert sum(e["event"] == "handshake" and e["ok"] for e in air.events) == 2


def test_loss_on_the_air_is_seen_by_linux_as_retries_and_not_as_lost_pings(lab, tmp_path):
    with Air(tmp_path, "loss=25", "seed=7") as air:
        # Not HT: hwsim does not tell Linux of the tries of frames under a block ack agreement.
        air.ap("--ssid", "lossy", "--channel", "44", "--no-ht")
        r = lab([BRIDGE + WAIT_STATE + "ip link set wlan0 up\n" + supplicant("lossy", 5220) + """
            udhcpc -i wlan0 -n -q -t 10 -T 1 2>&1 | grep -o 'lease of [^ ]* obtained'
            ping -q -c 60 -i 0.05 -W 5 10.0.2.2 | grep loss
            iw wlan0 station dump | grep -E 'tx retries|tx packets|tx failed|signal:|tx bitrate'
        """ + END], modules=MODULES, packages=PACKAGES, files=air.files, channels=air.channels,
                timeout=100)
    out = r.stdout.decode()
    assert r.status == 0 and "lease of 10.0.2.15" in out and "BRIDGE-OK" in out, (out, r.stderr)
    assert "100% packet loss" not in out
    assert int(re.search(r"(\d+) packets received", out)[1]) >= 57
    assert int(re.search(r"tx retries:\s*(\d+)", out)[1]) >= 15
    assert re.search(r"signal:\s*-50 ", out)
    assert float(re.search(r"tx bitrate:\s*([\d.]+) MBit", out)[1]) >= 6
    assert not [x for x in r.dmesg.splitlines() if TROUBLE.search(x)]
    assert air.results["voy-air"]["lost"] > 20 and air.trouble == []
