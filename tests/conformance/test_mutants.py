# SPDX-License-Identifier: BSD-2-Clause
"""The checks of the conformance driver can fail: each bug that mutants.c puts into the shim is
found by the check that is for it."""
import re
import time

import pytest

import pdk_rules
import suite

PROGRAM = str(pdk_rules.ROOT / "build/gcc/bin/run-mutant")

# bug: (the check that finds it, what that says).
MUTANTS = {
    "timer_armed_twice": ("timer_rearm", "armed twice the handler ran more than once"),
    "timer_stop_does_not_cancel": ("timer_stop", r"the handler ran after pdk_timer_stop\(\)"),
    "timer_drain_does_not_stop": ("timer_drain", r"the handler ran after pdk_timer_drain\(\)"),
    "timer_ticks_too_few": ("timer_once", "it ran before its time"),
    "wait_ticks_too_few": ("wait_timeout", "it has ended before its time"),
    "task_queued_twice": ("task_coalesce", "ran not just once"),
    "task_cancel_does_nothing": ("task_cancel", r"a task ran after pdk_task_cancel\(\)"),
    "worker_drain_does_not_wait": ("drain_waits", "a task has not ended"),
    "uptime_in_seconds": ("time_goes_on", "are not 15 ms"),
    "capability_upside_down": ("pci_capability", "MSI is not found"),
    "filter_result_ignored": ("msi_results", "PDK_INTR_DONE has run a bottom half"),
    "interrupt_stays": ("intr_kinds", "there is an interrupt at first"),
    "memory_not_zeroed": ("memory", "memory is not zeroed"),
    "dma_not_zeroed": ("dma_zeroed", "an object is not zeroed"),
    "dma_out_of_reach": ("dma_reach", "lies above the driver's dma_bits"),
    "map_length_lost": ("map_length", "another length than the mbuf"),
    "compaction_loses_a_byte": ("map_compact", "not the same bytes"),
    "refused_mbuf_freed": ("map_refused", "a refused chain is freed"),
    "bounce_missing": ("bounce_single", "it was not bounced"),
    "bounce_not_copied_out": ("bounce_single", "not what it has read"),
    "bounce_not_copied_back": ("bounce_single", "not what it has read"),
    "adj_forgets_the_header": ("mbuf_adj", "does not trim"),
    "refused_frame_freed": ("tx_refused", "did not come again as it was"),
}
HOW = {
    "refused_mbuf_freed": {"dma": "fast"},      # what the DMA checker has freed is gone: a crash
    "refused_frame_freed": {"stay": True, "args": ["--ssid", "voyageur-conform", "--open"]},
}


# Found by the time, which a busy machine may spend in the wrong place: so often it is tried.
TRIES = {"timer_ticks_too_few": 20, "wait_ticks_too_few": 20, "worker_drain_does_not_wait": 20}


def failing(run, name):
    """The reason that the check gives, or None if it passes or the run ends without."""
    end = time.monotonic() + 200
    while time.monotonic() < end:
        for line in suite.lines(run):
            if m := re.match(rf"not ok \d+ - {name} # (.*)", line):
                return m[1]
            if re.match(rf"ok \d+ - {name}$", line):
                return None
        if run.status is not None:
            break
        time.sleep(0.02)
    return None


@pytest.mark.parametrize("mutant", MUTANTS)
def test_a_bug_is_found_by_its_check(driver, mutant):
    """By "not ok" and a reason; the driver is then stopped, in whatever state it is."""
    name, says = MUTANTS[mutant]
    for _ in range(TRIES.get(mutant, 1)):
        run = driver.start(PROGRAM, model="edu", on="sim", env={"VOY_BROKEN_CASE": mutant},
                           **HOW.get(mutant, {}))
        reason = failing(run, name)
        said = suite.lines(run)[-5:]
        run.kill()
        run.close()
        if reason is not None:
            break
    assert reason is not None and re.search(says, reason), (reason, said)


def test_without_a_bug_the_program_is_the_conformance_driver(driver):
    """So it is the bug that is found."""
    run, result = driver.run(PROGRAM, model="edu", on="sim", env={"VOY_BROKEN_CASE": "none"})
    assert result["ok"] and [d.failed() for d in suite.all_documents(run)] == [{}, {}, {}]


def test_every_bug_is_tried():
    """Those of mutants.c and those here are the same."""
    source = (pdk_rules.ROOT / "tests/conformance/mutants.c").read_text()
    assert set(re.findall(r'is\("(\w+)"\)', source)) == set(MUTANTS)
