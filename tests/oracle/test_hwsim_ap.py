# SPDX-License-Identifier: BSD-2-Clause
"""A real hostapd as access point on the air: on a radio of mac80211_hwsim, through the bridge."""
import re

import pytest

import klog
import shell
from airlab import BRIDGE, END, Air, Beside
from iwmstation import Station
from lab import Lab
from voyageur import cache, world

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(600)]

CARD = "7c:7a:91:12:34:56"


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
unshare -n sleep 10000 & NS=$!
apart() { [ "$(readlink /proc/$NS/ns/net)" != "$(readlink /proc/self/ns/net)" ]; }
wait_until apart
iw phy phy1 set netns $NS
in_ns() { nsenter -t $NS -n "$@"; }
"""
SCRIPT = BRIDGE + hostapd("real", 11, "correct horse", "ieee80211n=1") + STATION + """
said() { grep -q "$1" /tmp/hostapd.log; }
on_channel() { in_ns iw dev wlan1 link | grep -q "freq: $1"; }
printf 'network={\\nssid="real"\\npsk="correct horse"\\nscan_freq=2462\\n}\\n' >/tmp/wpa.conf
in_ns wpa_supplicant -B -i wlan1 -D nl80211 -c /tmp/wpa.conf -C /run/wpa -f /tmp/wpa.log >/dev/null
wait_wpa CONNECTED 1
# Each end opens its port, and changes channel, when it has got round to it.
wait_until said AP-STA-CONNECTED
in_ns ip addr add 192.168.7.2/24 dev wlan1
in_ns ping -q -A -c 100 -W 60 192.168.7.1 | grep loss
iperf3 -s -D
in_ns iperf3 --bidir -c 192.168.7.1 -t 2 -f k | grep receiver
hostapd_cli -p /run/hostapd all_sta 2>/dev/null | grep -E '^02:|signal='
hostapd_cli -p /run/hostapd chan_switch 5 2437 ht >/dev/null
wait_until said AP-CSA-FINISHED; wait_until on_channel 2437
in_ns ping -q -A -c 20 -W 60 192.168.7.1 | grep loss
in_ns iw dev wlan1 link | grep freq
kill $(cat /run/hostapd.pid); wait_until state SCANNING && echo SCANNING
killall wpa_supplicant; wait_until gone wpa_supplicant
kill $NS; wait $NS
cd /lib/modules/$(uname -r); unload() { rmmod mac80211_hwsim; }; wait_until unload
wait $HWSIM; echo "UNLOADED $?"; cat /tmp/hwsim.log >&2
"""


# On a machine with no time for the guest, hwsim's timer asks for one beacon more before Linux has
# got round to the switch: hwsim's own affair, and nothing that a bridge can change.
SWITCH_WARNING = ("ieee80211_beacon_update_cntdwn", "mac80211_hwsim_beacon")


def test_hostapd_serves_a_station_that_it_meets_only_on_the_air(lab, wifi, kernel, tmp_path):
    with Air(tmp_path, "rssi:guest0:guest1=-58") as air:
        r = lab([SCRIPT], modules=["mac80211_hwsim radios=2"], files=air.files, timeout=500,
                packages=["wpasupplicant", "hostapd", "iw", "iperf3"], channels=air.channels,
                kernel=kernel)
    out = r.stdout.decode()
    assert r.status == 0 and out.endswith("UNLOADED 1\n"), (out, r.stderr)
    assert "TIMEOUT" not in out, out
    assert b"the module was unloaded; load it" in r.stderr
    assert out.count(" 0% packet loss") == 2, out
    assert "WPA CONNECTED 1" in out and "SCANNING" in out and "freq: 2437" in out, out
    assert "02:00:00:00:01:00" in out
    assert [float(x) > 0 for x in re.findall(r"([\d.]+) Kbits/sec", out)] == [True, True]
    klog.check(klog.without(r.dmesg.splitlines(), *SWITCH_WARNING))
    assert air.trouble == [] and air.results["voy-air"]["acked"] > 300


ACCESS_POINT = BRIDGE + hostapd("real", 6, "correct horse", "ieee80211n=1") + """
gone_again() { grep -q AP-STA-DISCONNECTED /tmp/hostapd.log; }
until gone_again; do sleep 0.2; done
cat /tmp/hostapd.log
""" + END
JOINS = shell.TOOLS + f"""
wait_wlan {CARD}
supplicant 'network={{
ssid="real"
psk="correct horse"
scan_freq=2437
}}'
wait_wpa CONNECTED 1
ip addr add 192.168.7.3/24 dev wlan0
answered() {{ ping -c 1 -W 1 192.168.7.1 >/dev/null; }}
wait_until answered	# hostapd opens its port when it has got round to the last message
ping -q -A -c 100 -W 60 192.168.7.1 | grep loss
wpa_cli -p /run/wpa disconnect >/dev/null; wait_wpa DISCONNECTED 1
"""


def test_simulated_7260_with_iwlwifi_joins_a_real_hostapd(lab, firmware, wifi, kernel, tmp_path):
    """Two guests: hostapd in one, the card with Linux's iwlwifi in the other."""
    with Air(tmp_path) as air:
        card = air.card(f"firmware={firmware}", f"mac={CARD}")
        access_point = Beside(Lab([ACCESS_POINT], modules=["mac80211_hwsim radios=1"],
                                  packages=["hostapd"], files=air.files, channels=air.channels,
                                  timeout=400, kernel=kernel))
        with access_point:
            r = lab([JOINS], device={"socket": card}, vfio=False, modules=["iwlwifi", "iwlmvm"],
                    firmware=[firmware.name], packages=["wpasupplicant"], timeout=300,
                    kernel=kernel)
            ap = access_point.result(120)
    out = r.stdout.decode()
    assert "WPA CONNECTED 1" in out and " 0% packet loss" in out, (out, r.stderr, r.dmesg[-3000:])
    assert f"AP-STA-CONNECTED {CARD}" in ap.stdout.decode()
    assert f"AP-STA-DISCONNECTED {CARD}" in ap.stdout.decode()
    klog.check(r.dmesg.splitlines())
    klog.check(ap.dmesg.splitlines())
    assert air.trouble == []


