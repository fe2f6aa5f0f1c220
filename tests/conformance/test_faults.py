# SPDX-License-Identifier: BSD-2-Clause
"""VOY_FAULT: one call of the pdk fails when and where that is asked for (shims/linux/fault.h).

What drivers make of it is gone through by `voy faults` (tests/cli/test_faults.py).
"""
import re

import pytest

import pdk_rules
from voyageur import faultpoints


def texts(run):
    """What the run logged."""
    return [e.get("text", "") for e in run.events]


def fault(driver, name, spec):
    """A run with that fault: (run, result, the event that it struck or None)."""
    run, result = driver.run(name, env={"VOY_FAULT": spec})
    struck = [e for e in run.events if e["event"] == "fault"]
    assert len(struck) <= 1
    return run, result, struck[0] if struck else None


@pytest.mark.parametrize("nth,comes", [(1, True), (2, True), (1000, False)])
def test_memory_that_is_waited_for_comes(driver, nth, comes):
    """PDK_WAITOK never gives NULL, also when there was none at first; the driver would fail."""
    run, result, struck = fault(driver, "conform", f"pdk_zalloc_waitok:{nth}")
    assert result["ok"], texts(run)
    assert bool(struck) == comes


@pytest.mark.parametrize("nth,comes", [(1, True), (2, True), (3, False)])
def test_the_nth_call_fails_and_no_other(driver, nth, comes):
    """edu asks for interrupts twice; that a third call never came is said."""
    run, result, struck = fault(driver, "edu", f"pdk_intr_alloc:{nth}")
    assert result["ok"] != comes
    if comes:
        assert (struck["call"], struck["nth"], struck["for_good"]) == ("pdk_intr_alloc", nth, False)
        assert ("msi" in run.info) == (nth == 2)
    else:
        assert struck is None
        assert "fault: pdk_intr_alloc was called 2 times, so call 3 never came" in texts(run)


def test_for_good_means_every_call_after_it(driver):
    """A wait that times out for good is not made good by an interrupt."""
    run, result, struck = fault(driver, "edu", "pdk_wait:2+")
    assert not result["ok"] and struck["for_good"]
    assert result["error"].startswith("no interrupt came")


def test_a_counting_run_tells_every_place(driver):
    """With the calls of each; each can be asked for by its place, and then nothing else fails."""
    run, result = driver.run("edu", env={"VOY_FAULT": "count"})
    assert result["ok"]
    points = [e for e in run.events if e["event"] == "fault-point"]
    count = {}
    for p in points:
        count.setdefault(p["call"], []).append(p["count"])
    assert sorted(count["pdk_intr_alloc"]) == [1, 1]    # MSI, INTx: two places
    assert sum(count["pdk_wait"]) == 6 and sum(count["interrupt"]) >= 6
    second = [p["place"] for p in points if p["call"] == "pdk_intr_alloc"][1]
    run, result, struck = fault(driver, "edu", f"pdk_intr_alloc@{second}:1")
    assert struck and "msi" in run.info and not result["ok"]
    assert "fault: call 1 of pdk_intr_alloc at that place fails" in texts(run)


def test_a_register_that_reads_all_ones(driver):
    """Once: the number that is wrong; for good: a device that is gone."""
    _, once, _ = fault(driver, "edu", "bus_space_read:2")
    assert once["error"] == "liveness: a number did not come back inverted: Input/output error"
    _, gone, _ = fault(driver, "edu", "bus_space_read:2+")
    assert "the device is gone, it reads all ones" in gone["error"]


def test_a_device_that_is_gone_hears_no_write(driver):
    """Or it would be told, by bits that are all ones, what no driver has in mind."""
    run, _, _ = fault(driver, "edu", "bus_space_read:2+")
    accesses = re.findall(r'"name":"(write4|fault) ', run.trace())
    assert accesses.index("fault") > accesses.index("write4")
    assert "write4" not in accesses[accesses.index("fault"):]


@pytest.mark.parametrize("text", ["pdk_lock:1", "pdk_dma_alloc", "pdk_dma_alloc:0", "x:1",
                                  "pdk_dma_alloc@zz:1", "pdk_dma_alloc:1+2", "counted",
                                  "pdk_zalloc_waitok:1+"])
def test_a_fault_that_cannot_be_is_refused(driver, text):
    """With the variable's name and what it should look like."""
    run, result = driver.run("edu", env={"VOY_FAULT": text})
    assert not result["ok"]
    assert f"VOY_FAULT={text}" in run.stderr() and "CALL:N" in run.stderr()


def test_the_names_are_those_of_the_program():
    """What voy faults knows of calls is what the shim knows."""
    source = (pdk_rules.ROOT / "shims/linux/fault.h").read_text()
    shim = set(re.findall(r'F\(\w+, "(\w+)"\)', source))
    assert shim == set(faultpoints.CALLS) - set(faultpoints.OF_CARD)
