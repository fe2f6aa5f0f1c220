# SPDX-License-Identifier: BSD-2-Clause
"""What a 7260's firmware does besides carrying frames, judged by Linux's iwlwifi and iwlmvm:
U-APSD, a channel switch, Bluetooth, heat."""
import re

import pytest
from voyageur import control
from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "rssi": -42}
SCRIPT = f"""
home() {{ iw dev wlan0 connect -w "open net" >/dev/null && dhcp &&
	ping -q -c 5 -i 0.1 10.0.2.2; }}
hard() {{ for f in /sys/class/ieee80211/*/rfkill*/hard; do wait_for $f $1; done; }}
wait_wlan {MAC}
echo 0 >/sys/module/iwlwifi/parameters/uapsd_disable
ip link set wlan0 up; home; sleep 1
for i in 1 2 3 4 5; do ping -q -c 1 10.0.2.2; ask LOOK; sleep 0.3; done
ask AP '{{"cmd":"switch","channel":11,"count":5}}'
moved() {{ iw dev wlan0 link | grep -q "freq: 2462"; }}; wait_until moved && echo MOVED
ping -q -c 5 -i 0.1 10.0.2.2
ask SET bt 3; sleep 0.5; ping -q -c 5 -i 0.1 10.0.2.2; ask SET bt 0
ask SET temperature 115; sleep 0.5; ping -q -c 5 -i 0.1 10.0.2.2
ask SET temperature 100; sleep 0.5
ask SET temperature 120; hard 1 && echo KILLED
ask SET temperature 50; hard 0 && echo COOL
ip link set wlan0 up; home
"""


def test_linux_lives_with_all_that_its_card_tells(world, kernel):
    """A complaint of the kernel or of the card fails it."""
    seen = []

    def look(w):
        seen.extend(control.ask(w.dir / "ap-control", {"cmd": "stations"})["stations"])
    r = world(SCRIPT, kernel, [OPEN], on={"LOOK": look}, timeout=800)
    assert re.findall(r"(\d+) packets received", r.text) == ["5", *["1"] * 5, *["5"] * 4]
    assert "MOVED" in r.out
    # All categories by U-APSD: the station never leaves power save, and misses nothing.
    assert r.said("assoc")[0]["uapsd"] == 15
    assert [s["asleep"] for s in seen] == [True] * 5
    assert "KILLED" in r.out and "COOL" in r.out and r.out.count("LEASE") == 2
    log = "\n".join(r.dmesg)
    for text in ("thermal throttling initiated", "thermal throttling stopped", "Enter CT Kill",
                 "Exit CT Kill"):
        assert text in log
    assert {"REPLY_THERMAL_MNG_BACKOFF", "DTS_MEASUREMENT_TRIGGER",
            "BT_COEX_UPDATE_REDUCED_TXP"} <= set(r.commands())
    r.check()
