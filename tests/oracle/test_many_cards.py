# SPDX-License-Identifier: BSD-2-Clause
"""One hub with many cards and five access points, every card driven by Linux's own iwlwifi.

Twenty if thorough, else six; or as many as VOY_CARDS in the environment says (at most 28, what the
guest's bus takes).
The test prints (pytest -s) how long it took until all were associated, and memory per program.
"""
import os
import re
import statistics
import time

import pytest
import klog
from airlab import Air
from voyageur import control

pytestmark = [pytest.mark.lab, pytest.mark.slow]

CARDS = [int(os.environ["VOY_CARDS"])] if "VOY_CARDS" in os.environ else \
    [6, pytest.param(20, marks=pytest.mark.thorough)]
LIMIT = 1000        # seconds; ends a hang only
APS = [{"name": f"ap{i}", "ssid": f"net{i}", "channel": channel, "bssid": f"02:56:4f:59:00:0{i}",
        "rssi": -40 - i} for i, channel in enumerate((1, 6, 11, 36, 149))]
FREQ = [2412, 2437, 2462, 5180, 5745]
SCRIPT = f"""
all() {{ seq 0 $((N - 1)); }}
i=0; while [ $(ls -d /sys/class/net/wlan* | wc -l) -lt $N ] && [ $i -lt {LIMIT} ]; do
	i=$((i + 1)); sleep 1; done
echo REGISTERED $(ls -d /sys/class/net/wlan* | wc -l)
for i in $(all); do ip link set wlan$i up || echo DOWN $i; done
echo UP
set -- {" ".join(str(f) for f in FREQ)}
tries=0
for i in $(all); do	# one after the other: iw -w ends with the connection of any interface
	for try in 1 2 3; do
		tries=$((tries + 1))
		timeout 60 iw dev wlan$i connect -w net$((i % 5)) $(eval echo \\$$((i % 5 + 1)))
		iw dev wlan$i link | grep -q "^Connected" && break
	done
done
linked() {{ for i in $(all); do iw dev wlan$i link; done | grep -c "^Connected"; }}
echo ASSOCIATED $(linked) of $N, tries $tries
for i in $(all); do udhcpc -i wlan$i -n -q -f -t 30 -T 2 -s /bin/true >/tmp/d$i 2>&1 & done
wait; echo LEASES $(cat /tmp/d* | grep -c "lease of .* obtained")
sleep 2
for i in $(all); do
	echo "CARD $(cat /sys/class/net/wlan$i/address)" $(iw dev wlan$i link)
done
"""


def memory(pid):
    """(all, without what is shared with the guest) of a process in KiB, by proportional share."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
        kib = {k: int(v) for k, v in re.findall(r"^(Pss\w*): +(\d+) kB", f.read(), re.M)}
    return kib["Pss"], kib["Pss"] - kib["Pss_Shmem"]


class Look:
    """What is seen from outside while the guest runs: when it got how far, the access points'
    own lists of stations, and memory by program."""

    def __init__(self, air):
        self.air, self.began = air, time.monotonic()
        self.marks, self.stations, self.memory, self.associated = {}, {}, {}, ""

    def line(self, text):
        word = text.partition(" ")[0]
        if word == "ASSOCIATED":
            self.associated = text
        if word in ("REGISTERED", "UP", "ASSOCIATED", "LEASES"):
            self.marks[word] = round(time.monotonic() - self.began, 1)
        if word == "LEASES":
            for ap in control.ask(self.air.ap_control, {"cmd": "status"})["aps"]:
                self.stations[ap["bssid"]] = ap["stations"]
            for child in self.air.children:
                self.memory.setdefault(child.name, []).append(memory(child.proc.pid))

    def report(self):
        print("\nseconds from QEMU's start:", *(f"{k.lower()} {v}" for k, v in self.marks.items()),
              self.associated)
        for name, all_of_it in self.memory.items():
            whole, own = (statistics.median(column) for column in zip(*all_of_it))
            print(f"{name}: {len(all_of_it)}, each {whole:.0f} KiB (PSS, median), {own:.0f} KiB "
                  "without memory shared with the guest")


def mac(number):
    return f"7c:7a:91:00:00:{number:02x}"


@pytest.mark.deadline(LIMIT + 60)
@pytest.mark.parametrize("number", CARDS)
def test_one_hub_carries_all_cards_and_five_access_points(lab, firmware, wifi, tmp_path, number):
    with Air(tmp_path) as air:
        air.aps(*APS)
        cards = [{"socket": air.card(f"mac={mac(i)}", f"firmware={firmware}")}
                 for i in range(number)]
        look = Look(air)
        r = lab([f"N={number}\n{SCRIPT}"], device=cards, vfio=False, modules=["iwlwifi", "iwlmvm"],
                firmware=[firmware.name], packages=["iw"], on_stdout=look.line, memory_mb=1024,
                timeout=LIMIT)
    look.report()
    out = r.stdout.decode()
    klog.check(r.dmesg.splitlines())
    assert air.trouble == [], (air.trouble, out)
    for said in (f"REGISTERED {number}", f"ASSOCIATED {number} of {number}", f"LEASES {number}"):
        assert re.search(f"^{said}\\b", out, re.M), out
    linux = {address: (bssid, ssid, int(freq)) for address, bssid, ssid, freq in re.findall(
        r"^CARD (\S+) Connected to (\S+) .*SSID: (\S+) freq: (\d+)", out, re.M)}
    assert set(linux) == {mac(i) for i in range(number)}, out
    known = {(ap["bssid"], ap["ssid"], freq) for ap, freq in zip(APS, FREQ)}
    assert set(linux.values()) == (known if number >= 5 else set(linux.values()) & known)
    assert {s["sta"]: bssid for bssid, stations in look.stations.items() for s in stations} == {
        address: bssid for address, (bssid, _, _) in linux.items()}
    stations = [s for each in look.stations.values() for s in each]
    assert {s["state"] for s in stations} == {"ready"} and all(s["ip"] for s in stations)
