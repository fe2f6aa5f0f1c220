# SPDX-License-Identifier: BSD-2-Clause
"""What a 7260's firmware does besides carrying frames, judged by Linux's iwlwifi and iwlmvm:
U-APSD, a channel switch, Bluetooth, heat."""
import re

import pytest

from test_air import OPEN, clean
from voyageur import control
from world import MAC, World

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.long, pytest.mark.deadline(200)]


def test_linux_lives_with_all_that_its_card_tells(lab, firmware):
    seen = []
    with World(lab, firmware, [OPEN]) as w:
        def look():
            answer = control.ask(w.dir / "ap-control", {"cmd": "stations"})
            seen.extend(answer["stations"])
        w.on["LOOK"] = look
        r = w.run(f"wait_wlan {MAC}\n" + """
            home() { iw dev wlan0 connect -w "open net" >/dev/null && dhcp &&
                ping -q -c 5 -i 0.1 10.0.2.2; }
            hard() { for f in /sys/class/ieee80211/*/rfkill*/hard; do wait_for $f $1; done; }
            echo 0 >/sys/module/iwlwifi/parameters/uapsd_disable
            ip link set wlan0 up; home; sleep 1
            for i in 1 2 3 4 5; do ping -q -c 1 10.0.2.2; echo LOOK; sleep 0.3; done
            echo 'AP {"cmd":"switch","channel":11,"count":5}'; sleep 2
            iw dev wlan0 link | grep freq; ping -q -c 5 -i 0.1 10.0.2.2
            echo 'SET bt 3'; sleep 0.5; ping -q -c 5 -i 0.1 10.0.2.2; echo 'SET bt 0'
            echo 'SET temperature 115'; sleep 0.5; ping -q -c 5 -i 0.1 10.0.2.2
            echo 'SET temperature 100'; sleep 0.5
            echo 'SET temperature 120'; hard 1 && echo KILLED
            echo 'SET temperature 50'; hard 0 && echo COOL
            ip link set wlan0 up; home""", timeout=120)
    assert re.findall(r"(\d+) packets received", r.text) == ["5", *["1"] * 5, *["5"] * 4]
    assert "\tfreq: 2462" in r.out
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
    clean(r)
