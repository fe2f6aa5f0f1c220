# SPDX-License-Identifier: BSD-2-Clause
"""The judge of the i7260 model: Linux's own iwlwifi and iwlmvm, as Debian ships them, on two
kernels, and what becomes of the card while it has no network."""
import pytest

import klog
from world import MAC

pytestmark = [pytest.mark.lab, pytest.mark.slow, pytest.mark.deadline(900)]

ROUNDS = 20
OPEN = {"ssid": "open net", "channel": 6, "name": "ap0"}
SCRIPT = f"""
HARD=/sys/class/rfkill/rfkill*/hard
part registers
wait_wlan {MAC} && echo "MAC $(cat /sys/class/net/wlan0/address)"
ip link set wlan0 up && iw dev wlan0 info && iw phy

part rounds
for i in $(seq {ROUNDS}); do
	if [ $i -le 3 ]; then
		ip link set wlan0 up && echo UP && ip link set wlan0 down && echo DOWN
	fi
	reload && wait_wlan {MAC} && echo ROUND
done
ip link set wlan0 up; iw dev wlan0 connect -w "open net" 2437 && dhcp; ip link set wlan0 down

part switch
ask SET rfkill 1; wait_for "$HARD" 1 && echo BLOCKED
ip link set wlan0 up || echo REFUSED
ask SET rfkill 0; wait_for "$HARD" 0 && echo FREE
ip link set wlan0 up && echo UP

part switch_while_up
ask SET rfkill 1; wait_for "$HARD" 1 && wait_for /sys/class/net/wlan0/flags 0x1002 && echo DOWN
ask SET rfkill 0; wait_for "$HARD" 0
ip link set wlan0 up && echo UP

part blocked_from_the_start
ask SET rfkill 1; ip link set wlan0 down
reload; wait_wlan {MAC}; cat $HARD
ask SET rfkill 0; wait_for "$HARD" 0
ip link set wlan0 up && echo UP; ip link set wlan0 down

part firmware_dies
ask SET fw.assert_on 0x77
ip link set wlan0 up || echo REFUSED
ask SET fw.assert_on 0xfe
ip link set wlan0 up && echo UP; ip link set wlan0 down

part another_otp
ask SET nvm.sku 0x5; ask SET prepare_ms 100
reload; wait_wlan {MAC}; iw phy
"""


# Blocked while up, Linux stops the card in its interrupt handler. When the interface then goes down
# it wants to stop the firmware's debug recording (iwl_fw_dbg_stop_restart_recording) by a register
# behind the MAC, which has no clock any more, and says so once after each loading. So it does on
# the card itself: the same call chain with "CSR_GP_CNTRL 0x000003d8" on an 8086:08b1, HW_REV 0x144,
# is on linux-wireless of 2020-11-19 ("Wifi hangs"), one of an 8265 on that of 2023-11-30. A model
# that let this access succeed would be wrong. XTAL_ON (0x400) is set, too, when it comes while the
# interrupt handler sleeps in a reset.
SWITCH_WARNING = (r"Timeout waiting for hardware access \(CSR_GP_CNTRL 0x00000[37]d8\)",
                  "iwl_trans_pcie_grab_nic_access", "iwl_set_bits_prph", "iwl_mvm_stop_device",
                  "cfg80211_rfkill_block_work")
SWITCH_DUMP = "iwlwifi transaction failed, dumping registers"


def test_the_card_registers_reloads_and_bears_its_switch_and_a_dying_firmware(world, kernel):
    r = world(SCRIPT, kernel, [OPEN], timeout=800)
    registers, rounds = r.parts["registers"], r.parts["rounds"]
    assert f"MAC {MAC}" in registers.out and f"\taddr {MAC}" in registers.out
    assert "\t\t\t* 5180 MHz [36] (22.0 dBm)" in registers.out
    found = [line for line in r.dmesg if "Intel(R) Dual Band Wireless AC 7260" in line]
    assert found and any("rev=0x144" in line.lower() for line in r.dmesg)
    assert rounds.out.count("ROUND") == ROUNDS and "LEASE" in rounds.out
    assert [rounds.out.count(word) for word in ("UP", "DOWN")] == [3, 3]
    begun = ["INIT", "INIT", "RUNTIME", "INIT"] + 2 * ["INIT", "RUNTIME", "INIT"] + 17 * ["INIT"]
    assert r.images()[:len(begun) + 2] == begun + ["INIT", "RUNTIME"]

    assert r.parts["switch"].out == ["BLOCKED", "REFUSED", "FREE", "UP"]
    assert r.parts["switch_while_up"].out == ["DOWN", "UP"]
    for name in ("switch", "switch_while_up"):
        assert sum("RF_KILL bit toggled" in line for line in r.parts[name].dmesg) == 2
    assert r.parts["blocked_from_the_start"].out == ["1", "UP"]

    assert r.parts["firmware_dies"].out[-2:] == ["REFUSED", "UP"]
    for text in ("Microcode SW error detected", "0x00000035 | SYSASSERT",
                 "0xBFB58538 | uCode version minor", "0x00000177 | hcmd"):
        assert any(text in line for line in r.parts["firmware_dies"].dmesg), text

    bands = r.parts["another_otp"].text
    assert "2412 MHz" in bands and "5180 MHz" not in bands
    r.check(but=["switch_while_up", "firmware_dies"])
    log = r.parts["switch_while_up"].dmesg
    rest = klog.without(log, *SWITCH_WARNING)
    if len(rest) < len(log):        # and then the card's registers are shown, once
        rest.remove(next(line for line in rest if SWITCH_DUMP in line))
    klog.check(rest)
