# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the i7260 model: Linux's own iwlwifi and iwlmvm, as Debian ships them.

Each test is one guest with the simulated card behind QEMU's vfio-user-pci. The guest's command
speaks to the test by lines on its stdout: "SET key value" turns a setting of the card.
"""
import queue
import re

import pytest

from voyageur import card, control, rundir

pytestmark = [pytest.mark.lab, pytest.mark.slow]

MAC = "7c:7a:91:12:34:56"
# What the kernel says when something is wrong, wherever it comes from.
TROUBLE = re.compile(r"WARNING:|BUG:|Oops|Call Trace|DMAR: \[|"
                     r"iwlwifi [0-9a-f:.]+: (?!.*direct-loading).*"
                     r"(rror|fail|Fail|imeout|imed out|Unhandled|not ready|HARDWARE|WARN)")
HARD = "/sys/class/rfkill/rfkill0/hard"
WAIT = """
wait_for() { i=0; while [ "$(cat $1 2>/dev/null)" != "$2" ]; do
	[ $i -gt 100 ] && echo "TIMEOUT $1 $2" && return 1; i=$((i + 1)); sleep 0.1; done; }
wait_wlan() { wait_for /sys/class/net/wlan0/address "$1"; }
"""
# busybox wants this folder to be there before it unloads anything
RELOAD = """
mkdir -p /lib/modules/$(uname -r) && cd /lib/modules/$(uname -r) && touch modules.dep.bb
rmmod iwlmvm && rmmod iwlwifi && insmod /voy/modules/iwlwifi.ko && insmod /voy/modules/iwlmvm.ko
"""


class Outcome:
    """What guest and card said: .out (lines), .dmesg (lines), .events and .verdict of the card."""

    def __init__(self, result, events, verdict):
        self.status = result.status
        self.out = result.stdout.decode().splitlines()
        self.err = result.stderr.decode()
        self.dmesg = result.dmesg.splitlines()
        self.events, self.verdict = events, verdict

    def trouble(self, lines=None):
        return [line for line in (self.dmesg if lines is None else lines)
                if TROUBLE.search(line)]

    def images(self):
        return [e["image"] for e in self.events if e["event"] == "alive"]


@pytest.fixture
def linux(lab, firmware):
    """linux(script, settings) -> Outcome."""
    def run(script, *settings):
        inbox = queue.SimpleQueue()
        with rundir.RunDir() as d:
            c = card.Card("i7260", d, inbox,
                          [f"mac={MAC}", f"firmware={firmware}", *settings])
            try:
                def line(text):
                    if text.startswith("SET "):
                        _, key, value = text.split(" ")
                        assert control.ask(c.control, {"cmd": "set", "key": key,
                                                       "value": value}) == {"ok": True}
                result = lab([WAIT + script], device={"socket": c.socket}, vfio=False,
                             modules=["iwlwifi", "iwlmvm"], firmware=[firmware.name], iw=True,
                             on_stdout=line)
            finally:
                c.stop()
        events = list(c.early)
        while not inbox.empty():
            _, kind, value = inbox.get()
            if kind == "line":
                events.append(c.take(value))
        return Outcome(result, events, c.verdict())
    return run


@pytest.mark.deadline(120)
def test_stock_iwlwifi_registers_comes_up_and_down_and_reloads_without_a_complaint(linux):
    r = linux(f"""
        wait_wlan {MAC} && echo "MAC $(cat /sys/class/net/wlan0/address)"
        for i in 1 2 3; do
            ip link set wlan0 up && echo UP && ip link set wlan0 down && echo DOWN
            {RELOAD}
            wait_wlan {MAC} && echo AGAIN
        done
        ip link set wlan0 up && iw dev wlan0 info && iw phy phy3 info""")
    assert r.out[0] == f"MAC {MAC}"
    assert [r.out.count(w) for w in ("UP", "DOWN", "AGAIN")] == [3, 3, 3]
    assert f"\taddr {MAC}" in r.out and "\t\t\t* 5180 MHz [36] (22.0 dBm)" in r.out
    assert r.trouble() == [] and r.err == ""
    assert r.verdict is None
    assert r.images() == ["INIT"] + 3 * ["INIT", "RUNTIME", "INIT"] + ["INIT", "RUNTIME"]
    assert any("Detected Intel(R) Dual Band Wireless AC 7260, REV=0x144" in line
               for line in r.dmesg)


@pytest.mark.deadline(120)
def test_the_rfkill_switch_reaches_linux_and_back(linux):
    r = linux(f"""
        wait_wlan {MAC}
        echo SET rfkill 1; wait_for {HARD} 1 && echo BLOCKED
        ip link set wlan0 up || echo REFUSED
        echo SET rfkill 0; wait_for {HARD} 0 && echo FREE
        ip link set wlan0 up && echo UP
        echo SET rfkill 1; wait_for {HARD} 1 && wait_for /sys/class/net/wlan0/flags 0x1002
        echo SET rfkill 0; wait_for {HARD} 0
        ip link set wlan0 up && echo UP""")
    assert [line for line in r.out if not line.startswith("SET")] == [
        "BLOCKED", "REFUSED", "FREE", "UP", "UP"]
    toggled = [i for i, line in enumerate(r.dmesg) if "RF_KILL bit toggled" in line]
    assert len(toggled) == 4 and r.verdict is None
    # Blocked while up, this kernel touches the card once more after it has taken the clock away,
    # and warns about itself ("Timeout waiting for hardware access"); before that all is quiet.
    assert r.trouble(r.dmesg[:toggled[2]]) == []
    assert sum("WARNING:" in line for line in r.dmesg) <= 1


@pytest.mark.deadline(120)
def test_a_card_that_is_blocked_from_the_start_registers_and_works_once_freed(linux):
    r = linux(f"""
        wait_wlan {MAC}; cat {HARD}
        echo SET rfkill 0; wait_for {HARD} 0
        ip link set wlan0 up && echo UP""", "rfkill=1")
    assert r.out == ["1", "SET rfkill 0", "UP"]
    assert r.trouble() == [] and r.verdict is None


@pytest.mark.deadline(120)
def test_linux_reads_the_error_table_of_a_firmware_that_died(linux):
    r = linux(f"""
        wait_wlan {MAC}
        ip link set wlan0 up || echo REFUSED
        echo SET fw.assert_on 0xfe
        ip link set wlan0 up && echo UP""", "fw.assert_on=0x08")
    assert "REFUSED" in r.out and "UP" in r.out
    for text in ("Microcode SW error detected", "0x00000035 | SYSASSERT",
                 "0xBFB58538 | uCode version minor", "0x00000108 | hcmd"):
        assert any(text in line for line in r.dmesg), text
    assert r.verdict is None


@pytest.mark.deadline(120)
def test_linux_sees_the_bands_of_the_otp_and_a_slow_management_engine(linux):
    r = linux(f"wait_wlan {MAC}; iw phy phy0 info", "nvm.sku=0x5", "prepare_ms=100")
    assert any("2412 MHz" in line for line in r.out)
    assert not any("5180 MHz" in line for line in r.out)
    assert r.trouble() == [] and r.verdict is None
