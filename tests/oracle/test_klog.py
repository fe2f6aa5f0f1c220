# SPDX-License-Identifier: BSD-2-Clause
"""What is held to be a complaint of a kernel, and what of it is shown."""
import pytest

import klog
import parts

LOG = """\
[    1.0] iwlwifi 0000:01:00.0: firmware: direct-loading firmware iwlwifi-7260-17.ucode
[    2.0] == first
[    2.1] wlan0: authenticated
[    3.0] == second
[    3.1] ------------[ cut here ]------------
[    3.2] WARNING: CPU: 0 PID: 9 at net/mac80211/main.c:1
[    3.3]  drv_stop+0x1/0x2 [mac80211]
[    3.4] ---[ end trace 0000000000000000 ]---
[    3.5] wlan0: associated""".splitlines()


@pytest.mark.parametrize("line", [
    "BUG: unable to handle page fault", "WARNING: CPU: 0 PID: 1 at x.c:1", "Call Trace:",
    "DMAR: [DMA Write] Request device [01:00.0]",
    "iwlwifi 0000:01:00.0: Microcode SW error detected.  Restarting 0x2000000.",
    "iwlwifi 0000:01:00.0: Queue 10 stuck for 10000 ms.",
    "iwlwifi 0000:01:00.0: Failed to wake NIC for hcmd"])
def test_a_complaint_fails_with_what_came_before_and_behind(line):
    lines = ["[ 1.0] long before"] + ["[ 1.1] before"] * 5 + [f"[ 1.2] {line}", "[ 1.3] behind"]
    with pytest.raises(AssertionError, match="complained") as e:
        klog.check(lines)
    assert line in str(e.value) and "before\n" in str(e.value) and "behind" in str(e.value)
    assert "long before" not in str(e.value)


def test_a_known_warning_is_left_out_and_only_that():
    assert klog.complaints(LOG) == [LOG[5]]
    klog.check(klog.without(LOG, "WARNING", "drv_stop"))
    assert klog.without(LOG, "WARNING", "drv_stop") == LOG[:4] + LOG[8:]
    assert klog.without(LOG, "WARNING", "drv_start") == LOG


def test_the_log_is_cut_by_the_parts_of_the_script():
    part = parts.split(["early", "== first 2.00", "a", "b 7", "== second 3.00", "c"], LOG)
    assert part["first"].out == ["a", "b 7"] and part["first"].dmesg == LOG[2:3]
    assert part["second"].dmesg == LOG[4:] and part["first"].numbers(r"b (\d)") == [7]