# Leases for whoever comes; the driver under test is on the host.
OURS = BRIDGE + hostapd("real", 6, "correct horse", "ieee80211n=1\nwpa_group_rekey=1") + """
mkdir -p /var/lib/misc; : >/var/lib/misc/udhcpd.leases
printf 'interface wlan0\nstart 192.168.7.100\nend 192.168.7.120\noption router 192.168.7.1\n\
option subnet 255.255.255.0\noption lease 3600\n' >/tmp/udhcpd.conf
udhcpd -S -a 100 /tmp/udhcpd.conf	# else it waits two seconds for others
ask JOIN; hostapd_cli -p /run/hostapd all_sta 2>/dev/null | grep -E '^7c:|AUTHORIZED|keyid'
ask REKEY
hostapd_cli -p /run/hostapd disassociate CARD >/dev/null; ask BACK
hostapd_cli -p /run/hostapd deauthenticate CARD >/dev/null; ask BACK
kill $(cat /run/hostapd.pid); wait_until gone hostapd; ask LOST
hostapd -B -P /run/hostapd.pid -f /tmp/hostapd.log /tmp/hostapd.conf >/dev/null
ip addr add 192.168.7.1/24 dev wlan0 2>/dev/null; ask BACK
ask END; echo GROUP KEYS $(grep -c 'group key handshake completed' /tmp/hostapd.log)
""".replace("CARD", CARD) + END


class Ours:
    """iwm, in the host's hand; what the guest asks for by its words."""

    GATEWAY = "192.168.7.1"

    def __init__(self, station):
        self.s = station
        self.result = None
        self.on = {"JOIN": self.join, "REKEY": self.rekey, "BACK": self.back, "LOST": self.lost,
                   "END": self.end}

    def ping(self, n):
        """All of them are answered, once one is: what a station sends before its access point
        has looked at the handshake's last message, that one does not take."""
        self.s.until(lambda: self.s.start("ping", "-c", 1, "-W", 1, self.GATEWAY).wait() == 0,
                     "one answer")
        out = self.s.do("ping", "-c", n, "-i", "0.1", "-W", 10, self.GATEWAY)
        assert f"{n} packets received" in out, out

    def join(self):
        """WPA2, a lease, pings."""
        self.s.wifi("join", ssid="real", psk="correct horse")
        told = self.s.event("associated", ssid="real", channel=6, security="wpa2-psk")
        assert told["roamed"] is False
        self.s.until(lambda: self.s.wifi("status").get("address", "").startswith("192.168.7.1"),
                     "a lease of udhcpd's")
        self.ping(20)

    def rekey(self):
        """hostapd's own, by its clock; broadcasts pass before and after."""
        def rekeys():
            return self.s.wifi("stats")["wpa"]["group_rekeys"]
        now = rekeys()
        self.s.until(lambda: rekeys() >= now + 2, "two new group keys")
        self.s.do("arping", "-b", "-c", 3, "-I", "iwm0", self.GATEWAY)
        self.ping(5)

    def back(self):
        """After a good-bye of the access point's."""
        self.s.event("disconnected")
        self.s.event("associated", ssid="real")
        self.s.until(lambda: "address" in self.s.wifi("status"), "an address")
        self.ping(5)

    def lost(self):
        """The access point is stopped; the next back() is for its return."""
        self.s.until(lambda: self.s.wifi("status")["state"] != "running", "it has noticed")

    def end(self):
        """In order, with nothing left."""
        self.result = self.s.run.stop()


def test_iwm_joins_a_real_hostapd(lab, driver, firmware, wifi, tmp_path):
    """Its keys, its new keys, its good-byes of both kinds, its end and its return."""
    try:
        env = world.port_environment()
    except cache.CacheError as e:
        pytest.skip(str(e))
    assert firmware
    with Air(tmp_path) as air:
        run = driver.start("iwm", on="sim", stay=True, until="scanned", env=env, args=["--net", "ns"],
                           settings={"air": air.socket, "mac": CARD})
        run.wait("scanned")
        ours = Ours(Station(run))
        air.on = ours.on
        r = lab([OURS], modules=["mac80211_hwsim radios=1"], packages=["hostapd"], files=air.files,
                channels=air.channels, timeout=500)
    out = r.stdout.decode()
    assert not re.search("^(TIMEOUT|FAILED) ", out, re.M), (out, ours.s.told(), r.stderr)
    assert f"{CARD}\n" in out and "AUTHORIZED" in out and "BRIDGE-OK" in out, (out, r.stderr)
    assert int(re.search(r"GROUP KEYS (\d+)", out)[1]) >= 2
    assert ours.result["ok"] and not run.violations(), (ours.result, run.stderr())
    klog.check(r.dmesg.splitlines())
    assert air.trouble == []
