# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the i7260 model: Linux's own iwlwifi and iwlmvm, as Debian ships them.

Each test is one guest with the simulated card behind QEMU's vfio-user-pci. The guest's command
speaks to the test by lines on its stdout: "SET key value" turns a setting of the card.
"""
import pytest

from world import MAC, World

pytestmark = [pytest.mark.lab, pytest.mark.slow]

HARD = "/sys/class/rfkill/rfkill0/hard"
# busybox wants this folder to be there before it unloads anything
RELOAD = """
mkdir -p /lib/modules/$(uname -r) && cd /lib/modules/$(uname -r) && touch modules.dep.bb
rmmod iwlmvm && rmmod iwlwifi && insmod /voy/modules/iwlwifi.ko && insmod /voy/modules/iwlmvm.ko
"""


@pytest.fixture
def linux(lab, firmware):
    """linux(script, settings) -> Outcome."""
    def run(script, *settings):
        with World(lab, firmware, settings=settings) as w:
            return w.run(script)
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
    # Blocked while up, Linux stops the card in its interrupt handler and once more when the
    # interface goes down; the second time it reaches for a MAC that has no clock and says so.  So
    # it does on real cards ("Timeout waiting for hardware access (CSR_GP_CNTRL 0x00000008)" behind
    # a radio switch is in the reports of its users).  Nothing else may be wrong.
    assert r.trouble(r.dmesg[:toggled[2]]) == []
    warnings = [line for line in r.dmesg if "WARNING:" in line]
    assert len(warnings) <= 1 and all("grab_nic_access" in line for line in warnings)


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
