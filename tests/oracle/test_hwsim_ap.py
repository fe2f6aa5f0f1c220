# SPDX-License-Identifier: BSD-2-Clause
"""A real hostapd as access point on the air: on a radio of mac80211_hwsim, through the bridge."""
import re

import pytest

from airlab import BRIDGE, END, WAIT_STATE, Air, Beside
from lab import Lab
from voyageur import cache, fetch

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.long, pytest.mark.deadline(120)]

TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace")
CARD = "7c:7a:91:12:34:56"
PACKAGES = ["wpasupplicant", "hostapd", "iw", "iperf3"]


def hostapd(ssid, channel, psk=None, extra=""):
    """Shell: hostapd on wlan0, 192.168.7.1 there."""
    wpa = (f"wpa=2\nwpa_key_mgmt=WPA-PSK\nrsn_pairwise=CCMP\nwpa_passphrase={psk}"
           if psk else "")
    return f"""
cat >/tmp/hostapd.conf <<X
interface=wlan0
driver=nl80211
ssid={ssid}
country_code=DE
hw_mode={'g' if channel < 15 else 'a'}
channel={channel}
wmm_enabled=1
ctrl_interface=/run/hostapd
{wpa}
{extra}
X
hostapd -B -P /run/hostapd.pid -f /tmp/hostapd.log /tmp/hostapd.conf >/dev/null ||
    cat /tmp/hostapd.log
ip addr add 192.168.7.1/24 dev wlan0
"""


# The second radio in a network of its own, so that its packets take the air.
STATION = """
unshare -n sleep 1000 & NS=$!
while [ "$(readlink /proc/$NS/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
iw phy phy1 set netns $NS
in_ns() { nsenter -t $NS -n "$@"; }
"""


def test_hostapd_serves_a_station_that_it_meets_only_on_the_air(lab, tmp_path):
    with Air(tmp_path, "rssi:guest0:guest1=-58") as air:
        r = lab([BRIDGE + WAIT_STATE + hostapd("real", 11, "correct horse", "ieee80211n=1")
                 + STATION + """
            printf 'network={\\nssid="real"\\npsk="correct horse"\\nscan_freq=2462\\n}\\n' \\
                >/tmp/wpa.conf
            in_ns wpa_supplicant -B -i wlan1 -D nl80211 -c /tmp/wpa.conf -C /run/wpa >/dev/null
            wait_state COMPLETED
            in_ns ip addr add 192.168.7.2/24 dev wlan1
            in_ns ping -q -c 100 -i 0.02 192.168.7.1 | grep loss
            iperf3 -s -D
            in_ns iperf3 --bidir -c 192.168.7.1 -t 3 -f k | grep receiver
            hostapd_cli -p /run/hostapd all_sta 2>/dev/null | grep -E '^02:|signal='
            grep -c AP-STA-CONNECTED /tmp/hostapd.log
            hostapd_cli -p /run/hostapd chan_switch 5 2437 ht >/dev/null
            i=0; while ! grep -q AP-CSA-FINISHED /tmp/hostapd.log; do i=$((i + 1))
                [ $i -gt 100 ] && break; sleep 0.1; done
            in_ns ping -q -c 20 -i 0.05 -W 3 192.168.7.1 | grep loss
            in_ns iw dev wlan1 link | grep freq
            kill $(cat /run/hostapd.pid); wait_state SCANNING
            mkdir -p /lib/modules/$(uname -r); cd /lib/modules/$(uname -r)
            touch modules.dep.bb; kill $NS; killall wpa_supplicant; sleep 0.3
            rmmod mac80211_hwsim
            wait $HWSIM; echo "UNLOADED $?"; cat /tmp/hwsim.log >&2
        """], modules=["mac80211_hwsim radios=2"], packages=PACKAGES, files=air.files,
                channels=air.channels, timeout=100)
    out = r.stdout.decode()
    assert r.status == 0 and out.endswith("UNLOADED 1\n"), (out, r.stderr)
    assert b"the module was unloaded; load it" in r.stderr
    assert out.count(" 0% packet loss") == 2
    assert "STATE COMPLETED" in out and "STATE SCANNING" in out and "freq: 2437" in out
    assert "02:00:00:00:01:00" in out
    assert [float(x) > 100 for x in re.findall(r"([\d.]+) Kbits/sec", out)] == [True, True]
    assert not [x for x in r.dmesg.splitlines() if TROUBLE.search(x)]
    assert air.trouble == [] and air.results["voy-air"]["acked"] > 300


@pytest.mark.parametrize("kernel", ["bookworm", "bookworm-backports"])
def test_simulated_7260_with_iwlwifi_joins_a_real_hostapd(lab, firmware, tmp_path, kernel):
    """Two guests: hostapd in one, the card with Linux's iwlwifi in the other."""
    try:
        fetch.kernel("bookworm", "backports" in kernel)
    except cache.CacheError as e:
        pytest.skip(str(e))
    with Air(tmp_path) as air:
        card = air.card(f"firmware={firmware}", f"mac={CARD}")
        access_point = Beside(Lab([BRIDGE + hostapd("real", 6, "correct horse", "ieee80211n=1")
                                   + """
            i=0; while ! grep -q AP-STA-DISCONNECTED /tmp/hostapd.log; do
                i=$((i + 1)); [ $i -gt 900 ] && break; sleep 0.1; done
            cat /tmp/hostapd.log
        """ + END], modules=["mac80211_hwsim radios=1"], packages=["hostapd"], files=air.files,
            channels=air.channels, timeout=110, kernel=kernel))
        with access_point:
            r = lab([WAIT_STATE + """
                printf 'network={\\nssid="real"\\npsk="correct horse"\\nscan_freq=2437\\n}\\n' \\
                    >/tmp/wpa.conf
                i=0; while [ ! -e /sys/class/net/wlan0 ]; do i=$((i + 1)); [ $i -gt 100 ] &&
                    break; sleep 0.1; done
                wpa_supplicant -B -i wlan0 -D nl80211 -c /tmp/wpa.conf -C /run/wpa >/dev/null
                wait_state COMPLETED
                ip addr add 192.168.7.3/24 dev wlan0
                ping -q -c 100 -i 0.02 192.168.7.1 | grep loss
                wpa_cli -p /run/wpa disconnect; sleep 0.5
            """], device={"socket": card}, vfio=False, modules=["iwlwifi", "iwlmvm"],
                firmware=[firmware.name], packages=["wpasupplicant"], timeout=100,
                kernel=kernel)
            ap = access_point.result()
    out = r.stdout.decode()
    assert "STATE COMPLETED" in out and " 0% packet loss" in out, (out, r.stderr, r.dmesg[-3000:])
    assert f"AP-STA-CONNECTED {CARD}" in ap.stdout.decode()
    assert f"AP-STA-DISCONNECTED {CARD}" in ap.stdout.decode()
    assert not [x for x in (r.dmesg + ap.dmesg).splitlines() if TROUBLE.search(x)]
    assert air.trouble == []
