# SPDX-License-Identifier: BSD-2-Clause
"""What else Linux's iwlwifi does on the air: scheduled scans, visits to other channels, monitors,
an air that loses frames, a firmware that dies while connected, and the card as access point."""
import pathlib
import re
import sys
import threading

import klog
import pytest
from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

OPEN = {"ssid": "open net", "channel": 6, "name": "ap0", "rssi": -42}
SECURE = {"ssid": "secure", "channel": 36, "psk": "correct horse", "name": "ap1", "rssi": -55}
SCRIPT = f"""
wait_wlan {MAC}; ip link set wlan0 up

part scheduled_scan
found() {{ iw dev wlan0 scan dump | grep -q "SSID: $1"; }}
iw dev wlan0 scan sched_start interval 1500 freqs 2437 5180 matches ssid secure
wait_until found secure; iw dev wlan0 scan sched_stop; iw dev wlan0 scan dump | grep SSID

part visits
wait_until iw dev wlan0 roc start 5200 200 && echo VISIT
iw dev wlan0 connect -w "open net" 2437 && dhcp
wait_until iw dev wlan0 roc start 5200 50 && echo VISIT
ping -q -c 3 -i 0.2 10.0.2.2

part power
iw dev wlan0 set power_save off; ping -q -c 3 -i 0.2 10.0.2.2
iw dev wlan0 set power_save on; iw dev wlan0 cqm rssi -60 5
iw dev wlan0 set txpower fixed 1000 && echo POWER

part losses
before=$(iw dev wlan0 station dump | sed -n 's/.*tx retries:.//p')
ask AIR '{{"cmd":"set","key":"loss","value":25}}'
ping -q -c 60 -i 0.05 10.0.2.2; ask AIR '{{"cmd":"set","key":"loss","value":0}}'
echo RETRIES $(($(iw dev wlan0 station dump | sed -n 's/.*tx retries:.//p') - before))

part monitors
heard() {{ [ $(cat /sys/class/net/$1/statistics/rx_packets) -ge 3 ]; }}
iw dev wlan0 interface add mon0 type monitor && ip link set mon0 up
ping -q -c 3 -i 0.2 10.0.2.2; wait_until heard mon0 && echo HEARD BESIDE
ip link set mon0 down; iw dev mon0 del; ping -q -c 3 -i 0.2 10.0.2.2
ip link set wlan0 down; iw dev wlan0 set type monitor; ip link set wlan0 up
iw dev wlan0 set freq 5180; was=$(cat /sys/class/net/wlan0/statistics/rx_packets)
more_heard() {{ [ $(cat /sys/class/net/wlan0/statistics/rx_packets) -ge $((was + 3)) ]; }}
wait_until more_heard && echo HEARD ALONE
ip link set wlan0 down; iw dev wlan0 set type managed

part firmware_dies
supplicant 'network={{
ssid="secure"
psk="correct horse"
scan_freq=5180
}}'
wait_wpa CONNECTED 1; dhcp
ask SET fw.crash 0x3d
reached() {{ ping -q -c 1 -W 1 10.0.2.2 >/dev/null; }}; wait_until reached
ping -q -c 10 -i 0.2 10.0.2.2; wpa_cli -p /run/wpa status | grep wpa_state
killall wpa_supplicant; wait_until gone wpa_supplicant

part hostapd
printf 'interface=wlan0\\nssid=linux ap\\nchannel=6\\nhw_mode=g\\n' >/tmp/h
hostapd -B /tmp/h >/tmp/h.log || cat /tmp/h.log
ask JOIN
joined() {{ iw dev wlan0 station dump | grep -q "associated:.*yes"; }}
wait_until joined; iw dev wlan0 info; iw dev wlan0 station dump
"""


class Joiner:
    """A station that comes when it is asked to: a radio in Python beside the card."""

    def __init__(self):
        self.address, self.error = None, None

    def __call__(self, world):
        threading.Thread(target=self._join, args=[str(world.dir / "air")], daemon=True).start()

    def _join(self, air):
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "ap"))
        from station import Station
        try:
            station = Station(air, channel=6)
            station.scan("linux ap", timeout=60)
            station.join("linux ap")
            self.address = ":".join(f"{b:02x}" for b in station.addr)
        except Exception as e:      # the test asks for it
            self.error = e


def test_scans_on_schedule_visits_losses_monitors_a_dying_firmware_an_access_point(world, kernel):
    joiner = Joiner()
    r = world(SCRIPT, kernel, [OPEN, SECURE], timeout=800, on={"JOIN": joiner},
              packages=["iw", "wpasupplicant", "hostapd"])
    pings = r"(\d+) packets received"
    assert r.parts["scheduled_scan"].out == ["\tSSID: secure"]
    visits = r.parts["visits"]
    assert visits.out.count("VISIT") == 2 and "LEASE" in visits.out
    assert visits.numbers(pings) == [3]
    assert "POWER" in r.parts["power"].out and r.parts["power"].numbers(pings) == [3]
    losses = r.parts["losses"]
    assert losses.numbers(pings)[0] >= 59 and losses.numbers(r"RETRIES (\d+)")[0] > 0
    monitors = r.parts["monitors"]
    assert "HEARD BESIDE" in monitors.out and "HEARD ALONE" in monitors.out
    assert monitors.numbers(pings) == [3, 3]
    assert {"SCAN_OFFLOAD_UPDATE_PROFILES_CMD", "SCAN_OFFLOAD_ABORT_CMD", "HOT_SPOT_CMD",
            "REDUCE_TX_POWER_CMD", "MAC_PM_POWER_TABLE"} <= set(r.commands())

    dies = r.parts["firmware_dies"]
    assert dies.numbers(pings) == [10] and "wpa_state=COMPLETED" in dies.text
    assert len([e for e in r.said("ready") if e["ap"] == "ap1"]) == 1   # it has not noticed
    assert [e["id"] for e in r.events if e["event"] == "fw-assert"] == [0x3d]
    said = [re.search("Microcode SW error|Error Log Dump|$", line)[0]
            for line in klog.complaints(dies.dmesg)]
    assert said == ["Microcode SW error", "Error Log Dump"], "\n".join(dies.dmesg)

    assert joiner.error is None
    assert "type AP" in r.parts["hostapd"].text
    assert joiner.address and f"Station {joiner.address}" in r.parts["hostapd"].text
    assert "BEACON_TEMPLATE_CMD" in r.commands()
    r.check(but=["firmware_dies"])
