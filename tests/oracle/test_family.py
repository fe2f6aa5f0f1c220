# SPDX-License-Identifier: BSD-2-Clause
"""The models of the 3160 and the 7265, judged as the 7260's is: Linux's own iwlwifi takes both, in
one guest, each with its own firmware, and joins a WPA2 network with each.
"""
import re

import klog
import pytest
from airlab import Air

pytestmark = [pytest.mark.lab, pytest.mark.slow]

NET = {"name": "ap", "ssid": "secure", "channel": 36, "psk": "correct horse",
       "bssid": "02:56:4f:59:00:01", "rssi": -50}
# model: its firmware, what Linux calls it, HW_REV, antennas; its address is 02:...:number
CARDS = {
    "i3160": ("iwlwifi-3160-17.ucode", "Intel(R) Dual Band Wireless AC 3160", "0x164", "0x1"),
    "i7265": ("iwlwifi-7265-17.ucode", "Intel(R) Dual Band Wireless AC 7265", "0x184", "0x3"),
}
SCRIPT = """
printf 'network={\\nssid="secure"\\npsk="correct horse"\\n}\\n' >/tmp/wpa.conf
of() { for d in /sys/class/net/wlan*; do [ "$(cat $d/address)" = $1 ] && basename $d; done; }
for mac in MACS; do
	i=0; while [ -z "$(of $mac)" ] && [ $i -lt 150 ]; do i=$((i + 1)); sleep 0.2; done
	wlan=$(of $mac); phy=$(cat /sys/class/net/$wlan/phy80211/name)
	echo "CARD $mac $wlan"
	iw phy $phy info | sed -n 's/.*Available Antennas: TX \\(.*\\) RX \\(.*\\)/ANTENNAS \\1 \\2/p'
	ip link set $wlan up && ip link set $wlan down && ip link set $wlan up && echo UP
	wpa_supplicant -B -i $wlan -c /tmp/wpa.conf -f /tmp/wpa.log
	udhcpc -i $wlan -n -q -f -t 20 -T 1 >/dev/null 2>&1 && echo LEASE
	ping -c 20 -i 0.1 -W 2 10.0.2.2 | grep transmitted
	killall wpa_supplicant; while pidof wpa_supplicant >/dev/null; do sleep 0.1; done
	ip link set $wlan down && echo DOWN
done
"""


def mac(number):
    return f"7c:7a:91:00:01:{number:02x}"


@pytest.mark.deadline(240)
def test_linux_takes_the_3160_and_the_7265_and_joins_a_network_with_each(lab, firmware_file,
                                                                        tmp_path):
    files = [firmware_file(of[0]) for of in CARDS.values()]
    with Air(tmp_path) as air:
        air.aps(NET)
        devices = [{"socket": air.card(f"mac={mac(i)}", f"firmware={file}", model=model)}
                   for i, (model, file) in enumerate(zip(CARDS, files))]
        macs = " ".join(mac(i) for i in range(len(CARDS)))
        r = lab([SCRIPT.replace("MACS", macs)], device=devices, vfio=False,
                modules=["iwlwifi", "iwlmvm"], firmware=[file.name for file in files],
                packages=["iw", "wpasupplicant"], timeout=200)
    out, log = r.stdout.decode(), r.dmesg
    klog.check(log.splitlines())
    assert air.trouble == [], (air.trouble, out)
    parts = dict(zip(CARDS, re.split(r"^CARD .*$", out, flags=re.M)[1:]))
    assert set(parts) == set(CARDS), out
    for model, (file, name, rev, antennas) in CARDS.items():
        said = parts[model]
        assert f"Detected {name}, REV={rev}" in log, log
        assert f" {file.removeprefix('iwlwifi-')} op_mode iwlmvm" in log, log
        assert f"ANTENNAS {antennas} {antennas}" in said, said
        for word in ("UP", "LEASE", "DOWN"):
            assert re.search(f"^{word}$", said, re.M), (model, out)
        assert "20 packets transmitted, 20 packets received" in said, said
