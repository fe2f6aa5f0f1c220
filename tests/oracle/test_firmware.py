# SPDX-License-Identifier: BSD-2-Clause
"""What a 7260's firmware does besides carrying frames, judged by Linux's iwlwifi and iwlmvm:
U-APSD, a channel switch, Bluetooth, heat."""
import re

import pytest
from voyageur import control
from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "rssi": -42}
# Around a channel switch Linux has its own times, which a machine with little time for the guest
# does not keep: no beacon within 300 TU on the new channel is the end of the connection, which a
# supplicant then makes again; and one that comes before mac80211 has got round to waiting for it is
# a warning.
SWITCH_WARNING = ("ieee80211_link_unreserve_chanctx", "ieee80211_sta_process_chanswitch")
CSA_PERIOD = 15         # the time event that a switch which was announced is to begin with
# What Bluetooth costs depends on how strong the network is, which Linux is told every ten seconds,
# or when it asks for statistics.
SCRIPT = f"""
off() {{ ! state COMPLETED; }}
reached() {{ ping -q -c 1 -W 1 10.0.2.2 >/dev/null; }}
pings() {{ ping -q -c 5 -i 0.1 10.0.2.2; }}
home() {{ wait_until state COMPLETED; dhcp; wait_until reached; pings; }}
hard() {{ for f in /sys/class/ieee80211/*/rfkill*/hard; do wait_for $f $1; done; }}
wait_wlan {MAC}
echo 0 >/sys/module/iwlwifi/parameters/uapsd_disable
ip link set wlan0 up
supplicant 'network={{
ssid="open net"
key_mgmt=NONE
scan_freq=2437 2462
}}'
home; sleep 1
for i in 1 2 3 4 5; do ping -q -c 1 10.0.2.2; ask LOOK; sleep 0.3; done
ask AP '{{"cmd":"switch","channel":11,"count":5}}'
moved() {{ iw dev wlan0 info | grep -q "(2462 MHz)"; }}
wait_until moved; wait_until reached && moved && echo MOVED
pings
known() {{ iw dev wlan0 station dump | grep -q "beacon signal avg"; }}; wait_until known
ask SET bt 3; sleep 0.5; pings; ask SET bt 0
ask SET temperature 115; sleep 0.5; pings
ask SET temperature 100; sleep 0.5
ask SET temperature 120; hard 1 && echo KILLED; wait_until off
ask SET temperature 50; hard 0 && echo COOL
ip link set wlan0 up; home
"""


def test_linux_lives_with_all_that_its_card_tells(world, kernel):
    """A complaint of the kernel or of the card fails it."""
    seen = []

    def look(w):
        seen.extend(control.ask(w.dir / "ap-control", {"cmd": "stations"})["stations"])
    r = world(SCRIPT, kernel, [OPEN], on={"LOOK": look}, timeout=800,
              packages=["iw", "wpasupplicant"])
    assert re.findall(r"(\d+) packets received", r.text) == ["5", *["1"] * 5, *["5"] * 4]
    assert "MOVED" in r.out
    assert any(f"(type {CSA_PERIOD}) begins" in e["text"] for e in r.events if e["event"] == "log")
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
    r.check(without=[SWITCH_WARNING])
