# SPDX-License-Identifier: BSD-2-Clause
"""Bugs on the ways that a driver takes when its host fails, found by `voy faults`."""
import json
import subprocess

import pytest

from exhibit import Bug
from voyageur import paths

# How: the arguments of voy faults.
BUGS = [
    Bug("leak_when_dma_fails",
        r"not given back: 512 bytes of memory, from toy_alloc \(faults\.c:\d+\)",
        how=["--only", "pdk_dma_alloc"]),
    Bug("bar_left_mapped", r"not given back: BAR 0, mapped, from toy_attach",
        how=["--only", "pdk_map_create"]),
    Bug("memory_is_taken_for_granted", r"crash: SIGSEGV .* address (\(nil\)|0x0)",
        how=["--only", "pdk_zalloc"]),
    Bug("loads_no_mbuf", r"The chain begins with M_PKTHDR.*: there is no mbuf \(NULL\)",
        how=["--only", "pdk_mbuf_rxalloc"]),
    Bug("freed_twice_after_error", r"An mbuf is freed once\.: .* freed already, at toy_load",
        how=["--only", "pdk_map_load_mbuf"]),
    Bug("unloads_what_is_not_loaded", r"pdk_map_unload\(\) of a map that was never loaded",
        how=["--only", "pdk_map_load_mbuf"]),
    Bug("error_overwritten", r"pdk_map_load_mbuf\(\) of a map that was not created",
        how=["--only", "pdk_map_create"]),
    Bug("lock_kept_after_timeout", r"pdk_lock\(\) called in WORKER with the lock held, which was "
        r"taken at toy_ring_bell", how=["--only", "pdk_wait"]),
    Bug("lock_held_over_sleep", r"pdk_intr_disestablish\(\) called in WORKER with the lock held, "
        r"which was taken at toy_ring_bell", how=["--only", "pdk_wait"]),
    Bug("timer_left_armed", r"after detach a timer is armed; it was armed at toy_ring_bell",
        how=["--only", "pdk_wait"]),
    Bug("trusts_the_device", r"crash: SIGSEGV in thread worker", how=["--only", "bus_space_read"]),
    Bug("waits_for_ever", r"hang: missing wake-up\? toy_task in WORKER has waited .* toy_detach in "
        r"CONFIG waits for WORKER",
        how=["--only", "interrupt", "--timeout", "3"]),
    Bug("polls_for_ever", r"hang: endless loop: toy_task in WORKER",
        how=["--only", "bus_space_read", "--timeout", "3"]),
    Bug("fails_in_silence", r'neither recovered nor gave up: timeout: "rung" was not reached',
        how=["--only", "pdk_intr_alloc", "--timeout", "3"]),
]

WITHOUT_FAULT = Bug(
    "leak_in_detach",
    r"leak: the driver did not give back: 1 memory blocks, 1 DMA objects, 1 DMA maps, 1 mbufs",
    r"not given back: 512 bytes of memory, from toy_alloc \(faults\.c:\d+\)",
    r"not given back: map of 2048 bytes, loaded, from toy_alloc")
MANY = [
    Bug("leak_of_many", r"not given back: 64 bytes of memory, from toy_(lose|detach) ",
        r"not given back: 99 more: 64 bytes of memory, from toy_(lose|detach) \(faults\.c:\d+\)",
        "did not give back: 100 memory blocks"),
    Bug("leaks_of_many_kinds", r"not given back: \d+ bytes of memory, from toy_(lose|detach) ",
        "not given back: 68 more, from other places", "did not give back: 100 memory blocks"),
]


def faults(gallery, bug, *arguments):
    """voy faults with that bug: its exit status, and all that it says."""
    exhibit = gallery("faults")
    p = subprocess.run([paths.ROOT / "voy", "faults", exhibit.program(), "--model", "edu",
                        "--json", *arguments], env=exhibit.host_environment(bug),
                       capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    return p.returncode, [json.loads(line) for line in p.stdout.splitlines()], p.stderr


@pytest.mark.parametrize("bug", BUGS, ids=str)
def test_caught(gallery, bug):
    """A run fails, and the reason is that of the bug."""
    status, events, err = faults(gallery, bug, *bug.how)
    assert status == 1 and events and not events[-1]["ok"], (events, err)
    bug.check("\n".join(e["why"] for e in events[:-1] if e["outcome"] == "failed"))


@pytest.mark.deadline(900)
def test_clean(gallery):
    """Without a bug every fault is survived."""
    status, events, err = faults(gallery, None)
    assert status == 0 and err == "", [e for e in events if e.get("outcome") == "failed"]
    assert {e["call"] for e in events[:-1]} >= {
        "pdk_zalloc", "pdk_dma_alloc", "pdk_map_create", "pdk_mbuf_rxalloc", "pdk_map_load_mbuf",
        "pdk_intr_alloc", "pdk_wait", "interrupt", "reset", "bus_space_read", "link_lost"}


def test_a_leak_needs_no_fault(gallery):
    """The shim counts what is given back, also in a run that is well otherwise."""
    gallery("faults").caught(WITHOUT_FAULT)


@pytest.mark.parametrize("bug", MANY, ids=str)
def test_many_leaks_are_few_lines(gallery, bug):
    """Each kind is told once, with how many there are; and not more than can be read."""
    run, _ = gallery("faults").caught(bug)
    assert len([e for e in run.events if "not given back" in e.get("text", "")
                and e["event"] == "log"]) in (2, 33)
